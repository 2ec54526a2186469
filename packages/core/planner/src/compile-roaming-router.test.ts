import type { HostState } from "@rackway/schema";
import { expect, test } from "vitest";

import { diffHostStates } from "./diff-host.ts";
import { compiled, mustParse } from "./testing/plan-options.ts";
import { roamingRouterDocument } from "./testing/roaming-router-rule-cases.ts";

const states: Readonly<Record<string, HostState>> = Object.fromEntries(compiled(mustParse(roamingRouterDocument)));

test("its pair is two roaming VIPs of one group, which its controllers of both racks may announce", () => {
  const service = states["ctl-a1"]?.pacemaker?.services.find(({ name }) => name === "edge");
  expect(service).toMatchObject({ netns: "rw-edge", existing: false });
  expect(service?.sets.map(({ mode, name, controllers, overlap }) => ({ mode, name, controllers, overlap }))).toEqual([
    { mode: "roaming", name: "edge", controllers: ["ctl-a1", "ctl-a2", "ctl-b1"], overlap: false },
  ]);
  const announced = states["ctl-b1"]?.routing?.announce.filter(({ namespace }) => namespace === "edge");
  expect(announced?.map(({ prefix, vip }) => `${vip} ${prefix}`)).toEqual([
    "edge-management 10.77.0.2/32",
    "edge-management fd00:77::1/128",
    "edge-public 10.77.0.3/32",
    "edge-public fd00:77::2/128",
  ]);
});

test("it listens to the members of all of its racks, and no packet is larger than what the smallest of their networks carries", () => {
  expect(states["ctl-a1"]?.pacemaker?.services.find(({ name }) => name === "edge")?.router).toEqual({
    port: 4790,
    vni: 1,
    mtu: 1444,
    ends: [
      { family: 4, management: "10.77.0.2", public: "10.77.0.3" },
      { family: 6, management: "fd00:77::1", public: "fd00:77::2" },
    ],
    members: [
      { family: 4, address: "10.0.1.21" },
      { family: 4, address: "10.0.2.21" },
      { family: 6, address: "fd00:1::21" },
    ],
  });
});

test("a member leaves by a tunnel in the families that it has, and the tunnel's own packets by its network's gateway", () => {
  const ends = (host: string) => states[host]?.tunnel?.ends.map(({ local, remote }) => `${local} ${remote}`);
  expect(ends("node-a1")).toEqual(["10.0.1.21 10.77.0.2", "fd00:1::21 fd00:77::1"]);
  expect(ends("node-b1")).toEqual(["10.0.2.21 10.77.0.2"]);
  expect(states["node-a1"]?.defaultRoutes).toEqual([]);
  expect(states["node-a1"]?.routes.map(({ to, via, device }) => `${to} via ${via} dev ${device}`)).toEqual([
    "10.0.2.0/24 via 10.0.1.1 dev br-mgmt",
    "10.77.0.0/24 via 10.0.1.1 dev br-mgmt",
    "fd00:77::/120 via fd00:1::1 dev br-mgmt",
  ]);
});

test("controllers keep their own way out", () => {
  expect(states["ctl-a1"]).toMatchObject({ defaultRoutes: [], routes: [], bridges: [] });
  expect(states["ctl-a1"]?.tunnel).toBeUndefined();
});

test("the plan tells a member of its tunnel and its new way out", () => {
  const steps = diffHostStates(null, states["node-b1"] ?? null).map(({ kind, target, to }) => `${kind} ${target}: ${to}`);
  expect(steps).toContain("tunnel rwt-1: to edge, UDP port 4790, number 1, mtu 1444");
  expect(steps).toContain("default-route IPv4: dev rwt-1 from 10.0.2.21 to 10.77.0.2 metric 20");
});
