import type { Sighting } from "./sighting.ts";

/** From the first to the last sighting of one link-layer address; consecutive ones lie no further apart than `holdMs`. */
export type Tenure = { mac: string; fromMs: number; toMs: number; sightings: Record<Sighting["kind"], number> };

export type Interval = { startedAtMs: number; lengthMs: number };

export type Ownership = {
  address: string;
  tenures: Tenure[];
  /** Times when two or more link-layer addresses showed themselves as the owner. A single stray frame is one of length 0. */
  twoOwners: (Interval & { macs: string[] })[];
  longestTwoOwnersMs: number;
  /**
   * The same of those that answer or announce, whatever else carries the address as its source: the source of a planned move answers nobody
   * and still forwards what neighbours send to it.
   */
  twoAnswerers: (Interval & { macs: string[] })[];
  /** Times when at least three questions in a row had no answer from anybody: fewer are the delay of a busy machine. */
  nobody: Interval[];
  totalNobodyMs: number;
  longestNobodyMs: number;
  /** The longest time between two questions: nothing shorter can be told apart, in either direction. */
  resolutionMs: number;
  asked: number;
};

export type Question = { atMs: number };

/**
 * Who owned `address` and when, from what was seen on the wire and from the questions of an active asker. Lengths are lower bounds for
 * `twoOwners` (the true time may be up to one `resolutionMs` longer at each end) and upper bounds for `nobody`.
 */
export function analyseOwnership(
  address: string,
  sightings: readonly Sighting[],
  questions: readonly Question[],
  holdMs: number,
): Ownership {
  const seen = sightings.filter((sighting) => sighting.address === address).toSorted((a, b) => a.atMs - b.atMs);
  const tenures = tenuresOf(seen, holdMs);
  const twoOwners = overlapsOf(tenures);
  const answering = seen.filter(({ kind }) => kind !== "source");
  const nobody = unansweredRuns(questions, seen);
  const longest = (intervals: Interval[]): number => Math.max(0, ...intervals.map(({ lengthMs }) => lengthMs));
  const waits = questions.slice(1).map(({ atMs }, index) => atMs - questions[index]!.atMs);
  return {
    address,
    tenures,
    twoOwners,
    longestTwoOwnersMs: longest(twoOwners),
    twoAnswerers: overlapsOf(tenuresOf(answering, holdMs)),
    nobody,
    totalNobodyMs: round(nobody.reduce((sum, { lengthMs }) => sum + lengthMs, 0)),
    longestNobodyMs: longest(nobody),
    resolutionMs: round(waits.reduce((a, b) => Math.max(a, b), 0)),
    asked: questions.length,
  };
}

function tenuresOf(seen: readonly Sighting[], holdMs: number): Tenure[] {
  const open = new Map<string, Tenure>();
  const tenures: Tenure[] = [];
  for (const { mac, atMs, kind } of seen) {
    let tenure = open.get(mac);
    if (tenure === undefined || atMs - tenure.toMs > holdMs) {
      tenure = { mac, fromMs: atMs, toMs: atMs, sightings: { answer: 0, announce: 0, source: 0 } };
      open.set(mac, tenure);
      tenures.push(tenure);
    }
    tenure.toMs = atMs;
    tenure.sightings[kind]++;
  }
  return tenures;
}

/** Sweeps over the ends of all tenures; closed intervals, so a lone frame within another's tenure counts. */
function overlapsOf(tenures: readonly Tenure[]): Ownership["twoOwners"] {
  const ends = tenures.flatMap(({ mac, fromMs, toMs }) => [
    { atMs: fromMs, mac, isStart: true },
    { atMs: toMs, mac, isStart: false },
  ]);
  ends.sort((a, b) => a.atMs - b.atMs || Number(b.isStart) - Number(a.isStart));
  const present = new Set<string>();
  const overlaps: Ownership["twoOwners"] = [];
  let current: { startedAtMs: number; macs: Set<string> } | undefined;
  for (const { atMs, mac, isStart } of ends) {
    if (isStart) present.add(mac);
    else present.delete(mac);
    if (present.size >= 2) {
      current ??= { startedAtMs: atMs, macs: new Set() };
      for (const one of present) current.macs.add(one);
    } else if (current !== undefined) {
      overlaps.push({ startedAtMs: current.startedAtMs, lengthMs: round(atMs - current.startedAtMs), macs: [...current.macs] });
      current = undefined;
    }
  }
  return overlaps;
}

const questionsInARow = 3;

/** Between two consecutive sightings, at least three questions without an answer are a time without an owner. */
function unansweredRuns(questions: readonly Question[], seen: readonly Sighting[]): Interval[] {
  const runs: Interval[] = [];
  let next = 0;
  let run: number[] = [];
  const close = (endMs: number): void => {
    if (run.length >= questionsInARow) runs.push({ startedAtMs: run[0]!, lengthMs: round(endMs - run[0]!) });
    run = [];
  };
  for (const { atMs } of questions) {
    // A sighting after the questions so far ends their silence.
    while (next < seen.length && seen[next]!.atMs < atMs) close(seen[next++]!.atMs);
    run.push(atMs);
  }
  close(next < seen.length ? seen[next]!.atMs : (questions.at(-1)?.atMs ?? 0));
  return runs;
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
