import type { Status } from "@rackway/schema";

import type { HostStatus } from "../words/host-words.ts";
import { ownersOf } from "../words/router-words.ts";
import type { RouterStatus } from "../words/router-words.ts";

export type PacemakerStatus = Status["pacemaker"][number];

/** A router where it is seen: on one host, on none, or, which must never be, on several. */
export interface PlacedRouter {
  readonly router: RouterStatus;
  readonly owners: readonly string[];
}

export interface RackModel {
  readonly name: string;
  readonly controllers: readonly HostStatus[];
  readonly members: readonly HostStatus[];
  /** Those that are on a host of this rack, and those that belong here and are nowhere. */
  readonly routers: readonly PlacedRouter[];
  readonly pacemaker: readonly PacemakerStatus[];
  /** Names of service VIPs that each host announces, by host. */
  readonly announced: ReadonlyMap<string, readonly string[]>;
}

/** The racks of a status, each with what is in it. Pure. */
export function rackModels(status: Pick<Status, "hosts" | "routers" | "pacemaker" | "vips">): RackModel[] {
  const byRack = Map.groupBy(status.hosts, ({ rack }) => rack);
  const rackOf = new Map(status.hosts.map(({ name, rack }) => [name, rack]));
  const placed = status.routers.map((router) => ({ router, owners: ownersOf(router) }));
  const announced = announcedBy(status.vips);
  return [...byRack].toSorted(byName).map(([name, hosts]) => ({
    name,
    controllers: hosts.filter(({ role }) => role === "controller"),
    members: hosts.filter(({ role }) => role === "member"),
    routers: placed.filter(({ router, owners }) =>
      owners.length === 0 ? router.rack === name : owners.some((owner) => (rackOf.get(owner) ?? router.rack) === name),
    ),
    pacemaker: status.pacemaker.filter((cluster) => cluster.name === name || cluster.hosts.some((host) => rackOf.get(host) === name)),
    announced,
  }));
}

function announcedBy(vips: Status["vips"]): Map<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const vip of vips)
    for (const host of vip.announcedBy) {
      const names = found.get(host) ?? new Set<string>();
      found.set(host, names.add(vip.name));
    }
  return new Map([...found].map(([host, names]) => [host, [...names].toSorted()]));
}

function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
