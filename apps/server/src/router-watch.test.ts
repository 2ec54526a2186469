import { expect, test } from "vitest";

import { RouterWatch } from "./router-watch.ts";

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();

test("a router that is on no host is lost once it has been so for longer than a takeover lasts, and that is told once", () => {
  const watch = new RouterWatch();
  watch.note("vr-a", "ctl-a1", at(0));
  expect(watch.noteAbsence("vr-a", true, at(1))).toBeUndefined();
  expect(watch.noteAbsence("vr-a", true, at(10))).toBeUndefined();
  expect(watch.noteAbsence("vr-a", true, at(11))).toEqual({ from: "ctl-a1", since: at(1) });
  expect(watch.noteAbsence("vr-a", true, at(12))).toBeUndefined();
  expect(watch.since("vr-a", "ctl-a1")).toBeNull();
  expect(watch.note("vr-a", "ctl-a1", at(20))).toEqual({ from: null });
});

test("a takeover is no loss, nor is a router that was never anywhere", () => {
  const watch = new RouterWatch();
  expect(watch.noteAbsence("vr-a", true, at(0))).toBeUndefined();
  expect(watch.noteAbsence("vr-a", true, at(60))).toBeUndefined();
  watch.note("vr-a", "ctl-a1", at(60));
  expect(watch.noteAbsence("vr-a", true, at(61))).toBeUndefined();
  expect(watch.noteAbsence("vr-a", false, at(63))).toBeUndefined();
  expect(watch.noteAbsence("vr-a", true, at(72))).toBeUndefined();
});
