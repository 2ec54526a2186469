import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { emptyOriginals } from "./originals.ts";
import type { Originals } from "./originals.ts";
import type { AddressObservation, HostObservation, LinkObservation, RouteObservation } from "./observation.ts";
import { wantedTables } from "./host-tables.ts";
import type { HostNetworkState } from "./plan-host.ts";
import { emptyNetworkState, planHost } from "./plan-host.ts";
import { simulate } from "./simulate.ts";

const noForms = new Map();

function link(name: string, extra: Partial<LinkObservation> = {}): LinkObservation {
  return {
    name,
    kind: null,
    alias: null,
    mac: `02:00:00:00:00:${name.length.toString(16).padStart(2, "0")}`,
    mtu: 1500,
    up: true,
    master: null,
    bridge: null,
    vlanId: null,
    addresses: [],
    ...extra,
  };
}

function address(text: string, extra: Partial<AddressObservation> = {}): AddressObservation {
  const [plain = "", length = ""] = text.split("/");
  const family = plain.includes(":") ? 6 : 4;
  return {
    family,
    address: plain,
    prefixLength: Number(length),
    scope: "global",
    broadcast: null,
    label: null,
    dynamic: false,
    noPrefixRoute: false,
    ...extra,
  };
}

function route(to: string, via: string, device: string, extra: Partial<RouteObservation> = {}): RouteObservation {
  const family = to.includes(":") ? 6 : 4;
  return {
    family,
    to,
    nextHops: [{ via, device, weight: 1, onLink: false }],
    metric: 0,
    protocol: "static",
    scope: null,
    source: null,
    mtu: null,
    ...extra,
  };
}

function world(
  links: readonly LinkObservation[],
  routes: readonly RouteObservation[] = [],
  sysctls: Record<string, string | null> = {},
): HostObservation {
  return { links: [link("lo"), ...links], routes, tables: [], sysctls };
}

const publicBridge = {
  network: "public",
  name: "br-ex",
  driver: "linux" as const,
  port: "eth-pub",
  mtu: 1500,
  vlan: null,
  addresses: ["203.0.113.11/25", "2001:db8:a::11/64"],
};
const withBridge: HostNetworkState = { ...emptyNetworkState, bridges: [publicBridge] };

/** Plans, and computes what the world and the memory are afterwards. */
function carryOut(
  state: HostNetworkState,
  observation: HostObservation,
  originals: Originals,
): { world: HostObservation; originals: Originals; steps: string[]; codes: string[] } {
  const plan = planHost(state, observation, originals, noForms);
  const linked = simulate(observation, [...plan.linkOperations, ...plan.routeOperations]);
  const sysctls = { ...linked.sysctls };
  for (const { key, value } of plan.sysctls) sysctls[key] = value;
  // Tables are compared by what the kernel lists; here, what is wanted counts as loaded.
  return {
    world: { ...linked, sysctls },
    originals: plan.originals,
    steps: plan.steps.filter(({ kind }) => kind !== "nft-table").map(({ id }) => id),
    codes: plan.problems.map(({ code }) => code),
  };
}

