import { describe, expect, it } from "vitest";
import { analyseOwnership } from "./ownership.ts";
import type { Sighting } from "./sighting.ts";

const address = "10.0.0.10";
function seen(mac: string, fromMs: number, toMs: number, stepMs = 5, kind: Sighting["kind"] = "answer"): Sighting[] {
  return Array.from({ length: Math.floor((toMs - fromMs) / stepMs) + 1 }, (_, n) => ({
    atMs: fromMs + n * stepMs + 0.1,
    address,
    mac,
    kind,
  }));
}
const questions = Array.from({ length: 201 }, (_, n) => ({ atMs: n * 5 }));

describe("ownership", () => {
  it("one owner that answers every question: no second owner, no moment without one", () => {
    const result = analyseOwnership(address, seen("a", 0, 1000), questions, 25);
    expect(result).toMatchObject({ twoOwners: [], nobody: [], longestTwoOwnersMs: 0, totalNobodyMs: 0, resolutionMs: 5, asked: 201 });
    expect(result.tenures).toMatchObject([{ mac: "a", fromMs: 0.1, toMs: 1000.1 }]);
  });
  it("a take-over after a silence is a time without an owner, from the first question that was not answered", () => {
    const result = analyseOwnership(address, [...seen("a", 0, 300), ...seen("b", 700, 1000)], questions, 25);
    expect(result.nobody).toEqual([{ startedAtMs: 305, lengthMs: 395.1 }]);
    expect(result.totalNobodyMs).toBe(395.1);
    expect(result.twoOwners).toEqual([]);
  });
  it("two late answers are no time without an owner, three questions in a row without one are", () => {
    const late = (from: number): Sighting[] => [...seen("a", 0, 300), ...seen("a", from, 1000)];
    expect(analyseOwnership(address, late(310), questions, 25).nobody).toEqual([]);
    expect(analyseOwnership(address, late(315), questions, 25).nobody).toEqual([{ startedAtMs: 305, lengthMs: 10.1 }]);
  });
  it("two hosts that answer at the same time are two owners, for as long as both do", () => {
    const result = analyseOwnership(address, [...seen("a", 0, 600), ...seen("b", 500, 1000)], questions, 25);
    expect(result.twoOwners).toEqual([{ startedAtMs: 500.1, lengthMs: 100, macs: ["a", "b"] }]);
    expect(result.longestTwoOwnersMs).toBe(100);
  });
  it("a former owner that forwards and no longer answers is a second owner on the wire, but not a second one that answers", () => {
    const forwarded = analyseOwnership(
      address,
      [...seen("a", 0, 500), ...seen("a", 505, 600, 5, "source"), ...seen("b", 520, 1000)],
      questions,
      25,
    );
    expect(forwarded.twoOwners).toMatchObject([{ startedAtMs: 520.1, lengthMs: 80 }]);
    expect(forwarded.twoAnswerers).toEqual([]);
    const answered = analyseOwnership(address, [...seen("a", 0, 600), ...seen("b", 520, 1000)], questions, 25);
    expect(answered.twoAnswerers).toEqual(answered.twoOwners);
  });
  it("one stray announcement of another is two owners, of length 0", () => {
    const result = analyseOwnership(address, [...seen("a", 0, 1000), ...seen("b", 502, 502, 5, "announce")], questions, 25);
    expect(result.twoOwners).toMatchObject([{ lengthMs: 0 }]);
  });
  it("an owner that comes back while its successor answers is two owners again", () => {
    const result = analyseOwnership(address, [...seen("a", 0, 300), ...seen("b", 320, 1000), ...seen("a", 600, 650)], questions, 25);
    expect(result.twoOwners).toMatchObject([{ startedAtMs: 600.1, lengthMs: 50 }]);
  });
  it("nobody at all is one time without an owner, from the first question to the last; an asker that slept claims nothing", () => {
    expect(analyseOwnership(address, [], questions, 25).nobody).toEqual([{ startedAtMs: 0, lengthMs: 1000 }]);
    const slept = questions.filter(({ atMs }) => atMs <= 300 || atMs >= 700);
    const result = analyseOwnership(address, [...seen("a", 0, 300), ...seen("a", 700, 1000)], slept, 25);
    expect(result).toMatchObject({ nobody: [], resolutionMs: 400 });
  });
});
