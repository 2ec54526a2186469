import type { Family } from "@rackway/schema";

/** An address on a link, with what is needed to put exactly it back elsewhere. */
export interface AddressObservation {
  readonly family: Family;
  /** Canonical text, without prefix length. */
  readonly address: string;
  readonly prefixLength: number;
  readonly scope: string;
  readonly broadcast: string | null;
  /** IPv4 label (`eth0:1`); null for IPv6. */
  readonly label: string | null;
  /** From DHCP or a router advertisement: it has a lifetime, and somebody who renews it. */
  readonly dynamic: boolean;
  /** `noprefixroute`: no connected route came with it. */
  readonly noPrefixRoute: boolean;
}

/** A link (network device) of the root namespace, as `ip -d -j address` tells it. */
export interface LinkObservation {
  readonly name: string;
  /** `bridge`, `veth`, `vlan`, …; null for hardware. */
  readonly kind: string | null;
  readonly alias: string | null;
  readonly mac: string | null;
  readonly mtu: number;
  /** Administratively up (IFF_UP). */
  readonly up: boolean;
  readonly master: string | null;
  readonly bridge: BridgeObservation | null;
  readonly vlanId: number | null;
  /** Of VXLAN devices only. `isBare`: bare IP in it and no far end of its own, each route says where to (gpe, external of ip-link(8)). */
  readonly vxlan?: { readonly port: number; readonly isBare: boolean };
  readonly addresses: readonly AddressObservation[];
}

export interface BridgeObservation {
  readonly stp: boolean;
  /** In hundredths of a second, as the kernel counts. */
  readonly forwardDelayCs: number;
  readonly multicastSnooping: boolean;
}

export interface NextHop {
  readonly via: string | null;
  readonly device: string;
  readonly weight: number;
  readonly onLink: boolean;
}

/** A unicast route of the main table. */
export interface RouteObservation {
  readonly family: Family;
  /** `0.0.0.0/0` and `::/0` for default routes. */
  readonly to: string;
  readonly nextHops: readonly NextHop[];
  /** IPv4: 0 where none was given. */
  readonly metric: number;
  /** A name of rt_protos, or a number as text. */
  readonly protocol: string;
  readonly scope: string | null;
  readonly source: string | null;
  readonly mtu: number | null;
  /** The tunnel that packets by this route go into (`encap ip` or `encap ip6` of ip-route(8)). */
  readonly encap?: RouteEncapsulation | undefined;
}

export interface RouteEncapsulation {
  readonly id: number;
  readonly source: string;
  readonly destination: string;
}

/** One of our nftables tables. `listing` is canonical JSON of all in it, without handles and counters. */
export interface TableObservation {
  readonly name: string;
  readonly listing: string;
}

/** What the root namespace is right now. */
export interface HostObservation {
  readonly links: readonly LinkObservation[];
  readonly routes: readonly RouteObservation[];
  readonly tables: readonly TableObservation[];
  /** The keys that were asked for; null: the key does not exist (yet). */
  readonly sysctls: Readonly<Record<string, string | null>>;
}

/** Route protocol of every route that is ours (rt_protos number). */
export const rackwayProtocol = 82;
/** How the links that are ours begin their alias. */
export const aliasPrefix = "rackway:";

export function isOurRoute(route: RouteObservation): boolean {
  return route.protocol === String(rackwayProtocol) || route.protocol === "rackway";
}

export function isOurLink(link: LinkObservation): boolean {
  return link.alias?.startsWith(aliasPrefix) ?? false;
}

export function isDefaultRoute(route: Pick<RouteObservation, "to">): boolean {
  return route.to === "0.0.0.0/0" || route.to === "::/0";
}

export function defaultDestination(family: Family): string {
  return family === 4 ? "0.0.0.0/0" : "::/0";
}

/** `address/prefixLength`, as host states write addresses. */
export function addressText(address: Pick<AddressObservation, "address" | "prefixLength">): string {
  return `${address.address}/${address.prefixLength}`;
}