describe("a bridge of ours", () => {
  test("is made from its interface, whose addresses and routes move to it in one batch", () => {
    const port = link("eth-pub", {
      addresses: [address("203.0.113.11/25"), address("198.18.0.1/24"), address("fe80::1/64", { scope: "link" })],
    });
    const before = world(
      [port],
      [route("0.0.0.0/0", "203.0.113.1", "eth-pub", { metric: 50 }), route("203.0.113.0/25", "", "eth-pub", { protocol: "kernel" })],
    );
    const after = carryOut(withBridge, before, emptyOriginals("w"));
    expect(after.steps).toEqual(["bridge:br-ex"]);
    const bridge = after.world.links.find(({ name }) => name === "br-ex");
    expect(bridge).toMatchObject({ alias: "rackway:bridge/public", up: true, mac: port.mac, mtu: 1500 });
    expect(bridge?.addresses.map((entry) => entry.address)).toEqual(["203.0.113.11", "198.18.0.1", "2001:db8:a::11"]);
    expect(after.world.links.find(({ name }) => name === "eth-pub")).toMatchObject({
      master: "br-ex",
      addresses: [{ address: "fe80::1" }],
    });
    expect(after.world.routes.find(({ metric }) => metric === 50)?.nextHops[0]?.device).toBe("br-ex");
    expect(after.originals.ports["eth-pub"]?.addresses).toHaveLength(2);
  });

  test("that exists and is not ours is left exactly as it is, and what is wrong with it is said", () => {
    const theirs = link("br-ex", {
      kind: "bridge",
      up: false,
      mtu: 1400,
      bridge: { stp: true, forwardDelayCs: 1500, multicastSnooping: true },
    });
    const plan = planHost(withBridge, world([theirs, link("eth-pub")]), emptyOriginals("w"), noForms);
    expect(plan.linkOperations).toEqual([]);
    expect(plan.steps).toEqual([]);
    expect(plan.problems.map(({ code }) => code)).toEqual([
      "bridge-down",
      "bridge-mtu",
      "bridge-address-missing",
      "bridge-address-missing",
    ]);
  });

  test("waits where its interface is absent, in another bridge, or leased by DHCP", () => {
    const codes = (links: readonly LinkObservation[]): string[] =>
      planHost(withBridge, world(links), emptyOriginals("w"), noForms).problems.map(({ code }) => code);
    expect(codes([])).toEqual(["port-missing"]);
    expect(codes([link("eth-pub", { master: "br-theirs" }), link("br-theirs", { kind: "bridge" })])).toEqual(["port-taken"]);
    expect(codes([link("eth-pub", { addresses: [address("192.0.2.5/24", { dynamic: true })] })])).toEqual(["port-address-leased"]);
  });

  test("keeps the interface that it has until the one that it is to have can be taken", () => {
    const made = carryOut(withBridge, world([link("eth-pub"), link("eth-new"), link("br-else"), link("eth-leased")]), emptyOriginals("w"));
    const onto = (port: string, worldNow = made.world): ReturnType<typeof carryOut> =>
      carryOut({ ...emptyNetworkState, bridges: [{ ...publicBridge, port }] }, worldNow, made.originals);
    const mistyped = onto("eth-pbu");
    expect(mistyped).toEqual({ world: made.world, originals: made.originals, steps: [], codes: ["port-missing"] });
    const change = (name: string, extra: Partial<LinkObservation>): HostObservation => ({
      ...made.world,
      links: made.world.links.map((other) => (other.name === name ? { ...other, ...extra } : other)),
    });
    expect(onto("eth-new", change("eth-new", { master: "br-else" })).codes).toEqual(["port-taken"]);
    const leased = onto("eth-leased", change("eth-leased", { addresses: [address("203.0.113.99/25", { dynamic: true })] }));
    expect(leased.codes).toEqual(["port-address-leased"]);
    expect(leased.world.links.find(({ name }) => name === "eth-pub")?.master).toBe("br-ex");
    const moved = onto("eth-new");
    expect(moved.codes).toEqual([]);
    expect(moved.world.links.filter(({ master }) => master === "br-ex").map(({ name }) => name)).toEqual(["eth-new"]);
  });

  test("with one address gone asks for exactly that address", () => {
    const made = carryOut(withBridge, world([link("eth-pub")]), emptyOriginals("w"));
    const links = made.world.links.map((entry) => (entry.name === "br-ex" ? { ...entry, addresses: entry.addresses.slice(1) } : entry));
    const plan = planHost(withBridge, { ...made.world, links }, made.originals, noForms);
    expect(plan.steps).toEqual([
      {
        id: "address:203.0.113.11/25 on br-ex",
        action: "create",
        kind: "address",
        target: "203.0.113.11/25 on br-ex",
        from: null,
        to: "203.0.113.11/25",
      },
    ]);
    expect(plan.linkOperations).toHaveLength(1);
  });

  test("that we were cut off while making, without its mark, is still ours", () => {
    const unmarked = link("br-ex", { kind: "bridge", up: false, bridge: { stp: false, forwardDelayCs: 0, multicastSnooping: false } });
    const originals = { ...emptyOriginals("w"), ports: { "eth-pub": { bridge: "br-ex", mtu: 1500, up: true, addresses: [], routes: [] } } };
    const after = carryOut(withBridge, world([unmarked, link("eth-pub")]), originals);
    expect(after.world.links.find(({ name }) => name === "br-ex")).toMatchObject({ alias: "rackway:bridge/public", up: true });
  });

  test("stays while somebody else's interface is attached to it", () => {
    const made = carryOut(withBridge, world([link("eth-pub"), link("vm1")]), emptyOriginals("w"));
    const links = made.world.links.map((entry) => (entry.name === "vm1" ? { ...entry, master: "br-ex" } : entry));
    const plan = planHost(emptyNetworkState, { ...made.world, links }, made.originals, noForms);
    expect(plan.linkOperations).toEqual([]);
    expect(plan.problems).toMatchObject([{ code: "bridge-in-use", message: "bridge br-ex stays until nothing is attached to it: vm1" }]);
  });

  test("under another name takes its interface along, and the routers' links: each would wait for the other for ever", () => {
    const router = link("rwp-1", { kind: "veth", alias: "rackway:netns/rw-vr-a/public" });
    const made = carryOut(withBridge, world([link("eth-pub", { addresses: [address("203.0.113.11/25")] }), router]), emptyOriginals("w"));
    const attach = (name: string): HostObservation => ({
      ...made.world,
      links: made.world.links.map((other) => (other.name === name ? { ...other, master: "br-ex" } : other)),
    });
    const renamed = { ...withBridge, bridges: [{ ...publicBridge, name: "br-new" }] };
    const after = carryOut(renamed, attach("rwp-1"), made.originals);
    expect(after).toMatchObject({ codes: [], steps: ["bridge:br-ex", "bridge:br-new"] });
    expect(after.world.links.flatMap(({ name, master }) => (master === null ? [] : [`${name} in ${master}`]))).toEqual([
      "eth-pub in br-new",
      "rwp-1 in br-new",
    ]);
    expect(after.world.links.find(({ name }) => name === "br-new")?.addresses.map((entry) => entry.address)).toContain("203.0.113.11");
    expect(carryOut(renamed, after.world, after.originals).steps).toEqual([]);
    const mistyped = { ...withBridge, bridges: [{ ...publicBridge, name: "br-new", port: "eth-pbu" }] };
    expect(carryOut(mistyped, attach("rwp-1"), made.originals).world).toEqual(attach("rwp-1"));
    const others = { ...attach("eth-vm"), links: [...attach("rwp-1").links, link("eth-vm", { master: "br-ex" })] };
    expect(carryOut(renamed, others, made.originals).codes).toEqual(["bridge-in-use", "port-taken"]);
  });

  test("on a VLAN gets an interface of its own, which leaves with it", () => {
    const tagged = { ...withBridge, bridges: [{ ...publicBridge, vlan: 7 }] };
    const before = world([link("eth-pub", { addresses: [address("192.0.2.9/24")] })]);
    const made = carryOut(tagged, before, emptyOriginals("w"));
    expect(made.world.links.find(({ name }) => name === "eth-pub.7")).toMatchObject({
      kind: "vlan",
      master: "br-ex",
      alias: "rackway:vlan/public",
    });
    expect(made.world.links.find(({ name }) => name === "eth-pub")?.addresses).toHaveLength(1);
    expect(carryOut(tagged, made.world, made.originals).steps).toEqual([]);
    expect(carryOut(emptyNetworkState, made.world, made.originals).world.links).toEqual(before.links);
  });

  test("by Open vSwitch is refused in clear words", () => {
    const ovs = { ...withBridge, bridges: [{ ...publicBridge, driver: "openvswitch" as const }] };
    expect(carryOut(ovs, world([link("eth-pub")]), emptyOriginals("w")).codes).toEqual(["bridge-driver-unsupported"]);
  });
});

