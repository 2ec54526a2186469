import type { HostState } from "@rackway/schema";
import { hostStateSchema } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import { compile, pendingAuthKey } from "./compile.ts";
import { compiled, mustParse, planOptions, reservationsOf } from "./testing/plan-options.ts";
import { editDocument } from "./testing/rule-cases.ts";
import type { Edit } from "./testing/rule-cases.ts";

function states(...edits: Edit[]): Record<string, HostState> {
  return Object.fromEntries(compiled(mustParse(editDocument(edits))));
}

const vrB = "    - { name: vr-b, rack: rack-b }";
const spanning: Edit = ["{ name: rack-a, racks: [rack-a]", "{ name: both, racks: [rack-b, rack-a]"];
const rackBGateway: Edit = ["ipv4: { cidr: 10.0.2.0/24 }", "ipv4: { cidr: 10.0.2.0/24, gateway: 10.0.2.1 }"];

test("every host of the document has a state of the agreed shape, and no other has", () => {
  const all = states();
  expect(Object.keys(all)).toEqual(["ctl-a1", "ctl-a2", "ctl-a3", "ctl-b1", "node-a1", "node-b1"]);
  for (const state of Object.values(all)) expect(hostStateSchema.parse(state)).toEqual(state);
});

describe("ways out", () => {
  test("a member leaves through its router's management VIPs", () => {
    expect(states()["node-a1"]?.defaultRoutes).toEqual([
      { family: 4, via: "10.0.1.100", device: "br-mgmt", metric: 20 },
      { family: 6, via: "fd00:1::2", device: "br-mgmt", metric: 20 },
    ]);
  });

  test("a member of a router without VIPs leaves through its one controller", () => {
    expect(states()["node-b1"]?.defaultRoutes).toEqual([{ family: 4, via: "10.0.2.11", device: "br-mgmt", metric: 20 }]);
  });

  test("a controller with a public address leaves by itself, family by family; one without leaves as members do", () => {
    const all = states();
    const inside = { family: 6, via: "fd00:1::2", device: "br-mgmt", metric: 20 };
    expect(all["ctl-a1"]?.defaultRoutes).toEqual([{ family: 4, via: "192.0.2.1", device: "br-ex", metric: 20 }, inside]);
    expect(all["ctl-a2"]?.defaultRoutes).toEqual([{ family: 4, via: "10.0.1.100", device: "br-mgmt", metric: 20 }, inside]);
    expect(all["ctl-b1"]?.defaultRoutes).toEqual([{ family: 4, via: "192.0.2.129", device: "br-ex", metric: 20 }]);
  });

  test("a member with a public address keeps its own way out, family by family", () => {
    const inside = 'management: [10.0.1.21, "fd00:1::21"]';
    const publicNode: Edit = [inside, `${inside}, public: [192.0.2.21]`];
    expect(states(publicNode)["node-a1"]?.defaultRoutes.map(({ via }) => via)).toEqual(["fd00:1::2"]);
    expect(states(publicNode)["node-a1"]?.routes).toEqual([]);
  });

  test("of two routers on one network members take the first by name", () => {
    const first = `    - { name: vr-0, rack: rack-a, publicVip: { ipv4: auto }, managementVip: { ipv4: 10.0.1.77 } }\n${vrB}`;
    expect(states([vrB, first])["node-a1"]?.defaultRoutes.map(({ via }) => via)).toEqual(["10.0.1.77", "fd00:1::2"]);
  });
});

describe("routes between racks", () => {
  const toRackB = { family: 4, to: "10.0.2.0/24", via: "10.0.1.1", device: "br-mgmt", metric: 20 };

  test("go past a router that translates, through the network's own gateway, where it has one", () => {
    const all = states();
    expect(all["node-a1"]?.routes).toEqual([toRackB]);
    expect(all["ctl-a1"]?.routes).toEqual([toRackB]);
    expect(all["node-b1"]?.routes).toEqual([]);
  });

  test("are left out for a family that the router routes: the way back goes through it", () => {
    const routed: Edit = ["      routerAdvertisements:", "      nat: { ipv4: routed }\n      routerAdvertisements:"];
    expect(states(routed)["node-a1"]?.routes).toEqual([]);
  });

  test("but never for Corosync, when its cluster spans racks", () => {
    const routed: Edit = ["      routerAdvertisements:", "      nat: { ipv4: routed }\n      routerAdvertisements:"];
    const all = states(routed, spanning, rackBGateway);
    expect(all["ctl-a1"]?.routes).toEqual([toRackB]);
    expect(all["node-a1"]?.routes).toEqual([]);
  });
});

