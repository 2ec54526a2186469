import { setTimeout as sleep } from "node:timers/promises";
import type { Run, Scenario } from "../../harness/scenario.ts";
import { Stand } from "../../harness/stand.ts";
import { drainHost, holdEverywhere, leftovers, moveRouter, resumeHost } from "./steering.ts";
import { checkConnections, checkLossless, figuresOf, instrumentsOf } from "./traffic-verdict.ts";
import { Traffic } from "./traffic.ts";

export type PlannedMove = {
  /** `move`: to another host and back. `drain`: one host drained, then the one that took over, each resumed. */
  way: "move" | "drain";
  flows: number;
  newFlowsPerSecond: number;
  /** Probes in each direction over each family, at 1 kHz: the traffic runs at least as long as that takes. */
  probes: number;
};

/** Moves the router away and back, under traffic. Nothing may be lost, no flow may notice, and nothing may be left behind. */
export async function moveUnderTraffic(stand: Stand, move: PlannedMove): Promise<Run> {
  await stand.refuseUnknownFlows();
  const traffic = await Traffic.start(stand, {
    flows: move.flows,
    downloads: 0,
    newFlowsPerSecond: move.newFlowsPerSecond,
    maxMs: Math.max(120_000, move.probes + 60_000),
  });
  try {
    await holdEverywhere(stand, move.flows);
    const startedAtMs = Date.now();
    const home = await stand.owner();
    const hosts = move.way === "move" ? await moveThereAndBack(stand, home) : await drainThereAndBack(stand, home);
    await sleep(Math.max(500, startedAtMs + move.probes - Date.now()));
    const result = await traffic.finish();
    const figures = figuresOf(result);
    const left = await leftovers(stand);
    return {
      group: move.way,
      values: { ...figures },
      failures: [...checkLossless(figures), ...checkConnections(figures), ...left.map((fact) => `left behind: ${fact}`)],
      details: { hosts, instruments: instrumentsOf(result) },
    };
  } catch (error) {
    traffic.abandon();
    throw error;
  }
}

async function moveThereAndBack(stand: Stand, home: string): Promise<string[]> {
  const away = other(stand, home);
  for (const to of [away, home]) {
    await moveRouter(stand, to);
    const owner = await stand.owner();
    if (owner !== to) throw new Error(`the move to ${to} is done, and ${owner} carries the router`);
  }
  return [home, away, home];
}

/** The second drain brings the router back: home has been resumed, and is preferred over the third host only by chance. */
async function drainThereAndBack(stand: Stand, home: string): Promise<string[]> {
  const away = await drainHost(stand, home);
  await resumeHost(stand, home);
  if ((await stand.owner()) !== away)
    throw new Error(`the router left ${away} when ${home} was resumed: a resumed host takes nothing back`);
  const next = await drainHost(stand, away);
  await resumeHost(stand, away);
  return [home, away, next];
}

function other(stand: Stand, host: string): string {
  const found = stand.controllers().find((candidate) => candidate !== host && stand.lab.isOn(candidate));
  if (found === undefined) throw new Error(`there is no controller beside ${host} that is on`);
  return found;
}

/** The negative control: the hard kill of the same host, under the same traffic, must be seen to lose. */
export async function killInstead(stand: Stand, flows: number): Promise<Run> {
  await stand.refuseUnknownFlows();
  const traffic = await Traffic.start(stand, { flows, downloads: 0, newFlowsPerSecond: 50, maxMs: 90_000 });
  try {
    const victim = await stand.owner();
    await stand.lab.powerOff(victim);
    await stand.ownerOtherThan(victim);
    await sleep(1500);
    const result = await traffic.finish();
    const figures = figuresOf(result);
    const isSeen = figures.lostOutward + figures.lostInward > 0 && checkLossless(figures).length > 0;
    return { group: "hard kill", values: { ...figures }, failures: isSeen ? [] : ["the harness saw no loss at a hard kill"] };
  } catch (error) {
    traffic.abandon();
    throw error;
  } finally {
    await stand.mend();
  }
}

/** Five rounds each way by `move`, five by `drain`, then the negative control. */
export const plannedMove: Scenario = {
  name: "planned-move",
  summary:
    "The router is moved there and back (5 times), drained there and back (5 times): nothing lost of 10,000 probes; the hard kill loses",
  runs: 11,
  thresholds: [
    ...(["move", "drain"] as const).flatMap((group) => [
      { value: "lostOutward", group, statistic: "max", atMost: 0 } as const,
      { value: "lostInward", group, statistic: "max", atMost: 0 } as const,
      { value: "newFlowsFailed", group, statistic: "max", atMost: 0 } as const,
      // One each time it is moved.
      { value: "newUdpUnanswered", group, statistic: "max", atMost: 2 } as const,
    ]),
    { value: "lostOutward", group: "hard kill", statistic: "min", atLeast: 1 },
  ],
  async setUp(progress) {
    const stand = await Stand.up({ name: "soak-move", racks: ["rack-a"], onProgress: progress });
    await stand.mend();
    const run = (index: number): Promise<Run> =>
      index < 10
        ? moveUnderTraffic(stand, { way: index < 5 ? "move" : "drain", flows: 10_000, newFlowsPerSecond: 100, probes: 10_000 })
        : killInstead(stand, 1000);
    return { run, tearDown: () => stand.down() };
  },
};
