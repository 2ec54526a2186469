import type {
  AnycastState,
  BgpState,
  HealthCheckState,
  HealthState,
  HostState,
  OspfState,
  PacemakerState,
  ProxyFrontendState,
  RoamingRouterState,
  RoutingState,
  ServiceNetwork,
  ServiceVipSet,
  ServiceVipState,
} from "@rackway/schema";

import { families } from "./cluster-index.ts";
import type { Item } from "./diff-item.ts";
import { nameServiceItems, timeServiceItems } from "./diff-name-time.ts";

/** What a host says to its top-of-rack routers, which way replies leave, and what gates the announcements. */
export function* announcingItems({ anycast, failover = [], routing, health }: HostState): Generator<Item> {
  if (routing !== null) yield routingItem(routing);
  if (anycast !== null) {
    yield* replyItems(anycast);
    for (const { name, netns, existing, index } of anycast.namespaces) {
      const value = `${netns}${existing ? ", which is there already" : ""}, number ${index}`;
      yield { id: `namespace/${name}`, kind: "namespace", target: name, value };
    }
  }
  for (const { name, netns, index, vips } of failover) {
    const own = [...new Set(vips.map(({ device }) => device))].join(" ");
    yield { id: `namespace/${name}`, kind: "namespace", target: name, value: `${netns}, number ${index}, with ${own}` };
  }
  if (routing !== null) yield* announceItems(routing);
  yield* checkItems(health);
}

/** The same for every controller: where VIPs may be, and what becomes of them without quorum. */
export function* serviceItems({ services, fencing }: PacemakerState): Generator<Item> {
  for (const { name, sets, router, networks = [], dns, ntp, programs = [] } of services) {
    for (const network of networks) yield networkItem(name, network);
    if (router !== undefined) yield roamingRouterItem(name, router);
    if (dns !== undefined) yield* nameServiceItems(`namespace/${name}`, name, dns, vipsWith("dns", sets));
    if (ntp !== undefined) yield* timeServiceItems(`namespace/${name}`, name, ntp, [], vipsWith("ntp", sets));
    for (const program of programs) {
      const value = `/etc/rackway/services/${program} on every host of it`;
      yield { id: `namespace/${name}/program/${program}`, kind: "program", target: `${name} ${program}`, value };
    }
    for (const set of sets) {
      const target = set.name === null ? name : `${name} ${set.name}`;
      const hosts = set.controllers.join(" ");
      const value =
        set.mode === "roaming"
          ? `on one of ${hosts}; without quorum on none`
          : set.mode === "failover"
            ? `${addressWords(set)} on one of ${hosts}; without quorum on none`
            : `on ${hosts}; without quorum ${fencing.length === 0 ? "they go on answering" : "they go on answering until the host is fenced"}`;
      yield { id: `service/${name}/${set.mode}/${set.name ?? ""}`, kind: set.mode, target, value };
      for (const vip of set.vips) yield* proxyItems(name, vip);
    }
  }
}

/** Where each address of a failover set is: nothing else of the host's state tells of it. */
function addressWords({ vips }: ServiceVipSet): string {
  return vips.flatMap(({ addresses, network = "" }) => addresses.map(({ address }) => `${address} in ${network}`)).join(", ");
}

function networkItem(namespace: string, { rack, network, bridge, mtu, inside, outside, families: spoken }: ServiceNetwork): Item {
  const ways = spoken.map(({ cidr, gateway }) => (gateway === null ? `${cidr}, no gateway` : `${cidr} by ${gateway}`));
  const value = `${inside} by ${outside} in ${bridge}, mtu ${mtu}, replies to ${ways.join(" and ")}`;
  return { id: `namespace/${namespace}/network/${rack}/${network}`, kind: "vip-network", target: `${namespace} ${network}`, value };
}

function vipsWith(service: "dns" | "ntp", sets: readonly ServiceVipSet[]): string[] {
  return sets.flatMap(({ vips }) => vips.filter((vip) => vip[service] !== undefined).map(({ name }) => name));
}

function roamingRouterItem(name: string, { port, vni, mtu, ends, members }: RoamingRouterState): Item {
  const pairs = ends.map(({ management, public: outside }) => `tunnels to ${management} leave as ${outside}`);
  const settings = `UDP port ${port}, number ${vni}, mtu ${mtu}`;
  const parts = members.map(({ address }) => address);
  // A member more or less is told by its own steps.
  return {
    id: `roaming-router/${name}`,
    kind: "roaming-router",
    target: name,
    value: [...pairs, settings, `${parts.length} ends`].join(", "),
  };
}

