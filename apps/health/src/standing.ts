/**
 * What the service behind a group of roaming VIPs makes of this host as a place for it. Pure: times are milliseconds, and are handed in.
 *
 * A group whose service fails here is sent away by a score, not by a ban: where every place is bad it stays where it is. A place that was
 * bad is tried again when its service answers there once more, or, where that is not to be seen without the VIP, after a long while; each
 * time that it was bad again the waits double. So a service that is down everywhere is tried once on every host, and then ever more
 * seldom, and one that flaps does not take its VIP to and fro.
 */
export interface Standing {
  /** 0 (bad) … 9000; null: nothing is known against this host, which counts more. */
  readonly score: number | null;
  /** How many times in a row it has been bad. */
  readonly times: number;
  /** Since when it has been bad, or has not held the VIPs any more. */
  readonly since: number;
}

/** All of the VIPs answer: below what an unmarked host has (`scores.wellPlace` of the Pacemaker adapter). */
const bestMark = 9_000;
const shortestMs = 10_000;
const blindMs = 300_000;
const longestMs = 3_600_000;

export const unmarked: Standing = { score: null, times: 0, since: Number.NEGATIVE_INFINITY };

/** While this host has the VIPs: so many of their addresses are down. One that is not known yet changes nothing. */
export function whileHere(
  before: Standing,
  counts: { readonly down: number; readonly unknown: number; readonly all: number },
  now: number,
): Standing {
  const { down, unknown, all } = counts;
  if (down === 0) return unknown > 0 || before.score === null ? before : { ...before, score: null, since: now };
  const score = Math.floor((bestMark * (all - down)) / all);
  if (before.score !== null) return { ...before, score, since: now };
  return { score, times: now - before.since > longestMs ? 1 : before.times + 1, since: now };
}

/** While another has them; `isWell`: the service here has answered by the namespace's own address as often as is asked for. */
export function whileElsewhere(before: Standing, isWell: boolean, now: number): Standing {
  if (before.score === null) return before;
  const doubled = 2 ** (before.times - 1);
  const waitMs = Math.min(longestMs, (isWell ? shortestMs : blindMs) * doubled);
  return now - before.since < waitMs ? before : { ...before, score: null, since: now };
}
