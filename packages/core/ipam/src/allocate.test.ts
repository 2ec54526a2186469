import { addressOf } from "@rackway/net";
import type { ClusterDocument, VirtualRouterSpec } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import { allocate } from "./allocate.ts";
import type { Allocated } from "./allocate.ts";
import type { Reservation } from "./reservation.ts";
import { mustAllocate, withRouters } from "./testing/changes.ts";
import { sampleCluster } from "./testing/sample-cluster.ts";
import type { ClusterShape } from "./testing/sample-cluster.ts";

const oneRack: ClusterShape = { racks: 1, controllersPerRack: 3, membersPerRack: 1, routersPerRack: 1, rangeSize: 4 };

function codes(document: ClusterDocument, existing: readonly Reservation[] = []): string[] {
  const allocation = allocate({ document, existing, revision: 2 });
  return allocation.ok ? [] : allocation.issues.map(({ code, path }) => `${code} ${path}`);
}

function valueOf(allocation: Allocated, owner: string): string | undefined {
  return allocation.reservations.find((held) => held.owner === owner)?.value;
}

function changeFirst(document: ClusterDocument, change: Partial<VirtualRouterSpec>): ClusterDocument {
  return withRouters(document, ([first, ...rest]) => (first === undefined ? [] : [{ ...first, ...change }, ...rest]));
}

describe("addresses that were held formerly", () => {
  const before = mustAllocate(sampleCluster(oneRack)).reservations;
  const elsewhere = before.map((held) => (held.owner === "router/vr-1-1/management/4" ? { ...held, value: "10.0.3.235" } : held));

  test("come back to their owner where they are free", () => {
    const allocation = allocate({ document: sampleCluster(oneRack), existing: [], formerly: elsewhere, revision: 3 });
    expect(allocation.ok && valueOf(allocation, "router/vr-1-1/management/4")).toBe("10.0.3.235");
  });

  test("do not when somebody has them, is just leaving them, or when the ranges no longer allow them", () => {
    const holder = {
      kind: "address",
      scope: "network/rack-1/management",
      value: "10.0.3.235",
      isUserDefined: false,
      sinceRevision: 2,
    } as const;
    const leaving = allocate({
      document: sampleCluster(oneRack),
      existing: [{ ...holder, owner: "vip/gone/4" }],
      formerly: elsewhere,
      revision: 3,
    });
    expect(leaving.ok && valueOf(leaving, "router/vr-1-1/management/4")).toBe("10.0.3.233");
    const outside = elsewhere.map((held) => (held.value === "10.0.3.235" ? { ...held, value: "10.0.3.1" } : held));
    const refused = allocate({ document: sampleCluster(oneRack), existing: [], formerly: outside, revision: 3 });
    expect(refused.ok && valueOf(refused, "router/vr-1-1/management/4")).toBe("10.0.3.233");
  });
});