describe("a default route of ours", () => {
  const wanted: HostNetworkState = {
    ...emptyNetworkState,
    defaultRoutes: [{ family: 4, via: "10.0.0.100", device: "br-mgmt", metric: 20 }],
  };
  const base = [link("br-mgmt", { kind: "bridge" })];
  const theirs = (metric: number, extra: Partial<RouteObservation> = {}): RouteObservation =>
    route("0.0.0.0/0", "10.0.0.1", "br-mgmt", { metric, ...extra });

  test("stands beside a foreign one of a higher metric", () => {
    const after = carryOut(wanted, world(base, [theirs(1024)]), emptyOriginals("w"));
    expect(after.world.routes.map(({ metric }) => metric)).toEqual([1024, 20]);
    expect(after.originals.routes).toEqual([]);
  });

  test.each([10, 20])("takes the place of a foreign one of metric %i, which comes back exactly when ours leaves", (metric) => {
    const before = world(base, [theirs(metric, { source: "10.0.0.5", mtu: 1400, protocol: "dhcp" })]);
    const after = carryOut(wanted, before, emptyOriginals("w"));
    expect(after.world.routes).toMatchObject([{ metric: 20, protocol: "82", nextHops: [{ via: "10.0.0.100" }] }]);
    expect(carryOut(wanted, after.world, after.originals).steps).toEqual([]);
    const left = carryOut(emptyNetworkState, after.world, after.originals);
    expect(left.world.routes).toEqual(before.routes);
    expect(left.originals).toEqual(emptyOriginals("w"));
  });

  test("is there before the foreign one goes: no moment without a way", () => {
    const plan = planHost(wanted, world(base, [theirs(10)]), emptyOriginals("w"), noForms);
    expect(plan.routeOperations.map((operation) => operation.do)).toEqual(["add-route", "delete-route"]);
  });

  test("does not fight with router advertisements, and says that they win", () => {
    const after = carryOut(wanted, world(base, [theirs(5, { protocol: "ra" })]), emptyOriginals("w"));
    expect(after.world.routes).toHaveLength(2);
    expect(after.codes).toEqual(["default-route-shadowed"]);
  });

  test("that drifted is put back as one change", () => {
    const drifted = route("0.0.0.0/0", "10.0.0.66", "br-mgmt", { metric: 20, protocol: "82" });
    const plan = planHost(wanted, world(base, [drifted]), emptyOriginals("w"), noForms);
    expect(plan.steps).toMatchObject([
      { id: "default-route:IPv4", action: "change", from: "10.0.0.66 dev br-mgmt metric 20", to: "10.0.0.100 dev br-mgmt metric 20" },
    ]);
    expect(plan.routeOperations.map((operation) => operation.do)).toEqual(["replace-route"]);
  });

  test("leaves alone the routes of resource agents, which have our protocol on interfaces of theirs", () => {
    const agents = [...base, link("rwh-1", { kind: "veth", alias: "rackway:router/vr-a" })];
    const before = world(agents, [route("10.50.0.0/16", "169.254.128.6", "rwh-1", { protocol: "82" })]);
    expect(carryOut(emptyNetworkState, before, emptyOriginals("w")).steps).toEqual([]);
  });

  test("waits for its interface", () => {
    expect(carryOut(wanted, world([]), emptyOriginals("w")).codes).toEqual(["route-device-missing"]);
  });
});

