import { hostReportSchema, statusSchema } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import { renderLocalStatus } from "./local-status.ts";
import { emptyView } from "./observer.ts";
import type { ReportParts } from "./report.ts";
import { renderReport, runningProblems } from "./report.ts";
import { noRoutingSight } from "./routing-watch.ts";
import { clusterView, hostState, pacemakerState } from "./testing.ts";

const state = hostState();
const observedAt = new Date("2026-01-02T03:04:05.678Z");
const settled = { state, observation: { links: [], routes: [], tables: [], sysctls: {} }, pending: [], problems: [], clients: null };
const step = { id: "sysctl:x", action: "change", kind: "sysctl", target: "x", from: "0", to: "1" } as const;

function report(change: Partial<ReportParts> = {}) {
  const parts: ReportParts = {
    host: "ctl-a1",
    agentVersion: "0.1.0",
    observedAt,
    state,
    convergence: settled,
    view: clusterView("ctl-a1", "ctl-a1"),
    routing: noRoutingSight,
    services: null,
    backends: new Map(),
    refusals: [],
    silentUpstreams: [],
    links: null,
    ownProblems: [],
    observeNow: null,
    trial: null,
    ...change,
  };
  return hostReportSchema.parse(renderReport(parts));
}

describe("a report", () => {
  test("of a host where all is right says so, and what it holds", () => {
    expect(report()).toMatchObject({
      converged: true,
      revision: 7,
      pendingSteps: [],
      problems: [],
      observedAt: "2026-01-02T03:04:05.678Z",
    });
    expect(report().routers[0]?.holds).toHaveLength(2);
  });

  test("never calls a host converged on the word of a look at another state", () => {
    expect(report({ state: hostState("ctl-a1", { revision: 8 }) })).toMatchObject({ converged: false, revision: 8 });
  });

  test("of an agent that has no state yet has no revision and is not converged", () => {
    expect(report({ state: null, convergence: null, view: emptyView })).toMatchObject({
      converged: false,
      revision: null,
      pacemaker: null,
      guard: null,
    });
  });

  test("says which links there are, also of a host that has no state yet", () => {
    const links = [{ name: "eth0", kind: null, carrier: true, ours: false }];
    expect(report({ state: null, convergence: null, view: emptyView, links }).links).toEqual(links);
    expect(report().links).toBeNull();
  });

  test("is not converged while a step is pending or a problem stands", () => {
    expect(report({ convergence: { ...settled, pending: [step] } })).toMatchObject({ converged: false, pendingSteps: [step] });
    const found = { code: "bridge-down" as const, message: "bridge br-mgmt is down", hint: null };
    expect(report({ convergence: { ...settled, problems: [found] } })).toMatchObject({ converged: false, problems: [found] });
  });

  test("carries the token of the look that was asked for, and only then", () => {
    expect(report({ observeNow: "t1" }).observeNow).toBe("t1");
    expect("observeNow" in report()).toBe(false);
  });

  test("lists default routes with whose they are", () => {
    const route = {
      family: 4,
      to: "0.0.0.0/0",
      nextHops: [{ via: "10.0.0.1", device: "br-mgmt", weight: 1, onLink: false }],
      metric: 20,
      protocol: "82",
      scope: null,
      source: null,
      mtu: null,
    } as const;
    const observation = {
      ...settled.observation,
      routes: [route, { ...route, metric: 1024, protocol: "boot" }, { ...route, to: "10.9.0.0/16" }],
    };
    expect(report({ convergence: { ...settled, observation } }).defaultRoutes).toEqual([
      { family: 4, via: "10.0.0.1", device: "br-mgmt", metric: 20, ours: true },
      { family: 4, via: "10.0.0.1", device: "br-mgmt", metric: 1024, ours: false },
    ]);
  });
});

