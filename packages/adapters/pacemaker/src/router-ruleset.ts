import type { RouterState } from "@rackway/schema";
import { peerPrefix } from "@rackway/services";

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
 * - Name and time service are asked on the management link only, and their questions are not tracked.
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
    ...renderUntrackedServices(router, "in"),
    "  }",
    "  chain untracked_out {",
    "    type filter hook output priority raw; policy accept;",
    '    oifname "sync" notrack',
    ...renderUntrackedServices(router, "out"),
    "  }",
    ...renderForward(router),
    ...renderInput(router),
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

/** UDP and TCP ports on which daemons in the namespace answer the inside. */
function servedPorts({ dns, ntp }: RouterState): { readonly udp: readonly number[]; readonly tcp: readonly number[] } {
  return { udp: [...(dns === null ? [] : [53]), ...(ntp === null ? [] : [123])], tcp: dns === null ? [] : [53] };
}

/** A question and its answer are no connection: thousands a second would fill the table, and be told to every standby. */
function renderUntrackedServices(router: RouterState, way: "in" | "out"): string[] {
  const { udp } = servedPorts(router);
  if (udp.length === 0) return [];
  const [link, address, port] = way === "in" ? ['iifname "mgmt"', "daddr", "dport"] : ['oifname "mgmt"', "saddr", "sport"];
  return router.vips
    .filter(({ name }) => name === "management")
    .map((vip) => `    ${link} ${vip.family === 4 ? "ip" : "ip6"} ${address} ${vip.address} udp ${port} { ${udp.join(", ")} } notrack`);
}

/** The time servers of the router among themselves: questions, and answers, which on that link belong to no connection. */
function renderTimePeers(router: RouterState): string[] {
  if (router.ntp === null || router.ntp.peers.length === 0) return [];
  const from = `    iifname "sync" ip6 saddr ${peerPrefix(router)}`;
  return [`${from} udp dport 123 accept`, `${from} udp sport 123 accept`];
}

/** Whom they answer is the daemons' own to know: here it is only from which side they may be asked. */
function renderServed(router: RouterState): string[] {
  const ports = servedPorts(router);
  return (["udp", "tcp"] as const).flatMap((protocol) =>
    ports[protocol].length === 0 ? [] : [`    iifname "mgmt" ${protocol} dport { ${ports[protocol].join(", ")} } accept`],
  );
}

function renderInput(router: RouterState): string[] {
  return [
    "  chain input {",
    "    type filter hook input priority filter; policy drop;",
    '    iifname "lo" accept',
    `    iifname "sync" ip6 saddr fe80::/10 udp dport ${syncPort} accept`,
    "    ct state established,related accept",
    "    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld-listener-query } accept",
    "    icmp type { echo-request, destination-unreachable, time-exceeded } accept",
    "    icmpv6 type { echo-request, destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept",
    ...renderTimePeers(router),
    ...renderServed(router),
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

function renderSet(name: string, type: string, elements: readonly string[]): string[] {
  const content = elements.length > 0 ? [`    elements = { ${elements.join(", ")} }`] : [];
  return [`  set ${name} {`, `    type ${type}`, "    flags interval", ...content, "  }"];
}

/** Addresses or prefixes by family, each in its own order. */
export function splitFamilies(texts: readonly string[]): { ipv4: string[]; ipv6: string[] } {
  return { ipv4: texts.filter((text) => !text.includes(":")), ipv6: texts.filter((text) => text.includes(":")) };
}