describe("kernel parameters", () => {
  const state: HostNetworkState = { ...emptyNetworkState, sysctls: [{ key: "net.ipv4.ip_forward", value: "1" }] };
  const off = {
    "net.ipv4.ip_forward": "0",
    "net.ipv4.conf.all.accept_redirects": "0",
    "net.ipv4.conf.default.forwarding": "0",
    "net.ipv4.conf.lo.forwarding": "0",
  };

  test("are set, and put back with what the kernel changed along", () => {
    const made = carryOut(state, world([], [], off), emptyOriginals("w"));
    expect(made.originals.sysctls).toEqual(off);
    const seen = {
      ...made.world,
      sysctls: { ...made.world.sysctls, "net.ipv4.conf.all.accept_redirects": "1", "net.ipv4.conf.lo.forwarding": "1" },
    };
    const left = carryOut(emptyNetworkState, seen, made.originals);
    expect(left.world.sysctls).toEqual(off);
    expect(carryOut(emptyNetworkState, left.world, left.originals).originals).toEqual(emptyOriginals("w"));
  });

  test("that were so already are not ours to put back", () => {
    const made = carryOut(state, world([], [], { ...off, "net.ipv4.ip_forward": "1" }), emptyOriginals("w"));
    expect(made.steps).toEqual([]);
    expect(made.originals).toEqual(emptyOriginals("w"));
  });

  test("that do not exist are said", () => {
    expect(carryOut(state, world([], [], { "net.ipv4.ip_forward": null }), emptyOriginals("w")).codes).toEqual(["sysctl-missing"]);
  });

  test("forwarding that we turned on gets a guard; forwarding that was on does not", () => {
    const guarded = (before: string): string[] => {
      const plan = planHost(state, world([], [], { ...off, "net.ipv4.ip_forward": before }), emptyOriginals("w"), noForms);
      return wantedTables(state, plan.remember).map(({ name }) => name);
    };
    expect(guarded("0")).toEqual(["rackway-host"]);
    expect(guarded("1")).toEqual([]);
  });
});

