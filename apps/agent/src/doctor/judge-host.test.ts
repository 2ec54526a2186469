import type { FailoverSight } from "@rackway/pacemaker";
import { parseFrrConfig } from "@rackway/routing";
import type { CheckedVip, Finding } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import { hostState } from "../testing.ts";
import type { HostSight } from "./host-sight.ts";
import { judgeHost } from "./judge-host.ts";
import { announcing, haproxy, healthySight, now, route, seen, unsee } from "./testing.ts";

const amiss = (findings: readonly Finding[]): string[] =>
  findings.filter(({ severity }) => severity !== "ok").map(({ severity, code, subject }) => `${severity} ${code} ${subject}`);

/** The value of a look in good health, to change one thing of it. */
function of<Name extends "monitor" | "drift" | "routing" | "kernel" | "frr">(
  name: Name,
): Extract<HostSight[Name], { isSeen: true }>["value"] {
  const look = healthySight()[name];
  if (!look.isSeen) throw new Error(`${name} is in good health`);
  return look.value;
}

describe("a host in good health", () => {
  test("has nothing wrong, and every check has answered", () => {
    const findings = judgeHost(healthySight());
    expect(amiss(findings)).toEqual([]);
    const checks = [
      "configuration",
      "host state",
      "agent",
      "server",
      "clock",
      "disks",
      "packages",
      "services",
      "guard",
      "quorum",
      "Corosync's links",
    ];
    const more = [
      "quorum device",
      "quorum device of others",
      "Pacemaker",
      "fencing",
      "routers' links",
      "paused",
      "drift",
      "names and time",
      "kernel",
      "MTU",
      "gateways",
      "service namespaces",
      "failover addresses",
      "routing",
      "announcements",
    ];
    expect(new Set(findings.map(({ check }) => check))).toEqual(new Set([...checks, ...more]));
  });

  test("that is a member is asked the same, and told that it needs none of the rest", () => {
    const sight = healthySight({ state: seen({ ...hostState("node-a1"), host: { name: "node-a1", rack: "rack-a", role: "member" } }) });
    expect(amiss(judgeHost(sight))).toEqual([]);
  });
});

describe("what could not be looked at", () => {
  test("is unknown with its reason, whatever it is: no look that failed passes for well", () => {
    const why = "ip: no end after 5000 ms";
    const looks = [
      "clock",
      "disks",
      "init",
      "packages",
      "quorum",
      "links",
      "monitor",
      "uplinks",
      "drift",
      "frr",
      "routing",
      "others",
    ] as const;
    for (const name of [...looks, "namespaces", "kernel", "gateways"] as const) {
      const unknown = judgeHost(healthySight({ [name]: unsee(why) })).filter(({ severity }) => severity === "unknown");
      expect(unknown.length, name).toBeGreaterThan(0);
      expect(unknown.some(({ what }) => what.includes(why)) || name === "routing" || name === "monitor", name).toBe(true);
    }
  });

  test("of a host without a state: nobody knows what should be there, and that is said first", () => {
    expect(amiss(judgeHost(healthySight({ state: unsee("it is absent") })))).toEqual([
      "critical agent-state-missing host/ctl-a1",
      "unknown doctor-unseen host/ctl-a1",
    ]);
  });
});

const down = { installed: true, enabled: true, running: false };
const vip: CheckedVip = {
  vip: "api",
  address: "10.77.0.1",
  mode: "anycast",
  health: "up",
  reason: "2 of 2",
  since: now.toISOString(),
  announced: true,
  held: null,
};
const ours = ["10.77.0.1"];
const init = { name: "systemd", services: { "rackway-agent": down, corosync: down, pacemaker: down, "rackway-guard": down, frr: down } };
const gateway = {
  family: 4 as const,
  via: "10.20.1.1",
  device: "fabric1",
  purpose: "the way",
  mtu: 9000,
  answersSmall: true,
  answersLarge: false,
  isNeighbor: true,
};

