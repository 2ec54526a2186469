import type { HostRoute, HostState, PacemakerState, RouterState, Step, TunnelState } from "@rackway/schema";

import { announcingItems, serviceItems } from "./diff-announcing.ts";
import type { Item } from "./diff-item.ts";
import { bundled } from "./diff-item.ts";
import { nameServiceItems, timeServiceItems } from "./diff-name-time.ts";
import { compareText } from "./order.ts";

/**
 * The steps from one host state to another, in the operator's words. A host that appears (`from` null) gets all its items created, one
 * that leaves (`to` null) all of them deleted. The revision number by itself is no step: nothing on the host follows from it.
 * Ids do not depend on order: the same difference has the same id in every plan.
 */
export function diffHostStates(from: HostState | null, to: HostState | null): Step[] {
  const before = itemsOf(from);
  const after = itemsOf(to);
  const steps: { readonly item: Item; readonly step: Step }[] = [];
  const add = (action: Step["action"], item: Item, was: string | null, becomes: string | null): void => {
    steps.push({ item, step: { id: item.id, action, kind: item.kind, target: item.target, from: was, to: becomes } });
  };
  for (const item of after.values()) {
    const old = before.get(item.id);
    if (old === undefined) add("create", item, null, textOf(item, []));
    else if (old.value !== item.value) add("change", item, textOf(old, item.parts), textOf(item, old.parts));
  }
  for (const item of [...before.values()].reverse()) {
    if (!after.has(item.id)) add("delete", item, textOf(item, []), null);
  }
  return bundled(steps);
}

/** All hosts of either revision that have something to do, sorted by name. */
export function diffHosts(
  from: ReadonlyMap<string, HostState>,
  to: ReadonlyMap<string, HostState>,
): { readonly host: string; readonly steps: Step[] }[] {
  const names = [...new Set([...from.keys(), ...to.keys()])].sort(compareText);
  return names
    .map((host) => ({ host, steps: diffHostStates(from.get(host) ?? null, to.get(host) ?? null) }))
    .filter(({ steps }) => steps.length > 0);
}

/** How many parts there are, and those that the other side has not, at most eight by name. */
function textOf({ value, parts, noun = "networks" }: Item, others: readonly string[] = []): string {
  if (parts === undefined) return value;
  const known = new Set(others);
  const own = parts.filter((part) => !known.has(part));
  const listed = own.slice(0, 8).join(" ") + (own.length > 8 ? ` and ${own.length - 8} more` : "");
  if (parts.length === own.length) return listed;
  return own.length === 0 ? `${parts.length} ${noun}` : `${parts.length} ${noun}, with ${listed}`;
}

function itemsOf(state: HostState | null): Map<string, Item> {
  if (state === null) return new Map();
  const items = new Map<string, Item>();
  for (const part of [hostItems(state), quorumServerItems(state), pacemakerItems(state.pacemaker), announcingItems(state)])
    for (const item of part) items.set(item.id, item);
  return items;
}

function* hostItems(state: HostState): Generator<Item> {
  if (state.paused) yield { id: "agent/paused", kind: "agent", target: "agent", value: "paused: observes, changes nothing" };
  for (const bridge of state.bridges) {
    const origin = bridge.port === null ? "used as it is" : `port ${bridge.port}`;
    const vlan = bridge.vlan === null ? [] : [`vlan ${bridge.vlan}`];
    yield {
      id: `bridge/${bridge.name}`,
      kind: "bridge",
      target: bridge.name,
      value: [`${bridge.network} network`, bridge.driver, origin, ...vlan, `mtu ${bridge.mtu}`, ...bridge.addresses].join(", "),
    };
  }
  for (const { key, value } of state.sysctls) yield { id: `sysctl/${key}`, kind: "sysctl", target: key, value };
  for (const route of state.defaultRoutes) {
    const value = `via ${route.via} dev ${route.device} metric ${route.metric}`;
    yield { id: `default-route/${route.family}`, kind: "default-route", target: `IPv${route.family}`, value };
  }
  yield* routeItems(state.routes);
  if (state.tunnel !== undefined) yield* tunnelItems(state.tunnel);
  yield* clientItems(state);
  for (const router of state.hostRouters) {
    const inside = `${router.management.cidrs.join(" ")} on ${router.management.bridge}`;
    const outside = `${router.public.addresses.join(" ")} on ${router.public.bridge}`;
    const inbound = router.inbound.map(inboundText).map((rule) => `inbound ${rule}`);
    const nat = `IPv4 ${router.nat.ipv4}, IPv6 ${router.nat.ipv6}`;
    yield {
      id: `host-router/${router.name}`,
      kind: "host-router",
      target: router.name,
      value: [`from ${inside} out by ${outside}`, nat, ...inbound].join(", "),
    };
  }
}

