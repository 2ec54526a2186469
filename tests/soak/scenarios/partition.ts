import type { Run, Scenario, Session } from "../../harness/scenario.ts";
import { Stand } from "../../harness/stand.ts";
import {
  guardTimes,
  OwnerWatch,
  setTakeover,
  takeovers,
  twoOwnersBoundMs,
  watchFor,
  type GuardTimes,
  type OwnerReport,
  type Takeover,
} from "./owner-watch.ts";
import { moveRouter } from "./steering.ts";

/**
 * Who is cut off from whom; the owner is always on a side that can lose.
 * - `one-alone`: the owner from all others
 * - `halves`: the owner and, of five, one more from the rest: the greatest half that has no majority
 * - `bridge`: {1,2} from {4,5}, while 3 sees all: the owner on a side that Corosync may leave out
 * - `deaf`, `dumb`: the owner's management cable passes nothing one way; its public side stays as it is, so both could be heard there
 */
export type Shape = "one-alone" | "halves" | "bridge" | "deaf" | "dumb";

/** How long a partition stays after the takeover: what a host does late, it does in this time. */
const afterTakeoverMs = 3_000;

/** Splits the owner's rack, waits for the takeover, heals, waits until all is whole: watched on the wire from before to after. */
export async function partitionOnce(stand: Stand, shape: Shape, takeover: Takeover): Promise<Run> {
  if (shape === "bridge") await moveToLosingSide(stand);
  const owner = await stand.owner();
  const watch = await OwnerWatch.start(stand);
  let report: OwnerReport;
  const failures: string[] = [];
  const cutAtMs = Date.now();
  try {
    await split(stand, shape, owner);
    await takeOver(stand, shape, owner);
    await watchFor(afterTakeoverMs);
    await stand.mend();
    await stand.until("one owner", 30_000, async () => ((await stand.owners()).length === 1 ? true : undefined));
    report = await watch.stop();
  } catch (error) {
    watch.abandon();
    throw error;
  }
  const boundMs = takeover.takeover === "fenced" ? 0 : twoOwnersBoundMs;
  if (report.twoOwnersMs > boundMs) failures.push(...report.inWords);
  const times = await guardTimes(stand.lab, owner, cutAtMs);
  return {
    group: shape,
    values: {
      twoOwnersMs: report.twoOwnersMs,
      nobodyMs: report.nobodyMs,
      resolutionMs: report.resolutionMs,
      ...reactionOf(report, owner, times),
    },
    failures: [...failures, ...report.failures],
    details: { owner, cutAtMs, times, twoOwners: report.inWords },
  };
}

/** From Corosync's word on the losing side to its last answer on the wire, and to the guard's note that all is given up. */
function reactionOf(report: OwnerReport, owner: string, times: GuardTimes): Record<string, number> {
  const { quorumLostAtMs, gaveUpAtMs } = times;
  const lastAtMs = report.lastAnswerOf(owner);
  if (quorumLostAtMs === undefined || gaveUpAtMs === undefined || lastAtMs === undefined) return {};
  return { silentAfterMs: Math.round(lastAtMs - quorumLostAtMs), gaveUpAfterMs: gaveUpAtMs - quorumLostAtMs };
}

/** Of a bridge's two sides, Corosync leaves out the first in nearly all rounds. */
async function moveToLosingSide(stand: Stand): Promise<void> {
  const hosts = stand.controllers();
  const losers = hosts.slice(0, Math.floor(hosts.length / 2));
  if (!losers.includes(await stand.owner())) await moveRouter(stand, losers[0]!);
}

async function split(stand: Stand, shape: Shape, owner: string): Promise<void> {
  const { lab } = stand;
  const hosts = stand.controllers();
  const others = hosts.filter((host) => host !== owner);
  switch (shape) {
    case "one-alone":
      return lab.partition([owner], others);
    case "halves": {
      const minority = Math.ceil(hosts.length / 2) - 2;
      return lab.partition([owner, ...others.slice(0, minority)], others.slice(minority));
    }
    case "bridge": {
      const middle = Math.floor(hosts.length / 2);
      return lab.partition(hosts.slice(0, middle), hosts.slice(middle + 1));
    }
    case "deaf":
      return lab.loss(owner, "management", 100, "in");
    case "dumb":
      return lab.loss(owner, "management", 100, "out");
  }
}

