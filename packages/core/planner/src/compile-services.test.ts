import { allocate } from "@rackway/ipam";
import type { ClusterDocument, HostState } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import { compile } from "./compile.ts";
import { compiled, mustParse, planOptions, reservationsOf } from "./testing/plan-options.ts";
import { editDocument } from "./testing/rule-cases.ts";
import type { Edit } from "./testing/rule-cases.ts";
import { serviceDocument } from "./testing/service-rule-cases.ts";

function documentWith(...edits: Edit[]): ClusterDocument {
  return mustParse(editDocument(edits, serviceDocument));
}

function states(...edits: Edit[]): Record<string, HostState> {
  return Object.fromEntries(compiled(documentWith(...edits)));
}

const site = "{ name: site, mode: anycast, pool: services, address: { ipv4: auto }, namespace: web, racks: [rack-a] }";
const dbAdmin = "{ name: db-admin, mode: roaming, pool: services, address: { ipv4: auto }, namespace: haproxy, group: store }";

describe("announcing", () => {
  test("a host may announce the VIPs that its rack may hold, and nothing else of its own", () => {
    const all = states();
    const announced = (host: string) => all[host]?.routing?.announce.map(({ prefix, vip }) => `${vip} ${prefix}`);
    const both = ["api 10.77.0.1/32", "api fd00:77::1/128", "db 10.77.0.3/32", "db-admin 10.77.0.2/32"];
    expect(announced("ctl-a1")).toEqual([...both, "site 10.77.0.4/32"]);
    expect(announced("ctl-b1")).toEqual(both);
    expect(all["node-b1"]).toMatchObject({ anycast: null, routing: null, health: [] });
  });

  test("replies leave by the host's own top-of-rack routers, over all of them", () => {
    const all = states();
    expect(all["ctl-b1"]?.anycast).toMatchObject({
      bridge: "rw-any",
      replySources: ["10.77.0.0/24", "fd00:77::/120"],
      interfaces: ["eth-up1", "eth-up2"],
      gateways: [
        { family: 4, via: "10.20.2.1", device: "eth-up1" },
        { family: 4, via: "10.20.3.1", device: "eth-up2" },
        { family: 6, via: "fe80::1", device: "eth-up1" },
      ],
    });
    expect(all["ctl-a1"]?.anycast?.gateways).toEqual([
      { family: 4, via: "10.20.1.1", device: "eth-fab" },
      { family: 6, via: "fe80::1", device: "eth-fab" },
    ]);
  });

  test("without gateways they leave by those of the network that is the fabric; BGP's neighbours are gateways", () => {
    const inFabric = states(
      ['        gateways: [10.20.1.1, "fe80::1%eth-fab"]\n', ""],
      [
        "bridge: br-mgmt, interface: eth0, ipv4: { cidr: 10.0.1.0/24 }",
        'bridge: eth-fab, ipv4: { cidr: 10.0.1.0/24, gateway: 10.0.1.1 }, ipv6: { cidr: "fd00:1::/64", gateway: "fd00:1::1" }',
      ],
    );
    expect(inFabric["ctl-a1"]?.anycast?.gateways).toEqual([
      { family: 4, via: "10.0.1.1", device: "eth-fab" },
      { family: 6, via: "fd00:1::1", device: "eth-fab" },
    ]);
    const numbered = states(
      [
        "neighbors: [{ interface: eth-up1 }, { interface: eth-up2 }]",
        'neighbors: [{ address: "fd00:20::1" }, { address: 10.20.2.1 }]\n        interfaces: [eth-up1]',
      ],
      ['        gateways: ["10.20.2.1%eth-up1", "10.20.3.1%eth-up2", "fe80::1%eth-up1"]\n', ""],
    );
    expect(numbered["ctl-b1"]?.anycast?.gateways).toEqual([
      { family: 4, via: "10.20.2.1", device: "eth-up1" },
      { family: 6, via: "fd00:20::1", device: "eth-up1" },
    ]);
  });

  test("a host says what it says otherwise than its rack, and only it", () => {
    const all = states([
      "{ name: ctl-a1, rack: rack-a, role: controller, addresses: { management: [10.0.1.11] } }",
      '{ name: ctl-a1, rack: rack-a, role: controller, addresses: { management: [10.0.1.11] }, routing: { routerId: 10.9.9.9, bgp: { asn: 65009, remoteAsn: internal, neighbors: [{ address: 10.20.9.1 }, { address: "fd00:9::1" }], interfaces: [eth9] } } }',
    ]);
    expect(all["ctl-a1"]?.routing).toMatchObject({
      routerId: "10.9.9.9",
      families: [4, 6],
      ospf: null,
      bgp: { asn: 65009, remoteAsn: "internal" },
    });
    expect(all["ctl-a2"]?.routing).toMatchObject({ routerId: "10.0.1.12", bgp: null, ospf: { area: "0.0.0.0", interfaces: ["eth-fab"] } });
  });

  test("a rack speaks before it has anything to announce, and hosts without a gateway in the fabric do not", () => {
    const vipless = mustParse(serviceDocument.slice(0, serviceDocument.indexOf("  vipPools:")));
    const [first, second] = ["ctl-a1", "ctl-b1"].map((host) => compiled(vipless).get(host));
    expect([first?.routing?.announce, first?.anycast, second?.routing?.families]).toEqual([[], null, [4, 6]]);
    const lost = states(['        gateways: [10.20.1.1, "fe80::1%eth-fab"]\n', ""]);
    expect(lost["ctl-a1"]?.routing).toBeNull();
  });

  test("a check comes with every VIP that has one", () => {
    expect(states()["ctl-a1"]?.health).toEqual([
      {
        namespace: "haproxy",
        vip: "api",
        check: { kind: "http", port: 8080, path: "/healthz", host: null },
        intervalMs: 500,
        timeoutMs: 200,
        rise: 2,
        fall: 2,
        maxChangesPerMinute: 6,
        withdrawLast: false,
      },
    ]);
  });
});

