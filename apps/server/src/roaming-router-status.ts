import type { Reservation } from "@rackway/ipam";
import { announcersByRack, poolScope, roamingRouterVip, vipOwner } from "@rackway/ipam";
import type { VipFacts } from "@rackway/planner";
import { summariseVip } from "@rackway/planner";
import type { ClusterDocument, RoamingRouterSpec, RouterView, Status } from "@rackway/schema";

import type { CurrentView } from "./current-view.ts";
import { families } from "./families.ts";
import type { RouterWatch } from "./router-watch.ts";

type RouterStatus = Status["routers"][number];

const pairs = ["public", "management"] as const;

/** A roaming router as a router: all that is known of it is what hosts say of its VIPs, which are told of, and judged, as VIPs. */
export function roamingRouterStatus(
  router: RoamingRouterSpec,
  { spec }: ClusterDocument,
  facts: readonly VipFacts[],
  watch: Pick<RouterWatch, "since">,
): RouterStatus {
  const rows = pairs.flatMap((pair) =>
    facts
      .filter((vip) => vip.name === roamingRouterVip(router.name, pair))
      .map(summariseVip)
      .map(({ family, address, owners, ageMs }) => ({ vip: { name: pair, family, address, owners }, ageMs })),
  );
  const owners = [...new Set(rows.flatMap(({ vip }) => vip.owners))];
  const active = owners.length === 1 ? (owners[0] ?? null) : null;
  const ages = rows.flatMap(({ ageMs }) => ageMs ?? []);
  return {
    name: router.name,
    rack: spec.hosts.find(({ name }) => name === active)?.rack ?? router.racks[0] ?? "",
    racks: router.racks,
    active,
    activeSince: watch.since(router.name, active),
    vips: rows.map(({ vip }) => vip),
    connectionSync: null,
    dns: null,
    ntp: null,
    ageMs: ages.length === 0 ? null : Math.min(...ages),
  };
}

export function roamingRouterView(
  router: RoamingRouterSpec,
  current: NonNullable<CurrentView["current"]>,
  status: RouterStatus,
): RouterView {
  const announcers = announcersByRack(current.document);
  const controllers = router.racks.flatMap((rack) => (announcers.get(rack) ?? []).map(({ name }) => name)).sort();
  const cluster = current.pacemaker.find((each) => each.controllers.some(({ name }) => controllers.includes(name)));
  return {
    name: router.name,
    rack: status.rack,
    racks: router.racks,
    pacemaker: cluster?.settings.name ?? null,
    takeover: cluster?.settings.takeover ?? null,
    controllers,
    managementNetwork: router.managementNetwork,
    publicNetwork: null,
    pool: router.pool,
    nat: { ipv4: "snat", ipv6: "nat66" },
    dns: null,
    ntp: null,
    reservations: reservationsOf(router, current.reservations),
    status,
  };
}

function reservationsOf(router: RoamingRouterSpec, reservations: readonly Reservation[]): Reservation[] {
  const owners = pairs.flatMap((pair) => families.map((family) => vipOwner(roamingRouterVip(router.name, pair), family)));
  const inPool = reservations.filter(({ kind, scope }) => kind === "address" && scope === poolScope(router.pool));
  return owners.flatMap((owner) => inPool.find((each) => each.owner === owner) ?? []);
}
