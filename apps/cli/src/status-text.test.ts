import type { Status } from "@rackway/schema";
import { describe, expect, test } from "vitest";
import { paintFor } from "./paint.ts";
import { findProblems } from "./status-problems.ts";
import { renderStatus } from "./status-text.ts";
import { makeTerminal } from "./testing/terminal.ts";
import { healthyStatus } from "./testing/views.ts";

const terminal = makeTerminal();
const paint = paintFor(terminal, terminal.stdout);

describe("status for people", () => {
  test("says who carries what, in 80 columns", () => {
    const text = renderStatus(healthyStatus(), paint, { isWide: false, width: 80, view: null });
    expect(text).toMatchSnapshot();
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("has colour on a terminal, but not with NO_COLOR", () => {
    const tty = makeTerminal({ isTty: true });
    const quiet = makeTerminal({ isTty: true, env: { NO_COLOR: "1" } });
    const options = { isWide: false, width: 80, view: null };
    expect(renderStatus(healthyStatus(), paintFor(tty, tty.stdout), options)).toContain("\u001b[");
    expect(renderStatus(healthyStatus(), paintFor(quiet, quiet.stdout), options)).not.toContain("\u001b[");
  });
});

describe("problems in words", () => {
  test("there are none in a healthy cluster", () => expect(findProblems(healthyStatus())).toEqual([]));

  const cases: [string, (status: Status) => void, string][] = [
    ["lost quorum", (s) => (at(s.pacemaker).quorate = false), "rack-a has no quorum"],
    ["never heard of", (s) => (at(s.pacemaker).ageMs = null), "no host of it has reported"],
    ["no DC", (s) => (at(s.pacemaker).dc = null), "has no DC"],
    ["fenced without fencing", (s) => Object.assign(at(s.pacemaker), { takeover: "fenced", fencing: "off" }), "fencing is off"],
    ["no owner at all", (s) => Object.assign(at(s.routers), { active: null }), "router vr-a: no host carries it"],
    ["two owners", (s) => (at(at(s.routers).vips).owners = ["ctl-a1", "ctl-a2"]), "203.0.113.100 is on 2 hosts at once: ctl-a1 and ctl-a2"],
    ["one address lost", (s) => (at(at(s.routers).vips).owners = []), "203.0.113.100 is on no host"],
    ["a pair that is split", (s) => (at(at(s.routers).vips).owners = ["ctl-a2"]), "split between ctl-a2 and ctl-a1"],
    [
      "a standby that is behind",
      (s) => Object.assign(at(s.routers), { connectionSync: { inStep: false, entries: 1, lagMs: null } }),
      "no standby is in step",
    ],
    ["an old observation", (s) => (at(s.routers).ageMs = 61_000), "last seen 1m01s ago"],
    ["DNS that is dead", (s) => (at(s.routers).dns = { healthy: false }), "name service does not answer"],
    [
      "a host that is off",
      (s) => Object.assign(at(s.hosts), { online: false, ageMs: 90_000 }),
      "ctl-a1 is offline (last heard of 1m30s ago)",
    ],
    ["an agent that is gone", (s) => (at(s.hosts).agent = "absent"), "its agent is absent"],
    ["a host that is paused", (s) => (at(s.hosts).paused = true), "rackway resume ctl-a1"],
    ["a host that is drained", (s) => (at(s.hosts).drained = true), "drained until: rackway resume ctl-a1"],
    [
      "what an agent says is wrong",
      (s) => (s.problems = [{ subject: "host/ctl-a1", code: "x", message: "a foreign corosync.conf", hint: "move it away" }]),
      "host ctl-a1: a foreign corosync.conf (move it away)",
    ],
    ["a host that has not converged", (s) => (at(s.hosts).converged = false), "rackway describe host ctl-a1"],
  ];
  test.each(cases)("%s", (_, spoil, words) => {
    const status = healthyStatus();
    spoil(status);
    const texts = findProblems(status).map((problem) => problem.text);
    expect(texts).toHaveLength(1);
    expect(texts[0]).toContain(words);
  });

  test("what is bad comes before what is worth knowing", () => {
    const status = healthyStatus();
    at(status.hosts).paused = true;
    at(status.routers).active = null;
    expect(findProblems(status).map((problem) => problem.severity)).toEqual(["bad", "note"]);
  });
});

function at<Item>(items: Item[]): Item {
  const [first] = items;
  if (first === undefined) throw new Error("the fixture is empty");
  return first;
}
