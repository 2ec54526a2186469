import type { RouterState, ServiceNamespaceState } from "@rackway/schema";

/**
 * The way of a namespace's daemons to their upstreams, through the host and with the host's own address: a point-to-point link, the same on every
 * host. A router's is for while its VIPs are elsewhere; a service namespace's for good, for a VIP that others have, too, gets no answers.
 */
export interface WayOut {
  readonly hostIpv4: string;
  readonly netnsIpv4: string;
  readonly ipv4Length: 30;
  readonly hostIpv6: string;
  readonly netnsIpv6: string;
  readonly ipv6Length: 126;
  /** The host's end; the agent lets the host forward for interfaces of this name (`rwh-…`). */
  readonly link: string;
  /** Name of the table that `renderWayOutRuleset` makes in the host's root namespace. */
  readonly table: string;
}

/** IPv4 from 169.254.128.0/18, of service namespaces from 169.254.192.0/18 (RFC 3927, never routed), IPv6 from one ULA /48 (RFC 4193). */
export function routerWayOut({ index }: Pick<RouterState, "index">): WayOut {
  return wayOut(index, { firstThird: 128, group: index, name: `${index}` });
}

export function serviceWayOut({ index }: Pick<ServiceNamespaceState, "index">): WayOut {
  return wayOut(index, { firstThird: 192, group: 0x8000 + index, name: `s${index}` });
}

/** Four addresses for each index (1 to 4094). */
function wayOut(index: number, of: { readonly firstThird: number; readonly group: number; readonly name: string }): WayOut {
  const third = of.firstThird + (index >> 6);
  const fourth = (index & 63) * 4;
  const group = of.group.toString(16);
  return {
    hostIpv4: `169.254.${third}.${fourth + 1}`,
    netnsIpv4: `169.254.${third}.${fourth + 2}`,
    ipv4Length: 30,
    hostIpv6: `fd72:6b77:6179:${group}::1`,
    netnsIpv6: `fd72:6b77:6179:${group}::2`,
    ipv6Length: 126,
    link: `rwh-${of.name}`,
    table: `rackway-out-${of.name}`,
  };
}

/** In the host's root namespace: what leaves the namespace leaves with the host's own address. */
export function renderWayOutRuleset({ table, link, netnsIpv4, netnsIpv6 }: WayOut): string {
  return [
    `table inet ${table}`,
    `delete table inet ${table}`,
    `table inet ${table} {`,
    "  chain translate {",
    "    type nat hook postrouting priority srcnat; policy accept;",
    `    ip saddr ${netnsIpv4} oifname != "${link}" masquerade`,
    `    ip6 saddr ${netnsIpv6} oifname != "${link}" masquerade`,
    "  }",
    "}",
    "",
  ].join("\n");
}

/**
 * Of the host's end: without an address of the link, the kernel asks no neighbour on behalf of what it forwards (RFC 4861 4.3), and answers would
 * come back only as long as the namespace has asked for the host of late.
 */
const hostLinkLocal = "fe80::5257:1/64";

/** Parameters of `ocf:rackway:wayout` that follow from it. */
export function wayOutParameters(way: WayOut): Readonly<Record<"outside" | "inside_addresses" | "outside_addresses" | "table", string>> {
  return {
    outside: way.link,
    inside_addresses: `${way.netnsIpv4}/${way.ipv4Length} ${way.netnsIpv6}/${way.ipv6Length}`,
    outside_addresses: `${way.hostIpv4}/${way.ipv4Length} ${way.hostIpv6}/${way.ipv6Length} ${hostLinkLocal}`,
    table: way.table,
  };
}
