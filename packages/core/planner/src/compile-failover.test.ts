import { describe, expect, test } from "vitest";

import { serviceNetwork, shortHash } from "./service-networks.ts";
import { failoverDocument } from "./testing/failover-rule-cases.ts";
import { compiled, mustParse } from "./testing/plan-options.ts";
import { editDocument } from "./testing/rule-cases.ts";
import type { Edit } from "./testing/rule-cases.ts";

const states = (...edits: Edit[]) => Object.fromEntries(compiled(mustParse(editDocument(edits, failoverDocument))));
const outside = "{ name: outside, mode: failover, rack: rack-a, network: public, address: { ipv4: auto }, namespace: haproxy }";

describe("failover VIPs", () => {
  test("are each a set of its own on all controllers of their rack, with a link into each of their networks", () => {
    const service = states()["ctl-a1"]?.pacemaker?.services.find(({ name }) => name === "haproxy");
    const controllers = ["ctl-a1", "ctl-a2", "ctl-a3"];
    expect(service?.sets.map(({ mode, name, rack, controllers: able }) => [mode, name, rack, able])).toEqual([
      ["failover", "inside", "rack-a", controllers],
      ["failover", "outside", "rack-a", controllers],
    ]);
    expect(service?.networks).toEqual([
      {
        ...{ rack: "rack-a", network: "management", controllers, bridge: "br-mgmt", mtu: 1500 },
        ...{ inside: "n-management", outside: "rwl-1-205d", table: 65_536 + 0x205d },
        families: [
          { family: 4, cidr: "10.0.1.0/24", gateway: "10.0.1.1" },
          { family: 6, cidr: "fd00:1::/64", gateway: "fd00:1::1" },
        ],
      },
      {
        ...{ rack: "rack-a", network: "public", controllers, bridge: "br-ex", mtu: 1500 },
        ...{ inside: "n-public", outside: "rwl-1-5f10", table: 65_536 + 0x5f10 },
        families: [{ family: 4, cidr: "192.0.2.0/25", gateway: "192.0.2.1" }],
      },
    ]);
  });

  test("of one group are one set, whichever networks they are in", () => {
    const together = states([outside, outside.replace("namespace", "group: inside, namespace")]);
    const service = together["ctl-a1"]?.pacemaker?.services.find(({ name }) => name === "haproxy");
    expect(service?.sets.map(({ name, vips }) => [name, vips.map((vip) => `${vip.name} ${vip.network}`)])).toEqual([
      ["inside", ["inside management", "outside public"]],
    ]);
  });

  test("are looked for, checked and bridged on controllers alone, and announced by nobody", () => {
    const all = states();
    expect(all["ctl-a2"]?.failover).toEqual([
      {
        ...{ name: "haproxy", netns: "rw-haproxy", index: 1 },
        vips: [
          { name: "inside", family: 4, address: "10.0.1.200", device: "n-management" },
          { name: "inside", family: 6, address: expect.stringMatching(/^fd00:1::/) as string, device: "n-management" },
          { name: "outside", family: 4, address: expect.stringMatching(/^192\.0\.2\./) as string, device: "n-public" },
        ],
      },
    ]);
    expect(all["ctl-a2"]?.health.map(({ vip }) => vip)).toEqual(["inside"]);
    expect(all["ctl-a2"]?.bridges.map(({ name, port }) => [name, port])).toEqual([
      ["br-mgmt", null],
      ["br-ex", "eth1"],
    ]);
    expect(all["ctl-a2"]?.routing?.announce.map(({ vip }) => vip)).toEqual(["api"]);
    expect([all["node-b1"]?.failover, all["node-b1"]?.bridges]).toEqual([undefined, []]);
  });

  test("need no routing daemon: without announced VIPs there is no bridge for them", () => {
    const only = states(
      ["    - { name: api, mode: anycast, pool: services, address: { ipv4: auto }, namespace: web }\n", ""],
      ["  namespaces:\n    - { name: web, existing: true, netns: cni-1234 }\n", ""],
      ["      ospf: { interfaces: [eth-fab], gateways: [10.20.1.1] }\n", ""],
    );
    const { pacemaker, anycast, health } = only["ctl-a1"] ?? {};
    expect([pacemaker?.serviceBridge, anycast, health?.length]).toEqual([null, null, 1]);
  });

  test("have links of their own, also where two networks' names make the same number", () => {
    const network = (name: string) => ({ name, bridge: `br-${name}`, mtu: 1500, shared: false, driver: "linux" as const });
    const beside = { controllers: [], taken: new Set<number>([shortHash("storage")]) };
    const { table, outside: end } = serviceNetwork(1, "rack-a", network("storage"), beside);
    expect([table, end]).toEqual([65_536 + shortHash("storage") + 1, `rwl-1-${(shortHash("storage") + 1).toString(16).padStart(4, "0")}`]);
    expect(beside.taken.has(shortHash("storage") + 1)).toBe(true);
  });

  test("have links whose names fit an interface, whatever the network is called", () => {
    const long = "a-network-with-a-very-long-name-indeed";
    const all = states(["name: public, bridge", `name: ${long}, bridge`], [outside, outside.replace("public", long)]);
    const { networks = [] } = all["ctl-a1"]?.pacemaker?.services.find(({ name }) => name === "haproxy") ?? {};
    const link = networks.find(({ network }) => network === long);
    expect(link?.inside).toBe(`n-a-networ-${shortHash(long).toString(16).padStart(4, "0")}`);
    expect(Math.max(...networks.flatMap(({ inside, outside: other }) => [inside.length, other.length]))).toBeLessThanOrEqual(15);
  });
});
