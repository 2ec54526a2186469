import { foreseeRouter } from "@rackway/pacemaker";
import type {
  Family,
  HostBridge,
  HostLink,
  HostRouterState,
  HostState,
  Interrupt,
  PacemakerState,
  RouterState,
  RouterVip,
} from "@rackway/schema";
import { routerResourceIds } from "@rackway/schema";

import { families } from "./families.ts";

/** What is laid side by side. Hosts are in no map where nothing is known of them. */
export interface InterruptFacts {
  /** Host states of the current revision; none before the first. */
  readonly before: ReadonlyMap<string, HostState>;
  readonly after: ReadonlyMap<string, HostState>;
  /** What hosts have said of their links. */
  readonly links: ReadonlyMap<string, readonly HostLink[]>;
  /** Router to the host that holds its VIPs, by that host's word. */
  readonly carriers: ReadonlyMap<string, string>;
}

/**
 * What traffic stops when the hosts go from one set of states to the other: for routers from what Pacemaker will do with their resources,
 * for bridges from what the agents will do with the interfaces. Pure; sorted by rack. What is not in here goes on.
 */
export function foreseeInterrupts(facts: InterruptFacts): Interrupt[] {
  const [was, becomes] = [placedRouters(facts.before), placedRouters(facts.after)];
  const found = [...was.values()].flatMap((router) => routerInterrupts(router, becomes.get(router.name) ?? null, facts));
  found.push(...reroutedHosts(facts, was, new Set(found.flatMap(({ routers }) => routers))));
  found.push(...bridgeInterrupts(facts, was, becomes));
  return found.sort((left, right) => (left.rack === right.rack ? 0 : left.rack < right.rack ? -1 : 1));
}

// --- routers

type PlacedRouter = {
  readonly name: string;
  readonly rack: string;
  /** Where it may run. */
  readonly hosts: readonly string[];
  readonly bridges: ReadonlySet<string>;
} & (
  | { readonly kind: "pair"; readonly router: RouterState; readonly pacemaker: PacemakerState }
  | { readonly kind: "host"; readonly router: HostRouterState }
);

type PairRouter = Extract<PlacedRouter, { readonly kind: "pair" }>;

function placedRouters(states: ReadonlyMap<string, HostState>): Map<string, PlacedRouter> {
  const placed = new Map<string, PlacedRouter>();
  for (const { host, pacemaker, hostRouters } of states.values()) {
    for (const router of hostRouters) {
      const bridges = new Set([router.management.bridge, router.public.bridge]);
      placed.set(router.name, { kind: "host", name: router.name, rack: host.rack, hosts: [host.name], bridges, router });
    }
    for (const router of pacemaker?.routers ?? []) {
      if (pacemaker === null || placed.has(router.name) || !router.controllers.includes(host.name)) continue;
      const bridges = new Set([router.management.bridge, router.public.bridge]);
      placed.set(router.name, { kind: "pair", name: router.name, rack: host.rack, hosts: router.controllers, bridges, router, pacemaker });
    }
  }
  return placed;
}

function routerInterrupts(before: PlacedRouter, after: PlacedRouter | null, facts: InterruptFacts): Interrupt[] {
  const { name, rack } = before;
  const carrier = facts.carriers.get(name);
  const hosts = before.hosts.length === 1 ? [...before.hosts] : carrier === undefined ? [] : [carrier];
  const tell = (lasts: Interrupt["lasts"], message: string): Interrupt => ({ rack, routers: [name], hosts, lasts, message });
  if (after === null) {
    const left = followersOf(before, facts);
    const lose = left.length === 0 ? "" : `; ${few(left)} had the default route by it`;
    return [tell("for-good", `${name} stops for good: it is removed${lose}`)];
  }
  const isElsewhere = before.kind !== after.kind || !before.hosts.some((host) => after.hosts.includes(host));
  if (isElsewhere || before.kind !== "pair" || after.kind !== "pair") {
    return isElsewhere
      ? [tell("until-hosts-follow", `${name} stops ${placeOf(before)} and begins ${placeOf(after)}; connections through it break`)]
      : [];
  }
  return [...restart(before, after, facts, tell), ...relink(before, after, tell), ...leave(before, after, carrier, tell)];
}

type Tell = (lasts: Interrupt["lasts"], message: string) => Interrupt;

