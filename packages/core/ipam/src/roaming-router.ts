import type { FieldPath } from "@rackway/errors";
import type { ClusterDocument, RoamingRouterSpec, VipSpec } from "@rackway/schema";

import { announcersByRack, isAnnounced } from "./announcing.ts";

/** A service VIP, and the fields of the document that speak of it. */
export interface ServiceVip {
  readonly vip: VipSpec;
  readonly path: FieldPath;
  readonly addressPath: FieldPath;
  /** Where its namespace is named. */
  readonly namespacePath: FieldPath;
  /** The roaming router that it belongs to. */
  readonly router: RoamingRouterSpec | null;
}

/** Names of a roaming router's two VIPs, wherever VIPs are listed, moved or told of. */
export function roamingRouterVip(router: string, vip: "public" | "management"): string {
  return `${router}-${vip}`;
}

/**
 * Every VIP of a document that routing daemons announce. The VIPs of a roaming router are among them, as two roaming VIPs of one group in a
 * service namespace of the router's name: what owns, moves, guards and announces them is what does so for any other.
 */
export function announcedVips(document: ClusterDocument): ServiceVip[] {
  return serviceVips(document).filter(({ vip }) => isAnnounced(vip));
}

/** Every VIP of a document that stands in a service namespace: those that are announced, and failover VIPs. */
export function serviceVips(document: ClusterDocument): ServiceVip[] {
  const { vips, roamingRouters = [] } = document.spec;
  const services = vips.map((vip, index): ServiceVip => {
    const path = ["spec", "vips", index];
    return { vip, path, addressPath: [...path, "address"], namespacePath: [...path, "namespace"], router: null };
  });
  if (roamingRouters.length === 0) return services;
  const announcers = announcersByRack(document);
  const pairs = roamingRouters.flatMap((router, index) => {
    const path = ["spec", "roamingRouters", index];
    const racks = router.racks.filter((rack) => announcers.has(rack));
    return (["public", "management"] as const).map((pair): ServiceVip => {
      const field = `${pair}Vip` as const;
      const vip: VipSpec = {
        name: roamingRouterVip(router.name, pair),
        mode: "roaming",
        pool: router.pool,
        address: router[field],
        namespace: router.name,
        racks,
        group: router.name,
        ...(router.overlap === undefined ? {} : { overlap: router.overlap }),
        withdrawLast: false,
      };
      return { vip, path, addressPath: [...path, field], namespacePath: [...path, "name"], router };
    });
  });
  return [...services, ...pairs];
}

/** All VIPs that are not a rack's router's, failover VIPs among them, by their names. */
export function allVips(document: ClusterDocument): VipSpec[] {
  return serviceVips(document).map(({ vip }) => vip);
}
