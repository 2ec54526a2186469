import { setTimeout as sleep } from "node:timers/promises";
import type { Run, Scenario, Session } from "../../harness/scenario.ts";
import { Stand, type StandOptions } from "../../harness/stand.ts";
import { holdEverywhere, moveRouter } from "./steering.ts";
import { checkConnections, figuresOf, instrumentsOf } from "./traffic-verdict.ts";
import { Traffic, type TrafficOptions } from "./traffic.ts";

export type PowerCut = Pick<TrafficOptions, "flows" | "downloads"> & {
  /** Whether the victim is to be the DC; undefined: whoever carries the router. */
  isVictimDc?: boolean | undefined;
};

/** How long the traffic runs on after somebody has taken over: announcements are repeated for a second. */
const afterwardsMs = 2000;

/** Cuts the power of the host that carries the router, under traffic, and mends it. Any number of times on one stand. */
export async function cutPower(stand: Stand, cut: PowerCut): Promise<Run> {
  const chosen = await chooseVictim(stand, cut.isVictimDc);
  await stand.refuseUnknownFlows();
  const traffic = await Traffic.start(stand, { flows: cut.flows, downloads: cut.downloads, newFlowsPerSecond: 0, maxMs: 120_000 });
  try {
    if (stand.document.spec.virtualRouters[0]?.connectionSync.enabled === true) await holdEverywhere(stand, cut.flows + cut.downloads);
    // Asked again: on a machine without air a membership may have changed meanwhile, and the run is of whom it hits.
    const victim = await stand.owner();
    const wasDc = (await stand.dc(victim)) === victim;
    const cutAtMs = Date.now();
    await stand.lab.powerOff(victim);
    const heir = await stand.ownerOtherThan(victim);
    await sleep(afterwardsMs);
    const result = await traffic.finish();
    const figures = figuresOf(result);
    const lost = figures.lostOutward + figures.lostInward;
    return {
      group: wasDc ? "the DC" : "not the DC",
      values: { ...figures },
      // The probe must see what everybody feels, or what it says of the blackout means nothing.
      failures: [...checkConnections(figures), ...(lost === 0 ? ["the probe did not see the power cut"] : [])],
      details: { chosen, victim, heir, cutAtMs, instruments: instrumentsOf(result) },
    };
  } catch (error) {
    traffic.abandon();
    throw error;
  } finally {
    await stand.mend();
  }
}

/** The owner; moved to, or away from, the DC where that is asked for. */
export async function chooseVictim(stand: Stand, isDc: boolean | undefined): Promise<string> {
  // Between two owners of a planned move there is a moment without one.
  const owner = await stand.ownerOtherThan(null);
  const dc = await stand.dc(owner);
  if (isDc === undefined || dc === null || (owner === dc) === isDc) return owner;
  const to = isDc ? dc : stand.controllers().find((host) => host !== dc);
  if (to === undefined) throw new Error("there is no controller beside the DC");
  await moveRouter(stand, to);
  return to;
}

const counts = { flows: 10_000, downloads: 50 };

async function standing(options: StandOptions, run: (stand: Stand, index: number) => Promise<Run>): Promise<Session> {
  const stand = await Stand.up(options);
  await stand.mend();
  return { run: (index) => run(stand, index), tearDown: () => stand.down() };
}

const everythingLives = [
  { value: "clientFirstDead", statistic: "max", atMost: 0 },
  { value: "serverFirstDead", statistic: "max", atMost: 0 },
  { value: "downloadsOther", statistic: "max", atMost: 0 },
] as const;

export const powerCut: Scenario = {
  name: "power-cut",
  summary: "The active host loses its power under 10,000 flows and 50 downloads; every second victim is the DC: every flow lives",
  runs: 20,
  thresholds: [
    { value: "blackoutMs", group: "not the DC", statistic: "median", atMost: 1000 },
    { value: "blackoutMs", group: "the DC", statistic: "median", atMost: 2000 },
    ...everythingLives,
  ],
  setUp: (progress) =>
    standing({ name: "soak-cut", racks: ["rack-a"], onProgress: progress }, (stand, index) =>
      cutPower(stand, { ...counts, isVictimDc: index % 2 === 1 }),
    ),
};

/** What the fence device costs: the takeover waits for its word. The lab's own answers when the host is off and has booted again. */
export const powerCutFenced: Scenario = {
  name: "power-cut-fenced",
  summary: "As power-cut, with a takeover that waits for the fence device",
  runs: 20,
  thresholds: [...everythingLives],
  setUp: (progress) =>
    standing({ name: "soak-cutf", racks: ["rack-a"], edit: waitForFencing, onProgress: progress }, (stand, index) =>
      cutPower(stand, { ...counts, isVictimDc: index % 2 === 1 }),
    ),
};

/** Two controllers: fenced, too, since two halves cannot tell each other apart. */
export const powerCutOfTwo: Scenario = {
  name: "power-cut-of-two",
  summary: "As power-cut, with two controllers",
  runs: 6,
  thresholds: [...everythingLives],
  setUp: (progress) =>
    standing({ name: "soak-cut2", example: "two-controllers", onProgress: progress }, (stand, index) =>
      cutPower(stand, { ...counts, isVictimDc: index % 2 === 1 }),
    ),
};

/** The negative control: without conntrackd the same run must lose its server-first flows. */
export const powerCutUnsynchronised: Scenario = {
  name: "power-cut-unsynchronised",
  summary: "The negative control of power-cut: with connectionSync off, the server-first flows must die",
  runs: 2,
  thresholds: [{ value: "serverFirstDead", statistic: "min", atLeast: counts.flows / 2 }],
  setUp: (progress) =>
    standing({ name: "soak-cutn", racks: ["rack-a"], edit: withoutConnectionSync, onProgress: progress }, async (stand) => {
      const run = await cutPower(stand, { flows: counts.flows, downloads: 0 });
      return { ...run, group: "without conntrackd", failures: [] };
    }),
};

type Edit = NonNullable<StandOptions["edit"]>;

export const waitForFencing: Edit = (document) => {
  for (const cluster of document.spec.pacemaker ?? []) cluster.takeover = "fenced";
};

export const withoutConnectionSync: Edit = (document) => {
  for (const router of document.spec.virtualRouters) router.connectionSync.enabled = false;
};
