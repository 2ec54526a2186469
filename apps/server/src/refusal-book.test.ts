import { expect, test } from "vitest";

import { RefusalBook } from "./refusal-book.ts";

test("a host is refused from the first time on, until it is let in or nobody has come for a minute", () => {
  const book = new RefusalBook();
  const current = (nowMs: number, heardAtMs = -Infinity) => [...book.current(nowMs, () => heardAtMs)];
  book.note("ctl-a1", true, 1000);
  book.note("ctl-a1", true, 11_000);
  book.note("stranger", false, 11_000);
  const refused = [["ctl-a1", "1970-01-01T00:00:01.000Z"]];
  expect(current(12_000)).toEqual(refused);
  expect(current(12_000, 10_999)).toEqual(refused);
  expect(current(12_000, 11_000)).toEqual([]);
  expect(current(71_000)).toEqual([]);
  book.note("ctl-a1", true, 80_000);
  expect(current(80_000)).toEqual([["ctl-a1", "1970-01-01T00:01:20.000Z"]]);
});
