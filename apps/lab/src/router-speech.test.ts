import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { renderBootFiles } from "./boot-files.ts";
import { planLab } from "./plan.ts";
import { parseTopology } from "./topology.ts";

const file = join(import.meta.dirname, "../../../examples/topologies/two-daemons.yaml");

/** The rack's router with a daemon and a way of its own to speak with hosts; tests/lab/tor.lab.test.ts has the daemons check the goldens. */
function routerFile(daemon: "frr" | "bird", towardsHosts: string): string {
  const text = readFileSync(file, "utf8").replace("{ name: tor-a", `{ name: tor-a, daemon: ${daemon}, towardsHosts: ${towardsHosts}`);
  const plan = planLab(parseTopology(text, "two-daemons.yaml"), ["rack-a"]);
  const host = plan.hosts.find(({ name }) => name === "tor-a");
  if (host === undefined) throw new Error("no tor-a");
  return renderBootFiles(plan, host, { server: "unix:///nobody" })[`etc/${daemon}/${daemon}.conf`] ?? "";
}

const ways = {
  plain: "{ protocol: ospf }",
  area:
    "{ protocol: ospf, networks: [management], area: 0.0.0.1, networkType: broadcast, helloSeconds: 1, deadSeconds: 4, " +
    "authentication: { keyId: 1, key: sekrit82, algorithm: md5 } }",
  bgp: "{ protocol: bgp, asn: 65100, password: bgpsekrit }",
  unnumbered: "{ protocol: bgp, asn: 65100, unnumbered: true }",
};

for (const daemon of ["frr", "bird"] as const) {
  test.each(Object.entries(ways))(`${daemon} towards hosts: %s`, async (way, towardsHosts) => {
    await expect(routerFile(daemon, towardsHosts)).toMatchFileSnapshot(`goldens/${daemon}-${way}.conf`);
  });
}

test("SHA-2 in OSPFv2 is BIRD's alone: FRR 8.4 would not start with it", () => {
  const key = "{ protocol: ospf, authentication: { keyId: 1, key: sekrit82, algorithm: hmac-sha-256 } }";
  expect(routerFile("bird", key).match(/algorithm hmac sha256/g)).toHaveLength(6);
  expect(() => routerFile("frr", key)).toThrow(/towardsHosts\.authentication\.algorithm: FRR 8\.4 has only md5/);
});

test("a network that the router does not have is a mistake of the topology", () => {
  expect(() => routerFile("frr", "{ protocol: ospf, networks: [storage] }")).toThrow(
    "tor-a has no network storage; it has fabric, management",
  );
});