describe("before a controller is converged", () => {
  const codes = (change: Parameters<typeof clusterView>[2]): string[] =>
    runningProblems(state, clusterView("ctl-a1", "ctl-a1", change)).map(({ code }) => code);

  test("there is quorum, a DC, the revision in the CIB, and each router on exactly one host", () => {
    expect(codes({})).toEqual([]);
    expect(codes({ quorate: false })).toEqual(["quorum-missing"]);
    expect(codes({ dc: null })).toEqual(["cib-waiting"]);
    expect(codes({ revision: 6 })).toEqual(["cib-waiting"]);
    expect(codes({ resources: [] })).toEqual(["router-not-running"]);
    expect(codes({ resources: [{ id: "rw-vr-a-vips", running: ["ctl-a1", "ctl-a2"], failed: [] }] })).toEqual(["router-not-running"]);
  });

  test("Pacemaker's word that a router is here is not enough: its addresses are in the kernel", () => {
    const elsewhere = { ...clusterView("ctl-a1", "ctl-a2"), pacemaker: clusterView("ctl-a1", "ctl-a1").pacemaker };
    expect(runningProblems(state, elsewhere)).toMatchObject([
      { code: "router-incomplete", message: expect.stringContaining("203.0.113.100, 10.10.1.100") as string },
    ]);
  });

  test("a member has nothing of that to wait for", () => {
    expect(runningProblems(hostState("node-a1", { pacemaker: null }), emptyView)).toEqual([]);
  });
});

