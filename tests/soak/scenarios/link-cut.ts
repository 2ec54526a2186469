import { setTimeout as sleep } from "node:timers/promises";
import { Lab } from "@rackway/lab";
import { labPlace } from "../../harness/lab-place.ts";
import type { Run, Scenario } from "../../harness/scenario.ts";
import { startUdpProbe } from "../../harness/udp-probe.ts";

const cutMs = 500;

/**
 * The instruments against the bare fabric, no Rackway in it: a cable is pulled for half a second, and the probe must see just that. Every
 * "no loss" of the other scenarios rests on this one.
 */
export const linkCut: Scenario = {
  name: "link-cut",
  summary: "A member's management cable is pulled for 500 ms: the probe sees the cut, its length, and nothing else",
  runs: 20,
  thresholds: [
    { value: "blackoutMs", statistic: "min", atLeast: cutMs - 20 },
    { value: "excessMs", statistic: "median", atMost: 100 },
    { value: "lostOutsideCut", statistic: "max", atMost: 0 },
  ],
  async setUp(progress) {
    const lab = await Lab.up({ name: "soak-link", racks: ["rack-a"], onProgress: progress });
    return { run: () => cutOnce(lab), tearDown: () => lab.down() };
  },
};

async function cutOnce(lab: Lab): Promise<Run> {
  const [client, server] = [labPlace(lab, "node-a1"), labPlace(lab, "ctl-a1")];
  const probe = await startUdpProbe({ client, server, address: "10.10.1.11", port: 7001, rateHz: 1000, count: 10_000 });
  await sleep(500);
  const cutAtMs = Date.now();
  await lab.link("node-a1", "management", "down");
  await sleep(cutMs);
  await lab.link("node-a1", "management", "up");
  const healedAtMs = Date.now();
  await sleep(500);
  const result = await probe.stop();
  const lost = (result.toServer?.lost ?? 0) + result.toClient.lost;
  // What the one gap explains, with the bursts at its edges; all else was lost elsewhere.
  const lostOutsideCut = Math.max(0, lost - Math.ceil(result.longestGapMs) - 2 * result.instrument.lateSends - 5);
  const failures: string[] = [];
  const gap = result.gaps.find(({ lengthMs }) => lengthMs === result.longestGapMs);
  if (gap === undefined || gap.startedAtMs < cutAtMs - 50 || gap.startedAtMs > healedAtMs)
    failures.push("the longest gap does not begin in the cut");
  if (gap?.open === true) failures.push("no answer after the cable was back");
  const excessMs = Math.round(result.longestGapMs - (healedAtMs - cutAtMs));
  return {
    group: "link cut",
    values: { blackoutMs: result.longestGapMs, excessMs, lost, lostOutsideCut },
    failures,
    details: result.instrument,
  };
}
