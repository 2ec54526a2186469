import type { Status, StatusProblem } from "@rackway/schema";
import { describe, expect, test } from "vitest";
import { paintFor } from "./paint.ts";
import { exitCodeOf, renderProblems } from "./problem-text.ts";
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

  test("says of a thousand VIPs that are alike once what it says of one, and of others what they are", () => {
    const hosts = ["ctl-a1", "ctl-a2", "ctl-a3"];
    const vips = Array.from({ length: 1000 }, (_, index): Status["vips"][number] => ({
      name: `v${index}`,
      mode: "anycast",
      namespace: "web",
      family: 4,
      address: `10.77.${index >> 8}.${index & 255}`,
      eligible: hosts,
      owners: hosts,
      announcedBy: index === 7 ? [] : hosts,
      health: index === 7 ? "down" : "up",
      reason: "",
      ageMs: index,
    }));
    const linesOf = (isWide: boolean) =>
      renderStatus({ ...healthyStatus(), vips }, paint, { isWide, width: 80, view: null })
        .split("\n")
        .filter((line) => line.includes("anycast"));
    expect(linesOf(false).map((line) => line.replace(/ {2,}/g, "  "))).toEqual([
      "999 VIPs of web  anycast  999 addresses  3 of 3  3 of 3  up  999 ms",
      "v7  anycast  10.77.0.7  3 of 3  NONE  down  7 ms",
    ]);
    expect(linesOf(true)).toHaveLength(1000);
  });

  test("names a quorum device where there is one, and says when no controller is connected to it", () => {
    const status = healthyStatus();
    const withDevice = (connected: string[]) =>
      renderStatus(
        { ...status, pacemaker: status.pacemaker.map((cluster) => ({ ...cluster, quorumDevice: { host: "node-a1", connected } })) },
        paint,
        { isWide: false, width: 80, view: null },
      );
    expect(renderStatus(status, paint, { isWide: false, width: 80, view: null })).not.toContain("DEVICE");
    expect(withDevice(["ctl-a1", "ctl-a2"])).toMatch(/DEVICE.*\n.* node-a1 /);
    expect(withDevice([])).toMatch(/ node-a1: .*\n +LOST /);
    expect(
      Math.max(
        ...withDevice([])
          .split("\n")
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
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
  const problem = (over: Partial<StatusProblem> = {}): StatusProblem => ({
    severity: "critical",
    code: "router-without-host",
    subject: "router/vr-a",
    message: "no host carries it",
    hint: "`crm_mon -1rf` says why.",
    since: "2026-11-22T12:58:30.000Z",
    ...over,
  });
  const textOf = (...problems: StatusProblem[]) => renderProblems({ problems, observedAt: "2026-11-22T13:00:00.000Z" }, paint, 80);

  test("there are none in a healthy cluster", () => expect(textOf()).toBe("No problems.\n"));

  test("have a mark by severity, their age where it is known, and what to do", () => {
    expect(
      textOf(
        problem(),
        problem({ severity: "warning", subject: "pacemaker/rack-a", message: "it has no DC", hint: null, since: null }),
        problem({ severity: "info", subject: "host/ctl-a1", message: "it is drained", hint: null, since: null }),
      ),
    ).toBe(`Problems
  ! router vr-a: no host carries it (for 1m30s)
      \`crm_mon -1rf\` says why.
  - Pacemaker cluster rack-a: it has no DC
  i host ctl-a1: it is drained
`);
  });

  test("that hosts share are one line; a hint that names one of them is left out", () => {
    const absent = (name: string, hint: string) =>
      problem({ severity: "warning", code: "agent-absent", subject: `host/${name}`, message: "its agent is absent", hint, since: null });
    expect(textOf(absent("ctl-a1", "a"), absent("ctl-a2", "a"), absent("node-a1", "a"))).toBe(`Problems
  - hosts ctl-a1, ctl-a2 and node-a1: its agent is absent
      a
`);
    expect(textOf(absent("ctl-a1", "a"), absent("ctl-a2", "b"))).not.toContain("      ");
  });

  test.each([
    [[], 0],
    [["info"], 0],
    [["info", "warning"], 3],
    [["warning", "critical"], 4],
  ] as const)("%j make exit code %i", (severities, code) => {
    expect(exitCodeOf(severities.map((severity) => problem({ severity })))).toBe(code);
  });
});

test("a member's own view does not call it out of quorum: it is in no Pacemaker cluster", () => {
  const status = { ...healthyStatus(), pacemaker: [], routers: [], hosts: healthyStatus().hosts.slice(3) };
  const text = renderStatus(status, paint, { isWide: false, width: 80, view: "this host's own view" });
  expect(text).toContain("default-lab (this host's own view): revision 3, in no Pacemaker cluster\n");
  expect(text).not.toContain("QUORATE");
});
