import type { Address, AddressRange, Family, Prefix } from "@rackway/net";
import { RangeSet, addressOf, prefixOf, rangeOf, usableRange } from "@rackway/net";
import type { ClusterDocument, NetworkSpec, VipPoolSpec } from "@rackway/schema";

import { networkScope, poolScope } from "./reservation.ts";

/** What one family of a network or pool can give. */
export interface AddressSpace {
  readonly scope: string;
  readonly family: Family;
  /** For messages: `network "public" of rack "rack-a"`. */
  readonly label: string;
  readonly prefix: Prefix;
  readonly gateway: Address | null;
  /** As the document gives them; the whole network where it gives none. */
  readonly ranges: readonly AddressRange[];
  /** Ranges without the network, broadcast, subnet-router anycast and gateway addresses. */
  readonly candidates: RangeSet;
}

type FamilyNetwork = NonNullable<NetworkSpec["ipv4"]>;

/** The spaces of a document by `SCOPE/FAMILY`. A shared network appears once. */
export function addressSpacesOf(document: ClusterDocument): Map<string, AddressSpace> {
  const spaces = new Map<string, AddressSpace>();
  const add = (scope: string, label: string, owner: Pick<VipPoolSpec, "ipv4" | "ipv6">): void => {
    for (const [family, network] of [
      [4, owner.ipv4],
      [6, owner.ipv6],
    ] as const) {
      if (network !== undefined) spaces.set(spaceKey(scope, family), addressSpace(scope, family, label, network));
    }
  };
  for (const rack of document.spec.racks) {
    for (const network of rack.networks) add(networkScope(rack.name, network), networkLabel(rack.name, network), network);
  }
  for (const pool of document.spec.vipPools) add(poolScope(pool.name), `pool "${pool.name}"`, pool);
  return spaces;
}

export function spaceKey(scope: string, family: Family): string {
  return `${scope}/${family}`;
}

export function networkLabel(rack: string, network: Pick<NetworkSpec, "name" | "shared">): string {
  return network.shared ? `the shared network "${network.name}"` : `network "${network.name}" of rack "${rack}"`;
}

/** One family of a network or pool; its texts have been accepted by `parseDocument`. */
export function addressSpace(scope: string, family: Family, label: string, network: FamilyNetwork): AddressSpace {
  const prefix = prefixOf(network.cidr, family);
  const gateway = network.gateway === undefined ? null : addressOf(network.gateway, family);
  const ranges = network.ranges?.map((range) => rangeOf(range, family)) ?? [usableRange(prefix)];
  const inside = RangeSet.of(ranges).intersect(RangeSet.of([usableRange(prefix)]));
  return { scope, family, label, prefix, gateway, ranges, candidates: gateway === null ? inside : inside.subtract(RangeSet.of([gateway])) };
}