describe("the local status", () => {
  const local = (view: ReturnType<typeof clusterView>) =>
    statusSchema.parse(renderLocalStatus({ state, view, isConverged: true, observedAt, ageMs: 12, told: [], services: null }));

  test("has its own addresses from its kernel, and others' by Pacemaker's word", () => {
    expect(local(clusterView("ctl-a1", "ctl-a1")).routers[0]).toMatchObject({ active: "ctl-a1", ageMs: 12 });
    expect(local(clusterView("ctl-a1", "ctl-a3")).routers[0]?.vips[0]).toMatchObject({ address: "203.0.113.100", owners: ["ctl-a3"] });
  });

  test("shows two owners where two are seen", () => {
    const both = clusterView("ctl-a1", "ctl-a1", { resources: [{ id: "rw-vr-a-vips", running: ["ctl-a2"], failed: [] }] });
    expect(local(both).routers[0]).toMatchObject({
      active: null,
      vips: [{ owners: ["ctl-a1", "ctl-a2"] }, { owners: ["ctl-a1", "ctl-a2"] }],
    });
  });

  test("tells the rack of each host and router, also where the Pacemaker cluster spans racks", () => {
    const both = pacemakerState({ hosts: ["ctl-a1", "ctl-a2", "ctl-a3", "ctl-b1"] });
    const [vrA] = both.routers;
    const pacemaker = {
      ...both,
      nodes: both.nodes.map((node) => ({ ...node, rack: node.name.startsWith("ctl-b") ? "rack-b" : "rack-a" })),
      routers: [
        { ...vrA!, controllers: ["ctl-a1", "ctl-a2", "ctl-a3"] },
        { ...vrA!, name: "vr-b", netns: "rw-vr-b", controllers: ["ctl-b1"] },
      ],
    };
    const status = statusSchema.parse(
      renderLocalStatus({
        state: hostState("ctl-a1", { pacemaker }),
        view: clusterView("ctl-a1", "ctl-a1"),
        isConverged: true,
        observedAt,
        ageMs: 12,
        told: [],
        services: null,
      }),
    );
    expect(status.hosts.map(({ rack }) => rack)).toEqual(["rack-a", "rack-a", "rack-a", "rack-b"]);
    expect(status.routers.map(({ name, rack }) => [name, rack])).toEqual([
      ["vr-a", "rack-a"],
      ["vr-b", "rack-b"],
    ]);
  });

  test("has its own list of problems, with what the agent says of this host", () => {
    const told = [{ code: "frr-missing", message: "FRR is not installed on this host", hint: null }];
    const status = (view: ReturnType<typeof clusterView>) =>
      renderLocalStatus({ services: null, state, view, isConverged: true, observedAt, ageMs: 12, told }).problems.map(
        ({ code, subject }) => [code, subject],
      );
    expect(status(clusterView("ctl-a1", "ctl-a1"))).toEqual([["frr-missing", "host/ctl-a1"]]);
    expect(status(clusterView("ctl-a1", "nobody", { quorate: false, resources: [] }))).toEqual([
      ["router-without-host", "router/vr-a"],
      ["pacemaker-without-quorum", "pacemaker/rack-a"],
      ["frr-missing", "host/ctl-a1"],
    ]);
  });

  test("of a member says what its agent knows: its revision, and that it is in no Pacemaker cluster", () => {
    const member = hostState("node-a1", { pacemaker: null, host: { name: "node-a1", rack: "rack-a", role: "member" } });
    const status = statusSchema.parse(
      renderLocalStatus({ state: member, view: emptyView, isConverged: true, observedAt, ageMs: 12, told: [], services: null }),
    );
    expect(status).toMatchObject({ revision: 7, quorate: true, pacemaker: [], problems: [], hosts: [{ name: "node-a1", role: "member" }] });
  });

  test("of a controller on which Pacemaker does not answer says that nothing of it is seen", () => {
    const status = renderLocalStatus({ state, view: emptyView, isConverged: false, observedAt, ageMs: 12, told: [], services: null });
    expect(status).toMatchObject({ revision: null, quorate: false, pacemaker: [{ name: "rack-a", quorate: false, ageMs: null }] });
    expect(status.problems.map(({ code }) => code)).toContain("pacemaker-unseen");
  });

  test("has the anycast VIPs of this host, and a roaming one only where it is here", () => {
    const seen = { namespace: "web", family: 4, announced: true, health: "up", reason: "held, and not checked", since: null } as const;
    const services = [
      { ...seen, vip: "web", mode: "anycast", address: "10.77.0.1", held: true },
      { ...seen, vip: "store", mode: "roaming", address: "10.77.0.2", held: false },
    ] as const;
    const parts = { state, view: emptyView, isConverged: true, observedAt, ageMs: 12, told: [], services: [...services] };
    expect(statusSchema.parse(renderLocalStatus(parts)).vips).toMatchObject([{ name: "web", owners: ["ctl-a1"], announcedBy: ["ctl-a1"] }]);
  });

  test("does not guess about other hosts", () => {
    const [own, other] = local(clusterView("ctl-a1", "ctl-a1", { online: ["ctl-a1", "ctl-a3"] })).hosts;
    expect(own).toMatchObject({ online: true, agent: "ok", converged: true, dc: true });
    expect(other).toMatchObject({ name: "ctl-a2", online: false, converged: null, ageMs: null });
  });
});

test("what is wrong with the fabric is told, and does not keep the host from being what it should be", () => {
  const problem = { code: "routing-neighbor-missing", message: "OSPFv2 on eth-fab: no neighbour answers", hint: null } as const;
  const seen = report({ routing: { observation: null, problems: [problem] } });
  expect(seen.problems).toEqual([problem]);
  expect(seen.converged).toBe(true);
});

test("a lost uplink is told in words, and is no fault of the host's own state", () => {
  const uplinks = [
    { kind: "no-carrier", router: "vr-a", link: "public", bridge: "br-ex" },
    { kind: "silent", router: "vr-a", link: "management", address: "10.10.1.1", since: null },
  ] as const;
  const seen = report({ view: { ...clusterView("ctl-a1", "ctl-a1"), uplinks } });
  expect(seen.problems.map(({ code, message }) => [code, message])).toEqual([
    ["uplink-lost", "public has no carrier (br-ex, for vr-a)"],
    ["uplink-lost", "management gateway 10.10.1.1 does not answer vr-a"],
  ]);
  expect(seen.converged).toBe(true);
});
