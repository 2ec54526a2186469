import type { FieldPath, Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import type { AddressSpace } from "@rackway/ipam";
import { addressSpace, networkLabel, networkScope, poolScope } from "@rackway/ipam";
import type { Prefix } from "@rackway/net";
import { addressKind, comparePrefixes, compareRanges, contains, rangeContains, prefixRange } from "@rackway/net";
import type { NetworkSpec, RackSpec, VipPoolSpec } from "@rackway/schema";

import { families, familyField, familyNetwork } from "./cluster-index.ts";
import { inSpaceIssue } from "./rules-addresses.ts";
import type { RuleContext } from "./rule-context.ts";

interface Placed {
  readonly space: AddressSpace;
  readonly label: string;
  readonly hasRanges: boolean;
  readonly path: FieldPath;
}

/** Prefixes, gateways and ranges of networks and pools, each by itself and all beside each other. */
export function* networkRules({ document }: RuleContext): Generator<Issue> {
  const placed: Placed[] = [];
  for (const [rackIndex, rack] of document.spec.racks.entries()) {
    for (const [index, network] of rack.networks.entries()) {
      const path = ["spec", "racks", rackIndex, "networks", index];
      const label = networkLabel(rack.name, network);
      if (familiesOf(network).length === 0) yield issue("network-without-family", { what: label }, { path });
      placed.push(...spacesOf(networkScope(rack.name, network), label, network, path));
    }
  }
  for (const [index, pool] of document.spec.vipPools.entries()) {
    const path = ["spec", "vipPools", index];
    const label = `pool "${pool.name}"`;
    if (familiesOf(pool).length === 0) yield issue("network-without-family", { what: label }, { path });
    placed.push(...spacesOf(poolScope(pool.name), label, pool, path));
  }
  for (const item of placed) yield* spaceIssues(item);
  yield* overlapIssues(placed);
}

function familiesOf(network: Pick<NetworkSpec, "ipv4" | "ipv6">): string[] {
  return [network.ipv4, network.ipv6].flatMap((family) => family?.cidr ?? []);
}

function spacesOf(scope: string, label: string, network: NetworkSpec | VipPoolSpec, path: FieldPath): Placed[] {
  return families.flatMap((family) => {
    const field = familyField(family);
    const found = network[field];
    if (found === undefined) return [];
    return [{ space: addressSpace(scope, family, label, found), label, hasRanges: found.ranges !== undefined, path: [...path, field] }];
  });
}

function* spaceIssues({ space, hasRanges, path }: Placed): Generator<Issue> {
  const { prefix, gateway, ranges } = space;
  const kind = addressKind(prefix.network);
  if (kind !== "unicast")
    yield issue("address-not-assignable", { address: prefix.text, what: `${kind} address space` }, { path: [...path, "cidr"] });
  const misplaced = gateway === null ? null : inSpaceIssue(gateway, space, [...path, "gateway"]);
  if (misplaced !== null) yield misplaced;
  if (!hasRanges) return;
  const outside = ranges.filter((range) => !rangeContains(prefixRange(prefix), range));
  for (const range of outside) {
    const rangePath = [...path, "ranges", ranges.indexOf(range)];
    yield issue("range-outside-network", { range: range.text, cidr: prefix.text }, { path: rangePath });
  }
  const sorted = ranges.toSorted(compareRanges);
  for (const [index, range] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before === undefined || before.last.value < range.first.value) continue;
    // The one that stands later in the document is the one to look at.
    const [first, later] = ranges.indexOf(before) < ranges.indexOf(range) ? [before, range] : [range, before];
    const rangePath = [...path, "ranges", ranges.indexOf(later)];
    yield issue("range-overlap", { range: later.text, other: first.text }, { path: rangePath });
  }
  if (outside.length === 0 && space.candidates.isEmpty) yield issue("range-empty", { cidr: prefix.text }, { path: [...path, "ranges"] });
}

/**
 * Prefixes either nest or are disjoint. Sorted by first address, wider ones first, each one is inside the last that has not ended yet, or
 * overlaps nothing: n log n. A network that is shared stands there once.
 */
function* overlapIssues(placed: readonly Placed[]): Generator<Issue> {
  const once = new Map(placed.map((item) => [`${item.space.scope} ${item.space.prefix.text}`, item]).toReversed() as [string, Placed][]);
  const sorted = [...once.values()].toSorted(
    (a, b) => comparePrefixes(a.space.prefix, b.space.prefix) || placed.indexOf(a) - placed.indexOf(b),
  );
  let open: Placed | null = null;
  for (const item of sorted) {
    if (open !== null && contains(open.space.prefix, item.space.prefix)) {
      const [first, later] = placed.indexOf(open) < placed.indexOf(item) ? [open, item] : [item, open];
      yield issue("network-overlap", overlapParameters(later, first), { path: [...later.path, "cidr"] });
    } else open = item;
  }
}

