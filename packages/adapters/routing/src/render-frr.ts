import type { BgpNeighborState, BgpState, Family, OspfState, RoutingState } from "@rackway/schema";

import type { FrrLine } from "./frr-config.ts";
import { announceList, lastSequence } from "./announce-list.ts";

/** One line that we want, and how it stands towards an operator's. */
export interface FrrWish extends FrrLine {
  /** FRR's default: `show running-config` does not (always) print it. */
  readonly isDefault: boolean;
  /** What stands in the way when the operator has set the same thing: `other`, another value; `any`, that he has set it at all; `none`, his word stands. */
  readonly conflict: "other" | "any" | "none";
}

/** What of the host's own FRR the rendering depends on. */
export interface FrrSurroundings {
  /** FRR's version as `[major, minor]`. */
  readonly version: readonly [number, number];
  /** Protocols of which the operator has a configuration of his own in the same instance: that is not shut out of the kernel, nor tuned. */
  readonly operatorRuns: { readonly ospf: boolean; readonly ospf6: boolean; readonly bgp: boolean };
  /** `no bgp default ipv4-unicast` is in force: IPv4 must be activated by neighbour, and is shown where it is. */
  readonly bgpActivatesIpv4: boolean;
}

/** Secrets by what they are for; read from the host's files when they are needed, and in nothing that leaves the host. */
export interface FrrKeys {
  readonly ospf: string | null;
  readonly bgp: string | null;
}

export const names = {
  bfdProfile: "rw-bfd",
  keyChain: "rw-ospf",
  deny: "rw-deny",
  announceList: (family: Family): string => `rw-announce-${family}`,
  learnList: (family: Family): string => `rw-learn-${family}`,
  announceMap: (family: Family): string => `rw-anycast-${family}`,
  learnMap: (family: Family): string => `rw-learn-${family}`,
  /** Of what this host announces. */
  ownMark: "rw-own",
} as const;

/** The tag of what we announce (RFC 2328 A.4.5), for filters on the routers: the number of our route protocol. */
export const routeTag = 82;

/**
 * Metric of the kernel route of an announcement that routers should prefer every other to. FRR makes it the multi-exit discriminator
 * (RFC 4271, 5.1.4), which compares announcers with one number; where each has its own, the path is longer, and within one system the
 * local preference lower.
 */
export const spareMetric = "8282";
const sparePreference = 50;

/** FRR's own values of a BFD profile (docs.frrouting.org, bfd): printed only when others are set. */
const bfdDefaults = { multiplier: 3, intervalMs: 300 };

/**
 * The part of FRR's configuration that is ours, in the order in which it can be entered: what is referred to first, the area of an
 * interface last, so that no neighbour is met before all is set. Its reverse is the order of removal. Pure.
 */
export function renderFrr(routing: RoutingState, keys: FrrKeys, surroundings: FrrSurroundings): FrrWish[] {
  const { ospf, bgp, families } = routing;
  const bfd = ospf?.bfd ?? bgp?.bfd ?? null;
  return [
    ...(bfd === null ? [] : renderBfd(bfd)),
    // A router that sends to many at once sends a host's own announcement back to it, too.
    ...(bgp === null
      ? []
      : [wish([], `bgp large-community-list standard ${names.ownMark} seq 5 permit ${ownMark(bgp, routing.routerId)}`)]),
    ...families.flatMap((family) => renderPolicy(family, routing)),
    ...renderShutOut(routing, surroundings),
    ...(ospf === null ? [] : renderOspf(routing, ospf, keys.ospf, surroundings)),
    ...(bgp === null ? [] : renderBgp(routing, bgp, keys.bgp, surroundings)),
  ];
}

function wish(context: readonly string[], text: string, change: Partial<Pick<FrrWish, "isDefault" | "conflict">> = {}): FrrWish {
  return { context, text, isDefault: false, conflict: "other", ...change };
}

