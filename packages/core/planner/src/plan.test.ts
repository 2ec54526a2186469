import type { ClusterDocument, Step } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import { diffDocuments } from "./diff-document.ts";
import { diffHostStates } from "./diff-host.ts";
import { planRevision } from "./plan-revision.ts";
import type { RevisionPlan, RevisionRequest } from "./plan-revision.ts";
import { compiled, mustParse, planOptions, reservationsOf } from "./testing/plan-options.ts";
import { editDocument } from "./testing/rule-cases.ts";
import { serviceDocument } from "./testing/service-rule-cases.ts";
import type { Edit } from "./testing/rule-cases.ts";

const sound = mustParse(editDocument([]));
const current = { revision: 1, document: sound, reservations: reservationsOf(sound) };

function edited(...edits: Edit[]): ClusterDocument {
  return mustParse(editDocument(edits));
}

function plan(document: ClusterDocument, request: Partial<RevisionRequest> = {}): RevisionPlan {
  return planRevision({ ...planOptions(document), revision: 2, document, current, isCommitted: false, ...request });
}

function planned(document: ClusterDocument, request: Partial<RevisionRequest> = {}): Extract<RevisionPlan, { ok: true }> {
  const result = plan(document, request);
  if (!result.ok) throw new Error(result.issues.map(({ message }) => message).join("; "));
  return result;
}

function stepsOf(document: ClusterDocument, host: string): string[] {
  const steps = planned(document).change.hosts.find((item) => item.host === host)?.steps ?? [];
  return steps.map(({ action, id, from, to }: Step) => `${action} ${id}: ${from} → ${to}`);
}

test("the current document again is nothing to do", () => {
  expect(planned(sound).change).toEqual({
    changes: [],
    hosts: [],
    reservations: { added: [], released: [], kept: current.reservations.length },
    nothingToDo: true,
  });
});

