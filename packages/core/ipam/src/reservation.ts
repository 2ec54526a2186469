import type { Family } from "@rackway/net";
import type { ApiReservation, NetworkSpec } from "@rackway/schema";

/**
 * One value held by one owner. Within a `kind` and `scope` no value and no owner occurs twice. Addresses are unique in the whole
 * document as well, because networks and pools do not overlap. `sinceRevision` is null while it is only planned.
 */
export type Reservation = ApiReservation;

/** Within which values are unique: a rack's network. A shared network is one L2 segment, so one scope (`*` for the rack) in all racks. */
export function networkScope(rack: string, network: Pick<NetworkSpec, "name" | "shared">): string {
  return network.shared ? `network/*/${network.name}` : `network/${rack}/${network.name}`;
}

export function poolScope(pool: string): string {
  return `pool/${pool}`;
}

export function pacemakerScope(cluster: string): string {
  return `pacemaker/${cluster}`;
}

export const routerIndexScope = "routers";

export const namespaceIndexScope = "namespaces";

/** Within which VIPs are numbered. */
export function namespaceScope(namespace: string): string {
  return `namespace/${namespace}`;
}

export function namespaceOwner(namespace: string): string {
  return `namespace/${namespace}`;
}

/** A VIP as the holder of its number; its addresses are held family by family (`vipOwner`). */
export function vipNumberOwner(vip: string): string {
  return `vip/${vip}`;
}

export function routerVipOwner(router: string, vip: "public" | "management", family: Family): string {
  return `router/${router}/${vip}/${family}`;
}

export function vipOwner(vip: string, family: Family): string {
  return `vip/${vip}/${family}`;
}

export function hostOwner(host: string): string {
  return `host/${host}`;
}

export function routerOwner(router: string): string {
  return `router/${router}`;
}

/** Finds values by owner: the compiler's view of the reservations. Throws where there is none: allocation was skipped. */
export class ReservationIndex {
  readonly #values: ReadonlyMap<string, string>;

  constructor(reservations: Iterable<Reservation>) {
    this.#values = new Map([...reservations].map(({ kind, scope, owner, value }) => [key(kind, scope, owner), value]));
  }

  value(kind: Reservation["kind"], scope: string, owner: string): string {
    const value = this.#values.get(key(kind, scope, owner));
    if (value === undefined) throw new Error(`no ${kind} is reserved in ${scope} for ${owner}`);
    return value;
  }
}

function key(kind: string, scope: string, owner: string): string {
  return `${kind} ${scope} ${owner}`;
}