function renderBfd({ intervalMs, multiplier }: NonNullable<OspfState["bfd"]>): FrrWish[] {
  const header = `profile ${names.bfdProfile}`;
  const inside = (text: string, isDefault: boolean): FrrWish => wish(["bfd", header], text, { isDefault });
  return [
    wish([], "bfd"),
    wish(["bfd"], header),
    inside(`detect-multiplier ${multiplier}`, multiplier === bfdDefaults.multiplier),
    inside(`transmit-interval ${intervalMs}`, intervalMs === bfdDefaults.intervalMs),
    inside(`receive-interval ${intervalMs}`, intervalMs === bfdDefaults.intervalMs),
  ];
}

/** What this host announces bears its number, in a large community (RFC 8092). */
function ownMark({ asn }: BgpState, routerId: string): string {
  const number = routerId.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return `${asn}:${routeTag}:${number}`;
}

/** What may be said (whether it is, is the checker's: by a route or none), and what of others' announcements is listened to. */
function renderPolicy(family: Family, { bgp, routerId, announce: may }: RoutingState): FrrWish[] {
  const ip = family === 4 ? "ip" : "ipv6";
  const announce = `route-map ${names.announceMap(family)} permit 10`;
  const learn = `route-map ${names.learnMap(family)} permit 10`;
  const everyHost = family === 4 ? "0.0.0.0/0 ge 32" : "::/0 ge 128";
  const sets =
    bgp === null
      ? [`set tag ${routeTag}`]
      : [
          ...(bgp.communities.length === 0 ? [] : [`set community ${bgp.communities.join(" ")} additive`]),
          `set large-community ${ownMark(bgp, routerId)} additive`,
        ];
  const spare = `route-map ${names.announceMap(family)} permit 5`;
  const listed = `match ${ip} address prefix-list ${names.announceList(family)}`;
  const echo = `route-map ${names.learnMap(family)} deny 5`;
  return [
    ...announceList(may, family).map(({ sequence, match }) =>
      wish([], `${ip} prefix-list ${names.announceList(family)} seq ${sequence} permit ${match}`),
    ),
    wish([], `${ip} prefix-list ${names.announceList(family)} seq ${lastSequence} deny any`),
    ...(bgp === null
      ? []
      : [
          wish([], spare),
          wish([spare], listed),
          wish([spare], `match metric ${spareMetric}`),
          ...sets.map((text) => wish([spare], text)),
          wish([spare], `set as-path prepend ${bgp.asn}`),
          wish([spare], `set local-preference ${sparePreference}`),
        ]),
    wish([], announce),
    wish([announce], listed),
    ...sets.map((text) => wish([announce], text)),
    ...(bgp === null
      ? []
      : [
          wish([], echo),
          wish([echo], `match large-community ${names.ownMark}`),
          wish([], `${ip} prefix-list ${names.learnList(family)} seq 5 permit ${everyHost}`),
          wish([], learn),
          wish([learn], `match ${ip} address prefix-list ${names.learnList(family)}`),
        ]),
  ];
}

/** Learned routes stay out of the kernel's main table, unless the operator has an instance of his own: then they are his. */
function renderShutOut({ ospf, bgp, families }: RoutingState, { operatorRuns }: FrrSurroundings): FrrWish[] {
  const protocols = families.flatMap((family) => {
    const ip = family === 4 ? "ip" : "ipv6";
    const ospfName = family === 4 ? "ospf" : "ospf6";
    return [
      ...(ospf !== null && !operatorRuns[ospfName] ? [`${ip} protocol ${ospfName}`] : []),
      ...(bgp !== null && !operatorRuns.bgp ? [`${ip} protocol bgp`] : []),
    ];
  });
  if (protocols.length === 0) return [];
  const maps = [wish([], `route-map ${names.deny} deny 10`)];
  return [...maps, ...protocols.map((text) => wish([], `${text} route-map ${names.deny}`, { conflict: "none" }))];
}

