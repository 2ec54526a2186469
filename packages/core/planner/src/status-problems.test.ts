import { describe, expect, test } from "vitest";

import type { ProblemSources, StatusFacts } from "./status-problems.ts";
import { findProblems } from "./status-problems.ts";

const observedAt = "2026-11-22T13:00:00.000Z";

/** rack-a of the default lab, in good health. */
function healthy(): StatusFacts {
  const host = (name: string, role: "controller" | "member"): StatusFacts["hosts"][number] => ({
    name,
    rack: "rack-a",
    role,
    online: true,
    agent: "ok",
    drained: false,
    paused: false,
    converged: true,
    dc: name === "ctl-a2",
    ageMs: 800,
  });
  return {
    cluster: "default-lab",
    quorate: true,
    revision: 3,
    observedAt,
    pacemaker: [
      { name: "rack-a", quorate: true, dc: "ctl-a2", fencing: "on", takeover: "quorum", hosts: ["ctl-a1", "ctl-a2", "ctl-a3"], ageMs: 400 },
    ],
    hosts: [host("ctl-a1", "controller"), host("ctl-a2", "controller"), host("ctl-a3", "controller"), host("node-a1", "member")],
    routers: [
      {
        name: "vr-a",
        rack: "rack-a",
        active: "ctl-a1",
        vips: [
          { name: "public", family: 4, address: "203.0.113.100", owners: ["ctl-a1"] },
          { name: "management", family: 4, address: "10.10.1.100", owners: ["ctl-a1"] },
        ],
        connectionSync: { inStep: true, entries: 10_234, lagMs: 12 },
        dns: null,
        ntp: null,
        ageMs: 400,
      },
    ],
    vips: [],
  };
}

function problemsOf(spoil: (facts: StatusFacts) => void, change: Partial<ProblemSources> = {}) {
  const facts = healthy();
  spoil(facts);
  return findProblems(facts, {
    clusters: [{ name: "rack-a", racks: ["rack-a"], controllers: ["ctl-a1", "ctl-a2", "ctl-a3"] }],
    told: [],
    vips: [],
    runsByWord: () => null,
    refused: new Map(),
    heardAt: () => "2026-11-22T12:58:30.000Z",
    since: () => "2026-11-22T12:59:50.000Z",
    isLocal: false,
    ...change,
  });
}

const brief = (problems: ReturnType<typeof problemsOf>): string[] =>
  problems.map(({ severity, code, subject }) => `${severity} ${code} ${subject}`);
const routerOf = (facts: StatusFacts) => first(facts.routers);

const cases: [string, (facts: StatusFacts) => void, string[]][] = [
  ["nothing", () => undefined, []],
  ["no DC", (f) => (first(f.pacemaker).dc = null), ["warning pacemaker-without-dc pacemaker/rack-a"]],
  ["a cluster that nobody reports on", (f) => (first(f.pacemaker).ageMs = null), ["warning pacemaker-unseen pacemaker/rack-a"]],
  [
    "fenced without fencing",
    (f) => Object.assign(first(f.pacemaker), { takeover: "fenced", fencing: "off" }),
    ["warning fencing-off pacemaker/rack-a"],
  ],
  ["a router that no host carries", noOwner, ["critical router-without-host router/vr-a"]],
  ["two owners", (f) => (first(routerOf(f).vips).owners = ["ctl-a1", "ctl-a2"]), ["critical vip-owned-twice router/vr-a"]],
  ["one address lost", (f) => (first(routerOf(f).vips).owners = []), ["critical vip-without-owner router/vr-a"]],
  ["a pair that is split", (f) => (first(routerOf(f).vips).owners = ["ctl-a2"]), ["critical router-pair-split router/vr-a"]],
  [
    "a standby that is behind",
    (f) => (routerOf(f).connectionSync = { inStep: false, entries: 1, lagMs: null }),
    ["warning router-not-in-step router/vr-a"],
  ],
  [
    "a connection table that fills, and one that no limit is known of",
    (f) => {
      routerOf(f).connections = { entries: 80_000, limit: 100_000, ports: [{ family: 4, used: 51_000, limit: 64_512 }] };
      f.routers.push({ ...routerOf(f), name: "vr-b", connections: { entries: 99_000, limit: null, ports: [] } });
    },
    ["warning router-connections-many router/vr-a"],
  ],
  [
    "a connection table and ports that are all but taken: new connections fail",
    (f) => (routerOf(f).connections = { entries: 95_000, limit: 100_000, ports: [{ family: 4, used: 64_000, limit: 64_512 }] }),
    ["critical router-connections-many router/vr-a", "critical router-ports-many router/vr-a"],
  ],
  ["an old observation", (f) => (routerOf(f).ageMs = 61_000), ["warning observation-old router/vr-a"]],
  ["a name service that is dead", (f) => (routerOf(f).dns = { healthy: false }), ["critical router-services-silent router/vr-a"]],
  [
    "a host that is off",
    (f) => Object.assign(first(f.hosts), { online: false, agent: "absent", converged: null }),
    ["warning host-offline host/ctl-a1"],
  ],
  ["a host that its peers do not see", (f) => (first(f.hosts).online = false), ["warning host-offline host/ctl-a1"]],
  [
    "an agent that is gone",
    (f) => Object.assign(first(f.hosts), { agent: "absent", converged: null }),
    ["warning agent-absent host/ctl-a1"],
  ],
  ["an agent that is silent", (f) => (first(f.hosts).agent = "stale"), ["warning agent-stale host/ctl-a1"]],
  ["a host that is drained", (f) => (first(f.hosts).drained = true), ["info host-drained host/ctl-a1"]],
  ["a host that is paused", (f) => (first(f.hosts).paused = true), ["info host-paused host/ctl-a1"]],
  ["a host that converges", (f) => (first(f.hosts).converged = false), ["info host-not-converged host/ctl-a1"]],
];