function overlapParameters(later: Placed, first: Placed): { cidr: string; what: string; otherCidr: string; other: string } {
  const text = (prefix: Prefix): string => prefix.text;
  return { cidr: text(later.space.prefix), what: later.label, otherCidr: text(first.space.prefix), other: first.label };
}

/** One segment, described alike in every rack that shares it. The first rack in the document is the one to compare with. */
export function* sharedNetworkRules({ document }: RuleContext): Generator<Issue> {
  const first = new Map<string, { readonly rack: RackSpec; readonly network: NetworkSpec }>();
  for (const [rackIndex, rack] of document.spec.racks.entries()) {
    for (const [index, network] of rack.networks.entries()) {
      if (!network.shared) continue;
      const known = first.get(network.name);
      if (known === undefined) first.set(network.name, { rack, network });
      else {
        const path = ["spec", "racks", rackIndex, "networks", index];
        for (const field of sharedDifferences(known.network, network)) {
          const parameters = { network: network.name, rack: rack.name, other: known.rack.name, field };
          yield issue("network-shared-mismatch", parameters, { path: fieldPath(network, path, field) });
        }
      }
    }
  }
}

function sharedDifferences(first: NetworkSpec, second: NetworkSpec): string[] {
  const facts = (network: NetworkSpec): Map<string, unknown> =>
    new Map<string, unknown>([
      ["mtu", network.mtu],
      ["vlan", network.vlan],
      ...families.flatMap((family): [string, unknown][] => {
        const side = familyNetwork(network, family);
        const field = familyField(family);
        return [
          [`${field}.cidr`, side?.cidr],
          [`${field}.gateway`, side?.gateway],
          [`${field}.ranges`, side?.ranges?.toSorted()],
        ];
      }),
    ]);
  const other = facts(second);
  const differs = (field: string): boolean => JSON.stringify(facts(first).get(field)) !== JSON.stringify(other.get(field));
  // Gateway and ranges follow from the prefix: where that differs, saying so is enough.
  return [...facts(first).keys()].filter(differs).filter((field, _, all) => {
    const [side, fact] = field.split(".");
    return fact === undefined || fact === "cidr" || !all.includes(`${side}.cidr`);
  });
}

/** The field where it is written; the network itself where it is absent. */
function fieldPath(network: NetworkSpec, path: FieldPath, field: string): FieldPath {
  const segments = field.split(".");
  let current: unknown = network;
  for (const segment of segments) current = (current as Record<string, unknown> | undefined)?.[segment];
  return current === undefined ? path : [...path, ...segments];
}

/** One bridge a network, one port a bridge. */
export function* bridgeRules({ document, index }: RuleContext): Generator<Issue> {
  for (const [rackIndex, rack] of document.spec.racks.entries()) {
    const bridges = new Map<string, string>();
    for (const [place, network] of rack.networks.entries()) {
      const path = ["spec", "racks", rackIndex, "networks", place, "bridge"];
      const other = bridges.get(network.bridge);
      if (other === undefined) bridges.set(network.bridge, network.name);
      else yield issue("bridge-clash", { bridge: network.bridge, network: network.name, other }, { path });
    }
    const ports = rack.networks.map((network, place) => ({
      network,
      port: network.interface,
      path: ["spec", "racks", rackIndex, "networks", place, "interface"],
    }));
    yield* portIssues(ports, bridges);
  }
  for (const [hostIndex, host] of document.spec.hosts.entries()) {
    const rack = index.racks.get(host.rack);
    if (rack === undefined || host.interfaces === undefined) continue;
    const ports = rack.rack.networks.map((network) => ({
      network,
      port: host.interfaces?.[network.name] ?? network.interface,
      path: host.interfaces?.[network.name] === undefined ? null : ["spec", "hosts", hostIndex, "interfaces", network.name],
    }));
    // Those that the host does not change come first, so that a clash is reported where the host causes it.
    const bridges = new Map(rack.rack.networks.map((network) => [network.bridge, network.name]));
    yield* portIssues([...ports.filter(({ path }) => path === null), ...ports.filter(({ path }) => path !== null)], bridges);
  }
}

interface Port {
  readonly network: NetworkSpec;
  readonly port: string | undefined;
  /** Null: said elsewhere. */
  readonly path: FieldPath | null;
}

function* portIssues(ports: readonly Port[], bridges: ReadonlyMap<string, string>): Generator<Issue> {
  const used = new Map<string, string>();
  for (const { network, port, path } of ports) {
    if (port === undefined) continue;
    const key = `${port} ${network.vlan ?? ""}`;
    const bridged = bridges.get(port);
    const other = used.get(key);
    used.set(key, network.name);
    const holder =
      bridged === undefined ? (other === undefined ? null : `that of network "${other}"`) : `the bridge of network "${bridged}"`;
    if (holder !== null && path !== null) yield issue("interface-clash", { interface: port, network: network.name, holder }, { path });
  }
}