test("announced VIPs are reached past the router, through the network's own gateway: their replies come that way", () => {
  const pools = "    - { name: services, ipv4: { cidr: 10.77.0.0/24 } }";
  const ospf = "      ospf: { interfaces: [eth-fab], gateways: [10.20.1.1] }\n    - name: rack-b";
  const vip = `${pools}\n  vips: [{ name: api, mode: anycast, pool: services, address: { ipv4: auto }, namespace: web }]`;
  const all = states([pools, vip], ["    - name: rack-b", ospf]);
  const toPool = { family: 4, to: "10.77.0.0/24", via: "10.0.1.1", device: "br-mgmt", metric: 20 };
  expect(all["node-a1"]?.routes).toContainEqual(toPool);
  expect(all["ctl-a2"]?.routes).toContainEqual(toPool);
  // By a public gateway of its own, and by a network that has no gateway.
  for (const host of ["ctl-a1", "node-b1"]) expect(all[host]?.routes).not.toContainEqual(expect.objectContaining({ to: "10.77.0.0/24" }));
  expect(states()["node-a1"]?.routes).not.toContainEqual(toPool);
});

describe("bridges", () => {
  test("are those of the networks that the rack's routers use, with the host's own addresses", () => {
    expect(states()["ctl-a1"]?.bridges).toEqual([
      bridge("management", "br-mgmt", null, ["10.0.1.11/24", "fd00:1::11/64"]),
      bridge("public", "br-ex", "eth1", ["192.0.2.11/25"]),
    ]);
    expect(states()["node-a1"]?.bridges).toEqual([bridge("management", "br-mgmt", null, ["10.0.1.21/24", "fd00:1::21/64"])]);
  });

  test("get the interface that a host has differently", () => {
    const differs: Edit = ["public: [192.0.2.11] }", "public: [192.0.2.11] }, interfaces: { public: bond0 }"];
    const all = states(differs);
    expect(["ctl-a1", "ctl-a2"].map((host) => all[host]?.bridges[1]?.port)).toEqual(["bond0", "eth1"]);
  });

  test("include the one that the synchronisation of connections has for itself", () => {
    const all = states(
      ["      routerAdvertisements:", "      connectionSync: { network: sync }\n      routerAdvertisements:"],
      [
        "        - name: public\n",
        "        - { name: sync, bridge: br-sync, mtu: 9000, ipv4: { cidr: 10.0.9.0/24 } }\n        - name: public\n",
      ],
    );
    expect(all["ctl-a2"]?.bridges.map(({ name }) => name)).toEqual(["br-mgmt", "br-ex", "br-sync"]);
    expect(all["ctl-a2"]?.pacemaker?.routers[0]?.connectionSync).toEqual({ bridge: "br-sync", mtu: 9000 });
    expect(all["node-a1"]?.bridges.map(({ name }) => name)).toEqual(["br-mgmt"]);
  });

  function bridge(network: string, name: string, port: string | null, addresses: string[]): HostState["bridges"][number] {
    return { network, name, driver: "linux", port, mtu: 1500, vlan: null, addresses };
  }
});

test("a rack without a router keeps its hosts' networks as they are; its controllers form their cluster all the same", () => {
  const document = mustParse(editDocument([]));
  const all = compiled({ ...document, spec: { ...document.spec, virtualRouters: [] } });
  for (const state of all.values()) {
    expect([state.bridges, state.sysctls, state.defaultRoutes, state.routes, state.hostRouters]).toEqual([[], [], [], [], []]);
  }
  expect(all.get("ctl-a1")?.pacemaker?.nodes).toHaveLength(3);
});

test("controllers forward in the families that a router serves; members have no sysctl of ours", () => {
  const all = states();
  expect(all["ctl-a3"]?.sysctls.map(({ key }) => key)).toEqual(["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"]);
  expect(all["ctl-b1"]?.sysctls.map(({ key }) => key)).toEqual(["net.ipv4.ip_forward"]);
  expect(all["node-a1"]?.sysctls).toEqual([]);
});