describe("what is not as it should be", () => {
  test.each(cases)("%s", (_, spoil, expected) => expect(brief(problemsOf(spoil))).toEqual(expected));

  test("has a message, a hint and a time", () => {
    expect(problemsOf(noOwner)).toEqual([
      {
        severity: "critical",
        code: "router-without-host",
        subject: "router/vr-a",
        message: "no host carries it",
        hint: expect.stringContaining("crm_mon -1rf") as string,
        since: "2026-11-22T12:59:50.000Z",
      },
    ]);
  });

  test("a host is silent since it was last heard of", () => {
    expect(problemsOf((f) => (first(f.hosts).agent = "absent"))[0]?.since).toBe("2026-11-22T12:58:30.000Z");
  });

  test("a host that has not converged for two minutes is a warning", () => {
    const spoil = (f: StatusFacts) => (first(f.hosts).converged = false);
    expect(brief(problemsOf(spoil, { since: () => "2026-11-22T12:57:59.000Z" }))).toEqual(["warning host-not-converged host/ctl-a1"]);
    expect(brief(problemsOf(spoil, { since: () => null }))).toEqual(["warning host-not-converged host/ctl-a1"]);
  });

  test("a pause says who and why; after a day it is a warning", () => {
    const pause = (since: string) => (f: StatusFacts) =>
      Object.assign(first(f.hosts), { paused: true, pause: { since, reason: "new disk", by: "admin" } });
    expect(problemsOf(pause("2026-11-22T09:00:00.000Z"))).toMatchObject([
      {
        severity: "info",
        message: "it is paused: Rackway changes nothing there (by admin: new disk)",
        hint: "`rackway resume ctl-a1` ends it.",
        since: "2026-11-22T09:00:00.000Z",
      },
    ]);
    expect(brief(problemsOf(pause("2026-11-21T12:59:59.000Z")))).toEqual(["warning host-paused host/ctl-a1"]);
  });

  test("a router whose host has a dead agent is not called lost: Pacemaker says that it runs", () => {
    const problems = problemsOf(noOwner, { runsByWord: (router) => (router === "vr-a" ? "ctl-a1" : null) });
    expect(brief(problems)).toEqual(["warning router-by-word router/vr-a"]);
    expect(problems[0]?.message).toContain("the agent of ctl-a1");
  });

  test("a token that is refused is told instead of the silence that follows from it", () => {
    const refused = new Map([["ctl-a1", "2026-11-22T12:00:00.000Z"]]);
    const problems = problemsOf((f) => Object.assign(first(f.hosts), { agent: "absent", converged: null }), { refused });
    expect(problems).toMatchObject([{ code: "token-refused", subject: "host/ctl-a1", since: "2026-11-22T12:00:00.000Z" }]);
    expect(problems[0]?.hint).toContain("rackway host enroll ctl-a1");
  });

  test("a lost uplink is critical on the host that carries the router, and a warning on the others", () => {
    const told = ["ctl-a1", "ctl-a2"].map((host) => ({ host, code: "uplink-lost", message: `${host}: public has no carrier`, hint: null }));
    const severities = (active: string) =>
      problemsOf((f) => void (routerOf(f).active = active), { told })
        .filter(({ code }) => code === "uplink-lost")
        .map(({ subject, severity }) => `${subject} ${severity}`);
    expect(severities("ctl-a1")).toEqual(["host/ctl-a1 critical", "host/ctl-a2 warning"]);
    expect(severities("ctl-a2")).toEqual(["host/ctl-a2 critical", "host/ctl-a1 warning"]);
  });

  test("an agent's own words come with the severity of their code; an unknown code is a warning", () => {
    const told = (code: string) => [{ host: "ctl-a1", code, message: "m", hint: null }];
    expect(brief(problemsOf(() => undefined, { told: told("frr-missing") }))).toEqual(["warning frr-missing host/ctl-a1"]);
    expect(brief(problemsOf(() => undefined, { told: told("of-a-newer-agent") }))).toEqual(["warning of-a-newer-agent host/ctl-a1"]);
    expect(brief(problemsOf(() => undefined, { told: told("routing-neighbor-rising") }))).toEqual([
      "info routing-neighbor-rising host/ctl-a1",
    ]);
  });
});