function* tunnelItems({ router, device, port, vni, mtu, metric, ends }: TunnelState): Generator<Item> {
  yield { id: `tunnel/${device}`, kind: "tunnel", target: device, value: `to ${router}, UDP port ${port}, number ${vni}, mtu ${mtu}` };
  for (const { family, local, remote } of ends) {
    const value = `dev ${device} from ${local} to ${remote} metric ${metric}`;
    yield { id: `default-route/${family}`, kind: "default-route", target: `IPv${family}`, value };
  }
}

/** Whom the host asks for names and the time. */
function* clientItems({ resolver, time }: HostState): Generator<Item> {
  if (resolver !== null) {
    const search = resolver.search.length > 0 ? [`search ${resolver.search.join(" ")}`] : [];
    const options = resolver.options.length > 0 ? [`options ${resolver.options.join(" ")}`] : [];
    const value = [`name servers ${resolver.nameservers.join(" ")}`, ...search, ...options].join(", ");
    yield { id: "resolver", kind: "resolver", target: "names", value };
  }
  if (time !== null) yield { id: "time-source", kind: "time-source", target: "time", value: `servers ${time.servers.join(" ")}` };
}

function* quorumServerItems({ quorumServer }: HostState): Generator<Item> {
  if (quorumServer === null) return;
  const value = `for ${quorumServer.clusters.join(" ")}, certificate ${keyText(quorumServer.certificate.sha256)}`;
  yield { id: "quorum-server", kind: "quorum-server", target: "corosync-qnetd", value };
}

const routeCache = new WeakMap<readonly HostRoute[], readonly Item[]>();

/** One item a gateway: a cluster of a hundred racks would have a hundred steps a host otherwise. */
function routeItems(routes: readonly HostRoute[]): readonly Item[] {
  let items = routeCache.get(routes);
  if (items === undefined) {
    items = [...Map.groupBy(routes, ({ via, device }) => `${via} dev ${device}`)].map(([way, group]) => {
      const parts = group.map(({ to }) => to);
      const metrics = new Set(group.map(({ metric }) => metric));
      return {
        id: `routes/${way.replace(" dev ", "/")}`,
        kind: "routes",
        target: `other racks by ${way}`,
        value: [...metrics, ...parts].join(" "),
        parts,
      };
    });
    routeCache.set(routes, items);
  }
  return items;
}

// The same state object is shared by all controllers of a Pacemaker cluster; its items are made once.
const pacemakerCache = new WeakMap<PacemakerState, readonly Item[]>();

function pacemakerItems(state: PacemakerState | null): readonly Item[] {
  if (state === null) return [];
  let items = pacemakerCache.get(state);
  if (items === undefined) pacemakerCache.set(state, (items = [...describePacemaker(state)]));
  return items;
}

