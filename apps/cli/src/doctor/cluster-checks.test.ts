import type { ApiEvent, ClusterDocument, Finding, Status } from "@rackway/schema";
import { describe, expect, test } from "vitest";
import { paintFor } from "../paint.ts";
import { healthyStatus, hostView } from "../testing/views.ts";
import { makeTerminal } from "../testing/terminal.ts";
import { judgeCluster } from "./cluster-checks.ts";
import type { ClusterSight } from "./cluster-sight.ts";
import { exitCodeOfFindings, renderDoctor } from "./doctor-text.ts";

const rack = (over: object): object => ({ name: "rack-a", networks: [], ...over });
const documentOf = (racks: readonly object[]): ClusterDocument => ({ spec: { racks } }) as unknown as ClusterDocument;
const vip = (over: Partial<Status["vips"][number]>): Status["vips"][number] => ({
  name: "api",
  mode: "anycast",
  namespace: "haproxy",
  family: 4,
  address: "10.77.0.1",
  eligible: ["ctl-a1", "ctl-a2"],
  owners: ["ctl-a1", "ctl-a2"],
  announcedBy: ["ctl-a1", "ctl-a2"],
  health: "up",
  reason: "",
  ageMs: 300,
  ...over,
});
const event = (id: number, over: Partial<ApiEvent> = {}): ApiEvent => ({
  id,
  at: "2026-11-22T12:55:00.000Z",
  source: "host/ctl-a1",
  kind: "uplink-lost",
  subject: "host/ctl-a1",
  reason: "public has no carrier",
  data: {},
  ...over,
});

function sight(over: Partial<ClusterSight> = {}, status: Partial<Status> = {}): ClusterSight {
  return {
    status: { ...healthyStatus(), ...status },
    server: { isSeen: true, value: { status: "ok", version: "0.1.0", revision: 3 } },
    hosts: { isSeen: true, value: [hostView("ctl-a1"), hostView("ctl-a2")] },
    document: { isSeen: true, value: documentOf([rack({ ospf: { interfaces: ["fabric1", "fabric2"] } })]) },
    warnings: { isSeen: true, value: [] },
    events: { isSeen: true, value: [] },
    ...over,
  };
}

const amiss = (findings: readonly Finding[]): string[] =>
  findings.filter(({ severity }) => severity !== "ok").map(({ severity, code, subject }) => `${severity} ${code} ${subject}`);