function restart(before: PairRouter, after: PairRouter, facts: InterruptFacts, tell: Tell): Interrupt[] {
  const ids = routerResourceIds(before.router);
  const fates = foreseeRouter(before, after);
  if (!fates.has(ids.vips)) return [];
  const stops = `${before.name} stops answering for a short time`;
  if (fates.has(ids.namespace)) {
    const why = "its namespace is made anew on every controller, for it gets or loses a link";
    return [tell("short", `${stops}: ${why}; connections through it break`)];
  }
  const changes = vipChanges(before.router, after.router);
  const parts = [changes.length === 0 ? "its addresses or routes are set anew" : changes.join(", ")];
  if (changes.some((change) => change.startsWith("public"))) parts.push("connections from the old public address break");
  const followers = followersOf(before, facts);
  if (followers.length > 0) parts.push(`${few(followers)}: the default route follows when the agent there has the new revision`);
  return [tell(followers.length > 0 ? "until-hosts-follow" : "short", `${stops}: ${parts.join("; ")}`)];
}

/** `public IPv4 203.0.113.2 becomes 203.0.113.7`. */
function vipChanges(before: RouterState, after: RouterState): string[] {
  const key = ({ name, family }: RouterVip): string => `${name} IPv${family}`;
  const text = ({ address, prefixLength }: RouterVip, other: RouterVip | undefined): string =>
    other?.address === address ? `${address}/${prefixLength}` : address;
  const next = new Map(after.vips.map((vip) => [key(vip), vip]));
  const changed = before.vips.flatMap((vip) => {
    const becomes = next.get(key(vip));
    next.delete(key(vip));
    if (becomes === undefined) return [`${key(vip)} ${vip.address} goes`];
    if (becomes.address === vip.address && becomes.prefixLength === vip.prefixLength) return [];
    return [`${key(vip)} ${text(vip, becomes)} becomes ${text(becomes, vip)}`];
  });
  return [...changed, ...[...next.values()].map((vip) => `${key(vip)} ${vip.address} comes`)];
}

/** The router goes on; what is at the other end of its link is another network. */
function relink(before: PairRouter, after: PairRouter, tell: Tell): Interrupt[] {
  return (["public", "management"] as const).flatMap((link) => {
    const [from, to] = [before.router[link].bridge, after.router[link].bridge];
    if (from === to) return [];
    const message = `${before.name} is cut off on its ${link} side until its controllers have ${to}, to which its link moves from ${from}`;
    return [tell("until-hosts-follow", message)];
  });
}

function leave(before: PairRouter, after: PairRouter, carrier: string | undefined, tell: Tell): Interrupt[] {
  const leaving = before.hosts.filter((host) => !after.hosts.includes(host));
  if (leaving.length === 0 || (carrier !== undefined && !leaving.includes(carrier))) return [];
  const where = carrier === undefined ? `moves to another controller if it is on ${few(leaving, "or")}` : `moves off ${carrier}`;
  return [
    // Its namespace goes from there in the same transition, so this may be no migration.
    tell("short", `${before.name} ${where}, which may not carry it any more; drain that host first, and nothing is lost`),
  ];
}

/** Hosts whose default route leads through the router's VIPs and will not any more. */
function followersOf(router: PlacedRouter, { before, after }: InterruptFacts): string[] {
  const vips = router.kind === "pair" ? router.router.vips.map(({ address }) => address) : [];
  const ways = (state: HostState | undefined): string[] =>
    (state?.defaultRoutes ?? []).flatMap(({ via }) => (vips.includes(via) ? [via] : []));
  return [...before].flatMap(([host, state]) => {
    const kept = ways(after.get(host));
    return ways(state).some((via) => !kept.includes(via)) ? [host] : [];
  });
}

/** Hosts whose default route leads elsewhere, though nothing is told of the router by which it led. */
function reroutedHosts({ before, after }: InterruptFacts, was: ReadonlyMap<string, PlacedRouter>, told: ReadonlySet<string>): Interrupt[] {
  const routerOf = new Map(
    [...was.values()].flatMap((one) => (one.kind === "pair" ? one.router.vips.map(({ address }) => [address, one.name]) : [])),
  );
  const groups = new Map<string, { rack: string; router: string | undefined; change: string; hosts: string[] }>();
  for (const [name, state] of before) {
    const next = after.get(name);
    if (next === undefined) continue;
    for (const family of families) {
      const [from, to] = [state, next].map((each) => wayOutOf(each, family));
      const router = from === undefined ? undefined : routerOf.get(from);
      if (from === to || (router !== undefined && told.has(router))) continue;
      const change = `the default route of IPv${family} becomes ${to ?? "the host's own again"}${from === undefined ? "" : ` instead of ${from}`}`;
      const { rack } = next.host;
      const group = groups.get(`${rack} ${change}`) ?? { rack, router, change, hosts: [] };
      group.hosts.push(name);
      groups.set(`${rack} ${change}`, group);
    }
  }
  return [...groups.values()].map(({ rack, router, change, hosts }) => {
    const message = `${few(hosts)}: ${change}; connections that are open by the way before may break`;
    return { rack, routers: router === undefined ? [] : [router], hosts, lasts: "until-hosts-follow", message };
  });
}

