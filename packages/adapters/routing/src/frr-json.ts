import type { RoutingNeighbor, RoutingObservation } from "@rackway/schema";
import { z } from "zod";

/**
 * What FRR answers in JSON, as 8.4 and newer write it (recorded in `fixtures`): only the fields that are read are asked for, so that a newer
 * version may add to them. An answer of another shape reads as none.
 */
/** What is known of an interface that speaks OSPF. */
export interface OspfInterfaceView {
  readonly protocol: "ospf" | "ospf6";
  readonly name: string;
  readonly isUp: boolean;
  /** It takes part. */
  readonly isAttached: boolean;
  readonly area: string | null;
  readonly helloSeconds: number | null;
  readonly deadSeconds: number | null;
  readonly mtu: number | null;
  /** Packets that came without the right authentication since it was set (OSPFv3 counts them). */
  readonly authenticationDrops: number;
}

export interface NeighborView extends RoutingNeighbor {
  /** Since it has been in this state, where FRR says so. */
  readonly stateForMs: number | null;
  /** BGP: why the last session ended. */
  readonly lastReset: string | null;
}

const bfdOf = z.object({ status: z.string().optional() }).optional();

const ospfNeighbors = z.object({
  neighbors: z.record(
    z.string(),
    z.array(
      z.object({
        ifaceAddress: z.string().optional(),
        ifaceName: z.string(),
        nbrState: z.string(),
        lastPrgrsvChangeMsec: z.number().optional(),
        linkStateRetransmissionListCounter: z.int(),
        peerBfdInfo: bfdOf,
      }),
    ),
  ),
});

/** `show ip ospf neighbor detail json` */
export function parseOspfNeighbors(document: unknown): NeighborView[] {
  const parsed = ospfNeighbors.safeParse(document);
  if (!parsed.success) return [];
  return Object.entries(parsed.data.neighbors).flatMap(([routerId, entries]) =>
    entries.map((entry) => ({
      protocol: "ospf" as const,
      routerId,
      address: entry.ifaceAddress ?? null,
      interface: entry.ifaceName.split(":")[0] ?? null,
      state: entry.nbrState,
      isUp: /^Full|^2-Way\/DROther/.test(entry.nbrState),
      unacknowledged: entry.linkStateRetransmissionListCounter,
      bfd: bfdStatus(entry.peerBfdInfo?.status),
      stateForMs: entry.lastPrgrsvChangeMsec ?? null,
      lastReset: null,
    })),
  );
}

function bfdStatus(status: string | undefined): "up" | "down" | null {
  if (status === undefined) return null;
  return status.toLowerCase() === "up" ? "up" : "down";
}

const ospfInterfaces = z.object({
  interfaces: z.record(
    z.string(),
    z.object({
      ifUp: z.boolean().optional(),
      ospfEnabled: z.boolean().optional(),
      mtuBytes: z.int().optional(),
      area: z.string().optional(),
      timerMsecs: z.number().optional(),
      timerDeadSecs: z.number().optional(),
    }),
  ),
});

/** `show ip ospf interface json` */
export function parseOspfInterfaces(document: unknown): OspfInterfaceView[] {
  const parsed = ospfInterfaces.safeParse(document);
  if (!parsed.success) return [];
  return Object.entries(parsed.data.interfaces).map(([name, entry]) => ({
    protocol: "ospf" as const,
    name,
    isUp: entry.ifUp ?? false,
    isAttached: entry.ospfEnabled ?? false,
    area: entry.area?.split(" ")[0] ?? null,
    helloSeconds: entry.timerMsecs === undefined ? null : entry.timerMsecs / 1000,
    deadSeconds: entry.timerDeadSecs ?? null,
    mtu: entry.mtuBytes ?? null,
    authenticationDrops: 0,
  }));
}

/** One announcement in a link-state database; what is being withdrawn (at MaxAge, RFC 2328 14.1) is none. */
export interface ExternalRoute {
  readonly prefix: string;
  /** Router id of who announces it. */
  readonly router: string;
}

const maxAgeSeconds = 3600;

const ospfDatabase = z.object({
  routerId: z.string(),
  asExternalLinkStates: z
    .array(z.object({ lsaAge: z.int(), linkStateId: z.string(), advertisingRouter: z.string(), networkMask: z.int() }))
    .default([]),
});

/** `show ip ospf database external json`; null: not an answer. (`self-originate` would list others' as empty objects in FRR 8.4.) */
export function parseOspfDatabase(document: unknown): { readonly routerId: string; readonly externals: readonly ExternalRoute[] } | null {
  const parsed = ospfDatabase.safeParse(document);
  if (!parsed.success) return null;
  const { routerId, asExternalLinkStates: states } = parsed.data;
  const externals = states
    .filter(({ lsaAge }) => lsaAge < maxAgeSeconds)
    .map(({ linkStateId, networkMask, advertisingRouter: router }) => ({ prefix: `${linkStateId}/${networkMask}`, router }));
  return { routerId, externals };
}

const ospf6Neighbors = z.object({
  neighbors: z.array(
    z.object({
      neighborId: z.string(),
      state: z.string(),
      ifState: z.string().default(""),
      duration: z.string().default(""),
      interfaceName: z.string(),
      interfaceState: z.string().default(""),
    }),
  ),
});

