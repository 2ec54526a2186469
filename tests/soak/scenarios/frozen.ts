import type { Run, Scenario, Session } from "../../harness/scenario.ts";
import { Stand } from "../../harness/stand.ts";
import {
  guardTimes,
  OwnerWatch,
  setTakeover,
  takeovers,
  twoOwnersBoundMs,
  watchFor,
  type OwnerReport,
  type Takeover,
} from "./owner-watch.ts";

/**
 * What stops on the owner, while its kernel answers on and the network is whole.
 * - `host frozen`: every process, SIGSTOP: nobody is left on it to give anything up
 * - `Corosync frozen`, `Corosync killed`: the others go on without it; only the guard is left to act
 * - `Pacemaker killed`: its controller (SIGKILL): the others see it leave, with Corosync's membership as it was
 * - `pacemakerd killed`: the parent alone: its children work on, and nothing may move
 * - `guard killed`: then, after its supervisor has started it again, the owner is cut off
 * - `guard frozen`: then the owner is cut off: Pacemaker alone gives up, in its own time
 */
export type Stop =
  "host frozen" | "Corosync frozen" | "Corosync killed" | "Pacemaker killed" | "pacemakerd killed" | "guard killed" | "guard frozen";

/** How long the failure stays after the takeover. */
const afterTakeoverMs = 3_000;

/** Two owners at most this long; null: no promise. */
function boundOf(stop: Stop, { takeover }: Takeover): number | null {
  if (takeover === "fenced") return 0;
  // A frozen host answers until it is fenced; without fencing, until it is thawed. Without a guard, Pacemaker stops in its own time.
  if (stop === "host frozen" || stop === "guard frozen") return null;
  return twoOwnersBoundMs;
}

/** Stops the thing on the owner, waits for the takeover, mends, waits until all is whole: watched on the wire from before to after. */
export async function stopOnce(stand: Stand, stop: Stop, takeover: Takeover): Promise<Run> {
  const owner = await stand.owner();
  const watch = await OwnerWatch.start(stand);
  const startedAtMs = Date.now();
  let report: OwnerReport;
  try {
    await cause(stand, stop, owner);
    if (movesTheRouter(stop)) await answeredElsewhere(stand, owner);
    await watchFor(afterTakeoverMs);
    await stand.mend();
    await stand.until("one owner", 30_000, async () => ((await stand.owners()).length === 1 ? true : undefined));
    report = await watch.stop();
  } catch (error) {
    watch.abandon();
    throw error;
  }
  const boundMs = boundOf(stop, takeover);
  const failures = boundMs !== null && report.twoOwnersMs > boundMs ? report.inWords : [];
  if (!movesTheRouter(stop) && (await stand.owner()) !== owner) failures.push(`${stop}: the router has moved, for nothing`);
  const { gaveUpAtMs } = await guardTimes(stand.lab, owner, startedAtMs);
  return {
    group: stop,
    values: {
      twoOwnersMs: report.twoOwnersMs,
      nobodyMs: report.nobodyMs,
      resolutionMs: report.resolutionMs,
      ...(gaveUpAtMs === undefined ? {} : { gaveUpAfterMs: gaveUpAtMs - startedAtMs }),
    },
    failures: [...failures, ...report.failures],
    details: { owner, startedAtMs, twoOwners: report.inWords },
  };
}

function movesTheRouter(stop: Stop): boolean {
  return stop !== "pacemakerd killed";
}

/** Another host has the addresses; whether the stopped one still has them is for the watch to tell. */
async function answeredElsewhere(stand: Stand, owner: string): Promise<string> {
  return stand.until(`a host other than ${owner} has the addresses`, 60_000, async () =>
    (await stand.owners()).find((host) => host !== owner),
  );
}

async function cause(stand: Stand, stop: Stop, owner: string): Promise<void> {
  const { lab } = stand;
  const cutOff = (): Promise<void> =>
    lab.partition(
      [owner],
      stand.controllers().filter((host) => host !== owner),
    );
  switch (stop) {
    case "host frozen":
      return void (await lab.freeze(owner, "all"));
    case "Corosync frozen":
      return void (await lab.freeze(owner, "corosync"));
    case "Corosync killed":
      return void (await lab.kill(owner, "corosync"));
    case "Pacemaker killed":
      return void (await lab.kill(owner, "pacemaker-controld"));
    case "pacemakerd killed":
      return void (await lab.kill(owner, "pacemakerd"));
    case "guard killed":
      await killGuard(stand, owner);
      return cutOff();
    case "guard frozen":
      await lab.freeze(owner, "rackway-guard");
      return cutOff();
  }
}

/** Kills all of the guard, and waits until another one follows Corosync. */
async function killGuard(stand: Stand, host: string): Promise<void> {
  const pids = async (): Promise<string> => (await stand.lab.sh(host, "cat /run/rackway/guard.pid /run/rackway/guard-tool.pid")).stdout;
  const before = await pids();
  await stand.lab.kill(host, "rackway-guard");
  await stand.until("another guard follows Corosync", 20_000, async () => {
    const now = (await pids()).trim().split("\n");
    const isNew = now.length === 2 && now.every((pid) => !before.split("\n").includes(pid));
    return isNew && stand.lab.processes(host).some(({ comm }) => comm === "corosync-quorum") ? true : undefined;
  });
}

const stops = [
  "host frozen",
  "Corosync frozen",
  "Corosync killed",
  "Pacemaker killed",
  "pacemakerd killed",
  "guard killed",
  "guard frozen",
] as const satisfies readonly Stop[];

async function openSession(name: string, takeover: Takeover, progress: (text: string) => void): Promise<Session> {
  const stand = await Stand.up({ name, racks: ["rack-a"], onProgress: progress });
  await setTakeover(stand, takeover);
  return { run: (index) => stand.round(() => stopOnce(stand, stops[index % stops.length]!, takeover)), tearDown: () => stand.down() };
}

/** Thresholds for what a guard has a say in; the frozen host's and the frozen guard's times are reported. */
const guarded = stops.filter((stop) => stop !== "host frozen" && stop !== "guard frozen");

export const frozenScenarios: readonly Scenario[] = [
  {
    name: "frozen-quorum",
    summary: `Takeover by quorum, fencing on: what stops on the owner, ten rounds each: two owners no longer than ${twoOwnersBoundMs} ms where a guard is left`,
    runs: 10 * stops.length,
    thresholds: guarded.map((group) => ({ value: "twoOwnersMs", group, statistic: "max", atMost: twoOwnersBoundMs })),
    setUp: (progress) => openSession("soak-froz-q", takeovers["quorum, fencing on"], progress),
  },
  {
    name: "frozen-quorum-unfenced",
    summary: `Takeover by quorum, fencing off: what stops on the owner, ten rounds each: two owners no longer than ${twoOwnersBoundMs} ms where a guard is left`,
    runs: 10 * stops.length,
    thresholds: guarded.map((group) => ({ value: "twoOwnersMs", group, statistic: "max", atMost: twoOwnersBoundMs })),
    setUp: (progress) => openSession("soak-froz-u", takeovers["quorum, fencing off"], progress),
  },
  {
    name: "frozen-fenced",
    summary: "Takeover after fencing: what stops on the owner, a host frozen as a whole included, ten rounds each: never two owners",
    runs: 10 * stops.length,
    thresholds: [{ value: "twoOwnersMs", statistic: "max", atMost: 0 }],
    setUp: (progress) => openSession("soak-froz-f", takeovers.fenced, progress),
  },
];
