import { expect, test } from "vitest";

import { wantedTables } from "./host-tables.ts";
import { renderIpBatch } from "./ip-operation.ts";
import type { HostObservation, LinkObservation } from "./observation.ts";
import { emptyOriginals, originalsSchema } from "./originals.ts";
import { parseLinks, parseRoutes } from "./parse-iproute.ts";
import type { HostNetworkState } from "./plan-host.ts";
import { emptyNetworkState, planHost } from "./plan-host.ts";
import { simulate } from "./simulate.ts";

const state: HostNetworkState = {
  ...emptyNetworkState,
  routes: [{ family: 4, to: "10.77.0.0/24", via: "10.10.2.1", device: "br-mgmt", metric: 20 }],
  tunnel: {
    router: "edge",
    device: "rwt-3",
    port: 4790,
    vni: 3,
    mtu: 1444,
    metric: 20,
    ends: [
      { family: 4, local: "10.10.2.21", remote: "10.77.0.3" },
      { family: 6, local: "fd00:10:2::21", remote: "fd00:77::3" },
    ],
  },
};

// As iproute2 6.1 prints them.
const linksText = JSON.stringify([
  {
    ifname: "br-mgmt",
    flags: ["UP"],
    mtu: 1500,
    linkinfo: { info_kind: "bridge", info_data: {} },
    addr_info: [{ family: "inet6", local: "fd00:10:2::21", prefixlen: 64 }],
  },
]);
const tunnelText =
  '{"ifname":"rwt-3","ifalias":"rackway:tunnel/edge","flags":["POINTOPOINT","MULTICAST","NOARP","UP","LOWER_UP"],"mtu":1444,"linkinfo":{"info_kind":"vxlan","info_data":{"external":true,"id":0,"port":4790,"learning":false,"gpe":true}},"addr_info":[]}';
const routesText =
  '[{"dst":"default","encap":"ip","id":3,"src":"10.10.2.21","dst":"10.77.0.3","ttl":64,"tos":0,"dev":"rwt-3","protocol":"82","scope":"link","prefsrc":"10.10.2.21","metric":20,"flags":[]},{"dst":"default","gateway":"10.10.2.1","dev":"br-mgmt","metric":100,"flags":[]},{"dst":"10.77.0.0/24","gateway":"10.10.2.1","dev":"br-mgmt","protocol":"82","metric":20,"flags":[]}]';
const routes6Text =
  '[{"dst":"default","encap":"ip6","id":3,"src":"fd00:10:2::21","dst":"fd00:77::3","hoplimit":64,"tc":0,"csum":true,"dev":"rwt-3","protocol":"82","prefsrc":"fd00:10:2::21","metric":20,"flags":[],"pref":"medium"}]';

const bare: HostObservation = { links: parseLinks(linksText), routes: [], tables: [], sysctls: {} };
const right: HostObservation = {
  links: parseLinks(`${linksText.slice(0, -1)},${tunnelText}]`),
  routes: [...parseRoutes(routesText, 4), ...parseRoutes(routes6Text, 6)],
  tables: [],
  sysctls: {},
};

function plan(wanted: HostNetworkState, observation: HostObservation) {
  const { linkOperations, routeOperations, blocked, problems } = planHost(wanted, observation, emptyOriginals("here"), new Map());
  return {
    batch: renderIpBatch([...linkOperations, ...routeOperations]),
    operations: [...linkOperations, ...routeOperations],
    blocked,
    problems,
  };
}

test("the way past the tunnel is there before the way into it", () => {
  expect(plan(state, bare).batch).toBe(`link add name rwt-3 mtu 1444 type vxlan external gpe dstport 4790 nolearning
link set dev rwt-3 addrgenmode none
link set dev rwt-3 alias rackway:tunnel/edge
link set dev rwt-3 up
route add 10.77.0.0/24 proto 82 metric 20 via 10.10.2.1 dev br-mgmt
route add 0.0.0.0/0 encap ip id 3 src 10.10.2.21 dst 10.77.0.3 ttl 64 proto 82 metric 20 src 10.10.2.21 dev rwt-3
route add ::/0 encap ip6 id 3 src fd00:10:2::21 dst fd00:77::3 hoplimit 64 csum proto 82 metric 20 src fd00:10:2::21 dev rwt-3
`);
});

test("what iproute2 lists of it is known again: a second plan has nothing to do", () => {
  expect(parseRoutes(routesText, 4)[0]).toMatchObject({
    to: "0.0.0.0/0",
    encap: { id: 3, source: "10.10.2.21", destination: "10.77.0.3" },
  });
  expect(plan(state, right).batch).toBe("");
  expect(plan(state, simulate(bare, plan(state, bare).operations)).batch).toBe("");
});

test("a route to another far end is put right in place; a device that is down comes up, another kind is made anew", () => {
  const elsewhere = parseRoutes(routesText.replace("10.77.0.3", "10.77.0.9"), 4);
  expect(plan(state, { ...right, routes: [...elsewhere, ...parseRoutes(routes6Text, 6)] }).batch).toBe(
    "route replace 0.0.0.0/0 encap ip id 3 src 10.10.2.21 dst 10.77.0.3 ttl 64 proto 82 metric 20 src 10.10.2.21 dev rwt-3\n",
  );
  const changed = (part: Partial<LinkObservation>): HostObservation => ({
    ...right,
    links: right.links.map((link) => (link.name === "rwt-3" ? { ...link, ...part } : link)),
  });
  expect(plan(state, changed({ up: false })).batch).toContain("link set dev rwt-3 up");
  expect(plan(state, changed({ mtu: 1400 })).batch).toContain("link set dev rwt-3 mtu 1444");
  expect(plan(state, changed({ vxlan: { port: 4789, isBare: true } })).batch).toMatch(/^link delete dev rwt-3\nlink add name rwt-3/);
});

test("one that is somebody else's is left alone, and said", () => {
  const foreign = { ...right, routes: [], links: right.links.map((link) => (link.name === "rwt-3" ? { ...link, alias: "mine" } : link)) };
  const { problems, operations } = plan(state, foreign);
  expect(problems.map(({ code }) => code)).toEqual(["tunnel-device-foreign"]);
  expect(renderIpBatch(operations)).not.toMatch(/link|encap/);
});

test("it leaves with its routes, and a remembered route of that kind is kept whole", () => {
  expect(plan(emptyNetworkState, right).batch).toBe(
    "link delete dev rwt-3\nroute delete 10.77.0.0/24 proto 82 metric 20 via 10.10.2.1 dev br-mgmt\n",
  );
  const saved = { ...emptyOriginals("here"), routes: [{ ...right.routes[0]!, nextHops: [...right.routes[0]!.nextHops] }] };
  expect(originalsSchema.parse(JSON.parse(JSON.stringify(saved)))).toEqual(saved);
});

test("only its router puts something into it, and only for the member itself", () => {
  expect(wantedTables(state, emptyOriginals("here")).map(({ text }) => text)).toEqual([
    `table inet rackway-tunnel {
  chain input {
    type filter hook input priority filter - 5; policy accept;
    ip saddr 10.77.0.3 ip daddr 10.10.2.21 udp dport 4790 accept
    ip6 saddr fd00:77::3 ip6 daddr fd00:10:2::21 udp dport 4790 accept
    udp dport 4790 drop
    iifname "rwt-3" ip daddr 10.10.2.21 accept
    iifname "rwt-3" ip6 daddr fd00:10:2::21 accept
    iifname "rwt-3" drop
  }
  chain forward {
    type filter hook forward priority filter - 5; policy accept;
    iifname "rwt-3" drop
  }
}
`,
  ]);
});
