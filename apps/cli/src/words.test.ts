import { describe, expect, test } from "vitest";
import { parseDuration, renderAge, renderCount, renderDuration, renderList } from "./words.ts";

describe("figures in words", () => {
  test.each([
    [0, "0 ms"],
    [999, "999 ms"],
    [1000, "1 s"],
    [59_999, "59 s"],
    [60_000, "1m00s"],
    [3_599_000, "59m59s"],
    [3_600_000, "1h00m"],
    [90_000_000, "1d01h"],
    [-5, "0 ms"],
  ])("%i ms is %s", (ms, text) => expect(renderDuration(ms)).toBe(text));

  test("an observation that was never made has no age", () => expect(renderAge(null)).toBe("-"));

  test.each([
    ["90", 90_000],
    ["90s", 90_000],
    ["1.5m", 90_000],
    ["2h", 7_200_000],
    ["250ms", 250],
    ["", null],
    ["2 m", null],
    ["-1s", null],
    ["1d", null],
  ])("%j is read as %s ms", (text, ms) => expect(parseDuration(text)).toBe(ms));

  test("counts and lists read as sentences do", () => {
    expect([
      renderCount(1, "host"),
      renderCount(0, "host"),
      renderList([]),
      renderList(["a"]),
      renderList(["a", "b"]),
      renderList(["a", "b", "c"]),
    ]).toEqual(["1 host", "0 hosts", "", "a", "a and b", "a, b and c"]);
  });
});
