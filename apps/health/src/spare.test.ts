import { expect, test } from "vitest";

import { isSpareBy } from "./checker.ts";
import type { Held, Verdict } from "./decide.ts";

const by = (announce: boolean, held: Held, isSpare: boolean, seesBestOnly = true): boolean =>
  isSpareBy({ verdict: { announce, held } satisfies Verdict, isSpare }, seesBestOnly);

test("the last that is known of gives way to others where others may not be seen", () => {
  expect(by(true, "last", false)).toBe(true);
  expect(by(true, "last", true)).toBe(true);
  expect(by(true, "last", true, false)).toBe(false);
});

test("one that has just been put back stays as it is while neighbours take it", () => {
  expect(by(true, "arrival", true)).toBe(true);
  expect(by(true, "arrival", false)).toBe(false);
});

test("what is well, or not announced, is never spare", () => {
  expect(by(true, null, true)).toBe(false);
  expect(by(false, "arrival", true)).toBe(false);
  expect(by(false, "drained", true)).toBe(false);
});
