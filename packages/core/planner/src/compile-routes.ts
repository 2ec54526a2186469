import type { PacemakerCluster, ReservationIndex } from "@rackway/ipam";
import { announcedVips, hasVips, networkScope, routerVipOwner } from "@rackway/ipam";
import type { Family } from "@rackway/net";
import type { DefaultRoute, HostRoute, HostSpec, NetworkSpec, TunnelState, VirtualRouterSpec } from "@rackway/schema";

import type { ClusterIndex, RackIndex } from "./cluster-index.ts";
import { families, familyField, gatewayOf, hostAddress, networkOf, prefixOfNetwork, rackOf, routerFamilies } from "./cluster-index.ts";
import { compileTunnel } from "./compile-roaming-router.ts";
import { corosyncFamily } from "./corosync-family.ts";
import { compareText } from "./order.ts";

/** Better than what DHCP clients, network managers and router advertisements give (100 to 1024); worse than 0, which people type. */
const routeMetric = 20;

export interface WayOut {
  readonly defaultRoutes: DefaultRoute[];
  readonly routes: HostRoute[];
  readonly tunnel?: TunnelState;
}

/**
 * A host's ways out. A controller with an address of its own in a public network leaves through that network's gateway, so that the host
 * under a router does not depend on the router. A member with such an address keeps the way out that it has: nothing of that family is ours
 * there. Everyone else leaves through the first router of the rack, by name, that serves a network in which the host has an address; members
 * without one through their rack's roaming router, by a tunnel. The routes to other racks' networks and to pools of VIPs keep the tunnel's own
 * packets out of it.
 */
export function compileWayOut(
  host: HostSpec,
  index: ClusterIndex,
  cluster: PacemakerCluster | null,
  reservations: ReservationIndex,
  rackRoutes: RackRoutes,
): WayOut {
  const rack = rackOf(index, host.rack);
  const defaultRoutes: DefaultRoute[] = [];
  const past: NetworkSide[] = [];
  const poolsBy: NetworkSide[] = [];
  const keptFamilies = host.role === "member" ? families.filter((family) => hasPublicAddress(host, rack, family)) : [];
  for (const family of families) {
    if (keptFamilies.includes(family)) continue;
    const outside = throughPublicGateway(host, rack, family);
    const chosen = outside ?? throughRouter(host, rack, family, reservations);
    if (chosen === null) continue;
    defaultRoutes.push(chosen.route);
    past.push(...sidesPastTheRouter(host, cluster, family, chosen.router));
    if (outside === null) poolsBy.push({ network: chosen.router.managementNetwork, family });
  }
  const tunnelled = defaultRoutes.length + keptFamilies.length === 0 ? compileTunnel(host, index, reservations, routeMetric) : null;
  if (tunnelled !== null) {
    const sides = tunnelled.tunnel.ends.map(({ family }) => ({ network: tunnelled.network, family }));
    return { defaultRoutes, routes: [...rackRoutes.from(rack, sides), ...rackRoutes.toPools(rack, sides)], tunnel: tunnelled.tunnel };
  }
  return { defaultRoutes, routes: [...rackRoutes.from(rack, past), ...rackRoutes.toPools(rack, poolsBy)] };
}

interface Chosen {
  readonly route: DefaultRoute;
  readonly router: VirtualRouterSpec;
}

function throughPublicGateway(host: HostSpec, rack: RackIndex, family: Family): Chosen | null {
  if (host.role !== "controller") return null;
  for (const router of rack.routers) {
    const network = networkOf(rack, router.publicNetwork);
    const gateway = gatewayOf(network, family);
    if (gateway === null || hostAddress(host, network.name, family) === null) continue;
    return { route: { family, via: gateway.text, device: network.bridge, metric: routeMetric }, router };
  }
  return null;
}

/** It has an interface on the public network of one of its rack's routers. */
export function hasPublicAddress(host: HostSpec, rack: RackIndex, family: Family): boolean {
  return rack.routers.some(({ publicNetwork }) => hostAddress(host, publicNetwork, family) !== null);
}

function throughRouter(host: HostSpec, rack: RackIndex, family: Family, reservations: ReservationIndex): Chosen | null {
  const router = leadingRouter(host, rack, family);
  if (router === null) return null;
  const network = networkOf(rack, router.managementNetwork);
  const via = insideAddress(router, rack, network, family, reservations);
  return via === null ? null : { route: { family, via, device: network.bridge, metric: routeMetric }, router };
}

/** The first router of the rack, by name, that serves a network in which the host has an address. */
export function leadingRouter(host: HostSpec, rack: RackIndex, family: Family): VirtualRouterSpec | null {
  const leads = (router: VirtualRouterSpec): boolean =>
    hostAddress(host, router.managementNetwork, family) !== null &&
    routerFamilies(router, rack.controllers).includes(family) &&
    // The one controller of a router without VIPs is its own way in: a route to itself would be none.
    (host.role === "member" || hasVips(router));
  return rack.routers.find(leads) ?? null;
}