function renderOspf(routing: RoutingState, ospf: OspfState, key: string | null, surroundings: FrrSurroundings): FrrWish[] {
  const speaks = (family: Family): boolean => routing.families.includes(family);
  return [
    ...renderKeyChain(routing, ospf, key, surroundings),
    ...(speaks(4) ? renderInstance("router ospf", "ospf", routing.routerId, 4, surroundings.operatorRuns.ospf) : []),
    ...(speaks(6) ? renderInstance("router ospf6", "ospf6", routing.routerId, 6, surroundings.operatorRuns.ospf6) : []),
    ...ospf.interfaces.flatMap((name) => [
      ...(speaks(4) ? renderOspfInterface(name, ospf, key, surroundings) : []),
      ...(speaks(6) ? renderOspf6Interface(name, ospf) : []),
    ]),
  ];
}

/** OSPFv2 with keyed SHA-2 (RFC 5709) goes by a key chain from FRR 9.1 on; OSPFv3's trailer (RFC 7166) always does. */
function renderKeyChain({ families }: RoutingState, ospf: OspfState, key: string | null, { version }: FrrSurroundings): FrrWish[] {
  const { authentication } = ospf;
  if (authentication === null || key === null) return [];
  if (!families.includes(6) && !(authentication.algorithm === "hmac-sha-256" && hasOspfKeyChains(version))) return [];
  const chain = `key chain ${names.keyChain}`;
  const id = `key ${authentication.keyId}`;
  return [
    wish([], chain),
    wish([chain], id),
    wish([chain, id], `key-string ${key}`),
    // RFC 7166 knows no MD5: where OSPFv2 has to make do with it, OSPFv3 does not.
    wish([chain, id], "cryptographic-algorithm hmac-sha-256"),
  ];
}

/** `ip ospf authentication key-chain` is there from 9.1 on. */
export function hasOspfKeyChains([major, minor]: FrrSurroundings["version"]): boolean {
  return major > 9 || (major === 9 && minor >= 1);
}

function renderInstance(header: string, protocol: "ospf" | "ospf6", routerId: string, family: Family, isOperators: boolean): FrrWish[] {
  const inside = (text: string, conflict: FrrWish["conflict"] = "other"): FrrWish => wish([header], text, { conflict });
  return [
    wish([], header),
    inside(`${protocol} router-id ${routerId}`),
    // The second announcement of a prefix within 5 s (MinLSInterval) would wait for the rest of them; neighbours take one a second.
    ...(isOperators || protocol === "ospf6" ? [] : [inside("timers throttle lsa all 1100", "none")]),
    inside("graceful-restart", "none"),
    inside(`redistribute kernel route-map ${names.announceMap(family)}`, "any"),
  ];
}

function renderOspfInterface(name: string, ospf: OspfState, key: string | null, { version }: FrrSurroundings): FrrWish[] {
  const inside = (text: string, isDefault = false): FrrWish => wish([`interface ${name}`], text, { isDefault });
  const { authentication } = ospf;
  const keyed =
    authentication === null || key === null
      ? []
      : authentication.algorithm === "hmac-sha-256" && hasOspfKeyChains(version)
        ? [inside(`ip ospf authentication key-chain ${names.keyChain}`)]
        : [inside("ip ospf authentication message-digest"), inside(`ip ospf message-digest-key ${authentication.keyId} md5 ${key}`)];
  return [
    ...keyed,
    inside(`ip ospf network ${ospf.networkType}`, ospf.networkType === "broadcast"),
    inside(`ip ospf cost ${ospf.cost}`),
    inside(`ip ospf hello-interval ${ospf.helloSeconds}`, ospf.helloSeconds === 10),
    inside(`ip ospf dead-interval ${ospf.deadSeconds}`, ospf.deadSeconds === 40),
    // FRR 8.4 makes no session when the profile comes first.
    ...(ospf.bfd === null ? [] : [inside("ip ospf bfd"), inside(`ip ospf bfd profile ${names.bfdProfile}`)]),
    inside(`ip ospf area ${ospf.area}`),
  ];
}

