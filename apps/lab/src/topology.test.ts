import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LabError } from "./lab-error.ts";
import { isInside, parseTopology } from "./topology.ts";

const examples = join(import.meta.dirname, "../../../examples/topologies");

const small = `apiVersion: rackway-lab/v1
kind: Topology
metadata: { name: small }
racks:
  - name: rack-a
    router: tor-a
    networks:
      - { name: management, nic: eth-mgmt, port: m, ipv4: { cidr: 10.0.0.0/24, gateway: 10.0.0.1 } }
    hosts:
      - { name: one, role: controller, addresses: { management: [10.0.0.11] } }
      - { name: two, role: member, addresses: { management: [10.0.0.12] } }
routers: [{ name: tor-a }]
`;

function mistakes(text: string): string {
  try {
    parseTopology(text, "t.yaml");
  } catch (error) {
    if (error instanceof LabError) return error.message;
    throw error;
  }
  throw new Error("no mistake was found");
}

describe("a topology file", () => {
  test.each(readdirSync(examples))("%s of the examples is accepted", (file) => {
    expect(parseTopology(readFileSync(join(examples, file), "utf8")).metadata.name).toBe(file.replace(".yaml", ""));
  });

  test("gets its defaults", () => {
    const topology = parseTopology(small);
    expect(topology.racks[0]?.networks[0]).toMatchObject({ boot: "configured", mtu: 1500, defaultRoute: false });
    expect(topology.fabric.ipv4).toBe("172.31.0.0/16");
  });

  test("that is not YAML is refused with its place", () => {
    expect(mistakes("racks: [")).toMatch(/^t\.yaml:1:\d+: /);
  });

  test("with an unknown field is refused at that field's place", () => {
    expect(mistakes(small.replace("routers:", "roters: []\nrouters:"))).toContain("Unrecognized key");
  });

  test("names every mistake, not only the first", () => {
    const text = mistakes(small.replace("role: member", "role: chief").replace("10.0.0.11", "10.0.0.300"));
    expect(text).toMatch(/t\.yaml:10:.*addresses\.management\.0: not an IPv4 or IPv6 address/);
    expect(text).toMatch(/t\.yaml:11:.*hosts\.1\.role/);
  });

  test.each([
    ["an address outside its network", "10.0.0.12", "10.0.1.12", "10.0.1.12 is not in 10.0.0.0/24"],
    ["the same address twice", "10.0.0.12", "10.0.0.11", "10.0.0.11 belongs to one already"],
    ["the gateway's address", "10.0.0.12", "10.0.0.1", "10.0.0.1 belongs to tor-a already"],
    ["an IPv6 address where the network has none", "10.0.0.12", '"fd00::1"', "fd00::1 is not in an IPv6 prefix of management"],
    ["a host named like another", "name: two", "name: one", "one is the name of another host"],
    ["a router that is not there", "router: tor-a", "router: tor-z", "there is no router tor-z; routers are tor-a"],
    ["a network that is not there", "{ management: [10.0.0.12] }", "{ storage: [10.0.0.12] }", "rack-a has no network storage"],
    ["a name with capitals", "name: two", "name: Two", "lower-case letters"],
    ["a prefix without length", "cidr: 10.0.0.0/24", "cidr: 10.0.0.0", "not a prefix"],
  ])("with %s is refused", (_, before, after, text) => {
    expect(mistakes(small.replace(before, after))).toContain(text);
  });
});

test("an address is inside its prefix in both families, and never in the other family's", () => {
  expect(isInside("10.10.1.255", "10.10.1.0/24")).toBe(true);
  expect(isInside("10.10.2.0", "10.10.1.0/24")).toBe(false);
  expect(isInside("fd00:10:1::1", "fd00:10::/32")).toBe(true);
  expect(isInside("fd00:11::1", "fd00:10::/32")).toBe(false);
  expect(isInside("10.10.1.1", "::/0")).toBe(false);
});