/** Where members reach the router: its management VIP, or its one controller's own address. */
export function insideAddress(
  router: VirtualRouterSpec,
  rack: RackIndex,
  network: NetworkSpec,
  family: Family,
  reservations: ReservationIndex,
): string | null {
  if (hasVips(router)) {
    return reservations.value("address", networkScope(rack.rack.name, network), routerVipOwner(router.name, "management", family));
  }
  const controller = rack.controllers[0];
  return controller === undefined ? null : (hostAddress(controller, network.name, family)?.text ?? null);
}

/** One family of a network that racks have under the same name. */
interface NetworkSide {
  readonly network: string;
  readonly family: Family;
}

/**
 * The networks whose namesakes in other racks a host reaches past the router, through the network's own gateway, as before Rackway came.
 * Not where the router *routes* the family: there the fabric sends the way back through the router's public VIP, so the way there must go
 * through it too. Corosync's own traffic between racks never goes through a router that Corosync moves.
 */
function sidesPastTheRouter(host: HostSpec, cluster: PacemakerCluster | null, family: Family, router: VirtualRouterSpec): NetworkSide[] {
  const isTranslated = family === 4 ? router.nat.ipv4 === "snat" : router.nat.ipv6 === "nat66";
  const names = new Set(isTranslated ? [router.managementNetwork] : []);
  if (cluster !== null && cluster.settings.racks.length > 1 && corosyncFamily(cluster) === family) names.add(cluster.settings.network);
  return [...names].filter((network) => hostAddress(host, network, family) !== null).map((network) => ({ network, family }));
}

interface Namesake {
  readonly rack: RackIndex;
  readonly prefix: string;
}

/**
 * Routes from rack to rack, and to the pools of VIPs that routing daemons announce. They are the same for most hosts of a rack, so each table
 * is made once and shared: racks times racks, not hosts.
 */
export class RackRoutes {
  readonly #index: ClusterIndex;
  readonly #tables = new Map<string, HostRoute[]>();
  readonly #namesakes = new Map<string, readonly Namesake[]>();
  readonly #pools: ClusterIndex["document"]["spec"]["vipPools"];

  constructor(index: ClusterIndex) {
    this.#index = index;
    const used = new Set(announcedVips(index.document).map(({ vip }) => vip.pool));
    this.#pools = index.document.spec.vipPools.filter(({ name }) => used.has(name));
  }

  /**
   * To announced VIPs, through the networks' own gateways: the top-of-rack router knows who announces them. Replies come back the same way,
   * so past the virtual router, which would take them for flows that it did not see begin. Sorted.
   */
  toPools(rack: RackIndex, sides: readonly NetworkSide[]): HostRoute[] {
    return sides.flatMap(({ network: name, family }) => {
      const network = networkOf(rack, name);
      const gateway = gatewayOf(network, family);
      if (gateway === null) return [];
      const prefixes = this.#pools.flatMap((pool) => pool[familyField(family)]?.cidr ?? []).sort(compareText);
      return prefixes.map((to) => ({ family, to, via: gateway.text, device: network.bridge, metric: routeMetric }));
    });
  }

  /** From a rack to the namesakes of its networks in all other racks, through the networks' own gateways. Sorted. */
  from(rack: RackIndex, sides: readonly NetworkSide[]): HostRoute[] {
    const key = [rack.rack.name, ...sides.map(({ network, family }) => `${network}/${family}`)].join(" ");
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const table = sides.flatMap((side) => this.#table(rack, side));
    this.#tables.set(key, table);
    return table;
  }

  #table(rack: RackIndex, { network: name, family }: NetworkSide): HostRoute[] {
    const network = networkOf(rack, name);
    const gateway = gatewayOf(network, family);
    if (gateway === null || network.shared) return [];
    return this.#namesakesOf(name, family)
      .filter(({ rack: other }) => other !== rack)
      .map(({ prefix }) => ({ family, to: prefix, via: gateway.text, device: network.bridge, metric: routeMetric }));
  }

  /** Every rack's network of that name, sorted by prefix. A shared one is reached without a gateway. */
  #namesakesOf(name: string, family: Family): readonly Namesake[] {
    const key = `${name}/${family}`;
    const known = this.#namesakes.get(key);
    if (known !== undefined) return known;
    const found = [...this.#index.racks.values()].flatMap((rack): Namesake[] => {
      const network = rack.networks.get(name);
      const prefix = network === undefined || network.shared ? null : prefixOfNetwork(network, family);
      return prefix === null ? [] : [{ rack, prefix: prefix.text }];
    });
    found.sort((left, right) => compareText(left.prefix, right.prefix));
    this.#namesakes.set(key, found);
    return found;
  }
}
