import { expect, test } from "vitest";

import { offsetOf } from "./draft.ts";

test.each([
  [1, 1, { start: 0, end: 3 }],
  [2, 3, { start: 6, end: 8 }],
  [2, 99, { start: 8, end: 8 }],
  [3, 1, { start: 9, end: 9 }],
  [4, 1, null],
])("line %d, column %d of a text", (line, column, offsets) => {
  expect(offsetOf("abc\ndefg\n", line, column)).toEqual(offsets);
});