function* proxyItems(namespace: string, { name, proxy = [] }: ServiceVipState): Generator<Item> {
  for (const frontend of proxy) {
    const backends = frontend.backends.map(({ address, port }) => (address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`));
    const value = [`${frontend.mode} to ${backends.join(" ")}`, ...proxyWords(frontend)].join(", ");
    yield { id: `proxy/${namespace}/${name}/${frontend.port}`, kind: "proxy", target: `${name} port ${frontend.port}`, value };
  }
}

function proxyWords({ tls, acceptProxy, sendProxy, balance, check, connectMs, idleMs }: ProxyFrontendState): string[] {
  const { http, intervalMs, timeoutMs, rise, fall } = check;
  const asked = http === null ? "tcp" : `http ${http.path}${http.host === null ? "" : ` of ${http.host}`}`;
  return [
    balance,
    ...(tls === null ? [] : [`TLS by ${tls.certificate} and ${tls.key}`]),
    ...(acceptProxy ? ["PROXY protocol from clients"] : []),
    ...(sendProxy === "off" ? [] : [`PROXY protocol ${sendProxy} to backends`]),
    `each checked by ${asked} every ${intervalMs} ms, timeout ${timeoutMs} ms, rise ${rise}, fall ${fall}`,
    `connect within ${connectMs} ms`,
    `idle ${idleMs} ms`,
  ];
}

function routingItem({ routerId, families: spoken, ospf, bgp }: RoutingState): Item {
  const protocol = bgp === null ? "ospf" : "bgp";
  const speaks = spoken.map((family) => `IPv${family}`).join(" and ");
  const settings = [...(ospf === null ? [] : ospfWords(ospf)), ...(bgp === null ? [] : bgpWords(bgp))];
  return {
    id: `routing/${protocol}`,
    kind: "routing",
    target: protocol.toUpperCase(),
    value: [`router id ${routerId}`, speaks, ...settings].join(", "),
  };
}

function ospfWords(ospf: OspfState): string[] {
  const key = ospf.authentication;
  return [
    `area ${ospf.area} on ${ospf.interfaces.join(" ")}`,
    ospf.networkType,
    `cost ${ospf.cost}`,
    `hello ${ospf.helloSeconds} s`,
    `dead ${ospf.deadSeconds} s`,
    ...(key === null ? [] : [`${key.algorithm} key ${key.keyId} of ${key.keyFile}`]),
    ...bfdWords(ospf.bfd),
  ];
}

function bgpWords(bgp: BgpState): string[] {
  const neighbors = bgp.neighbors.map((neighbor) => (neighbor.kind === "address" ? neighbor.address : neighbor.interface));
  return [
    `AS ${bgp.asn} with ${neighbors.join(" ")} (${typeof bgp.remoteAsn === "number" ? `AS ${bgp.remoteAsn}` : bgp.remoteAsn})`,
    ...(bgp.communities.length === 0 ? [] : [`communities ${bgp.communities.join(" ")}`]),
    ...(bgp.authentication === null ? [] : [`key of ${bgp.authentication.keyFile}`]),
    ...bfdWords(bgp.bfd),
  ];
}

function bfdWords(bfd: OspfState["bfd"]): string[] {
  return bfd === null ? [] : [`BFD ${bfd.intervalMs} ms × ${bfd.multiplier}`];
}

function* replyItems({ bridge, replySources, gateways }: AnycastState): Generator<Item> {
  for (const family of families) {
    const sources = replySources.filter((source) => source.includes(":") === (family === 6));
    const ways = gateways.filter((gateway) => gateway.family === family).map(({ via, device }) => `${via} dev ${device}`);
    if (sources.length === 0) continue;
    const value = `from ${sources.join(" ")} on ${bridge} via ${ways.join(" and ")}`;
    yield { id: `replies/${family}`, kind: "replies", target: `IPv${family}`, value };
  }
}

// Thousands of prefixes are the same table on many hosts: their items are made once a protocol.
const announceCache = new WeakMap<RoutingState["announce"], Map<string, readonly Item[]>>();

function announceItems({ bgp, announce }: RoutingState): readonly Item[] {
  const protocol = bgp === null ? "OSPF" : "BGP";
  const tables = announceCache.get(announce) ?? new Map<string, readonly Item[]>();
  announceCache.set(announce, tables);
  const known =
    tables.get(protocol) ??
    announce.map(({ prefix, vip, namespace }): Item => ({
      id: `announce/${namespace}/${vip}/${prefix}`,
      kind: "announce",
      target: `${prefix} (${vip})`,
      value: `by ${protocol}`,
      bundle: `the VIPs in ${namespace}`,
    }));
  tables.set(protocol, known);
  return known;
}

const checkCache = new WeakMap<HealthState[], readonly Item[]>();

function checkItems(health: HealthState[]): readonly Item[] {
  const known =
    checkCache.get(health) ??
    health.map((entry): Item => ({
      id: `check/${entry.namespace}/${entry.vip}`,
      kind: "check",
      target: entry.vip,
      value: [
        checkWords(entry.check),
        `every ${entry.intervalMs} ms`,
        `timeout ${entry.timeoutMs} ms`,
        `rise ${entry.rise}`,
        `fall ${entry.fall}`,
        `at most ${entry.maxChangesPerMinute} changes a minute`,
        ...(entry.withdrawLast ? ["withdrawn even if it is the last"] : []),
      ].join(", "),
      bundle: `the VIPs in ${entry.namespace}`,
    }));
  checkCache.set(health, known);
  return known;
}

function checkWords(check: HealthCheckState): string {
  switch (check.kind) {
    case "tcp":
      return `tcp ${check.port}`;
    case "http":
      return `http ${check.port} ${check.path}${check.host === null ? "" : ` of ${check.host}`}`;
    case "https":
      return `https ${check.port} ${check.path}${check.host === null ? "" : ` of ${check.host}`}${check.verify ? ", certificate verified" : ""}`;
    case "dns":
      return `dns ${check.port} ${check.name} ${check.type}`;
    case "ntp":
      return `ntp ${check.port}, stratum up to ${check.maxStratum}`;
    case "command":
      return `command ${check.name}`;
    case "each":
      return check.questions.map(checkWords).join(" and ");
  }
}