// --- properties ----------------------------------------------------------------------------------------------------------

const interfaceNames = ["eth0", "eth1", "eth2"];
const hostAddresses = ["192.0.2.10/24", "192.0.2.20/24", "198.18.0.1/16", "2001:db8::1/64"];
const anyAddresses = fc.uniqueArray(fc.constantFrom(...hostAddresses), { maxLength: 3 });
const anyLink = fc.record({ mtu: fc.constantFrom(1280, 1500, 9000), up: fc.boolean(), addresses: anyAddresses });
const anyRoute = fc.record({
  to: fc.constantFrom("0.0.0.0/0", "10.1.0.0/16", "10.2.0.0/16"),
  via: fc.constantFrom("192.0.2.1", "192.0.2.2"),
  device: fc.constantFrom(...interfaceNames),
  metric: fc.constantFrom(0, 10, 20, 100),
  protocol: fc.constantFrom("static", "boot", "dhcp", "ra", "bird"),
});

const anyWorld = fc
  .record({
    links: fc.tuple(anyLink, anyLink, anyLink),
    routes: fc.uniqueArray(anyRoute, { maxLength: 5, selector: ({ to, metric }) => `${to} ${metric}` }),
  })
  .map(({ links, routes }) =>
    world(
      [
        ...links.map((extra, index) =>
          link(interfaceNames[index] ?? "", {
            ...extra,
            addresses: extra.addresses.map((text) => address(text, text.includes(":") ? {} : { label: interfaceNames[index] ?? "" })),
          }),
        ),
        link("br-theirs", { kind: "bridge", alias: "somebody's" }),
      ],
      routes.map(({ to, via, device, metric, protocol }) => route(to, via, device, { metric, protocol })),
      {
        "net.ipv4.ip_forward": "0",
        "net.ipv4.conf.all.accept_redirects": "1",
        "net.ipv4.conf.default.forwarding": "0",
        "net.ipv4.conf.lo.forwarding": "0",
      },
    ),
  );