test("the first document is something to do, also when it asks for nothing", () => {
  const text =
    "apiVersion: rackway/v1\nkind: Cluster\nmetadata: { name: bare }\nspec:\n  racks: [{ name: r, networks: [{ name: n, bridge: b, ipv4: { cidr: 10.0.0.0/24 } }] }]\n";
  const { change } = planned(mustParse(text), { current: null });
  expect([change.nothingToDo, change.hosts, change.reservations.added]).toEqual([false, [], []]);
  expect(change.changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`)).toEqual([
    "create cluster bare",
    "create rack r",
    "create network r/n",
  ]);
});

test("a document with errors is not planned; warnings alone do not stop it", () => {
  const bad = plan(edited(["[10.0.1.21, ", "[10.9.9.9, "]));
  expect(bad.ok ? [] : bad.issues.map(({ code }) => code)).toEqual(["address-outside-network"]);
  const fine = planned(edited([', fencing: [{ agent: fence_ipmilan, parameters: { lanplus: "1" } }]', ""]));
  expect(fine.warnings.map(({ code }) => code)).toEqual(["fencing-absent"]);
});

test("a document of another cluster is refused: it would take everything of this one away", () => {
  const other = plan(edited(["metadata: { name: sound }", "metadata: { name: other }"]));
  expect(other.ok ? [] : other.issues.map(({ code, path }) => `${code} ${path}`)).toEqual(["cluster-mismatch metadata.name"]);
});

test("a proxy that asks itself is found also where nobody has chosen its address", () => {
  const api = (backend: string, second: string): ClusterDocument =>
    mustParse(
      editDocument(
        [
          ["address: { ipv4: 10.77.0.1, ipv6: auto }", "address: { ipv4: auto, ipv6: auto }"],
          [
            "      health: { http: { port: 8080, path: /healthz } }",
            `      proxy: { frontends: [{ port: 80, backends: ["${backend}"] }] }`,
          ],
          ["{ name: db, ", `{ name: db, proxy: { frontends: [{ port: 81, backends: ["${second}"] }] }, `],
        ],
        serviceDocument,
      ),
    );
  const addresses = new Map(reservationsOf(api("10.0.2.21:80", "10.0.2.21:80")).map(({ owner, value }) => [owner, value]));
  const [ipv6, db] = [`[${addresses.get("vip/api/6")}]`, addresses.get("vip/db/4")];
  const paths = (...backends: [string, string]): string[] => {
    const result = plan(api(...backends), { current: null });
    return result.ok ? [] : result.issues.filter(({ code }) => code === "backend-loop").map(({ path }) => String(path));
  };
  const [first, second] = ["spec.vips[0].proxy.frontends[0].backends[0]", "spec.vips[2].proxy.frontends[0].backends[0]"];
  expect(paths(`${ipv6}:80`, "10.0.2.21:80")).toEqual([first]);
  expect(paths(`${db}:81`, `${ipv6}:80`)).toEqual([first, second]);
  expect(paths(`${db}:81`, "10.0.2.21:80")).toEqual([]);
  expect(plan(api(`${db}:81`, "10.0.2.21:80"), { current: null }).ok).toBe(true);
});

test("a shortage comes with the warnings of the document", () => {
  const bad = plan(edited(["ranges: [10.0.1.100-10.0.1.149, 10.0.1.200-10.0.1.249]", "ranges: [10.0.1.21]"]), { current: null });
  expect(bad.ok ? [] : bad.issues.map(({ code }) => code)).toEqual(["addresses-exhausted"]);
});

test("new reservations carry the revision in an apply, and none in a plan", () => {
  const since = (isCommitted: boolean): (number | null)[] =>
    planned(sound, { current: null, revision: 9, isCommitted }).allocation.added.map(({ sinceRevision }) => sinceRevision);
  expect(new Set(since(true))).toEqual(new Set([9]));
  expect(new Set(since(false))).toEqual(new Set([null]));
});

test("drain and pause are no part of a revision's change: they are the same on both sides", () => {
  expect(planned(sound, { operations: { drained: new Map([["ctl-a1", null]]), paused: new Set(["node-a1"]) } }).change.nothingToDo).toBe(
    true,
  );
});

describe("the difference of two documents", () => {
  test("names the object, the field, what it was and what it becomes", () => {
    const next = edited(["bridge: br-ex\n", "bridge: br-ex\n          mtu: 9000\n"]);
    expect(diffDocuments(sound, next)).toEqual([
      { action: "change", kind: "network", name: "rack-a/public", fields: [{ path: "mtu", from: 1500, to: 9000 }] },
    ]);
  });

  test("does not mind the order of lists, nor a default that is written out", () => {
    const reversed: ClusterDocument = {
      ...sound,
      spec: { ...sound.spec, hosts: sound.spec.hosts.toReversed(), racks: sound.spec.racks.toReversed() },
    };
    expect(diffDocuments(sound, reversed)).toEqual([]);
    expect(diffDocuments(sound, edited(["interface: eth1", "interface: eth1\n          mtu: 1500\n          shared: false"]))).toEqual([]);
  });

  test("tells of the first and of the last item of a list by the item, not by an empty list beside it", () => {
    const without = edited(["inbound: [{ to: 10.0.1.21, protocol: tcp, ports: [22] }]", "inbound: []"]);
    const paths = (from: ClusterDocument, to: ClusterDocument): string[][] =>
      diffDocuments(from, to).map(({ fields }) => fields.map(({ path }) => path));
    const item = ["inbound[0].ports", "inbound[0].protocol", "inbound[0].to"];
    expect([paths(sound, without), paths(without, sound)]).toEqual([[item], [item]]);
  });

  test("does not mind how an address is spelt", () => {
    expect(diffDocuments(sound, edited(['"fd00:1::21"', '"FD00:0001::0:21"']))).toEqual([]);
  });

  test("shows a renamed host as one that goes and one that comes, from racks to VIPs", () => {
    const next = edited(["name: node-b1", "name: node-b2"], ["bridge: br-mgmt, ipv4", "bridge: br-m, ipv4"]);
    expect(diffDocuments(sound, next).map(({ action, kind, name }) => `${action} ${kind} ${name}`)).toEqual([
      "change network rack-b/management",
      "delete host node-b1",
      "create host node-b2",
    ]);
  });
});

describe("the steps of a host", () => {
  test("a new chosen VIP changes the VIP on the controllers and the way out of those who use it", () => {
    const next = edited(["managementVip: { ipv4: auto,", "managementVip: { ipv4: 10.0.1.77,"]);
    expect(stepsOf(next, "node-a1")).toEqual([
      "change default-route/4: via 10.0.1.100 dev br-mgmt metric 20 → via 10.0.1.77 dev br-mgmt metric 20",
    ]);
    expect(stepsOf(next, "ctl-a1")).toEqual(["change router/vr-a/vip/management/4: 10.0.1.100/24 → 10.0.1.77/24"]);
    expect(planned(next).change.hosts.map(({ host }) => host)).toEqual(["ctl-a1", "ctl-a2", "ctl-a3", "node-a1"]);
    const { added, released } = planned(next).change.reservations;
    expect([added, released].map((list) => list.map(({ owner, value }) => `${owner} ${value}`))).toEqual([
      ["router/vr-a/management/4 10.0.1.77"],
      ["router/vr-a/management/4 10.0.1.100"],
    ]);
  });

  test("a new rack gives the hosts of the others one way to it, named as such", () => {
    const rack = "    - name: rack-c\n      networks: [{ name: management, bridge: br0, ipv4: { cidr: 10.0.3.0/24 } }]\n";
    const next = edited(["  hosts:\n", `${rack}  hosts:\n`]);
    expect(stepsOf(next, "node-a1")).toEqual(["change routes/10.0.1.1/br-mgmt: 1 networks → 2 networks, with 10.0.3.0/24"]);
    expect(stepsOf(next, "ctl-b1")).toEqual([]);
  });

  test("the second last controller of a router makes its connections need no synchronisation", () => {
    const gone: Edit[] = [
      ['    - { name: ctl-a2, rack: rack-a, role: controller, addresses: { management: [10.0.1.12, "fd00:1::12"] } }\n', ""],
      ['    - { name: ctl-a3, rack: rack-a, role: controller, addresses: { management: [10.0.1.13, "fd00:1::13"] } }\n', ""],
    ];
    expect(stepsOf(edited(...gone), "ctl-a1")).toEqual([
      "change pacemaker/rack-a/fencing/fence_ipmilan/1: for ctl-a1 ctl-a2 ctl-a3, lanplus=1 → for ctl-a1, lanplus=1",
      "change router/vr-a: namespace rw-vr-a, number 1, on ctl-a1 ctl-a2 ctl-a3 → namespace rw-vr-a, number 1, on ctl-a1",
      "delete router/vr-a/connection-sync: over br-mgmt, mtu 1500 → null",
      "delete pacemaker/rack-a/node/ctl-a3: id 3, 10.0.1.13 → null",
      "delete pacemaker/rack-a/node/ctl-a2: id 2, 10.0.1.12 → null",
    ]);
    const leaving = stepsOf(edited(...gone), "ctl-a2");
    expect(leaving.length).toBeGreaterThan(10);
    expect(leaving.every((text) => text.startsWith("delete "))).toBe(true);
  });

  test("removing the router undoes all of it, last things first", () => {
    const next = { ...sound, spec: { ...sound.spec, virtualRouters: [] } };
    expect(stepsOf(next, "node-b1")).toEqual([
      "delete default-route/4: via 10.0.2.11 dev br-mgmt metric 20 → null",
      "delete bridge/br-mgmt: management network, linux, used as it is, mtu 1500, 10.0.2.21/24 → null",
    ]);
    expect(planned(next).allocation.reservations.map(({ kind }) => kind)).toEqual(["node-id", "node-id", "node-id"]);
  });

  test("have ids that are unique on the host and the same in every plan", () => {
    for (const state of compiled(sound).values()) {
      const ids = diffHostStates(null, state).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(diffHostStates(state, null).map(({ id }) => id)).toEqual(ids.toReversed());
    }
  });

  test("tell of every rule, also where two open ports of one target", () => {
    const rules = "[{ to: 10.0.1.21, protocol: tcp, ports: [22] }, { to: 10.0.1.21, protocol: tcp, ports: [443] }]";
    expect(stepsOf(edited(["[{ to: 10.0.1.21, protocol: tcp, ports: [22] }]", rules]), "ctl-a1")).toEqual([
      "change router/vr-a/inbound/10.0.1.21/tcp: ports 22 → ports 22 443",
    ]);
  });

  test("do not come from a new revision number alone", () => {
    const [state] = compiled(sound).values();
    if (state === undefined) throw new Error("no host");
    expect(diffHostStates(state, { ...state, revision: state.revision + 1 })).toEqual([]);
  });
});
