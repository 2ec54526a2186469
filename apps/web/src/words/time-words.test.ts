import { expect, test } from "vitest";

import { renderDuration } from "./time-words.ts";

test.each([
  [-5, "0 s"],
  [59_400, "59 s"],
  [59_600, "1 min"],
  [185_000, "3 min 5 s"],
  [7_800_000, "2 h 10 min"],
  [86_400_000, "1 d"],
  [442_800_000, "5 d 3 h"],
])("%d ms are %s", (ms, text) => {
  expect(renderDuration(ms)).toBe(text);
});
