import { Lab } from "@rackway/lab";
import { labPlace } from "../../tests/harness/lab-place.ts";
import { startNewFlows } from "../../tests/harness/new-flows.ts";
import type { Run, Scenario } from "../../tests/harness/scenario.ts";
import { startUdpProbe } from "../../tests/harness/udp-probe.ts";

const paths = [
  { group: "one bridge", host: "ctl-a1", address: "10.10.1.11" },
  { group: "one bridge, IPv6", host: "ctl-a1", address: "fd00:10:1::11" },
  { group: "ToR", host: "tor-a", address: "10.10.1.1" },
] as const;

/**
 * What the lab's fabric and the instruments take by themselves, from a member, with nothing of Rackway in the path: the floor under every
 * other number, and the noise that no comparison may be finer than.
 */
export const fabric: Scenario = {
  name: "fabric",
  summary: "Round trip, loss and new connections on the bare fabric: the floor under all other numbers",
  runs: 9,
  thresholds: [{ value: "lost", statistic: "max", atMost: 0 }],
  async setUp(progress) {
    const lab = await Lab.up({ name: "bench-fabric", racks: ["rack-a"], onProgress: progress });
    return { run: (index) => measure(lab, paths[index % paths.length]!), tearDown: () => lab.down() };
  },
};

async function measure(lab: Lab, { group, host, address }: (typeof paths)[number]): Promise<Run> {
  const [client, server] = [labPlace(lab, "node-a1"), labPlace(lab, host)];
  const probe = await (await startUdpProbe({ client, server, address, port: 7001, rateHz: 1000, count: 3000 })).result;
  const { tcp, udp } = await (await startNewFlows({ client, server, address, port: 7002, count: 400 })).result;
  const values = {
    roundTripMedianMs: probe.roundTripMs?.median ?? Number.NaN,
    roundTripP95Ms: probe.roundTripMs?.p95 ?? Number.NaN,
    longestGapMs: probe.longestGapMs,
    ownStallMs: probe.instrument.longestStallMs,
    lost: (probe.toServer?.lost ?? 0) + probe.toClient.lost,
    connectMedianMs: tcp.tookMs?.median ?? Number.NaN,
  };
  const failed = { ...tcp.failures, ...udp.failures };
  return {
    group,
    values,
    failures: Object.entries(failed).map(([kind, count]) => `${count} new flows failed: ${kind}`),
    details: { probe, tcp, udp },
  };
}
