import type { FenceRequest } from "@rackway/pacemaker";
import { describe, expect, test } from "vitest";

import { viewEvents } from "./events.ts";
import { fencingProblems, fencingSight, noFencing, parseFencingLog } from "./fencing.ts";
import { clusterView, hostState, pacemakerState } from "./testing.ts";

/** What fence_rackway writes: a host that had left, whose device fails twice before it says done; one that is still a member. */
const log = `2026-11-22T20:10:00.100Z reboot ctl-a2: not a member, fencing alongside by fence_ipmilan
2026-11-22T20:10:05.000Z reboot ctl-a2: fence_ipmilan failed, try 1 of 60: exit code 1
2026-11-22T20:11:15.000Z reboot ctl-a2: fence_ipmilan failed, try 2 of 60: no answer within 60 s
`;
const doneLine = "2026-11-22T20:11:30.000Z reboot ctl-a2: done by fence_ipmilan\n";
const fencing = [{ agent: "fence_ipmilan", parameters: {}, hosts: [] }];
const quorum = hostState("ctl-a1", { pacemaker: { ...pacemakerState(), fencing } });
const fenced = hostState("ctl-a1", { pacemaker: { ...pacemakerState(), fencing, takeover: "fenced" } });
const online = ["ctl-a1", "ctl-a3"];

const request = (status: FenceRequest["status"], at: string, by = "ctl-a1"): FenceRequest => ({
  action: "reboot",
  target: "ctl-a2",
  by,
  status,
  reason: status === "failed" ? "Connection refused" : "",
  endedAt: new Date(at),
});

describe("what this host fenced", () => {
  test("by a takeover with quorum is what the log of the work says, not the success that Pacemaker was told at once", () => {
    const early = [request("success", "2026-11-22T20:10:00Z")];
    expect(fencingSight(quorum, early, online, log)).toEqual({
      done: [],
      failing: [
        {
          target: "ctl-a2",
          device: "fence_ipmilan",
          since: "2026-11-22T20:10:05.000Z",
          lastAt: "2026-11-22T20:11:15.000Z",
          reason: "failed, try 2 of 60: no answer within 60 s",
        },
      ],
    });
    expect(fencingSight(quorum, early, online, log + doneLine)).toEqual({
      done: [{ target: "ctl-a2", action: "reboot", device: "fence_ipmilan", at: "2026-11-22T20:11:30.000Z" }],
      failing: [],
    });
  });

  test("by a takeover that waits is what the fence history says of this host, and of no other", () => {
    const history = [request("success", "2026-11-22T20:12:00Z"), request("failed", "2026-11-22T20:11:00Z")];
    expect(fencingSight(fenced, history, online, "")).toMatchObject({ done: [{ target: "ctl-a2", device: "fence_ipmilan" }], failing: [] });
    expect(fencingSight(fenced, [request("success", "2026-11-22T20:12:00Z", "ctl-a3")], online, "")).toEqual(noFencing);
    const failing = [request("failed", "2026-11-22T20:11:40Z"), request("failed", "2026-11-22T20:11:00Z")];
    expect(fencingSight(fenced, failing, online, "").failing).toMatchObject([
      { since: "2026-11-22T20:11:00.000Z", lastAt: "2026-11-22T20:11:40.000Z", reason: "Connection refused" },
    ]);
  });

  test("does not fail any more once the host is back, or confirmed dead by an operator", () => {
    expect(fencingSight(quorum, [], [...online, "ctl-a2"], log).failing).toEqual([]);
    expect(fencingSight(quorum, [request("success", "2026-11-22T20:12:00Z", "a human")], online, log).failing).toEqual([]);
  });

  test("and the waiting kind of the log, and the end of all tries", () => {
    const waited =
      "2026-11-22T20:10:00.000Z off ctl-a2: still a member, waiting for fence_real\n2026-11-22T20:10:01.000Z off ctl-a2: fence_real ended with ";
    expect(parseFencingLog(`${waited}0\n`)).toMatchObject({ done: [{ action: "off", device: "fence_real" }], failing: [] });
    expect(parseFencingLog(`${waited}7\n`)).toMatchObject({ done: [], failing: [{ reason: "ended with 7" }] });
    expect(parseFencingLog(`${log}2026-11-22T20:20:00.000Z reboot ctl-a2: given up\n`).failing[0]?.reason).toContain("given up");
  });
});

test("the problem names device, since and reason, and the remedy with its condition", () => {
  expect(fencingProblems(fencingSight(quorum, [], online, log))).toMatchObject([
    {
      code: "fencing-failing",
      message:
        "ctl-a2 is not fenced: fence_ipmilan has failed since 2026-11-22T20:10:05.000Z, last: failed, try 2 of 60: no answer within 60 s",
      hint: expect.stringMatching(/stonith_admin --confirm ctl-a2.*only when the host is known to be dead/) as string,
    },
  ]);
});

test("the event is told once, by the host that did it, with the moment when it was done", () => {
  const before = clusterView("ctl-a1", "ctl-a1");
  const after = { ...before, fencing: fencingSight(quorum, [], online, log + doneLine) };
  expect(viewEvents("ctl-a1", before, after)).toMatchObject([
    {
      kind: "host-fenced",
      subject: "host/ctl-a2",
      at: "2026-11-22T20:11:30.000Z",
      reason: "ctl-a1 fenced ctl-a2 (reboot, by fence_ipmilan)",
    },
  ]);
  expect(viewEvents("ctl-a1", after, after)).toEqual([]);
});

test("what Pacemaker's history says when it begins to answer is no news", () => {
  const known = clusterView("ctl-a1", "ctl-a1");
  const at = "2026-11-22T20:12:00.000Z";
  const after = {
    ...known,
    trouble: { ...known.trouble, fencing: [request("success", at, "ctl-a1")] },
    fencing: { done: [{ target: "ctl-a2", action: "reboot", device: "fence_ipmilan", at }], failing: [] },
  };
  const kinds = (before: Parameters<typeof viewEvents>[1]) => viewEvents("ctl-a1", before, after).map(({ kind }) => kind);
  expect(kinds(known)).toEqual(["host-fenced"]);
  expect(kinds({ ...known, pacemaker: null })).toEqual([]);
});