describe("a proxy", () => {
  const health = "health: { http: { port: 8080, path: /healthz } }";
  const tls = "tls: { certificate: /etc/ssl/api.crt, key: /etc/ssl/api.key }";
  const proxy = `proxy: { frontends: [{ port: 443, ${tls}, backends: [10.0.2.21:8080, "[fd00:2:0::21]:80"] }] }`;

  test("travels with its VIP to every controller that may hold it, with its defaults", () => {
    const all = states([health, proxy]);
    const vip = all["ctl-b1"]?.pacemaker?.services[0]?.sets[0]?.vips[0];
    expect(vip?.proxy).toEqual([
      {
        port: 443,
        mode: "tcp",
        tls: { certificate: "/etc/ssl/api.crt", key: "/etc/ssl/api.key" },
        acceptProxy: false,
        sendProxy: "off",
        balance: "roundrobin",
        backends: [
          { address: "10.0.2.21", port: 8080 },
          { address: "fd00:2::21", port: 80 },
        ],
        check: { http: null, intervalMs: 1000, timeoutMs: 1000, rise: 2, fall: 2 },
        connectMs: 2000,
        idleMs: 60_000,
      },
    ]);
  });

  test("is what is asked of a VIP, unless the document asks something else", () => {
    const checks = (words: string) => states([health, words])["ctl-a1"]?.health.map(({ check, intervalMs }) => [check, intervalMs]);
    const own = { kind: "http", port: 8482, path: "/api", host: null };
    expect(checks(proxy)).toEqual([[own, 500]]);
    expect(checks(`${proxy}\n      health: { proxy: {}, intervalMs: 250 }`)).toEqual([[own, 250]]);
    expect(checks(`${proxy}\n      health: { tcp: { port: 443 } }`)).toEqual([[{ kind: "tcp", port: 443 }, 500]]);
  });
});