function* describePacemaker(state: PacemakerState): Generator<Item> {
  const root = `pacemaker/${state.cluster}`;
  const settings = `takeover ${state.takeover}, timers ${state.timers}`;
  yield { id: root, kind: "pacemaker", target: state.cluster, value: settings };
  yield { id: `${root}/key`, kind: "corosync-key", target: state.cluster, value: keyText(state.authKey.sha256) };
  if (state.quorumDevice !== null) {
    const { host, address, algorithm, certificate } = state.quorumDevice;
    const value = `corosync-qnetd at ${address}, ${algorithm}, one vote of ${state.nodes.length + 1}, certificate ${keyText(certificate.sha256)}`;
    yield { id: `${root}/quorum-device`, kind: "quorum-device", target: host, value };
  }
  for (const node of state.nodes) {
    const drained = node.drained ? ["drained"] : [];
    const value = [`id ${node.nodeId}`, ...node.addresses, ...drained].join(", ");
    yield { id: `${root}/node/${node.name}`, kind: "pacemaker-node", target: node.name, value };
  }
  const seen = new Map<string, number>();
  for (const device of state.fencing) {
    const number = (seen.get(device.agent) ?? 0) + 1;
    seen.set(device.agent, number);
    const options = Object.entries(device.parameters).map(([key, value]) => `${key}=${value}`);
    const value = [`for ${device.hosts.join(" ")}`, ...options].join(", ");
    yield { id: `${root}/fencing/${device.agent}/${number}`, kind: "fencing", target: device.agent, value };
  }
  for (const router of state.routers) yield* describeRouter(router);
  yield* serviceItems(state);
}

/** Enough of the digest to tell two keys apart; what stands for a key that is not made yet, as it is. */
function keyText(sha256: string): string {
  return /^[0-9a-f]{64}$/.test(sha256) ? `sha256 ${sha256.slice(0, 16)}…` : sha256;
}

function* describeRouter(router: RouterState): Generator<Item> {
  const item = (part: string, kind: string, value: string): Item => ({
    id: part === "" ? `router/${router.name}` : `router/${router.name}/${part}`,
    kind,
    target: part === "" ? router.name : `${router.name} ${part}`,
    value,
  });
  yield item("", "router", `namespace ${router.netns}, number ${router.index}, on ${router.controllers.join(" ")}`);
  const management = [router.management.bridge, `mtu ${router.management.mtu}`, ...router.management.cidrs];
  yield item("management", "router-link", management.join(", "));
  const gateways = router.public.gateways.map(({ address }) => `gateway ${address}`);
  yield item("public", "router-link", [router.public.bridge, `mtu ${router.public.mtu}`, ...router.public.cidrs, ...gateways].join(", "));
  for (const vip of router.vips) yield item(`vip/${vip.name}/${vip.family}`, "vip", `${vip.address}/${vip.prefixLength}`);
  yield item("nat", "nat", `IPv4 ${router.nat.ipv4}, IPv6 ${router.nat.ipv6}`);
  // Several rules may open different ports of one target.
  for (const [target, rules] of Map.groupBy(router.inbound, ({ to, protocol }) => `${to}/${protocol}`)) {
    const ports = rules.some((rule) => rule.ports.length === 0) ? "all" : `ports ${rules.flatMap((rule) => rule.ports).join(" ")}`;
    yield item(`inbound/${target}`, "inbound", ports);
  }
  if (router.routerAdvertisements !== null) {
    yield item("router-advertisements", "router-advertisements", `lifetime ${router.routerAdvertisements.lifetimeSeconds} s`);
  }
  if (router.connectionSync !== null) {
    yield item("connection-sync", "connection-sync", `over ${router.connectionSync.bridge}, mtu ${router.connectionSync.mtu}`);
  }
  if (router.dns !== null) yield* nameServiceItems(`router/${router.name}`, router.name, router.dns);
  if (router.ntp !== null) yield* timeServiceItems(`router/${router.name}`, router.name, router.ntp, router.ntp.peers);
  const { intervalMs, fall, rise, targets } = router.uplink;
  const watched = targets.map(({ link, address }) => `${link} ${address}`);
  yield item("uplink", "uplink-check", [`every ${intervalMs} ms, fall ${fall}, rise ${rise}`, ...watched].join(", "));
}

function inboundText(rule: RouterState["inbound"][number]): string {
  return [rule.protocol, rule.to, ...rule.ports].join(" ");
}
