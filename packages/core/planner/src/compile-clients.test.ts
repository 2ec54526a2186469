import { poolScope, ReservationIndex, vipOwner } from "@rackway/ipam";
import type { HostState } from "@rackway/schema";
import { expect, test } from "vitest";

import { indexCluster, rackOf } from "./cluster-index.ts";
import { compileClients } from "./compile-clients.ts";
import { mustParse, reservationsOf } from "./testing/plan-options.ts";
import { editDocument } from "./testing/rule-cases.ts";
import type { Edit } from "./testing/rule-cases.ts";
import { serviceDocument } from "./testing/service-rule-cases.ts";

const inside = 'addresses: { management: [10.0.1.21, "fd00:1::21"] }';
const publicNode: Edit = [inside, 'addresses: { management: [10.0.1.21, "fd00:1::21"], public: [192.0.2.21] }'];
const served: Edit = [
  "      routerAdvertisements:",
  "      dns: { upstreams: [198.51.100.53] }\n      ntp: { upstreams: [198.51.100.123] }\n      routerAdvertisements:",
];
const vips = ["10.0.1.100", "fd00:1::2"];
const resolver = { nameservers: vips, search: ["rack-a.sound.internal", "sound.internal"], options: [] };

function clients(host: string, ...edits: Edit[]): Pick<HostState, "resolver" | "time"> {
  const document = mustParse(editDocument(edits));
  const spec = document.spec.hosts.find(({ name }) => name === host);
  if (spec === undefined) throw new Error(host);
  const index = indexCluster(document);
  return compileClients(index, spec, rackOf(index, spec.rack), new ReservationIndex(reservationsOf(document)));
}

test("a member asks the management VIPs of its router for what that serves, in both families", () => {
  expect(clients("node-a1", served)).toEqual({ resolver, time: { servers: vips } });
  expect(clients("node-a1")).toEqual({ resolver: null, time: null });
  const namesOnly: Edit = ["      routerAdvertisements:", "      dns: { upstreams: [198.51.100.53] }\n      routerAdvertisements:"];
  expect(clients("node-a1", namesOnly)).toEqual({ resolver, time: null });
});

test("without names that are made there is no domain to try short names in", () => {
  const nameless: Edit = [served[1], served[1].replace("[198.51.100.53] }", "[198.51.100.53], names: none }")];
  expect(clients("node-a1", served, nameless).resolver?.search).toEqual([]);
});

test("a controller keeps its own: it is what the others ask", () => {
  expect(clients("ctl-a2", served)).toEqual({ resolver: null, time: null });
});

test("a member with an address in the public network keeps its own, and may use either", () => {
  expect(clients("node-a1", served, publicNode)).toEqual({ resolver: null, time: null });
  const using: Edit = [publicNode[1], `${publicNode[1]}, useRouter: { dns: true }`];
  expect(clients("node-a1", served, publicNode, using)).toEqual({ resolver, time: null });
});

test("a member may keep its own though its router serves", () => {
  expect(clients("node-a1", served, [inside, `${inside}, useRouter: { ntp: false }`])).toEqual({ resolver, time: null });
});

test("a member asks the service VIPs that its rack names instead, in the families that it has, IPv4 first", () => {
  const document = mustParse(
    serviceDocument
      .replace("ipv4: { cidr: 10.0.2.0/24 } }]", "ipv4: { cidr: 10.0.2.0/24 } }]\n      useVips: { dns: [api, db], ntp: [api] }")
      .replace(
        "health: { http: { port: 8080, path: /healthz } }",
        "dns: { upstreams: [198.51.100.53] }\n      ntp: { upstreams: [198.51.100.123] }",
      )
      .replace("name: db, mode: roaming,", "name: db, mode: roaming, dns: { upstreams: [198.51.100.53] },"),
  );
  const index = indexCluster(document);
  const reservations = new ReservationIndex(reservationsOf(document));
  const [node] = document.spec.hosts.filter(({ name }) => name === "node-b1");
  if (node === undefined) throw new Error("node-b1");
  const rack = rackOf(index, "rack-b");
  const db = reservations.value("address", poolScope("services"), vipOwner("db", 4));
  const of = (host: typeof node) => compileClients(index, host, rack, reservations);
  expect(of(node)).toEqual({
    resolver: { nameservers: ["10.77.0.1", db], search: ["rack-b.services.internal", "services.internal"], options: [] },
    time: { servers: ["10.77.0.1"] },
  });
  const both = { ...node, addresses: { management: ["10.0.2.21", "fd00:2::21"] } };
  expect(of(both).time?.servers).toEqual(["10.77.0.1", expect.stringMatching(/^fd00:77::/)]);
  expect(of({ ...both, useRouter: { dns: false } }).resolver).toBeNull();
});
