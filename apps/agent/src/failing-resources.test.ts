import { noTrouble } from "@rackway/pacemaker";
import { expect, test } from "vitest";

import { failingProblems } from "./failing-resources.ts";

const lastFailureAt = new Date("2026-11-22T21:04:17Z");
const vips = { resource: "rw-vr-a-vips", host: "ctl-a3", count: 3, threshold: 3, lastFailureAt };
const sync = { resource: "rw-vr-a-sync", host: "ctl-a3", count: 1, threshold: 1_000_000, lastFailureAt };
const died = { key: "1", resource: "rw-vr-a-sync", host: "ctl-a3", task: "monitor", reason: "conntrackd has died" };

test("a failure is told with its count and its reason, and the remedy names resource and host", () => {
  expect(failingProblems("ctl-a3", { ...noTrouble, failCounts: [sync], failures: [died] })).toMatchObject([
    {
      code: "resource-failing",
      message: "rw-vr-a-sync has failed here once (never barred): monitor: conntrackd has died",
      hint: expect.stringContaining("crm_resource --cleanup -r rw-vr-a-sync -N ctl-a3") as string,
    },
  ]);
});

test("a host that is barred from a resource says so, and until when", () => {
  const [barred] = failingProblems("ctl-a3", { ...noTrouble, failCounts: [vips] });
  expect(barred?.message).toBe(
    "rw-vr-a-vips has failed here 3 times (barred from 3 on); this host is barred from it until about 21:05:17 UTC",
  );
  expect(failingProblems("ctl-a3", { ...noTrouble, failCounts: [{ ...vips, count: 2 }] })[0]?.message).not.toContain("this host is barred");
});

test("each host tells of its own failures", () => {
  expect(failingProblems("ctl-a1", { ...noTrouble, failCounts: [vips, sync], failures: [died] })).toEqual([]);
});