describe("one thing that is wrong is told as that", () => {
  test.each<[string, Partial<HostSight>, string[]]>([
    ["the agent is dead", { agent: seen(null) }, ["warning agent-unreachable host/ctl-a1"]],
    ["the server is dead", { server: unsee("ECONNREFUSED") }, ["warning agent-without-server host/ctl-a1"]],
    ["the clock is off", { server: seen({ address: "", aheadMs: -61_000 }) }, ["warning clock-offset host/ctl-a1"]],
    [
      "a package is missing",
      { packages: seen(new Map()) },
      [...Array<string>(6).fill("warning package-missing host/ctl-a1"), "warning frr-missing host/ctl-a1"],
    ],
    ["daemons are down", { init: seen(init) }, Array<string>(5).fill("warning service-down host/ctl-a1")],
    ["the guard is frozen", { guard: "frozen" }, ["warning guard-not-running host/ctl-a1"]],
    [
      "no quorum",
      { quorum: seen({ members: 1, hasDeviceVote: null, quorate: false, reason: "Corosync says so" }) },
      ["critical quorum-missing pacemaker/rack-a"],
    ],
    [
      "a link is down",
      { links: seen([{ link: 0, nodeId: 3, isConnected: false, word: "disconnected" }]) },
      ["warning corosync-link-down pacemaker/rack-a"],
    ],
    ["a fence agent is not there", { fenceAgents: new Map([["fence_ipmilan", false]]) }, ["warning fence-agent-missing pacemaker/rack-a"]],
    [
      "a namespace is gone",
      { namespaces: seen([{ ...haproxy([]), kernel: { kind: "no-namespace" } }]) },
      ["warning service-namespace-absent namespace/haproxy"],
    ],
    [
      "an anycast address is gone, a roaming one elsewhere",
      { namespaces: seen([haproxy([])]) },
      ["warning service-addresses-absent namespace/haproxy"],
    ],
    ["a route is gone", { namespaces: seen([haproxy(ours, [])]) }, ["warning service-routes-absent namespace/haproxy"]],
    [
      "the checker is silent",
      { namespaces: seen([{ ...haproxy(ours), checker: { kind: "silent", reason: "the checker is silent since noon" } }]) },
      ["warning checker-silent namespace/haproxy"],
    ],
    [
      "a service is down",
      { namespaces: seen([haproxy(ours, ours, [{ ...vip, health: "down", announced: false }])]) },
      ["warning vip-down-here vip/api"],
    ],
    [
      "the breaker holds",
      { namespaces: seen([haproxy(ours, ours, [{ ...vip, health: "down", held: "last" }])]) },
      ["info vip-held-back vip/api"],
    ],
    ["a gateway takes no large packets", { gateways: seen([gateway]) }, ["warning path-mtu host/ctl-a1"]],
    [
      "a gateway is gone",
      { gateways: seen([{ ...gateway, answersSmall: false, isNeighbor: false }]) },
      ["critical gateway-silent host/ctl-a1"],
    ],
    ["a gateway answers no ping, but to its address", { gateways: seen([{ ...gateway, answersSmall: false }]) }, []],
  ])("%s", (_, change, found) => {
    expect(amiss(judgeHost(healthySight(change)))).toEqual(found);
  });

  test("Pacemaker in maintenance, a node in standby, resources that nobody manages or that are blocked", () => {
    const modes = {
      maintenance: true,
      stopsAll: false,
      nodes: [{ name: "ctl-a2", states: ["standby"] }],
      unmanaged: ["rw-any"],
      blocked: [{ resource: "rw-vr-a-vips", hosts: ["ctl-a3"] }],
    };
    expect(amiss(judgeHost(healthySight({ monitor: seen({ ...of("monitor"), modes }) })))).toEqual([
      "critical resource-blocked pacemaker/rack-a",
      "warning pacemaker-maintenance pacemaker/rack-a",
      "warning pacemaker-node-unusual pacemaker/rack-a",
      "warning resource-unmanaged pacemaker/rack-a",
    ]);
  });

  test("namespaces of failover addresses: gone, without a link, without a word of the checker where an address is held", () => {
    const vips = [{ name: "shop", family: 4 as const, address: "10.10.1.150", device: "n-management" }];
    const failover = [{ name: "shop", netns: "rw-shop", index: 1, vips }];
    const state = seen({ ...announcing, failover });
    const links = (...held: string[]) => ({ kind: "seen" as const, addresses: new Map([["n-management", new Set(held)]]) });
    const silent = { kind: "silent" as const, reason: "no checker has said anything here" };
    const told = (kernel: FailoverSight) =>
      amiss(judgeHost(healthySight({ state, failover: seen([{ name: "shop", kernel, checker: silent }]) })));
    expect(told(links())).toEqual([]);
    expect(told({ kind: "no-namespace" })).toEqual(["warning service-namespace-absent namespace/shop"]);
    expect(told({ kind: "seen", addresses: new Map() })).toEqual(["warning service-namespace-absent namespace/shop"]);
    expect(told(links("10.10.1.150"))).toEqual(["warning checker-silent namespace/shop"]);
  });

  test("a resource that fails on another host is told of that host", () => {
    const failCounts = [{ resource: "rw-vr-a-sync", host: "ctl-a3", count: 2, threshold: 0, lastFailureAt: null }];
    const trouble = { failures: [], failCounts, fencing: [] };
    expect(amiss(judgeHost(healthySight({ monitor: seen({ ...of("monitor"), trouble }) })))).toEqual([
      "warning resource-failing host/ctl-a3",
    ]);
  });

  test("fencing that is off, by what the takeover makes of it", () => {
    const monitor = seen({ ...of("monitor"), seen: { ...of("monitor").seen, fencing: "off" as const } });
    expect(amiss(judgeHost(healthySight({ monitor })))).toEqual(["warning fencing-absent pacemaker/rack-a"]);
  });

  test("drift is told step by step, with what it is and should be; of a paused host it is only worth knowing", () => {
    const step = { id: "sysctl/x", action: "change" as const, kind: "sysctl", target: "net.ipv4.ip_forward", from: "0", to: "1" };
    const drift = seen({ ...of("drift"), pending: [step] });
    const [found] = judgeHost(healthySight({ drift }));
    expect(found).toMatchObject({ severity: "warning", code: "host-drift", what: "to be done: change sysctl net.ipv4.ip_forward: 0 → 1" });
    const paused = judgeHost(healthySight({ drift, state: seen({ ...announcing, paused: true }) }));
    expect(amiss(paused)).toEqual(["info host-paused host/ctl-a1", "info host-drift host/ctl-a1"]);
  });

  test("strict path filtering counts where `all` has it, too; links that do not forward are critical", () => {
    const sysctls = {
      "net.ipv4.conf.fabric1.rp_filter": "0",
      "net.ipv4.conf.fabric1.forwarding": "0",
      "net.ipv4.conf.all.rp_filter": "1",
      "net.ipv4.conf.fabric2.rp_filter": "2",
    };
    expect(amiss(judgeHost(healthySight({ kernel: seen({ ...of("kernel"), sysctls }) })))).toEqual([
      "critical sysctl-not-forwarding host/ctl-a1",
      "warning sysctl-strict host/ctl-a1",
    ]);
  });

  test("a table of the kernel is told from four fifths on", () => {
    const at = (count: number): string[] =>
      amiss(judgeHost(healthySight({ kernel: seen({ ...of("kernel"), neighbors: { 4: count, 6: 0 } }) })));
    expect(at(819)).toEqual([]);
    expect(at(820)).toEqual(["warning kernel-table-full host/ctl-a1"]);
  });
});