function renderOspf6Interface(name: string, ospf: OspfState): FrrWish[] {
  const inside = (text: string, isDefault = false): FrrWish => wish([`interface ${name}`], text, { isDefault });
  return [
    ...(ospf.authentication === null ? [] : [inside(`ipv6 ospf6 authentication keychain ${names.keyChain}`)]),
    inside(`ipv6 ospf6 network ${ospf.networkType}`),
    inside(`ipv6 ospf6 cost ${ospf.cost}`),
    inside(`ipv6 ospf6 hello-interval ${ospf.helloSeconds}`, ospf.helloSeconds === 10),
    inside(`ipv6 ospf6 dead-interval ${ospf.deadSeconds}`, ospf.deadSeconds === 40),
    ...(ospf.bfd === null ? [] : [inside("ipv6 ospf6 bfd"), inside(`ipv6 ospf6 bfd profile ${names.bfdProfile}`)]),
    inside(`ipv6 ospf6 area ${ospf.area}`),
  ];
}

/** A neighbour by its name in FRR: an address, or an interface with whoever is at its other end (RFC 8950 for IPv4 over it). */
export function neighborName(neighbor: BgpNeighborState): string {
  return neighbor.kind === "address" ? neighbor.address : neighbor.interface;
}

function renderBgp(routing: RoutingState, bgp: BgpState, key: string | null, surroundings: FrrSurroundings): FrrWish[] {
  const header = `router bgp ${bgp.asn}`;
  return [
    wish([], header),
    wish([header], `bgp router-id ${routing.routerId}`),
    // Sessions, all that they may carry, and then what there is to say.
    ...bgp.neighbors.flatMap((neighbor) => renderNeighbor(header, bgp, neighbor, key)),
    ...routing.families.flatMap((family) => renderBgpFamily(header, bgp, family, surroundings)),
    ...(routing.families.includes(4) ? [] : bgp.neighbors.map((neighbor) => withoutIpv4(header, neighbor, surroundings))),
  ];
}

/** FRR activates IPv4 with every neighbour, unless an operator has told it not to. */
function withoutIpv4(header: string, neighbor: BgpNeighborState, { bgpActivatesIpv4 }: FrrSurroundings): FrrWish {
  const context = [header, "address-family ipv4 unicast"];
  return wish(context, `no neighbor ${neighborName(neighbor)} activate`, { isDefault: bgpActivatesIpv4 });
}

function renderNeighbor(header: string, bgp: BgpState, neighbor: BgpNeighborState, key: string | null): FrrWish[] {
  const name = neighborName(neighbor);
  const remote = neighbor.kind === "interface" ? `interface remote-as ${bgp.remoteAsn}` : `remote-as ${bgp.remoteAsn}`;
  const inside = (text: string, conflict: FrrWish["conflict"] = "other"): FrrWish =>
    wish([header], `neighbor ${name} ${text}`, { conflict });
  return [
    // A session that the operator has set up is his, with all that goes through it.
    inside(remote, "any"),
    ...(bgp.bfd === null ? [] : [inside("bfd"), inside(`bfd profile ${names.bfdProfile}`)]),
    ...(key === null ? [] : [inside(`password ${key}`)]),
  ];
}

function renderBgpFamily(header: string, bgp: BgpState, family: Family, surroundings: FrrSurroundings): FrrWish[] {
  const section = `address-family ${family === 4 ? "ipv4" : "ipv6"} unicast`;
  const inside = (text: string, change: Partial<FrrWish> = {}): FrrWish => wish([header, section], text, change);
  return [
    ...bgp.neighbors.flatMap((neighbor) => {
      const name = `neighbor ${neighborName(neighbor)}`;
      if (neighbor.kind === "address" && neighbor.family !== family) {
        return family === 4 ? [withoutIpv4(header, neighbor, surroundings)] : [];
      }
      return [
        inside(`${name} activate`, { isDefault: family === 4 && !surroundings.bgpActivatesIpv4 }),
        inside(`${name} route-map ${names.learnMap(family)} in`),
        inside(`${name} route-map ${names.announceMap(family)} out`),
        // Hosts of one rack share a number: what the others announce comes back through the router with it in the path.
        // Once more for each of the two policies that a spare announcement has gone through; 3 is the default, which FRR does not print.
        inside(`${name} allowas-in 4`),
      ];
    }),
    inside(`redistribute kernel route-map ${names.announceMap(family)}`, { conflict: "any" }),
  ];
}