describe("service namespaces in a Pacemaker cluster", () => {
  test("are the same on all of its controllers, with VIPs in sets by where they may be", () => {
    const all = states();
    expect(all["ctl-a1"]?.pacemaker).toEqual(all["ctl-b1"]?.pacemaker);
    const sets = all["ctl-a1"]?.pacemaker?.services.map(({ netns, existing, sets: members }) => ({
      netns,
      existing,
      sets: members.map(({ mode, name, controllers, vips }) => [mode, name, controllers.join(" "), vips.map((vip) => vip.name).join(" ")]),
    }));
    expect(sets).toEqual([
      {
        netns: "rw-haproxy",
        existing: false,
        sets: [
          ["anycast", null, "ctl-a1 ctl-a2 ctl-b1", "api"],
          ["roaming", "store", "ctl-a1 ctl-a2 ctl-b1", "db db-admin"],
        ],
      },
      { netns: "cni-1234", existing: true, sets: [["anycast", "rack-a", "ctl-a1 ctl-a2", "site"]] },
    ]);
  });

  test("in a Pacemaker cluster of one rack there is one set, whether VIPs name the rack or not", () => {
    const own: Edit[] = [
      [
        "    - { name: both, racks: [rack-a, rack-b], timers: careful, fencing: [{ agent: fence_ipmilan }] }\n",
        "    - { name: a, racks: [rack-a] }\n",
      ],
      ["namespace: web, racks: [rack-a]", "namespace: haproxy, racks: [rack-a]"],
      ["    - { name: db, mode: roaming, pool: services, address: { ipv4: auto }, namespace: haproxy, group: store }\n", ""],
      [`    - ${dbAdmin}\n`, ""],
    ];
    const all = states(...own);
    const sets = (host: string) =>
      all[host]?.pacemaker?.services.flatMap((service) => service.sets.map(({ name, vips }) => [name, vips.map((vip) => vip.name)]));
    expect(sets("ctl-a1")).toEqual([[null, ["api", "site"]]]);
    expect(sets("ctl-b1")).toEqual([[null, ["api"]]]);
  });

  test("a VIP keeps its number and its namespace its index, whatever comes and goes", () => {
    const before = documentWith();
    const reservations = reservationsOf(before);
    const after = documentWith(
      [`    - ${site}\n`, "    - { name: aaa, mode: anycast, pool: services, address: { ipv4: auto }, namespace: aaa }\n"],
      ["  namespaces:\n    - { name: web, existing: true, netns: cni-1234 }\n", ""],
    );
    const allocation = allocate({ document: after, existing: reservations, revision: 2 });
    if (!allocation.ok) throw new Error("the sample has an error");
    const numbers = (list: typeof reservations) =>
      new Map(list.filter(({ kind }) => kind === "vip-number" || kind === "namespace-index").map(({ owner, value }) => [owner, value]));
    const [first, second] = [numbers(reservations), numbers(allocation.reservations)];
    for (const owner of ["vip/api", "vip/db", "vip/db-admin", "namespace/haproxy"]) expect(second.get(owner)).toBe(first.get(owner));
    // What web leaves is given out last: nothing of the new namespace can be taken for something of the old one.
    expect([first.get("namespace/web"), second.get("namespace/aaa")]).toEqual(["2", "3"]);
    const state = compile(after, allocation.reservations, planOptions(after)).get("ctl-a1");
    expect(state?.anycast?.namespaces.map(({ name, index, linkIpv4 }) => [name, index, linkIpv4])).toEqual([
      ["aaa", 3, "169.254.64.4"],
      ["haproxy", 1, "169.254.64.2"],
    ]);
  });

  test("a controller that is alone needs Pacemaker as soon as there is a VIP to hold", () => {
    const alone = documentWith(
      ["    - { name: ctl-a2, rack: rack-a, role: controller, addresses: { management: [10.0.1.12] } }\n", ""],
      ["  pacemaker:\n    - { name: both, racks: [rack-a, rack-b], timers: careful, fencing: [{ agent: fence_ipmilan }] }\n", ""],
      ["    - { name: db, mode: roaming, pool: services, address: { ipv4: auto }, namespace: haproxy, group: store }\n", ""],
      [`    - ${dbAdmin}\n`, ""],
    );
    expect(compiled(alone).get("ctl-a1")?.pacemaker?.nodes).toHaveLength(1);
    const vipless = { ...alone, spec: { ...alone.spec, vips: [] } };
    expect(compiled(vipless).get("ctl-a1")?.pacemaker).toBeNull();
  });
});