const anyBridge = (index: number) =>
  fc.record({
    network: fc.constant(`net-${index}`),
    name: fc.constant(`br-${index}`),
    driver: fc.constant("linux" as const),
    port: fc.constantFrom("eth0", "eth1", "eth2", "absent"),
    mtu: fc.constantFrom(1280, 1500, 9000),
    vlan: fc.constantFrom(null, null, 7),
    addresses: anyAddresses,
  });

const anyState: fc.Arbitrary<HostNetworkState> = fc
  .record({
    bridges: fc.tuple(anyBridge(1), anyBridge(2)).chain((all) => fc.subarray(all)),
    sysctls: fc.subarray([{ key: "net.ipv4.ip_forward", value: "1" }]),
    defaultRoutes: fc.subarray([
      { family: 4 as const, via: "192.0.2.1", device: "br-1", metric: 20 },
      { family: 4 as const, via: "192.0.2.1", device: "eth1", metric: 30 },
    ]),
    routes: fc.subarray([{ family: 4 as const, to: "10.1.0.0/16", via: "192.0.2.1", device: "eth2", metric: 10 }]),
    hostRouters: fc.constant([] as HostNetworkState["hostRouters"]),
  })
  // A route over an interface that is a bridge's port reaches nobody: no compiler asks for it.
  .filter(({ bridges, defaultRoutes, routes }) =>
    [...defaultRoutes, ...routes].every(({ device }) => bridges.every(({ port }) => port !== device)),
  )
  // One host address is in one network only.
  .filter(
    ({ bridges }) => new Set(bridges.flatMap(({ addresses }) => addresses)).size === bridges.flatMap(({ addresses }) => addresses).length,
  );

/** Routes as the kernel would compare them: the order in a table means nothing. */
function facts(observation: HostObservation): unknown {
  const key = (value: unknown): string => JSON.stringify(value);
  const links = observation.links.map((entry) => ({ ...entry, addresses: entry.addresses.map(key).toSorted() }));
  return { links, routes: observation.routes.map(key).toSorted(), sysctls: observation.sysctls };
}

/** As the agent does it: plan and apply until there is nothing to do. */
function settle(
  state: HostNetworkState,
  observation: HostObservation,
  originals: Originals,
): { world: HostObservation; originals: Originals; rounds: number } {
  let now = { world: observation, originals };
  for (let rounds = 0; rounds < 4; rounds++) {
    const next = carryOut(state, now.world, now.originals);
    if (next.steps.length === 0) return { world: now.world, originals: next.originals, rounds };
    now = next;
  }
  throw new Error("does not settle");
}

describe("any host and any state", () => {
  test("a plan leads to a world for which the next plan is empty", () => {
    fc.assert(
      fc.property(anyWorld, anyState, (observation, state) => {
        const settled = settle(state, observation, emptyOriginals("w"));
        expect(settled.rounds).toBeLessThanOrEqual(3);
        const again = planHost(state, settled.world, settled.originals, noForms);
        expect([...again.linkOperations, ...again.routeOperations, ...again.sysctls]).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test("taking everything away again gives back exactly the world that was there before, and leaves nothing to remember", () => {
    fc.assert(
      fc.property(anyWorld, fc.array(anyState, { minLength: 1, maxLength: 3 }), (observation, states) => {
        let now = { world: observation, originals: emptyOriginals("w") };
        for (const state of states) now = settle(state, now.world, now.originals);
        const left = settle(emptyNetworkState, now.world, now.originals);
        expect(facts(left.world)).toEqual(facts(observation));
        expect(left.originals).toEqual(emptyOriginals("w"));
      }),
      { numRuns: 200 },
    );
  });

  test("what is not ours and in nobody's way is not touched", () => {
    fc.assert(
      fc.property(anyWorld, anyState, (observation, state) => {
        const { world: after } = settle(state, observation, emptyOriginals("w"));
        const ports = new Set(state.bridges.map(({ port }) => port));
        for (const before of observation.links) {
          if (ports.has(before.name)) continue;
          expect(after.links.find(({ name }) => name === before.name)).toEqual(before);
        }
      }),
      { numRuns: 200 },
    );
  });
});
