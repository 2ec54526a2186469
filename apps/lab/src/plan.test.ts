import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { renderBootFiles } from "./boot-files.ts";
import { defaultTopology } from "./bring-up.ts";
import { findCable, planLab, portsOf } from "./plan.ts";
import { macOf, pointToPoint, portName } from "./ports.ts";
import { parseTopology } from "./topology.ts";

const topology = parseTopology(readFileSync(defaultTopology, "utf8"));
const plan = planLab(topology);

function bootFiles(name: string): Record<string, string> {
  const host = plan.hosts.find((candidate) => candidate.name === name);
  if (!host) throw new Error(`no ${name}`);
  return renderBootFiles(plan, host, { server: "unix:///run/rackway-server/server.sock" });
}

test("the default lab has the hosts that documents and drills name", () => {
  const racks = ["ctl-a1", "ctl-a2", "ctl-a3", "node-a1", "ctl-b1", "ctl-b2", "ctl-b3", "node-b1"];
  expect(plan.hosts.map((host) => host.name)).toEqual(["tor-a", "tor-b", "spine", "internet", ...racks]);
});

test("interface names fit the kernel and are unique in their host, MAC addresses in the lab", () => {
  const ports = plan.cables.flatMap(({ near, far }) => [near, far]);
  for (const { name } of ports) expect(name.length).toBeLessThanOrEqual(15);
  expect(new Set(ports.map(({ host, name }) => `${host}/${name}`)).size).toBe(ports.length);
  expect(new Set(ports.map(({ mac }) => mac)).size).toBe(ports.length);
});

test("a long host name keeps its beginning and stays apart from its neighbour", () => {
  const [one, other] = [portName("m", "controller-number-1"), portName("m", "controller-number-2")];
  expect(one).toMatch(/^m-controll-[0-9a-f]{4}$/);
  expect(one).not.toBe(other);
});

test("MAC addresses are unicast, locally administered and the same each time", () => {
  expect(macOf("ctl-a1", "eth-mgmt")).toMatch(/^02(:[0-9a-f]{2}){5}$/);
  expect(macOf("ctl-a1", "eth-mgmt")).toBe(macOf("ctl-a1", "eth-mgmt"));
});

test("point-to-point cables get neighbouring addresses, across the third octet too", () => {
  const fabric = { ipv4: "172.31.0.0/16", ipv6: "fd00:ff::/64" };
  expect(pointToPoint(fabric, 0)).toEqual([
    ["172.31.0.0/31", "fd00:ff::0/127"],
    ["172.31.0.1/31", "fd00:ff::1/127"],
  ]);
  expect(pointToPoint(fabric, 128)[0]).toEqual(["172.31.1.0/31", "fd00:ff::100/127"]);
  expect(() => pointToPoint(fabric, 32768)).toThrow(RangeError);
});

test("one rack alone keeps the names, addresses and cables that it has in the whole lab", () => {
  const part = planLab(topology, ["rack-a"]);
  expect(part.hosts.map((host) => host.name)).toEqual(["tor-a", "spine", "internet", "ctl-a1", "ctl-a2", "ctl-a3", "node-a1"]);
  for (const cable of part.cables) expect(plan.cables).toContainEqual(cable);
  expect(portsOf(part, "spine").map((port) => port.name)).toEqual(["tor-a", "internet"]);
});

test("members have no public interface, controllers a bare one", () => {
  expect(portsOf(plan, "node-a1").map((port) => port.name)).toEqual(["fabric", "eth-mgmt"]);
  expect(portsOf(plan, "ctl-a1").find((port) => port.name === "eth-pub")).toMatchObject({ addresses: [] });
});

test("a cable is found from either end", () => {
  expect(findCable(plan, "ctl-a1", "public")?.other).toMatchObject({ host: "tor-a", name: "p-ctl-a1", master: "br-public" });
  expect(findCable(plan, "tor-a", "spine")?.other).toMatchObject({ host: "spine", name: "tor-a" });
  expect(findCable(plan, "spine", "tor-a")?.own).toMatchObject({ host: "spine", name: "tor-a" });
  expect(findCable(plan, "node-a1", "public")).toBeUndefined();
});

test("a host boots with its management bridge, both families and default routes that anything better outranks", () => {
  const files = bootFiles("ctl-a1");
  expect(files["links.batch"]).toContain("link add name br-mgmt mtu 1500 address");
  expect(files["links.batch"]).toContain("link set dev eth-mgmt mtu 1500 master br-mgmt up");
  expect(files["ipv4.batch"]).toContain("address add 10.10.1.11/24 dev br-mgmt\n");
  expect(files["ipv6.batch"]).toContain("address add fd00:10:1::11/64 dev br-mgmt nodad\n");
  expect(files["ipv4.batch"]).toContain("route add default via 10.10.1.1 dev br-mgmt metric 1024\n");
  expect(files["ipv6.batch"]).toContain("route add default via fd00:10:1::1 dev br-mgmt metric 1024\n");
});

test("the internet host has no way back to a management network but rack-b's over IPv6", () => {
  const files = bootFiles("internet");
  const routes = `${files["ipv4.batch"]}${files["ipv6.batch"]}`.split("\n").filter((line) => line.startsWith("route"));
  expect(routes.map((line) => line.split(" ")[2])).toEqual([
    "203.0.113.0/25",
    "203.0.113.128/25",
    "10.77.0.0/24",
    "2001:db8:a::/64",
    "2001:db8:b::/64",
    "fd00:10:2::/64",
    "fd00:77::/120",
  ]);
});

test("what comes from the internet for rack-b's management network goes to vr-b; what comes from a rack or a service address does not", () => {
  expect(
    bootFiles("tor-b")
      ["ipv6.batch"]?.split("\n")
      .filter((line) => /^rule|table/.test(line)),
  ).toEqual([
    "rule add from fd00:10::/32 to fd00:10:2::/64 iif spine lookup main pref 900",
    "rule add from fd00:77::/64 to fd00:10:2::/64 iif spine lookup main pref 900",
    "rule add to fd00:10:2::/64 iif spine lookup 1000 pref 1000",
    "route add fd00:10:2::/64 via 2001:db8:b::10 table 1000",
  ]);
});

test("every router spreads flows by source address and source port, each by a hash of its own", () => {
  const routers = ["tor-a", "tor-b", "spine"];
  const fields = routers.map((router) => Number(/ipv4\.fib_multipath_hash_fields=(\d+)/.exec(bootFiles(router)["sysctl.conf"] ?? "")?.[1]));
  expect(new Set(fields).size).toBe(routers.length);
  for (const bits of fields) expect(bits & 0x11).toBe(0x11);
  expect(bootFiles("spine")["sysctl.conf"]).toContain(`net.ipv6.fib_multipath_hash_fields=${fields[2]}\n`);
});

test("only the router beside the internet originates a default route", () => {
  expect(bootFiles("spine")["etc/frr/frr.conf"]).toContain("default-information originate");
  expect(bootFiles("tor-a")["etc/frr/frr.conf"]).not.toContain("default-information originate");
});