describe("automatic addresses", () => {
  test("are the first of the ranges, and the numbers begin at 1", () => {
    const allocation = mustAllocate(sampleCluster(oneRack));
    expect(valueOf(allocation, "router/vr-1-1/management/4")).toBe("10.0.3.233");
    expect(valueOf(allocation, "router/vr-1-1/management/6")).toBe("fd00:1::3e9");
    expect(valueOf(allocation, "router/vr-1-1")).toBe("1");
    expect(valueOf(allocation, "host/ctl-1-3")).toBe("3");
    expect(allocation.added).toHaveLength(4 + 1 + 3);
  });

  test("without ranges pass over the network's own address, the gateway and hosts", () => {
    const document = sampleCluster({ racks: 1, controllersPerRack: 3, membersPerRack: 1, routersPerRack: 12 });
    const allocation = mustAllocate(document);
    const addresses = allocation.reservations.filter(({ owner }) => /\/management\/4$/.test(owner)).map(({ value }) => value);
    // .0 is the network, .1 the gateway, .11 to .13 the controllers, .14 the member.
    expect(addresses.sort(byAddress)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 16, 17].map((last) => `10.0.0.${last}`));
  });

  test("in /31 and /127 are both ends, in /32 and /128 the one address", () => {
    for (const [ipv4, ipv6, count] of [
      ["192.0.2.6/31", "2001:db8::6/127", 2],
      ["192.0.2.6/32", "2001:db8::6/128", 1],
    ] as const) {
      const allocation = mustAllocate(poolDocument(ipv4, ipv6, count));
      expect(allocation.added.filter(({ kind }) => kind === "address").map(({ value }) => value)).toEqual(
        (count === 2 ? ["192.0.2.6", "2001:db8::6", "192.0.2.7", "2001:db8::7"] : ["192.0.2.6", "2001:db8::6"]).filter(
          (_, index) => index < count * 2,
        ),
      );
      expect(codes(poolDocument(ipv4, ipv6, count + 1))).toEqual([
        `addresses-exhausted spec.vips[${count}].address.ipv4`,
        `addresses-exhausted spec.vips[${count}].address.ipv6`,
      ]);
    }
  });

  test("that run out are one issue for each that gets none, with network and ranges", () => {
    const document = sampleCluster({ ...oneRack, routersPerRack: 3, rangeSize: 2, families: [4] });
    const allocation = allocate({ document, existing: [], revision: 1 });
    expect(allocation.ok ? [] : allocation.issues).toMatchObject([
      {
        code: "addresses-exhausted",
        message:
          'no free IPv4 address is left for router/vr-1-3/management/4 in network "management" of rack "rack-1" (10.0.3.233-10.0.3.234)',
        path: "spec.virtualRouters[2].managementVip.ipv4",
      },
      { code: "addresses-exhausted", path: "spec.virtualRouters[2].publicVip.ipv4" },
    ]);
  });
});

describe("chosen addresses", () => {
  test("stay as they are, also outside of the ranges", () => {
    const allocation = mustAllocate(changeFirst(sampleCluster(oneRack), { publicVip: { ipv4: "100.64.0.77", ipv6: "auto" } }));
    expect(allocation.reservations).toContainEqual({
      kind: "address",
      scope: "network/rack-1/public",
      value: "100.64.0.77",
      owner: "router/vr-1-1/public/4",
      isUserDefined: true,
      sinceRevision: 1,
    });
  });

  test("are passed over by automatic ones, whoever comes first in the document", () => {
    const document = changeFirst(sampleCluster({ ...oneRack, routersPerRack: 2 }), { publicVip: { ipv4: "auto" }, managementVip: {} });
    const chosen = withRouters(document, ([first, second]) =>
      first === undefined || second === undefined ? [] : [first, { ...second, publicVip: { ipv4: "100.64.1.245" } }],
    );
    expect(valueOf(mustAllocate(document), "router/vr-1-1/public/4")).toBe("100.64.1.245");
    expect(valueOf(mustAllocate(chosen), "router/vr-1-1/public/4")).toBe("100.64.1.246");
  });

  test("never take an address away that was handed out automatically: a conflict at the one that is written", () => {
    const before = sampleCluster({ ...oneRack, routersPerRack: 2, families: [4] });
    const { reservations } = mustAllocate(before);
    const held = valueOf(mustAllocate(before), "router/vr-1-1/public/4");
    const after = withRouters(before, ([first, second]) =>
      first === undefined || second === undefined ? [] : [first, { ...second, publicVip: { ipv4: held } }],
    );
    expect(codes(after, reservations)).toEqual(["address-taken spec.virtualRouters[1].publicVip.ipv4"]);
    const [host] = before.spec.hosts;
    const onHost: ClusterDocument = {
      ...before,
      spec: {
        ...before.spec,
        hosts: before.spec.hosts.map((item) =>
          item === host ? { ...item, addresses: { ...item.addresses, public: [held ?? ""] } } : item,
        ),
      },
    };
    expect(codes(onHost, reservations)).toEqual(["address-taken spec.hosts[0].addresses.public[0]"]);
  });

  test("and automatic ones turn into each other without moving", () => {
    const automatic = sampleCluster(oneRack);
    const first = mustAllocate(automatic);
    const address = valueOf(first, "router/vr-1-1/public/4");
    const chosen = changeFirst(automatic, { publicVip: { ipv4: address, ipv6: "auto" } });
    const second = mustAllocate(chosen, first.reservations, 2);
    expect([second.added, second.released]).toEqual([[], []]);
    expect(second.kept.find(({ owner }) => owner === "router/vr-1-1/public/4")).toMatchObject({ isUserDefined: true, sinceRevision: 1 });
    const third = mustAllocate(automatic, second.reservations, 3);
    expect(third.reservations).toEqual(first.reservations);
  });

  test("can be exchanged for an address that its holder gives up in the same change", () => {
    const chosen = changeFirst(sampleCluster({ ...oneRack, routersPerRack: 2, families: [4] }), { publicVip: { ipv4: "100.64.1.247" } });
    const before = mustAllocate(chosen);
    const exchanged = withRouters(chosen, ([first, second]) =>
      first === undefined || second === undefined
        ? []
        : [
            { ...first, publicVip: { ipv4: "auto" } },
            { ...second, publicVip: { ipv4: "100.64.1.247" } },
          ],
    );
    const after = mustAllocate(exchanged, before.reservations, 2);
    expect(valueOf(after, "router/vr-1-2/public/4")).toBe("100.64.1.247");
    // vr-1-2 had .245; it is being released, so vr-1-1 gets the next one.
    expect(valueOf(after, "router/vr-1-1/public/4")).toBe("100.64.1.246");
  });
});

