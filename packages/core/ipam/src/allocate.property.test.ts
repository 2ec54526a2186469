import { addressOf, contains, rangeContains } from "@rackway/net";
import type { ClusterDocument, VirtualRouterSpec } from "@rackway/schema";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { addressSpacesOf } from "./address-space.ts";
import { allocate } from "./allocate.ts";
import { fixedAddressesOf } from "./demand.ts";
import type { Reservation } from "./reservation.ts";
import { mustAllocate, withRouters } from "./testing/changes.ts";
import { reorder } from "./testing/reorder.ts";
import { sampleCluster } from "./testing/sample-cluster.ts";
import type { ClusterShape } from "./testing/sample-cluster.ts";

describe("allocation", { timeout: 60_000 }, () => {
  const shape = fc.record({
    racks: fc.integer({ min: 1, max: 3 }),
    controllersPerRack: fc.integer({ min: 1, max: 5 }),
    membersPerRack: fc.integer({ min: 0, max: 3 }),
    routersPerRack: fc.integer({ min: 0, max: 4 }),
    families: fc.constantFrom<readonly (4 | 6)[]>([4], [6], [4, 6]),
    rangeSize: fc.constantFrom(8, 20, 300),
  });
  const flags = fc.array(fc.boolean(), { minLength: 12, maxLength: 12 });
  const documentOf = (fixed: ClusterShape) => fc.record({ away: flags, chosen: flags }).map((choice) => chosenDocument(fixed, choice));
  const document = shape.chain(documentOf);

  test("values are disjoint, inside their network, in the ranges when automatic, and nobody else's", () => {
    fc.assert(
      fc.property(document, (wanted) => {
        const { reservations } = mustAllocate(wanted);
        const keys = reservations.map(({ kind, scope, value }) => `${kind} ${scope} ${value}`);
        expect(new Set(keys).size).toBe(keys.length);
        const spaces = addressSpacesOf(wanted);
        const fixed = new Set(fixedAddressesOf(wanted).map(({ address }) => address));
        for (const { kind, scope, value, owner, isUserDefined } of reservations) {
          if (kind !== "address") continue;
          const address = addressOf(value);
          const space = spaces.get(`${scope}/${address.family}`);
          expect(owner.endsWith(`/${address.family}`)).toBe(true);
          expect(space !== undefined && contains(space.prefix, address)).toBe(true);
          expect(fixed.has(value)).toBe(false);
          if (!isUserDefined) expect(space?.ranges.some((range) => rangeContains(range, address))).toBe(true);
        }
      }),
    );
  });

  test("a document that is applied again allocates nothing, releases nothing and changes nothing", () => {
    fc.assert(
      fc.property(document, (wanted) => {
        const first = mustAllocate(wanted);
        const second = mustAllocate(wanted, first.reservations, 2);
        expect(second).toEqual({ ...first, added: [], released: [], kept: first.reservations });
      }),
    );
  });

  test("the order of lists makes no difference, neither at first nor after other revisions", () => {
    fc.assert(
      fc.property(document, document, fc.infiniteStream(fc.nat(1_000_000)), (one, other, stream) => {
        const random = (): number => Number(stream.next().value);
        const first = mustAllocate(one);
        expect(mustAllocate(reorder(one, random))).toEqual(first);
        const shuffled = allocate({ document: reorder(other, random), existing: first.reservations.toReversed(), revision: 2 });
        const straight = allocate({ document: other, existing: first.reservations, revision: 2 });
        expect(withoutPaths(shuffled)).toEqual(withoutPaths(straight));
      }),
    );
  });

  test("what stays in the document keeps its values while others come and go", () => {
    const history = shape.chain((fixed) => fc.array(documentOf(fixed), { minLength: 2, maxLength: 8 }));
    fc.assert(
      fc.property(history, (documents) => {
        let held: readonly Reservation[] = [];
        for (const [revision, wanted] of documents.entries()) {
          const next = allocate({ document: wanted, existing: held, revision });
          if (!next.ok) continue;
          const automatic = new Set(held.filter(({ isUserDefined }) => !isUserDefined).map(ownerKey));
          const moved = next.added.filter((added) => !added.isUserDefined && automatic.has(ownerKey(added)));
          expect(moved).toEqual([]);
          expect(next.kept.map(valueKey).filter((key) => !held.map(valueKey).includes(key))).toEqual([]);
          held = next.reservations;
        }
      }),
    );
  });
});

/** A document some of whose routers are away, and some of whose addresses are chosen: what an operator may have between two applies. */
function chosenDocument(shape: ClusterShape, { away, chosen }: { away: boolean[]; chosen: boolean[] }): ClusterDocument {
  return withRouters(sampleCluster(shape), (routers) =>
    routers.map((router, index) => (chosen[index] === true ? choose(router, index) : router)).filter((_, index) => away[index] !== true),
  );
}

function ownerKey({ kind, scope, owner }: Reservation): string {
  return [kind, scope, owner].join(" ");
}

function choose(router: VirtualRouterSpec, index: number): VirtualRouterSpec {
  if (router.publicVip?.ipv4 === undefined) return router;
  const rack = Number(router.rack.slice("rack-".length));
  return { ...router, publicVip: { ...router.publicVip, ipv4: addressOf(`100.64.${(rack - 1) * 4}.${100 + index}`).text } };
}

function valueKey({ kind, scope, owner, value }: Reservation): string {
  return [kind, scope, owner, value].join(" ");
}

function withoutPaths(allocation: ReturnType<typeof allocate>): unknown {
  return allocation.ok ? allocation : allocation.issues.map(({ message }) => message).sort();
}