/** Of one family, in words; undefined: the host's own. */
function wayOutOf({ defaultRoutes, tunnel }: HostState, family: Family): string | undefined {
  const end = tunnel?.ends.find((each) => each.family === family);
  return defaultRoutes.find((route) => route.family === family)?.via ?? (end === undefined ? undefined : `a tunnel to ${end.remote}`);
}

function placeOf({ kind, hosts }: PlacedRouter): string {
  return kind === "host" ? `on ${few(hosts)}'s own addresses` : `as a pair of VIPs on ${few(hosts, "or")}`;
}

// --- bridges

function bridgeInterrupts(
  facts: InterruptFacts,
  was: ReadonlyMap<string, PlacedRouter>,
  becomes: ReadonlyMap<string, PlacedRouter>,
): Interrupt[] {
  const groups = new Map<string, { rack: string; words: string; routers: string[]; hosts: string[] }>();
  for (const name of new Set([...facts.before.keys(), ...facts.after.keys()])) {
    const [from, to] = [facts.before.get(name), facts.after.get(name)];
    const state = to ?? from;
    if (state === undefined) continue;
    for (const { bridge, words } of bridgeChanges(from?.bridges ?? [], to?.bridges ?? [], facts.links.get(name) ?? null)) {
      // A router that is new, goes, or leaves the host first is told of as such; and what changes on a standby alone stops none.
      const routers = [...was.values()]
        .filter((router) => router.bridges.has(bridge) && (facts.carriers.get(router.name) ?? name) === name)
        .filter((router) => router.hosts.includes(name) && becomes.get(router.name)?.hosts.includes(name) === true)
        .map((router) => router.name);
      const key = JSON.stringify([state.host.rack, words]);
      const group = groups.get(key) ?? { rack: state.host.rack, words, routers: [], hosts: [] };
      group.hosts.push(name);
      group.routers.push(...routers.filter((router) => !group.routers.includes(router)));
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ rack, words, routers, hosts }) => {
    const own = `${hosts.length === 1 ? "its" : "their"} own traffic by it stops`;
    const named = routers.map((name) => (was.get(name)?.kind === "host" || facts.carriers.has(name) ? name : `${name} if it is there`));
    const stops = routers.length === 0 ? own : `${own}, and with it ${few(named)},`;
    return { rack, routers, hosts, lasts: "short", message: `${few(hosts)}: ${words}; ${stops} for a short time` };
  });
}

interface BridgeChange {
  readonly bridge: string;
  readonly words: string;
}

/** What an agent does with interfaces. `links` null: the host has not said what it has. */
function bridgeChanges(before: readonly HostBridge[], after: readonly HostBridge[], links: readonly HostLink[] | null): BridgeChange[] {
  const isForeign = (name: string): boolean => links?.some((link) => link.name === name && !link.ours) ?? false;
  const isThere = (name: string | null): boolean => links === null || links.some((link) => link.name === name);
  const was = new Map(before.map((bridge) => [bridge.name, bridge]));
  const becomes = new Map(after.map((bridge) => [bridge.name, bridge]));
  const told = (bridge: string, words: string): BridgeChange => ({ bridge, words });
  const gone = before.flatMap(({ name, port, ...rest }) => {
    // A bridge that Rackway did not make stays as it is.
    if (port === null || isForeign(name) || (becomes.get(name)?.port ?? null) !== null) return [];
    return [told(name, `${name} goes, and ${interfaceOf({ port, ...rest })} has its addresses back`)];
  });
  const made = after.flatMap((bridge) => {
    const { name, mtu } = bridge;
    if (bridge.port === null || isForeign(name) || !isThere(bridge.port)) return [];
    const [old, port] = [was.get(name), interfaceOf(bridge)];
    if (old === undefined) return [told(name, `${name} is made of ${port}, whose addresses move to it`)];
    if (old.port === null) return [];
    if (interfaceOf(old) !== port) return [told(name, `${name} changes its interface from ${interfaceOf(old)} to ${port}`)];
    if (mtu > old.mtu) return [told(name, `${name} and ${port} get MTU ${mtu}, for which some network cards drop their link`)];
    return [];
  });
  return [...gone, ...made];
}

function interfaceOf({ port, vlan }: Pick<HostBridge, "port" | "vlan">): string {
  return vlan === null ? (port ?? "") : `${port}.${vlan}`;
}

function few(names: readonly string[], word = "and"): string {
  if (names.length > 8) return `${names.slice(0, 8).join(", ")} ${word} ${names.length - 8} more`;
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} ${word} ${names.at(-1) ?? ""}`;
}
