import type { PacemakerCluster } from "@rackway/ipam";
import { hasVips, runningPacemakerClusters } from "@rackway/ipam";
import type { Address, Family, Prefix } from "@rackway/net";
import { addressOf, prefixOf } from "@rackway/net";
import type { ClusterDocument, HostSpec, NetworkSpec, RackSpec, VipSpec, VirtualRouterSpec } from "@rackway/schema";

import { byName } from "./order.ts";

export const families = [4, 6] as const;

export type FamilyNetwork = NonNullable<NetworkSpec["ipv4"]>;

/** A rack with all that stands in it. Lists are sorted by name. */
export interface RackIndex {
  readonly rack: RackSpec;
  readonly networks: ReadonlyMap<string, NetworkSpec>;
  readonly controllers: readonly HostSpec[];
  readonly routers: readonly VirtualRouterSpec[];
  /** Names of the networks that failover VIPs are in. */
  readonly vipNetworks: ReadonlySet<string>;
}

/** A validated document, made ready for looking things up. Every lookup takes constant time: clusters may have thousands of hosts. */
export interface ClusterIndex {
  readonly document: ClusterDocument;
  readonly racks: ReadonlyMap<string, RackIndex>;
  readonly vips: ReadonlyMap<string, VipSpec>;
  /** Pacemaker clusters that have something to do, sorted by name. */
  readonly pacemaker: readonly PacemakerCluster[];
}

export function indexCluster(document: ClusterDocument): ClusterIndex {
  const { spec } = document;
  const hosts = Map.groupBy(byName(spec.hosts), ({ rack }) => rack);
  const routers = Map.groupBy(byName(spec.virtualRouters), ({ rack }) => rack);
  const failover = Map.groupBy(
    spec.vips.filter(({ mode }) => mode === "failover"),
    ({ rack }) => rack,
  );
  const racks = new Map(
    spec.racks.map((rack): [string, RackIndex] => [
      rack.name,
      {
        rack,
        networks: new Map(rack.networks.map((network) => [network.name, network])),
        controllers: (hosts.get(rack.name) ?? []).filter(({ role }) => role === "controller"),
        routers: routers.get(rack.name) ?? [],
        vipNetworks: new Set((failover.get(rack.name) ?? []).flatMap(({ network }) => network ?? [])),
      },
    ]),
  );
  const vips = new Map(spec.vips.map((vip) => [vip.name, vip]));
  return { document, racks, vips, pacemaker: runningPacemakerClusters(document) };
}

/** The rack of a validated document's host or router. */
export function rackOf(index: ClusterIndex, name: string): RackIndex {
  return present(index.racks.get(name), `rack ${name}`);
}

/** A network that a validated document names. */
export function networkOf(rack: RackIndex, name: string): NetworkSpec {
  return present(rack.networks.get(name), `network ${name} of rack ${rack.rack.name}`);
}

/** Compiling a document that has not been validated is a fault of ours. */
function present<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`the document was not validated: no ${what}`);
  return value;
}

export function familyField(family: Family): "ipv4" | "ipv6" {
  return family === 4 ? "ipv4" : "ipv6";
}

export function familyNetwork(network: NetworkSpec, family: Family): FamilyNetwork | null {
  return network[familyField(family)] ?? null;
}

export function prefixOfNetwork(network: NetworkSpec, family: Family): Prefix | null {
  const found = familyNetwork(network, family);
  return found === null ? null : prefixOf(found.cidr, family);
}

export function gatewayOf(network: NetworkSpec, family: Family): Address | null {
  const gateway = familyNetwork(network, family)?.gateway;
  return gateway === undefined ? null : addressOf(gateway, family);
}

/** The host's own address in a network, or null. */
export function hostAddress(host: HostSpec, network: string, family: Family): Address | null {
  for (const text of host.addresses[network] ?? []) {
    const address = addressOf(text);
    if (address.family === family) return address;
  }
  return null;
}

/** Families in which a router works: those of its VIPs, or, without VIPs, those that its one controller has in both networks. */
export function routerFamilies(router: VirtualRouterSpec, controllers: readonly HostSpec[]): Family[] {
  if (hasVips(router)) {
    return families.filter((family) => [router.publicVip, router.managementVip].some((pair) => pair?.[familyField(family)] !== undefined));
  }
  const controller = controllers[0];
  if (controller === undefined) return [];
  return families.filter((family) =>
    [router.managementNetwork, router.publicNetwork].every((network) => hostAddress(controller, network, family) !== null),
  );
}
