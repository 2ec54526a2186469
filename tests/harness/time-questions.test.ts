import { expect, it } from "vitest";
import { timeMovedMs } from "./time-questions.ts";

const sample = (offsetMs: number, roundTripMs: number) => ({ atMs: 0, offsetMs, roundTripMs });

it("answers that one time explains have not moved, however long they took", () => {
  expect(timeMovedMs([sample(3000, 1), sample(3000.4, 1), sample(3040, 90)])).toBe(0);
  expect(timeMovedMs([])).toBe(0);
});

it("a step is seen, less what the way may have done to it", () => {
  expect(timeMovedMs([sample(3000, 2), sample(3000, 400), sample(3100, 2)])).toBe(98);
});
