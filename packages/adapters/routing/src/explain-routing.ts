import type { HostProblem } from "@rackway/linux";
import { problem } from "@rackway/linux";
import type { Family, RoutingState } from "@rackway/schema";

import type { LogLine } from "./frr-log.ts";
import type { NeighborView, OspfInterfaceView } from "./frr-json.ts";
import type { RoutingView } from "./observe-routing.ts";
import { neighborName } from "./render-frr.ts";

/** A neighbour passes through these on its way up: who stays longer is stuck. */
const passingMs = 6000;
const protocolNames = { ospf: "OSPFv2", ospf6: "OSPFv3" } as const;

/**
 * Why the fabric does not hear this host, or this host the fabric: one problem for each link and protocol, with the evidence. FRR's tables say
 * that something is wrong; which of the parameters differs stands in its log alone, there without debugging. `before` is the last look,
 * which counters are held against. Pure.
 */
export function explainRouting(
  routing: RoutingState,
  view: RoutingView,
  before: RoutingView | null,
  log: readonly LogLine[],
): HostProblem[] {
  const { ospf, bgp, families } = routing;
  const protocols = families.map((family: Family) => (family === 4 ? ("ospf" as const) : ("ospf6" as const)));
  return [
    ...(ospf === null
      ? []
      : ospf.interfaces.flatMap((name) =>
          protocols.flatMap((protocol) => explainLink({ name, protocol, area: ospf.area }, view, before, log)),
        )),
    ...(bgp?.neighbors ?? []).flatMap((neighbor) => explainSession(neighborName(neighbor), view)),
    ...view.neighbors
      .filter(({ isUp, bfd }) => isUp && bfd === "down")
      .map((neighbor) => problem("routing-bfd-down", { neighbor: nameOf(neighbor), interface: neighbor.interface ?? "its interface" })),
  ];
}

/** Whether a look at FRR's log could say more: it is not read otherwise. */
export function needsLog(routing: RoutingState, view: RoutingView): boolean {
  return explainRouting(routing, view, null, []).some(
    ({ code }) => code === "routing-neighbor-missing" || code === "routing-neighbor-stuck",
  );
}

interface WantedLink {
  readonly name: string;
  readonly protocol: "ospf" | "ospf6";
  readonly area: string;
}

function findLink(view: RoutingView | null, { name, protocol }: WantedLink): OspfInterfaceView | undefined {
  return view?.interfaces.find((entry) => entry.protocol === protocol && entry.name === name);
}

function explainLink(wanted: WantedLink, view: RoutingView, before: RoutingView | null, log: readonly LogLine[]): HostProblem[] {
  const { name, protocol } = wanted;
  const link = findLink(view, wanted);
  const spoken = protocolNames[protocol];
  if (link === undefined || !link.isUp || !link.isAttached) {
    const state =
      link === undefined ? "does not exist, or FRR does not run there" : link.isUp ? "has no address that it could speak from" : "is down";
    return [problem("routing-interface-down", { interface: name, protocol: spoken, state })];
  }
  const neighbors = view.neighbors.filter((entry) => entry.protocol === protocol && entry.interface === name);
  if (neighbors.some(({ isUp }) => isUp)) return [];
  const cause = causeInLog(name, protocol, link, log);
  if (cause !== null) return [cause];
  const stuck = neighbors.find(({ state, stateForMs }) => /^Ex/.test(state) && (stateForMs ?? 0) > passingMs);
  if (stuck !== undefined) {
    const neighbor = nameOf(stuck);
    return [
      problem("routing-neighbor-stuck", { interface: name, protocol: spoken, neighbor, state: stuck.state, mtu: link.mtu ?? "unknown" }),
    ];
  }
  if (neighbors.length > 0) {
    const [first] = neighbors;
    return [problem("routing-neighbor-rising", { interface: name, protocol: spoken, neighbor: nameOf(first), state: first?.state ?? "" })];
  }
  const drops = link.authenticationDrops - (findLink(before, wanted)?.authenticationDrops ?? link.authenticationDrops);
  if (drops > 0) {
    const evidence = `${drops} packets dropped for their authentication since the last look`;
    return [problem("routing-key-mismatch", { interface: name, protocol: spoken, evidence })];
  }
  return [problem("routing-neighbor-missing", { interface: name, protocol: spoken, area: link.area ?? wanted.area })];
}