/** `show ipv6 ospf6 neighbor json`. FRR does not say there what a neighbour has yet to acknowledge: its interfaces do, together. */
export function parseOspf6Neighbors(document: unknown): NeighborView[] {
  const parsed = ospf6Neighbors.safeParse(document);
  if (!parsed.success) return [];
  return parsed.data.neighbors.map((entry) => ({
    protocol: "ospf6" as const,
    routerId: entry.neighborId,
    address: null,
    interface: entry.interfaceName,
    state: `${entry.state}/${entry.ifState}`,
    isUp:
      entry.state === "Full" || (/^Two-?[Ww]ay$/.test(entry.state) && entry.ifState === "DROther" && entry.interfaceState === "DROther"),
    unacknowledged: null,
    bfd: null,
    stateForMs: durationMs(entry.duration),
    lastReset: null,
  }));
}

/** `00:01:12`, or with days in front (`1d00:01:12`). */
function durationMs(text: string): number | null {
  const match = /^(?:(\d+)d)?(\d+):(\d+):(\d+)$/.exec(text);
  if (match === null) return null;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return ((((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000;
}

const ospf6Interface = z.object({
  status: z.string().optional(),
  attachedToArea: z.boolean().optional(),
  areaId: z.string().optional(),
  interfaceMtu: z.int().optional(),
  timerIntervalsConfigHello: z.number().optional(),
  timerIntervalsConfigDead: z.number().optional(),
  authInfo: z.object({ rxPktDrop: z.int().optional() }).optional(),
});

/** `show ipv6 ospf6 interface json` */
export function parseOspf6Interfaces(document: unknown): OspfInterfaceView[] {
  const parsed = z.record(z.string(), ospf6Interface).safeParse(document);
  if (!parsed.success) return [];
  return Object.entries(parsed.data).map(([name, entry]) => ({
    protocol: "ospf6" as const,
    name,
    isUp: entry.status === "up",
    isAttached: entry.attachedToArea ?? false,
    area: entry.areaId ?? null,
    helloSeconds: entry.timerIntervalsConfigHello ?? null,
    deadSeconds: entry.timerIntervalsConfigDead ?? null,
    mtu: entry.interfaceMtu ?? null,
    authenticationDrops: entry.authInfo?.rxPktDrop ?? 0,
  }));
}

const ospf6Database = z.object({
  asScopedLinkStateDb: z
    .array(z.object({ lsa: z.array(z.object({ type: z.string(), advRouter: z.string(), age: z.int(), payload: z.string() })).default([]) }))
    .default([]),
});

/** `show ipv6 ospf6 database as-external json`; null: not an answer. */
export function parseOspf6Database(document: unknown): ExternalRoute[] | null {
  const parsed = ospf6Database.safeParse(document);
  if (!parsed.success) return null;
  return parsed.data.asScopedLinkStateDb.flatMap(({ lsa }) =>
    lsa.filter(({ age }) => age < maxAgeSeconds).map(({ payload: prefix, advRouter: router }) => ({ prefix, router })),
  );
}

const bgpNeighbors = z.record(
  z.string(),
  z.object({
    bgpNeighborAddr: z.string().optional(),
    bgpState: z.string(),
    remoteRouterId: z.string().optional(),
    lastResetDueTo: z.string().optional(),
    lastNotificationReason: z.string().optional(),
    peerBfdInfo: bfdOf,
  }),
);

/** `show bgp neighbors json`, by the names that they are configured under. */
export function parseBgpNeighbors(document: unknown): { readonly name: string; readonly view: NeighborView }[] {
  const parsed = bgpNeighbors.safeParse(document);
  if (!parsed.success) return [];
  return Object.entries(parsed.data).map(([name, entry]) => ({
    name,
    view: {
      protocol: "bgp" as const,
      routerId: entry.remoteRouterId ?? null,
      address: entry.bgpNeighborAddr ?? (/[.:]/.test(name) ? name : null),
      interface: /[.:]/.test(name) ? null : name,
      state: entry.bgpState,
      isUp: entry.bgpState === "Established",
      unacknowledged: null,
      bfd: bfdStatus(entry.peerBfdInfo?.status),
      stateForMs: null,
      lastReset: entry.lastNotificationReason ?? entry.lastResetDueTo ?? null,
    },
  }));
}

const advertised = z.object({ advertisedRoutes: z.record(z.string(), z.unknown()) });

/** `show bgp … neighbors X advertised-routes json` */
export function parseAdvertised(document: unknown): string[] {
  const parsed = advertised.safeParse(document);
  return parsed.success ? Object.keys(parsed.data.advertisedRoutes) : [];
}

const bfdPeers = z.array(
  z.object({
    peer: z.string(),
    interface: z.string().optional(),
    status: z.string(),
    diagnostic: z.string().default(""),
    "transmit-interval": z.int(),
    "detect-multiplier": z.int(),
  }),
);

/** `show bfd peers json` */
export function parseBfdPeers(document: unknown): RoutingObservation["bfd"] {
  const parsed = bfdPeers.safeParse(document);
  if (!parsed.success) return [];
  // FRR lists them as its table of hashes has them.
  return parsed.data
    .toSorted((one, other) => (one.peer < other.peer ? -1 : 1))
    .map((entry) => ({
      peer: entry.peer,
      interface: entry.interface ?? null,
      status: entry.status,
      intervalMs: entry["transmit-interval"],
      multiplier: entry["detect-multiplier"],
      diagnostic: entry.diagnostic,
    }));
}

const bgpSummary = z.record(z.string(), z.object({ peers: z.record(z.string(), z.object({ outq: z.number().default(0) })).default({}) }));

/** Messages that `show bgp summary json` has in the queues to the neighbours, of all families. */
export function countBgpUnsent(value: unknown): number {
  const parsed = bgpSummary.safeParse(value);
  if (!parsed.success) return 0;
  return Object.values(parsed.data)
    .flatMap(({ peers }) => Object.values(peers))
    .reduce((sum, { outq }) => sum + outq, 0);
}
