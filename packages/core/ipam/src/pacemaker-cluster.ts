import type { ClusterDocument, HostSpec, PacemakerSpec, VirtualRouterSpec } from "@rackway/schema";
import { pacemakerSchema } from "@rackway/schema";

import { announcersByRack, isAnnounced, racksOfVip } from "./announcing.ts";
import { serviceVips } from "./roaming-router.ts";

/** One failure domain: its settings, and the controllers of its racks, sorted by name. */
export interface PacemakerCluster {
  readonly settings: PacemakerSpec;
  readonly controllers: readonly HostSpec[];
  /** Index in `spec.pacemaker`; null: made by default for a rack that no entry names. */
  readonly specIndex: number | null;
}

/** True where the router has a pair that can move. Without, it works on the own addresses of one controller. */
export function hasVips(router: Pick<VirtualRouterSpec, "publicVip" | "managementVip">): boolean {
  return [router.publicVip, router.managementVip].some((pair) => pair?.ipv4 !== undefined || pair?.ipv6 !== undefined);
}

/**
 * Every Pacemaker cluster that a document describes: its entries, and one for each rack with controllers that no entry names (with the
 * rack's name and the default settings). Sorted by name.
 */
export function pacemakerClustersOf(document: ClusterDocument): PacemakerCluster[] {
  const { spec } = document;
  const controllersByRack = Map.groupBy(
    spec.hosts.filter(({ role }) => role === "controller"),
    ({ rack }) => rack,
  );
  // A rack belongs to the first entry that names it; a second is a fault of its own, not a bigger Pacemaker cluster.
  const claimed = new Set<string>();
  const controllersOf = (racks: readonly string[]): HostSpec[] => {
    const own = [...new Set(racks)].filter((rack) => !claimed.has(rack));
    for (const rack of own) claimed.add(rack);
    return own.flatMap((rack) => controllersByRack.get(rack) ?? []).sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  const entries = (spec.pacemaker ?? []).map((settings, specIndex): PacemakerCluster => ({
    settings,
    controllers: controllersOf(settings.racks),
    specIndex,
  }));
  for (const { name } of spec.racks) {
    if (claimed.has(name) || !controllersByRack.has(name)) continue;
    const settings = pacemakerSchema.parse({ name, racks: [name] });
    entries.push({ settings, controllers: controllersOf([name]), specIndex: null });
  }
  return entries.sort((a, b) => (a.settings.name < b.settings.name ? -1 : 1));
}

/**
 * Those that have something to do: several controllers, a router with a pair of VIPs, or service VIPs. A controller that is alone
 * with none of these needs no Corosync.
 */
export function runningPacemakerClusters(document: ClusterDocument): PacemakerCluster[] {
  const racksWithWork = new Set(document.spec.virtualRouters.filter(hasVips).map(({ rack }) => rack));
  const announcers = announcersByRack(document);
  for (const { vip } of serviceVips(document)) {
    const racks = isAnnounced(vip) ? racksOfVip(vip, announcers) : vip.rack === undefined ? [] : [vip.rack];
    for (const rack of racks) racksWithWork.add(rack);
  }
  return pacemakerClustersOf(document).filter(
    ({ settings, controllers }) =>
      controllers.length > 1 || (controllers.length === 1 && settings.racks.some((rack) => racksWithWork.has(rack))),
  );
}