describe("of a cluster", () => {
  test("in good health every check answers, and all of them with what is well", () => {
    const findings = judgeCluster(sight({}, { vips: [vip({})] }));
    expect(amiss(findings)).toEqual([]);
    expect(new Set(findings.map(({ check }) => check))).toEqual(
      new Set([
        "routers",
        "vips",
        "pacemaker",
        "hosts",
        "fencing",
        "announcements",
        "versions",
        "tokens",
        "single points",
        "document",
        "events",
      ]),
    );
    expect(exitCodeOfFindings(findings)).toBe(0);
  });

  test("what the server did not answer is unknown, with the reason: it never passes for well", () => {
    const late = { isSeen: false, why: "the server did not answer within 8 s" } as const;
    const findings = judgeCluster(sight({ server: late, hosts: late, document: late, warnings: late, events: late }));
    expect(findings.filter(({ severity }) => severity === "unknown").map(({ check }) => check)).toEqual([
      "versions",
      "tokens",
      "single points",
      "document",
      "events",
    ]);
    expect(findings[0]?.what).toContain("did not answer within 8 s");
    expect(exitCodeOfFindings(findings)).toBe(3);
  });

  test.each<[string, Partial<Status["vips"][number]>, string[]]>([
    ["nobody announces it, which status says", { announcedBy: [] }, []],
    ["one of two announces", { announcedBy: ["ctl-a1"] }, ["warning vip-announced-alone vip/api"]],
    ["two announce a roaming one", { mode: "roaming", owners: ["ctl-a1"] }, ["critical vip-announced-twice vip/api"]],
    ["nobody else may announce it", { eligible: ["ctl-a1"], announcedBy: ["ctl-a1"] }, ["warning vip-announced-alone vip/api"]],
  ])("an address: %s", (_, over, found) => {
    expect(amiss(judgeCluster(sight({}, { vips: [vip(over)] })))).toEqual(found);
  });

  test("hosts of another version, without a token, without fencing, alone", () => {
    const status = healthyStatus();
    const [cluster] = status.pacemaker;
    const findings = judgeCluster(
      sight(
        {
          hosts: { isSeen: true, value: [hostView("ctl-a1", { agentVersion: "0.0.9" }), hostView("ctl-a2", { hasToken: false })] },
          document: { isSeen: true, value: documentOf([rack({ ospf: { interfaces: ["fabric"] } }), rack({ name: "rack-b" })]) },
        },
        { pacemaker: cluster === undefined ? [] : [{ ...cluster, fencing: "off", hosts: ["ctl-a1"] }] },
      ),
    );
    expect(amiss(findings)).toEqual([
      "warning fencing-absent pacemaker/rack-a",
      "warning host-version-differs host/ctl-a1",
      "warning host-without-token host/ctl-a2",
      "info controller-single pacemaker/rack-a",
      "info uplink-single rack/rack-a",
    ]);
  });

  test("two BGP neighbours, one in each family, are one router; two of a family are two", () => {
    const of = (...neighbors: object[]): string[] =>
      amiss(judgeCluster(sight({ document: { isSeen: true, value: documentOf([rack({ bgp: { neighbors } })]) } })));
    expect(of({ address: "10.20.1.1" }, { address: "fd00:20:1::1" })).toEqual(["info uplink-single rack/rack-a"]);
    expect(of({ address: "10.20.1.1" }, { address: "10.20.2.1" })).toEqual([]);
  });

  test("what comes and goes is told once, with its count", () => {
    const events = [1, 2, 3, 4].map((id) => event(id));
    const findings = judgeCluster(sight({ events: { isSeen: true, value: [...events, event(5, { subject: "host/ctl-a2" })] } }));
    expect(amiss(findings)).toEqual(["warning events-repeating host/ctl-a1"]);
    expect(findings[0]?.what).toBe("uplink-lost 4 times within 15 minutes, last: public has no carrier");
  });
});

describe("as text", () => {
  const paint = paintFor(makeTerminal(), makeTerminal().stdout);
  const report = {
    subject: "cluster/dc1",
    at: "2026-11-22T13:00:00.000Z",
    tookMs: 80,
    findings: judgeCluster(
      sight(
        { hosts: { isSeen: true, value: [hostView("ctl-a1", { agentVersion: "0.0.9" }), hostView("ctl-a2", { agentVersion: "0.0.9" })] } },
        { vips: [vip({ mode: "roaming", reason: "the checker is silent" })] },
      ),
    ),
  };

  test("worst first, hosts that have the same together, each with its remedy, then one line that counts", () => {
    const text = renderDoctor(report, paint, { isAll: false, isWide: false, width: 80 });
    expect(text.indexOf("Critical")).toBeLessThan(text.indexOf("Warnings"));
    expect(text).toContain("  ! announcements: VIP api: 10.77.0.1 is a roaming address, and ctl-a1 and");
    expect(text).toContain("  - versions: hosts ctl-a1 and ctl-a2: its agent is version 0.0.9");
    expect(text).not.toContain("the checker is silent");
    expect(text).toMatch(/\n1 critical, 2 warnings, \d+ ok\n$/);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(exitCodeOfFindings(report.findings)).toBe(4);
  });

  test("what is well only with --all, the evidence only when wide", () => {
    expect(renderDoctor(report, paint, { isAll: true, isWide: false, width: 80 })).toContain(
      "  + tokens: every host has been given a token",
    );
    expect(renderDoctor(report, paint, { isAll: false, isWide: true, width: 80 })).toContain("seen: the checker is silent");
  });
});