describe("what is being released", () => {
  test("is handed out again in the same change only when nothing else is left", () => {
    const before = sampleCluster({ ...oneRack, families: [4], rangeSize: 2 });
    const first = mustAllocate(before);
    const renamed = withRouters(before, (routers) => routers.map((router) => ({ ...router, name: "vr-new" })));
    const second = mustAllocate(renamed, first.reservations, 2);
    expect(valueOf(second, "router/vr-new/public/4")).toBe("100.64.1.246");
    expect(valueOf(second, "router/vr-new")).toBe("2");
    expect(second.released.map(({ owner }) => owner)).toEqual(["router/vr-1-1/management/4", "router/vr-1-1/public/4", "router/vr-1-1"]);
    const narrow = mustAllocate(withRouters(sampleCluster({ ...oneRack, families: [4], rangeSize: 1 }), (routers) => routers));
    const narrowRenamed = withRouters(sampleCluster({ ...oneRack, families: [4], rangeSize: 1 }), (routers) =>
      routers.map((router) => ({ ...router, name: "vr-new" })),
    );
    expect(valueOf(mustAllocate(narrowRenamed, narrow.reservations, 2), "router/vr-new/public/4")).toBe("100.64.1.245");
  });

  test("a node id goes to another controller only after its host has been gone for a revision", () => {
    const before = sampleCluster(oneRack);
    const first = mustAllocate(before);
    const replaced: ClusterDocument = {
      ...before,
      spec: { ...before.spec, hosts: before.spec.hosts.map((host) => (host.name === "ctl-1-2" ? { ...host, name: "ctl-1-9" } : host)) },
    };
    const second = mustAllocate(replaced, first.reservations, 2);
    expect(valueOf(second, "host/ctl-1-9")).toBe("4");
    const third = mustAllocate(before, second.reservations, 3);
    expect(valueOf(third, "host/ctl-1-2")).toBe("2");
  });
});

test("an automatic address moves when the ranges no longer have it", () => {
  const before = mustAllocate(sampleCluster({ ...oneRack, rangeSize: 4 }));
  const wider = sampleCluster(oneRack);
  const moved: ClusterDocument = {
    ...wider,
    spec: {
      ...wider.spec,
      racks: wider.spec.racks.map((rack) => ({
        ...rack,
        networks: rack.networks.map((network) => ({
          ...network,
          ipv4: {
            cidr: network.ipv4?.cidr ?? "",
            gateway: network.ipv4?.gateway,
            ranges: [network.name === "public" ? "100.64.0.200" : "10.0.0.200"],
          },
        })),
      })),
    },
  };
  const after = mustAllocate(moved, before.reservations, 2);
  expect(after.added.map(({ value }) => value)).toEqual(["10.0.0.200", "100.64.0.200"]);
  expect(after.released).toHaveLength(2);
});

