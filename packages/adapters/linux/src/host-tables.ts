import type { HostRouterState, HostState, TunnelState } from "@rackway/schema";

import type { Originals } from "./originals.ts";
import { wantedSysctls } from "./plan-sysctls.ts";

/** An nftables table of the root namespace that the agent owns: family `inet`, named `rackway-host` or `rackway-router-NAME`. */
export interface HostTable {
  readonly name: string;
  /** `table inet NAME { … }`, as nft(8) reads it. */
  readonly text: string;
}

/** Tables of the agent; other `rackway*` tables of the root namespace are the resource agents'. */
export function isHostTable(name: string): boolean {
  return name === guardTable || name === tunnelTable || name.startsWith("rackway-router-");
}

const guardTable = "rackway-host";
const tunnelTable = "rackway-tunnel";
/** Host's ends of the virtual routers' low-priority way out. */
const wayOutInterfaces = "rwh-*";

type Forwarding = Pick<HostState, "sysctls" | "hostRouters" | "bridges"> & Partial<Pick<HostState, "anycast">> & Pick<HostState, "tunnel">;

/**
 * The tables that a host state asks for. The guard is there only for families that were not forwarding before us:
 * where they were, the host's own rules say what may pass.
 */
export function wantedTables(state: Forwarding, originals: Originals): HostTable[] {
  const wanted = wantedSysctls(state);
  const turnedOn = (key: string): boolean => wanted.get(key) === "1" && originals.sysctls[key] === "0";
  const families = [...(turnedOn("net.ipv4.ip_forward") ? ["ipv4"] : []), ...(turnedOn("net.ipv6.conf.all.forwarding") ? ["ipv6"] : [])];
  const guard = families.length === 0 ? [] : [renderGuardTable(state, families)];
  const tunnel = state.tunnel === undefined ? [] : [renderTunnelGuard(state.tunnel)];
  return [...guard, ...tunnel, ...state.hostRouters.map(renderHostRouter)];
}

/** Forwarding that we turned on is for the routers alone: all else stays as unforwarded as it was. */
function renderGuardTable(state: Forwarding, families: readonly string[]): HostTable {
  const vipBridges = state.anycast ? [state.anycast.bridge] : [];
  const bridges = [...new Set(state.bridges.map(({ name }) => name))].toSorted();
  const rules = [
    `iifname "${wayOutInterfaces}" accept`,
    `oifname "${wayOutInterfaces}" accept`,
    // What passes between the fabric and announced VIPs is for table rackway-any to say, of ocf:rackway:anycast-bridge.
    ...vipBridges.flatMap((bridge) => [`iifname "${bridge}" accept`, `oifname "${bridge}" accept`]),
    ...state.hostRouters.flatMap(({ management, public: outside }) => [
      `iifname "${management.bridge}" oifname "${outside.bridge}" accept`,
      `iifname "${outside.bridge}" oifname "${management.bridge}" accept`,
    ]),
    // With br_netfilter, frames that a bridge only switches come by here as well.
    ...bridges.map((bridge) => `iifname "${bridge}" oifname "${bridge}" accept`),
    ...families.map((family) => `meta nfproto ${family} drop`),
  ];
  return {
    name: guardTable,
    text: table(guardTable, [chain("forward", "type filter hook forward priority filter; policy accept;", rules)]),
  };
}

/** Out of a member's tunnel comes what its router put in, for the member itself: nobody else can have it take a packet as one from outside. */
export function renderTunnelGuard({ device, port, ends }: TunnelState): HostTable {
  const input = [
    ...ends.map(({ remote, local }) => `${ipWord(remote)} saddr ${remote} ${ipWord(local)} daddr ${local} udp dport ${port} accept`),
    `udp dport ${port} drop`,
    ...ends.map(({ local }) => `iifname "${device}" ${ipWord(local)} daddr ${local} accept`),
    `iifname "${device}" drop`,
  ];
  const chains = [
    chain("input", "type filter hook input priority filter - 5; policy accept;", input),
    chain("forward", "type filter hook forward priority filter - 5; policy accept;", [`iifname "${device}" drop`]),
  ];
  return { name: tunnelTable, text: table(tunnelTable, chains) };
}

/**
 * A router in the root namespace: source translation to the host's own public addresses, and the same filter as a virtual router's.
 * SNAT, not masquerade: the address is known, and a link that blinks must not forget the connections.
 */
export function renderHostRouter(router: HostRouterState): HostTable {
  const name = `rackway-router-${router.name}`;
  return { name, text: table(name, [forwardChain(router), translationChain(router)]) };
}

function forwardChain({ management, public: outside, inbound }: HostRouterState): string {
  const rules = [
    "ct state established,related accept",
    ...management.cidrs.map((cidr) => `iifname "${management.bridge}" oifname "${outside.bridge}" ${ipWord(cidr)} saddr ${cidr} accept`),
    ...inbound.map((rule) => `iifname "${outside.bridge}" oifname "${management.bridge}" ${inboundMatch(rule)} accept`),
    // What else comes from outside is the guard's, or of another router of this host.
    `iifname "${outside.bridge}" oifname "${management.bridge}" drop`,
  ];
  return chain("forward", "type filter hook forward priority filter; policy accept;", rules);
}

function translationChain({ management, public: outside, nat }: HostRouterState): string {
  const rules = management.cidrs.flatMap((cidr) => {
    const isIpv6 = cidr.includes(":");
    const translates = isIpv6 ? nat.ipv6 === "nat66" : nat.ipv4 === "snat";
    const source = outside.addresses.map((address) => address.split("/")[0] ?? address).find((address) => address.includes(":") === isIpv6);
    if (!translates || source === undefined) return [];
    return [`oifname "${outside.bridge}" ${ipWord(cidr)} saddr ${cidr} snat ${ipWord(cidr)} to ${source}`];
  });
  return chain("postrouting", "type nat hook postrouting priority srcnat; policy accept;", rules);
}

function inboundMatch(rule: HostRouterState["inbound"][number]): string {
  const target = `${rule.family === 6 ? "ip6" : "ip"} daddr ${rule.to}`;
  switch (rule.protocol) {
    case "any":
      return target;
    case "icmp":
      return `${target} meta l4proto ${rule.family === 6 ? "ipv6-icmp" : "icmp"}`;
    default:
      return rule.ports.length === 0
        ? `${target} meta l4proto ${rule.protocol}`
        : `${target} ${rule.protocol} dport { ${rule.ports.join(", ")} }`;
  }
}

function ipWord(cidr: string): string {
  return cidr.includes(":") ? "ip6" : "ip";
}

function chain(name: string, hook: string, rules: readonly string[]): string {
  return [`  chain ${name} {`, `    ${hook}`, ...rules.map((rule) => `    ${rule}`), "  }"].join("\n");
}

function table(name: string, chains: readonly string[]): string {
  return [`table inet ${name} {`, ...chains, "}", ""].join("\n");
}