function nameOf(neighbor: NeighborView | undefined): string {
  return neighbor?.address ?? neighbor?.routerId ?? neighbor?.interface ?? "?";
}

interface Symptom {
  readonly pattern: RegExp;
  readonly explain: (match: RegExpExecArray, link: OspfInterfaceView, evidence: string) => HostProblem;
}

const on = (link: OspfInterfaceView): { readonly interface: string; readonly protocol: string } => ({
  interface: link.name,
  protocol: protocolNames[link.protocol],
});
const area =
  (theirs: number): Symptom["explain"] =>
  (match, link, evidence) =>
    problem("routing-area-mismatch", { ...on(link), ours: link.area ?? "?", theirs: match[theirs] ?? "?", evidence });
const timers =
  (timer: "hello" | "dead"): Symptom["explain"] =>
  (match, link, evidence) =>
    problem("routing-timer-mismatch", { ...on(link), timer, ours: match[1] ?? "?", theirs: match[2] ?? "?", evidence });
const key: Symptom["explain"] = (_, link, evidence) => problem("routing-key-mismatch", { ...on(link), evidence });
const mtu =
  (ours: number, theirs: number): Symptom["explain"] =>
  (match, link, evidence) =>
    problem("routing-mtu-mismatch", { ...on(link), ours: match[ours] ?? "?", theirs: match[theirs] ?? "?", evidence });

/** Words of ospfd and ospf6d, 8.4 to 10; each names the interface as well. */
const symptoms: readonly Symptom[] = [
  { pattern: /invalid Area ID (\d+\.\d+\.\d+\.\d+)/, explain: area(1) },
  { pattern: /Area-ID mismatch \(my \S+, rcvd (\S+?)\)/, explain: area(1) },
  { pattern: /HelloInterval mismatch .*\((?:expected|my) (\d+), (?:but received|rcvd) (\d+)\)/, explain: timers("hello") },
  { pattern: /(?:Router)?DeadInterval mismatch .*\((?:expected|my) (\d+), (?:but received|rcvd) (\d+)\)/, explain: timers("dead") },
  {
    pattern: /ospf_check_(?:md5|sha|hmac)\S* |auth-type mismatch|auth(?:entication)? (?:failed|mismatch)|Authentication failure/i,
    explain: key,
  },
  { pattern: /MTU (\d+) is larger than \[.*\]'s MTU (\d+)/, explain: mtu(2, 1) },
  { pattern: /MTU mismatch \(my (\d+) rcvd (\d+)\)/, explain: mtu(1, 2) },
];

/** The newest line that is about this link and names a cause. */
function causeInLog(name: string, protocol: "ospf" | "ospf6", link: OspfInterfaceView, log: readonly LogLine[]): HostProblem | null {
  const daemon = protocol === "ospf" ? /\bOSPF:|\bospfd\b/ : /\bOSPF6:|\bospf6d\b/;
  const names = new RegExp(`(?:^|[^\\w.-])${name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?:[^\\w.-]|$)`);
  for (const { text } of log.toReversed()) {
    if (!daemon.test(text) || !names.test(text)) continue;
    for (const { pattern, explain } of symptoms) {
      const match = pattern.exec(text);
      if (match !== null) return explain(match, link, text.replace(/^.*?\b(OSPF6?:|ospf6?d\b)/, "$1"));
    }
  }
  return null;
}

function explainSession(name: string, view: RoutingView): HostProblem[] {
  const neighbor = view.neighbors.find((entry) => entry.protocol === "bgp" && (entry.address === name || entry.interface === name));
  if (neighbor?.isUp === true) return [];
  const state = neighbor?.state ?? "unknown to FRR";
  return [problem("routing-session-down", { neighbor: name, state, reason: neighbor?.lastReset ?? "nobody has answered yet" })];
}
