import { describe, expect, test } from "vitest";

import { unmarked, whileElsewhere, whileHere, type Standing } from "./standing.ts";

const down = { down: 2, unknown: 0, all: 2 };
const up = { down: 0, unknown: 0, all: 2 };

/** When a host that was left `now` is tried again, by the first second at which it is. */
function triedAfter(standing: Standing, isWell: boolean, now: number): number {
  for (let second = 0; second <= 4_000; second++) if (whileElsewhere(standing, isWell, now + second * 1_000).score === null) return second;
  return Number.POSITIVE_INFINITY;
}

describe("a host as a place for roaming VIPs", () => {
  test("is marked when the service fails there, by how much of it fails; not by what is not known yet", () => {
    expect(whileHere(unmarked, { down: 0, unknown: 2, all: 2 }, 5)).toEqual(unmarked);
    expect(whileHere(unmarked, { down: 1, unknown: 1, all: 2 }, 5)).toEqual({ score: 4_500, times: 1, since: 5 });
    expect(whileHere(unmarked, down, 5).score).toBe(0);
  });

  test("is good again as soon as all answers there, while it has the VIPs", () => {
    const marked = whileHere(unmarked, down, 5);
    expect(whileHere(marked, { down: 0, unknown: 1, all: 2 }, 6)).toEqual(marked);
    expect(whileHere(marked, up, 7)).toEqual({ score: null, times: 1, since: 7 });
  });

  test("is tried again later each time: soon where the service is seen to answer, late where nothing is to be seen", () => {
    let standing = unmarked;
    let now = 0;
    const waits: [number, number][] = [];
    for (let round = 0; round < 5; round++) {
      standing = whileHere(standing, down, now);
      waits.push([triedAfter(standing, true, now), triedAfter(standing, false, now)]);
      now += (waits.at(-1)?.[1] ?? 0) * 1_000;
      standing = whileElsewhere(standing, false, now);
    }
    expect(waits).toEqual([
      [10, 300],
      [20, 600],
      [40, 1200],
      [80, 2400],
      [160, 3600],
    ]);
  });

  test("is forgiven after an hour of good standing", () => {
    const marked = whileHere(whileHere(whileHere(unmarked, down, 0), up, 1_000), down, 2_000);
    expect(marked.times).toBe(2);
    expect(whileHere(whileHere(marked, up, 3_000), down, 4_000_000).times).toBe(1);
  });
});
