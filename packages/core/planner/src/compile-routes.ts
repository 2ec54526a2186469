import type { PacemakerCluster, ReservationIndex } from "@rackway/ipam";
import { hasVips, networkScope, routerVipOwner } from "@rackway/ipam";
import type { Family } from "@rackway/net";
import type { DefaultRoute, HostRoute, HostSpec, NetworkSpec, VirtualRouterSpec } from "@rackway/schema";

import type { ClusterIndex, RackIndex } from "./cluster-index.ts";
import { families, gatewayOf, hostAddress, networkOf, prefixOfNetwork, rackOf, routerFamilies } from "./cluster-index.ts";
import { corosyncFamily } from "./compile-pacemaker.ts";
import { compareText } from "./order.ts";

/** Better than what DHCP clients, network managers and router advertisements give (100 to 1024); worse than 0, which people type. */
const routeMetric = 20;

export interface WayOut {
  readonly defaultRoutes: DefaultRoute[];
  readonly routes: HostRoute[];
}

/**
 * A host's ways out. A controller with an address of its own in a public network leaves through that network's gateway, so that the host
 * under a router does not depend on the router. Everyone else leaves through the first router of the rack, by name, that serves a
 * network in which the host has an address.
 */
export function compileWayOut(
  host: HostSpec,
  index: ClusterIndex,
  cluster: PacemakerCluster | null,
  reservations: ReservationIndex,
): WayOut {
  const rack = rackOf(index, host.rack);
  const defaultRoutes: DefaultRoute[] = [];
  const routes: HostRoute[] = [];
  for (const family of families) {
    const route = throughPublicGateway(host, rack, family) ?? throughRouter(host, rack, family, reservations);
    if (route === null) continue;
    defaultRoutes.push(route.route);
    routes.push(...compileRackRoutes(host, rack, index, cluster, family, route.router));
  }
  return { defaultRoutes, routes };
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

function throughRouter(host: HostSpec, rack: RackIndex, family: Family, reservations: ReservationIndex): Chosen | null {
  for (const router of rack.routers) {
    const network = networkOf(rack, router.managementNetwork);
    if (hostAddress(host, network.name, family) === null || !routerFamilies(router, rack.controllers).includes(family)) continue;
    const via = insideAddress(router, rack, network, family, reservations);
    // The one controller of a router without VIPs is its own way in: a route to itself would be none.
    if (via === null || (host.role === "controller" && !hasVips(router))) continue;
    return { route: { family, via, device: network.bridge, metric: routeMetric }, router };
  }
  return null;
}

/** Where members reach the router: its management VIP, or its one controller's own address. */
function insideAddress(
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

/**
 * Past the router to the other racks' networks of the same name, through this network's own gateway, as before Rackway came. Not where
 * the router *routes* the family: there the fabric sends the way back through the router's public VIP, so the way there must go through
 * it too. Corosync's own traffic between racks never goes through a router that Corosync moves.
 */
function compileRackRoutes(
  host: HostSpec,
  rack: RackIndex,
  index: ClusterIndex,
  cluster: PacemakerCluster | null,
  family: Family,
  router: VirtualRouterSpec,
): HostRoute[] {
  const isTranslated = family === 4 ? router.nat.ipv4 === "snat" : router.nat.ipv6 === "nat66";
  const names = new Set(isTranslated ? [router.managementNetwork] : []);
  if (cluster !== null && cluster.settings.racks.length > 1 && corosyncFamily(cluster) === family) names.add(cluster.settings.network);
  const routes: HostRoute[] = [];
  for (const name of names) {
    const network = networkOf(rack, name);
    const gateway = gatewayOf(network, family);
    if (gateway === null || network.shared || hostAddress(host, name, family) === null) continue;
    for (const other of index.racks.values()) {
      const there = other.networks.get(name);
      const prefix = there === undefined || other === rack ? null : prefixOfNetwork(there, family);
      if (prefix !== null) routes.push({ family, to: prefix.text, via: gateway.text, device: network.bridge, metric: routeMetric });
    }
  }
  return routes.sort((left, right) => compareText(left.to, right.to));
}