test("a rack with one controller and no VIPs needs a router index and nothing else", () => {
  const allocation = mustAllocate(sampleCluster({ ...oneRack, controllersPerRack: 1 }));
  expect(allocation.reservations.map(({ owner }) => owner)).toEqual(["router/vr-1-1"]);
});

test("there are 4,094 router indexes; the last router by name is the one without", () => {
  const document = sampleCluster({ racks: 1, controllersPerRack: 1, membersPerRack: 0, routersPerRack: 4095 });
  expect(codes(document)).toEqual(["numbers-exhausted spec.virtualRouters[998]"]);
});

describe("service namespaces and VIPs", () => {
  const pool = poolDocument("10.77.0.0/24", "fd00:77::/120", 3);

  test("get the smallest numbers that are free: namespaces in the document, VIPs in their namespace", () => {
    const numbers = mustAllocate(pool).added.filter(({ kind }) => kind === "vip-number" || kind === "namespace-index");
    expect(numbers.map(({ kind, scope, owner, value }) => [kind, scope, owner, value])).toEqual([
      ["namespace-index", "namespaces", "namespace/haproxy", "1"],
      ["vip-number", "namespace/haproxy", "vip/vip-0", "1"],
      ["vip-number", "namespace/haproxy", "vip/vip-1", "2"],
      ["vip-number", "namespace/haproxy", "vip/vip-2", "3"],
    ]);
  });

  test("keep addresses and numbers while others go, and a number that is free again is given out", () => {
    const before = mustAllocate(pool);
    const without = { ...pool, spec: { ...pool.spec, vips: pool.spec.vips.filter(({ name }) => name !== "vip-0") } };
    const after = mustAllocate(without, before.reservations, 2);
    expect(after.added).toEqual([]);
    expect(after.released.map(({ owner }) => owner).sort()).toEqual(["vip/vip-0", "vip/vip-0/4", "vip/vip-0/6"]);
    const again = mustAllocate(poolDocument("10.77.0.0/24", "fd00:77::/120", 4), after.reservations, 3);
    expect(again.added.filter(({ kind }) => kind === "vip-number").map(({ owner, value }) => [owner, value])).toEqual([
      ["vip/vip-0", "1"],
      ["vip/vip-3", "4"],
    ]);
  });

  test("a VIP that goes to another namespace gets a number there, and keeps its addresses", () => {
    const before = mustAllocate(pool);
    const vips = pool.spec.vips.map((vip) => (vip.name === "vip-1" ? { ...vip, namespace: "web" } : vip));
    const after = mustAllocate({ ...pool, spec: { ...pool.spec, vips } }, before.reservations, 2);
    expect(after.added.map(({ scope, owner, value }) => [scope, owner, value])).toEqual([
      ["namespaces", "namespace/web", "2"],
      ["namespace/web", "vip/vip-1", "1"],
    ]);
  });
});

function byAddress(left: string, right: string): number {
  return Number(addressOf(left).value - addressOf(right).value);
}

function poolDocument(ipv4: string, ipv6: string, count: number): ClusterDocument {
  const document = sampleCluster({ racks: 1, controllersPerRack: 0, membersPerRack: 0, routersPerRack: 0 });
  const vips = Array.from({ length: count }, (_, index) => ({
    name: `vip-${index}`,
    mode: "anycast" as const,
    pool: "services",
    address: { ipv4: "auto", ipv6: "auto" },
    namespace: "haproxy",
    withdrawLast: false,
  }));
  return { ...document, spec: { ...document.spec, vipPools: [{ name: "services", ipv4: { cidr: ipv4 }, ipv6: { cidr: ipv6 } }], vips } };
}