/** In a bridge, the side that wins may be the owner's: then it stays. */
async function takeOver(stand: Stand, shape: Shape, owner: string): Promise<void> {
  if (shape !== "bridge") return void (await stand.ownerOtherThan(owner));
  // Every Corosync has settled: the same quorate three on each of them, twice in a row.
  let before = "";
  await stand.until("a membership with quorum, and one owner in it", 60_000, async () => {
    const memberships = await Promise.all(stand.controllers().map((host) => membershipOf(stand, host)));
    const quorate = [...new Set(memberships.filter((members) => members !== ""))];
    const owners = await stand.owners();
    const now = `${quorate.join("; ")} ${owners.join()}`;
    const isSettled = quorate.length === 1 && owners.length === 1 && quorate[0]!.includes(owners[0]!) && now === before;
    before = now;
    return isSettled ? true : undefined;
  });
}

/** Names of the members as a quorate host sees them; nothing when it is not, or is off. */
async function membershipOf(stand: Stand, host: string): Promise<string> {
  if (!stand.lab.isOn(host)) return "";
  const { stdout } = await stand.lab.exec(host, ["corosync-quorumtool", "-s"]).catch(() => ({ stdout: "" }));
  return /^Quorate:\s+Yes/m.test(stdout) ? [...stdout.matchAll(/^ +\d+ +\d+ +(\S+)/gm)].map(([, name]) => name).join(" ") : "";
}

const shapes = ["one-alone", "halves", "bridge"] as const satisfies readonly Shape[];

async function openSession(
  name: string,
  takeover: Takeover,
  progress: (text: string) => void,
  inTurn: readonly Shape[] = shapes,
): Promise<Session> {
  const stand = await Stand.up({ name, example: "five-controllers", onProgress: progress });
  await setTakeover(stand, takeover);
  return {
    run: (index) => stand.round(() => partitionOnce(stand, inTurn[index % inTurn.length]!, takeover)),
    tearDown: () => stand.down(),
  };
}

const what = "thirty rounds each of the owner alone, on the smaller half, and on a side of a bridge of five";

/** Thirty rounds of each shape, for each way of taking over. */
export const partitionScenarios: readonly Scenario[] = [
  {
    name: "partition-quorum",
    summary: `Takeover by quorum, fencing on: ${what}: two owners no longer than ${twoOwnersBoundMs} ms`,
    runs: 30 * shapes.length,
    thresholds: [{ value: "twoOwnersMs", statistic: "max", atMost: twoOwnersBoundMs }],
    setUp: (progress) => openSession("soak-part-q", takeovers["quorum, fencing on"], progress),
  },
  {
    name: "partition-quorum-unfenced",
    summary: `Takeover by quorum, fencing off: ${what}: two owners no longer than ${twoOwnersBoundMs} ms`,
    runs: 30 * shapes.length,
    thresholds: [{ value: "twoOwnersMs", statistic: "max", atMost: twoOwnersBoundMs }],
    setUp: (progress) => openSession("soak-part-u", takeovers["quorum, fencing off"], progress),
  },
  {
    name: "partition-fenced",
    summary: `Takeover after fencing: ${what}: never two owners`,
    runs: 30 * shapes.length,
    thresholds: [{ value: "twoOwnersMs", statistic: "max", atMost: 0 }],
    setUp: (progress) => openSession("soak-part-f", takeovers.fenced, progress),
  },
  {
    name: "partition-one-way",
    summary: `Takeover by quorum, fencing off: the owner's management cable deaf or dumb, ten rounds each: two owners no longer than ${twoOwnersBoundMs} ms`,
    runs: 20,
    thresholds: [{ value: "twoOwnersMs", statistic: "max", atMost: twoOwnersBoundMs }],
    setUp: (progress) => openSession("soak-part-o", takeovers["quorum, fencing off"], progress, ["deaf", "dumb"]),
  },
];
