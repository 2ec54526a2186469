import type { BgpSpec, ClusterDocument, HostSpec, OspfSpec, RackSpec, VipSpec } from "@rackway/schema";

/** How a host speaks with its top-of-rack routers. */
export type HostRouting =
  { readonly protocol: "ospf"; readonly settings: OspfSpec } | { readonly protocol: "bgp"; readonly settings: BgpSpec };

/** True for the modes whose addresses routing daemons announce, so that they are in no L2 network. */
export function isAnnounced(vip: Pick<VipSpec, "mode">): boolean {
  return vip.mode !== "failover";
}

/** What a controller says of itself goes before what its rack says. Null: it announces nothing, as members do. */
export function routingOf(host: HostSpec, rack: Pick<RackSpec, "ospf" | "bgp">): HostRouting | null {
  if (host.role !== "controller") return null;
  const { ospf, bgp } = (host.routing?.ospf ?? host.routing?.bgp) ? (host.routing ?? {}) : rack;
  if (ospf !== undefined) return { protocol: "ospf", settings: ospf };
  return bgp === undefined ? null : { protocol: "bgp", settings: bgp };
}

/** The controllers that announce, by rack; racks without any are left out. Sorted by name. */
export function announcersByRack({ spec }: ClusterDocument): Map<string, HostSpec[]> {
  const racks = new Map(spec.racks.map((rack) => [rack.name, rack]));
  const announcers = spec.hosts.filter((host) => {
    const rack = racks.get(host.rack);
    return rack !== undefined && routingOf(host, rack) !== null;
  });
  return Map.groupBy(
    announcers.sort((left, right) => (left.name < right.name ? -1 : 1)),
    ({ rack }) => rack,
  );
}

/** The racks whose controllers may hold an announced VIP: those that it names, or all that announce. */
export function racksOfVip(vip: Pick<VipSpec, "racks">, announcers: ReadonlyMap<string, unknown>): string[] {
  return [...(vip.racks === undefined ? announcers.keys() : new Set(vip.racks))];
}
