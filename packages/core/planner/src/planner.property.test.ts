import { reorder, sampleCluster, withRouters } from "@rackway/ipam/testing";
import type { ClusterShape } from "@rackway/ipam/testing";
import type { ClusterDocument } from "@rackway/schema";
import { clusterDocumentSchema, hostStateSchema } from "@rackway/schema";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { diffDocuments } from "./diff-document.ts";
import { diffHosts } from "./diff-host.ts";
import { planRevision } from "./plan-revision.ts";
import { compiled, planOptions } from "./testing/plan-options.ts";
import { validate } from "./validate.ts";

const racks = {
  racks: fc.integer({ min: 1, max: 3 }),
  controllersPerRack: fc.constantFrom(1, 3, 5),
  membersPerRack: fc.integer({ min: 0, max: 3 }),
  routersPerRack: fc.integer({ min: 0, max: 3 }),
  families: fc.constantFrom<readonly (4 | 6)[]>([4], [6], [4, 6]),
};
const vips = { vips: fc.integer({ min: 0, max: 5 }), namespaces: fc.integer({ min: 1, max: 2 }) };

function hasErrors(wanted: ClusterDocument): boolean {
  return validate(wanted).some(({ severity }) => severity === "error");
}

/** A sound document: some of its routers routed or away, and in one of three arrangements of Pacemaker clusters. */
function documents(shape: fc.Arbitrary<ClusterShape>): fc.Arbitrary<ClusterDocument> {
  const flags = fc.array(fc.boolean(), { minLength: 9, maxLength: 9 });
  return fc
    .record({ shape, flags, arrangement: fc.constantFrom("default", "fenced", "spanning") })
    .map(({ shape: chosen, flags: flag, arrangement }) => {
      const routed = withRouters(sampleCluster(chosen), (routers) =>
        routers
          .filter((_, index) => flag[index] !== true)
          .map((router, index) => ({ ...router, nat: { ...router.nat, ipv6: flag[8 - index] === true ? "routed" : "nat66" } })),
      );
      return arrange(withRouterIds(withRoaming(routed, arrangement)), arrangement);
    });
}

const document = documents(fc.record({ ...racks, ...vips }));
/** What `planRevision` takes as it is. */
const accepted = documents(fc.record(racks));

/** One owner takes one Pacemaker cluster: where one spans all racks, every third VIP roams, and every second of these in a group. */
function withRoaming(wanted: ClusterDocument, arrangement: string): ClusterDocument {
  if (arrangement !== "spanning") return wanted;
  const vips = wanted.spec.vips.map((vip, index) =>
    index % 3 === 0 ? { ...vip, mode: "roaming" as const, ...(index % 2 === 0 ? { group: "store" } : {}) } : vip,
  );
  return { ...wanted, spec: { ...wanted.spec, vips } };
}

/** Hosts without IPv4 need a router id. */
function withRouterIds(wanted: ClusterDocument): ClusterDocument {
  const hosts = wanted.spec.hosts.map((host, index) =>
    host.role === "controller" ? { ...host, routing: { routerId: `192.168.0.${index + 1}` } } : host,
  );
  return { ...wanted, spec: { ...wanted.spec, hosts } };
}

function arrange(wanted: ClusterDocument, arrangement: string): ClusterDocument {
  const racks = wanted.spec.racks.map(({ name }) => name);
  const fencing = [{ agent: "fence_ipmilan", parameters: {} }];
  const pacemaker =
    arrangement === "default"
      ? undefined
      : arrangement === "fenced"
        ? racks.map((name) => ({ name, racks: [name], takeover: "fenced", fencing }))
        : [{ name: "all", racks, takeover: "fenced", fencing }];
  return clusterDocumentSchema.parse({ ...wanted, spec: { ...wanted.spec, ...(pacemaker === undefined ? {} : { pacemaker }) } });
}

function planOf(wanted: ClusterDocument, current: Parameters<typeof planRevision>[0]["current"]): ReturnType<typeof planRevision> {
  return planRevision({ ...planOptions(wanted), document: wanted, current, isCommitted: true, revision: (current?.revision ?? 0) + 1 });
}

describe("the planner", { timeout: 60_000 }, () => {
  test("compiles whatever it finds no error in, to states of the agreed shape", () => {
    fc.assert(
      fc.property(document, (wanted) => {
        fc.pre(!hasErrors(wanted));
        const states = compiled(wanted);
        expect([...states.keys()]).toEqual(wanted.spec.hosts.map(({ name }) => name).sort());
        for (const state of states.values()) expect(hostStateSchema.parse(state)).toEqual(state);
      }),
      { numRuns: 40 },
    );
  });

  test("says and compiles the same whatever the order of the document's lists", () => {
    fc.assert(
      fc.property(document, fc.infiniteStream(fc.nat(1_000_000)), (wanted, stream) => {
        const other = reorder(wanted, () => Number(stream.next().value));
        const messages = (some: ClusterDocument): string[] =>
          validate(some)
            .map(({ code, message }) => `${code} ${message}`)
            .sort();
        expect(messages(other)).toEqual(messages(wanted));
        if (hasErrors(wanted)) return;
        expect(compiled(other)).toEqual(compiled(wanted));
        // What an operator lists in an order of his own is compared as he wrote it; it makes no difference to any host.
        const fields = diffDocuments(wanted, other).flatMap((change) => change.fields.map(({ path }) => path));
        expect(fields.filter((path) => !path.startsWith("addresses.") && path !== "racks")).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test("finds no difference between a thing and itself", () => {
    fc.assert(
      fc.property(document, (wanted) => {
        fc.pre(!hasErrors(wanted));
        expect(diffHosts(compiled(wanted), compiled(wanted))).toEqual([]);
        expect(diffDocuments(wanted, structuredClone(wanted))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test("has nothing to do the second time, and takes back by a rollback exactly what it did", () => {
    fc.assert(
      fc.property(accepted, accepted, (one, other) => {
        const first = planOf(one, null);
        if (!first.ok) return;
        const applied = { revision: 1, document: one, reservations: first.allocation.reservations };
        const again = planOf(one, applied);
        expect(again.ok && again.change.nothingToDo && again.allocation.added.length === 0).toBe(true);
        const second = planOf(other, applied);
        if (!second.ok) return;
        const back = planOf(one, { revision: 2, document: other, reservations: second.allocation.reservations });
        expect(back.ok).toBe(true);
        if (!back.ok) return;
        const touched = (change: typeof second.change): string[] => change.changes.map(({ kind, name }) => `${kind} ${name}`).sort();
        expect(touched(back.change)).toEqual(touched(second.change));
      }),
      { numRuns: 40 },
    );
  });
});

test("a thousand hosts are planned in far less than two seconds of processor time", { timeout: 60_000 }, () => {
  const large = sampleCluster({ racks: 25, controllersPerRack: 3, membersPerRack: 37, routersPerRack: 1 });
  const first = planOf(large, null);
  if (!first.ok) throw new Error("the sample has an error");
  // Processor time, not the clock's: whoever else uses the machine does not count.
  const before = process.cpuUsage();
  const again = planOf(large, { revision: 1, document: large, reservations: first.allocation.reservations });
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
  expect(again.ok && again.change.nothingToDo).toBe(true);
});