describe("Pacemaker", () => {
  test("has one state for all controllers of a cluster; members and a controller alone have none", () => {
    const all = states();
    expect(all["ctl-a2"]?.pacemaker).toBe(all["ctl-a1"]?.pacemaker);
    expect(all["node-a1"]?.pacemaker).toBeNull();
    expect(all["ctl-b1"]?.pacemaker).toBeNull();
    expect(all["ctl-b1"]?.hostRouters.map(({ name }) => name)).toEqual(["vr-b"]);
  });

  test("runs for one controller too, where its router has VIPs", () => {
    const all = states([vrB, "    - { name: vr-b, rack: rack-b, publicVip: { ipv4: auto }, managementVip: { ipv4: auto } }"]);
    expect(all["ctl-b1"]?.hostRouters).toEqual([]);
    expect(all["ctl-b1"]?.pacemaker).toMatchObject({ cluster: "rack-b", nodes: [{ name: "ctl-b1", nodeId: 1 }] });
    expect(all["ctl-b1"]?.pacemaker?.routers[0]).toMatchObject({ controllers: ["ctl-b1"], connectionSync: null });
  });

  test("that spans racks has all their controllers, and keeps each router in its own rack", () => {
    const pair = "    - { name: vr-b, rack: rack-b, publicVip: { ipv4: auto }, managementVip: { ipv4: auto } }";
    const state = states(spanning, rackBGateway, [vrB, pair])["ctl-b1"]?.pacemaker;
    expect(state?.nodes.map(({ name, nodeId }) => [name, nodeId])).toEqual([
      ["ctl-a1", 1],
      ["ctl-a2", 2],
      ["ctl-a3", 3],
      ["ctl-b1", 4],
    ]);
    expect(state?.routers.map(({ name, controllers }) => [name, controllers])).toEqual([
      ["vr-a", ["ctl-a1", "ctl-a2", "ctl-a3"]],
      ["vr-b", ["ctl-b1"]],
    ]);
    expect(state?.fencing[0]?.hosts).toEqual(["ctl-a1", "ctl-a2", "ctl-a3", "ctl-b1"]);
  });

  test("talks IPv4 where all have it, else IPv6", () => {
    expect(states()["ctl-a1"]?.pacemaker?.nodes.map(({ addresses }) => addresses)).toEqual([["10.0.1.11"], ["10.0.1.12"], ["10.0.1.13"]]);
    const one = states(["[10.0.1.12, ", "["])["ctl-a1"]?.pacemaker?.nodes.map(({ addresses }) => addresses);
    expect(one).toEqual([["fd00:1::11"], ["fd00:1::12"], ["fd00:1::13"]]);
  });

  test("carries drained hosts, epoch and key; a key that is not made yet is stood in for", () => {
    const document = mustParse(editDocument([]));
    const options = { ...planOptions(document, { drained: ["ctl-a2"], paused: ["ctl-a3"] }), epoch: 7, authKeys: new Map() };
    const all = compile(document, reservationsOf(document), options);
    const state = all.get("ctl-a1")?.pacemaker;
    expect(state?.nodes.map(({ drained }) => drained)).toEqual([false, true, false]);
    expect([state?.epoch, state?.authKey]).toEqual([7, pendingAuthKey("rack-a")]);
    expect([...all.values()].filter(({ paused }) => paused).map(({ host }) => host.name)).toEqual(["ctl-a3"]);
  });
});

test("a router watches the gateways of both its networks, in the families that it serves", () => {
  const onlyIpv4: Edit[] = [
    ["      publicVip: { ipv4: auto, ipv6: auto }", "      publicVip: { ipv4: auto }"],
    ["      managementVip: { ipv4: auto, ipv6: auto }", "      managementVip: { ipv4: auto }"],
    ["      routerAdvertisements: { enabled: true }\n", ""],
  ];
  expect(states(...onlyIpv4)["ctl-a1"]?.pacemaker?.routers[0]).toMatchObject({
    management: { cidrs: ["10.0.1.0/24"] },
    public: { cidrs: ["192.0.2.0/25"], gateways: [{ family: 4, address: "192.0.2.1" }] },
    vips: [
      { name: "public", family: 4, address: "192.0.2.2", prefixLength: 25 },
      { name: "management", family: 4, address: "10.0.1.100", prefixLength: 24 },
    ],
    routerAdvertisements: null,
    uplink: {
      targets: [
        { link: "public", family: 4, address: "192.0.2.1" },
        { link: "management", family: 4, address: "10.0.1.1" },
      ],
    },
  });
});

test("inbound rules carry their family, and their ports as text", () => {
  const rules = '[{ to: "fd00:1::/64", protocol: icmp }, { to: 10.0.1.21, protocol: tcp, ports: [8000-8080, 22] }]';
  const all = states(["[{ to: 10.0.1.21, protocol: tcp, ports: [22] }]", rules]);
  expect(all["ctl-a1"]?.pacemaker?.routers[0]?.inbound).toEqual([
    { family: 4, to: "10.0.1.21", protocol: "tcp", ports: ["22", "8000-8080"] },
    { family: 6, to: "fd00:1::/64", protocol: "icmp", ports: [] },
  ]);
});
