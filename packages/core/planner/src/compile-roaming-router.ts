import type { ReservationIndex } from "@rackway/ipam";
import { namespaceIndexScope, namespaceOwner, poolScope, roamingRouterVip, vipOwner } from "@rackway/ipam";
import type { Family } from "@rackway/net";
import type { HostSpec, RoamingRouterSpec, RoamingRouterState, TunnelState } from "@rackway/schema";

import type { ClusterIndex } from "./cluster-index.ts";
import { families, familyField, hostAddress, networkOf, rackOf } from "./cluster-index.ts";
import { byName, compareText } from "./order.ts";

/** IANA's port of VXLAN with bare IP in it; a plain VXLAN of the operator's has 4789 or 8472. */
export const tunnelPort = 4790;

/** IPv6, UDP and VXLAN headers: what the larger of the two outer packets adds to the inner one, in bytes. */
export const tunnelOverhead = 40 + 8 + 8;

/** Families in which a roaming router has a pair. */
export function roamingRouterFamilies(router: RoamingRouterSpec): Family[] {
  return families.filter((family) => router.managementVip[familyField(family)] !== undefined);
}

/** The roaming router of a member's rack, whose management network it is in; null: none, or the rack has a router of its own. */
export function roamingRouterOf(host: HostSpec, index: ClusterIndex): RoamingRouterSpec | null {
  const router = byName(index.document.spec.roamingRouters ?? []).find(({ racks }) => racks.includes(host.rack));
  if (router === undefined || host.role !== "member") return null;
  return roamingRouterFamilies(router).some((family) => hostAddress(host, router.managementNetwork, family) !== null) ? router : null;
}

/** The smallest MTU of its management networks, less what the tunnel adds. */
export function tunnelMtu(router: RoamingRouterSpec, index: ClusterIndex): number {
  const mtus = router.racks.flatMap((rack) => index.racks.get(rack)?.networks.get(router.managementNetwork)?.mtu ?? []);
  return Math.min(...mtus) - tunnelOverhead;
}

/** What makes the router's namespace a router, the same on every host. */
export function compileRoamingRouter(router: RoamingRouterSpec, index: ClusterIndex, reservations: ReservationIndex): RoamingRouterState {
  const served = roamingRouterFamilies(router);
  const members = index.document.spec.hosts
    .filter((host) => roamingRouterOf(host, index) === router)
    .flatMap((host) => served.map((family) => ({ family, address: hostAddress(host, router.managementNetwork, family) })))
    .flatMap(({ family, address }) => (address === null ? [] : [{ family, address: address.text }]))
    .sort((left, right) => left.family - right.family || compareText(left.address, right.address));
  const vip = (pair: "public" | "management", family: Family): string => vipAddress(router, pair, family, reservations);
  return {
    port: tunnelPort,
    vni: numberOf(router, reservations),
    mtu: tunnelMtu(router, index),
    ends: served.map((family) => ({ family, management: vip("management", family), public: vip("public", family) })),
    members,
  };
}

/** A member's tunnel, and the network that it goes through; null: it uses no roaming router. */
export function compileTunnel(
  host: HostSpec,
  index: ClusterIndex,
  reservations: ReservationIndex,
  metric: number,
): { readonly tunnel: TunnelState; readonly network: string } | null {
  const router = roamingRouterOf(host, index);
  if (router === null) return null;
  const network = networkOf(rackOf(index, host.rack), router.managementNetwork);
  const ends = roamingRouterFamilies(router).flatMap((family) => {
    const local = hostAddress(host, network.name, family);
    return local === null ? [] : [{ family, local: local.text, remote: vipAddress(router, "management", family, reservations) }];
  });
  const vni = numberOf(router, reservations);
  const tunnel = { router: router.name, device: `rwt-${vni}`, port: tunnelPort, vni, mtu: tunnelMtu(router, index), metric, ends };
  return { tunnel, network: network.name };
}

function vipAddress(router: RoamingRouterSpec, pair: "public" | "management", family: Family, reservations: ReservationIndex): string {
  return reservations.value("address", poolScope(router.pool), vipOwner(roamingRouterVip(router.name, pair), family));
}

/** The index of its namespace serves as the tunnel's identifier. */
function numberOf(router: RoamingRouterSpec, reservations: ReservationIndex): number {
  return Number(reservations.value("namespace-index", namespaceIndexScope, namespaceOwner(router.name)));
}