describe("a cause is told once", () => {
  const everyoneSays = (code: string) =>
    ["ctl-a1", "ctl-a2", "ctl-a3"].map((host) => ({ host, code, message: `${code} on ${host}`, hint: null }));

  test("lost quorum: the router first, then the cluster, and nothing of what every agent waits for", () => {
    const told = everyoneSays("quorum-missing");
    const problems = problemsOf(
      (f) => {
        noOwner(f);
        Object.assign(first(f.pacemaker), { quorate: false, dc: null });
        for (const host of f.hosts) host.converged = false;
      },
      { told },
    );
    expect(brief(problems)).toEqual([
      "critical router-without-host router/vr-a",
      "critical pacemaker-without-quorum pacemaker/rack-a",
      "info host-not-converged host/node-a1",
    ]);
    expect(problems[0]?.message).toBe("no host carries it: Pacemaker cluster rack-a has no quorum");
  });

  test("a minority's wait is its own, while the majority is well", () => {
    const told = [{ host: "ctl-a1", code: "cib-waiting", message: "there is no DC yet", hint: null }];
    const problems = problemsOf((f) => Object.assign(first(f.hosts), { online: false, converged: false }), { told });
    expect(brief(problems)).toEqual(["warning host-offline host/ctl-a1", "warning cib-waiting host/ctl-a1"]);
  });

  test("a rack of which nothing is heard: its router, and its hosts", () => {
    const problems = problemsOf((f) => {
      Object.assign(routerOf(f), { active: null, ageMs: null });
      for (const vip of routerOf(f).vips) vip.owners = [];
      Object.assign(first(f.pacemaker), { quorate: false, dc: null, ageMs: null });
      for (const host of f.hosts) Object.assign(host, { online: false, agent: "absent", converged: null });
    });
    expect(brief(problems)).toEqual([
      "critical router-unseen router/vr-a",
      ...["ctl-a1", "ctl-a2", "ctl-a3", "node-a1"].map((name) => `warning host-offline host/${name}`),
    ]);
  });

  test("controllers that report and know no router yet: it is not carried", () => {
    const problems = problemsOf((f) => Object.assign(routerOf(f), { active: null, ageMs: null }));
    expect(brief(problems)).toEqual(["critical router-without-host router/vr-a"]);
  });

  test("what is grave comes before what is worth knowing, a router before a host", () => {
    const problems = problemsOf((f) => {
      first(f.hosts).paused = true;
      noOwner(f);
    });
    expect(problems.map(({ severity }) => severity)).toEqual(["critical", "info"]);
  });
});

test("one host's own view blames nobody for what cannot be seen from there", () => {
  const spoil = (f: StatusFacts) => {
    for (const host of f.hosts.slice(1)) Object.assign(host, { agent: "absent", ageMs: null, converged: null });
  };
  expect(problemsOf(spoil, { isLocal: true })).toEqual([]);
  expect(problemsOf(spoil)).toHaveLength(3);
});

function noOwner(facts: StatusFacts): void {
  routerOf(facts).active = null;
  for (const vip of routerOf(facts).vips) vip.owners = [];
}

function first<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined) throw new Error("the fixture is empty");
  return item;
}
