import type { RouterState } from "@rackway/schema";

/** Addresses of the way out of a namespace whose VIPs are elsewhere: a point-to-point link to the host, the same on every host. */
export type WayOut = {
  readonly hostIpv4: string;
  readonly netnsIpv4: string;
  readonly ipv4Length: 30;
  readonly hostIpv6: string;
  readonly netnsIpv6: string;
  readonly ipv6Length: 126;
};

/** IPv4 from 169.254.128.0/18 (RFC 3927, never routed), IPv6 from one ULA /48 (RFC 4193); four addresses for each router index. */
export function wayOutAddresses(index: number): WayOut {
  const third = 128 + (index >> 6);
  const fourth = (index & 63) * 4;
  const group = index.toString(16);
  return {
    hostIpv4: `169.254.${third}.${fourth + 1}`,
    netnsIpv4: `169.254.${third}.${fourth + 2}`,
    ipv4Length: 30,
    hostIpv6: `fd72:6b77:6179:${group}::1`,
    netnsIpv6: `fd72:6b77:6179:${group}::2`,
    ipv6Length: 126,
  };
}

/** UDP port of conntrackd, the one of its own examples. */
export const syncPort = 3780;

/**
 * The rules in a router's namespace (nft(8)).
 *
 * - Established traffic passes; new traffic passes from the inside out, and from the outside in only where the document says so.
 * - SNAT to the VIP, never masquerade: masquerade drops its entries with the address, and no connection would survive a move.
 * - A packet for the public VIP that matches no state is dropped, not answered: an answer that comes before its state has been
 *   synchronised would draw a reset.
 * - conntrackd's own traffic is not tracked, and heard on its own link only.
 */
export function renderRouterRuleset(router: RouterState): string {
  const inside = splitFamilies(router.management.cidrs);
  return [
    "table inet rackway-router",
    "delete table inet rackway-router",
    "table inet rackway-router {",
    ...renderSet("inside4", "ipv4_addr", inside.ipv4),
    ...renderSet("inside6", "ipv6_addr", inside.ipv6),
    "  chain untracked {",
    "    type filter hook prerouting priority raw; policy accept;",
    '    iifname "sync" notrack',
    "  }",
    "  chain untracked_out {",
    "    type filter hook output priority raw; policy accept;",
    '    oifname "sync" notrack',
    "  }",
    ...renderForward(router),
    ...renderInput(),
    ...renderNat(router),
    ...renderMssClamp(router),
    "}",
    "",
  ].join("\n");
}

function renderForward(router: RouterState): string[] {
  return [
    "  chain forward {",
    "    type filter hook forward priority filter; policy drop;",
    "    ct state established,related accept",
    "    ct state invalid drop",
    '    iifname "mgmt" oifname "public" ip saddr @inside4 accept',
    '    iifname "mgmt" oifname "public" ip6 saddr @inside6 accept',
    ...router.inbound.map(renderInbound),
    "  }",
  ];
}

function renderInbound(rule: RouterState["inbound"][number]): string {
  const words = [`    iifname "public" oifname "mgmt" ${rule.family === 4 ? "ip" : "ip6"} daddr ${rule.to}`];
  if (rule.protocol === "icmp") words.push(rule.family === 4 ? "meta l4proto icmp" : "meta l4proto icmpv6");
  else if (rule.protocol !== "any") {
    words.push(rule.ports.length > 0 ? `${rule.protocol} dport { ${rule.ports.join(", ")} }` : `meta l4proto ${rule.protocol}`);
  }
  return `${words.join(" ")} accept`;
}

function renderInput(): string[] {
  return [
    "  chain input {",
    "    type filter hook input priority filter; policy drop;",
    '    iifname "lo" accept',
    `    iifname "sync" ip6 saddr fe80::/10 udp dport ${syncPort} accept`,
    "    ct state established,related accept",
    "    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld-listener-query } accept",
    "    icmp type { echo-request, destination-unreachable, time-exceeded } accept",
    "    icmpv6 type { echo-request, destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept",
    "  }",
  ];
}

function renderNat(router: RouterState): string[] {
  const lines: string[] = [];
  const vip4 = router.vips.find((vip) => vip.name === "public" && vip.family === 4);
  const vip6 = router.vips.find((vip) => vip.name === "public" && vip.family === 6);
  if (router.nat.ipv4 === "snat" && vip4) lines.push(`    oifname "public" ip saddr @inside4 snat ip to ${vip4.address}`);
  if (router.nat.ipv6 === "nat66" && vip6) lines.push(`    oifname "public" ip6 saddr @inside6 snat ip6 to ${vip6.address}`);
  if (lines.length === 0) return [];
  return ["  chain translate {", "    type nat hook postrouting priority srcnat; policy accept;", ...lines, "  }"];
}

/** Where the two networks' MTUs differ, TCP learns the smaller one from the handshake instead of from lost packets (RFC 4459). */
function renderMssClamp(router: RouterState): string[] {
  if (router.management.mtu === router.public.mtu) return [];
  return [
    "  chain clamp {",
    "    type filter hook forward priority mangle; policy accept;",
    "    tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu",
    "  }",
  ];
}

/** Name of the table that `renderWayOutRuleset` makes in the host's root namespace. */
export function wayOutTable(router: Pick<RouterState, "index">): string {
  return `rackway-out-${router.index}`;
}

/** The host's end of the way out; the agent lets the host forward for interfaces of this name. */
export function wayOutLink(router: Pick<RouterState, "index">): string {
  return `rwh-${router.index}`;
}

/** In the host's root namespace: what leaves a standby's namespace leaves with the host's own address. */
export function renderWayOutRuleset(router: RouterState): string {
  const wayOut = wayOutAddresses(router.index);
  const table = wayOutTable(router);
  return [
    `table inet ${table}`,
    `delete table inet ${table}`,
    `table inet ${table} {`,
    "  chain translate {",
    "    type nat hook postrouting priority srcnat; policy accept;",
    `    ip saddr ${wayOut.netnsIpv4} oifname != "${wayOutLink(router)}" masquerade`,
    `    ip6 saddr ${wayOut.netnsIpv6} oifname != "${wayOutLink(router)}" masquerade`,
    "  }",
    "}",
    "",
  ].join("\n");
}

function renderSet(name: string, type: string, elements: readonly string[]): string[] {
  const content = elements.length > 0 ? [`    elements = { ${elements.join(", ")} }`] : [];
  return [`  set ${name} {`, `    type ${type}`, "    flags interval", ...content, "  }"];
}

/** Addresses or prefixes by family, each in its own order. */
export function splitFamilies(texts: readonly string[]): { ipv4: string[]; ipv6: string[] } {
  return { ipv4: texts.filter((text) => !text.includes(":")), ipv6: texts.filter((text) => text.includes(":")) };
}
