import type { ReservationIndex } from "@rackway/ipam";
import { scopeOfVip, vipOwner } from "@rackway/ipam";
import type { Family } from "@rackway/net";
import type { VipSpec } from "@rackway/schema";

import type { ClusterIndex } from "./cluster-index.ts";
import { families, familyField } from "./cluster-index.ts";

/** What is reserved for a service VIP, IPv4 first. */
export function reservedAddresses(
  vip: Pick<VipSpec, "name" | "pool" | "rack" | "network" | "address">,
  reservations: ReservationIndex,
  { racks }: Pick<ClusterIndex, "racks">,
): { readonly family: Family; readonly address: string }[] {
  const { name, address } = vip;
  const scope = scopeOfVip(vip, racks.get(vip.rack ?? "")?.networks.values() ?? []);
  if (scope === null) return [];
  return families
    .filter((family) => address[familyField(family)] !== undefined)
    .map((family) => ({ family, address: reservations.value("address", scope, vipOwner(name, family)) }));
}