describe("announcements", () => {
  const view = of("routing");
  const observation = view.observation ?? { version: null, neighbors: [], bfd: [], announced: [] };
  const withRoutes = (...prefixes: string[]): HostSight["drift"] =>
    seen({ ...of("drift"), observation: { ...of("drift").observation, routes: prefixes.map((prefix) => route(prefix)) } });

  test("a route that FRR does not tell, and one that it tells without a route", () => {
    expect(amiss(judgeHost(healthySight({ drift: withRoutes("10.77.0.2/32") })))).toEqual([
      "critical vip-not-originated vip/web",
      "warning vip-originated-without-route vip/api",
    ]);
  });

  test("other routes of ours to a VIP are no announcement: their metric is another", () => {
    const drift = seen({
      ...of("drift"),
      observation: { ...of("drift").observation, routes: [route("10.77.0.1/32"), route("10.77.0.2/32", 50)] },
    });
    expect(amiss(judgeHost(healthySight({ drift })))).toEqual([]);
  });

  test("a roaming address that somebody else announces, too; an anycast one may be everybody's", () => {
    const announced = [observation.announced[0], { family: 4 as const, prefix: "10.77.0.2/32" }].flatMap((each) => each ?? []);
    const sight = healthySight({
      drift: withRoutes("10.77.0.1/32", "10.77.0.2/32"),
      routing: seen({ ...view, observation: { ...observation, announced } }),
      others: seen({ 4: new Set(["10.77.0.1/32", "10.77.0.2/32"]), 6: null, bestOnly: false }),
    });
    expect(amiss(judgeHost(sight))).toEqual(["critical vip-announced-elsewhere vip/web"]);
  });

  test("what the agent says of neighbours stands as it is; one neighbour alone is worth knowing", () => {
    const problems = [{ code: "routing-key-mismatch", message: "OSPF on fabric1: …", hint: "Key, …" }];
    const routing = seen({ problems, observation: { ...observation, neighbors: observation.neighbors.slice(0, 1) } });
    expect(amiss(judgeHost(healthySight({ routing })))).toEqual([
      "warning routing-key-mismatch host/ctl-a1",
      "info routing-neighbor-single host/ctl-a1",
    ]);
  });

  test("an FRR that is silent has nobody's neighbours, which is unknown, not none", () => {
    const routing = seen({ problems: [], observation: { version: null, neighbors: [], bfd: [], announced: [] } });
    expect(amiss(judgeHost(healthySight({ routing })))).toEqual(["unknown doctor-unseen host/ctl-a1", "unknown doctor-unseen host/ctl-a1"]);
  });

  test("an operator's line that tells kernel routes as well; where it is a conflict, that alone is told", () => {
    const config = parseFrrConfig("router rip\n redistribute kernel\nexit\nrouter ospf\n redistribute kernel\nexit\n");
    const conflict = { code: "frr-conflict", message: "FRR, router ospf: somebody has set `redistribute kernel`; …", hint: null };
    expect(amiss(judgeHost(healthySight({ frr: seen({ pending: [], problems: [conflict], config }) })))).toEqual([
      "warning frr-conflict host/ctl-a1",
      "warning frr-redistributes host/ctl-a1",
    ]);
  });
});

test("who else writes resolv.conf is named, with how to have it stop", () => {
  const clients = seen({ pending: [], problems: [], writers: ["dhclient"], isImmutable: true });
  const found = judgeHost(healthySight({ clients })).filter(({ check }) => check === "names and time");
  expect(amiss(found)).toEqual(["warning resolver-immutable host/ctl-a1", "info resolver-other-writer host/ctl-a1"]);
  expect(found[1]?.remedy).toContain("dhclient-enter-hooks.d");
});
