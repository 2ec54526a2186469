import { z } from "zod";

import { announcementHoldSchema } from "./checker-files.ts";
import { proxyBackendSchema } from "./proxy-state.ts";

/** What an agent tells the server after each look at its host: observation, never desire. Ages are counted by the server from when a report arrived: hosts' clocks may differ. */
const family = z.union([z.literal(4), z.literal(6)]);

/** One thing that must change on a host, in words that an operator knows. `id` is stable: the same drift has the same id. */
export const stepSchema = z.strictObject({
  id: z.string(),
  action: z.enum(["create", "change", "delete"]),
  kind: z.string(),
  target: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
});

/** How full a router's connection table is on one host. */
export const connectionTableSchema = z.strictObject({
  entries: z.int(),
  /** The kernel's (`nf_conntrack_max`): a connection more than this is refused. Null: it does not say. */
  limit: z.int().nullable(),
  /**
   * Of each public VIP that connections are translated to: source ports that are taken towards the destination (protocol, address, port) that
   * takes the most, and how many there are. Looked at once a minute where the VIP is, and the table holds enough to matter.
   */
  ports: z.array(z.strictObject({ family, used: z.int(), limit: z.int() })),
});

/** How a host stands to a revision that must be confirmed. */
export const trialPhaseSchema = z.enum(["pending", "aside", "undone", "confirmed"]);

export const routerObservationSchema = z.strictObject({
  name: z.string(),
  /** Addresses of the router's VIPs that are on this host's interfaces right now. */
  holds: z.array(z.strictObject({ name: z.enum(["public", "management"]), family, address: z.string() })),
  namespaceExists: z.boolean(),
  connectionSync: z
    .strictObject({ running: z.boolean(), inStep: z.boolean().nullable(), entries: z.int(), lagMs: z.int().nullable() })
    .nullable(),
  /** Null: it has no name service, or was not looked at. `healthy`: it answers a question here. */
  dns: z.strictObject({ healthy: z.boolean() }).nullable().default(null),
  /** Likewise. `healthy`: it follows somebody, or leads where nobody knows better. `offsetMs`: what it says is ahead of this host's clock. */
  ntp: z.strictObject({ healthy: z.boolean(), offsetMs: z.number() }).nullable().default(null),
  /** Null or absent: it was not looked at. */
  connections: connectionTableSchema.nullable().optional(),
});

/** What corosync-qdevice says of the quorum device. */
export const quorumDeviceObservationSchema = z.strictObject({
  /** Its own word, `Connected` where all is well; null: it does not answer. */
  word: z.string().nullable(),
  isConnected: z.boolean(),
  /** The device's vote counts here, by Corosync's word; null: Corosync does not say. */
  hasVote: z.boolean().nullable(),
});

export const pacemakerObservationSchema = z.strictObject({
  cluster: z.string(),
  /** Corosync's own word. */
  quorate: z.boolean(),
  dc: z.string().nullable(),
  fencing: z.enum(["on", "off"]),
  /** Nodes online in this host's view. */
  online: z.array(z.string()),
  /** Resource id to the hosts where Pacemaker says that it runs. */
  resources: z.array(z.strictObject({ id: z.string(), running: z.array(z.string()), failed: z.array(z.string()) })),
  /** Revision recorded in the CIB. */
  revision: z.int().nullable(),
  /** Null: the Pacemaker cluster has none, or it was not looked at. */
  quorumDevice: quorumDeviceObservationSchema.nullable().default(null),
});

/** How a neighbour of the host's routing daemon stands, in that daemon's own words. */
export const routingNeighborSchema = z.strictObject({
  protocol: z.enum(["ospf", "ospf6", "bgp"]),
  /** Router id (OSPF), or null. */
  routerId: z.string().nullable(),
  address: z.string().nullable(),
  interface: z.string().nullable(),
  state: z.string(),
  /** Full, 2-Way between two that are neither DR nor BDR, or Established. */
  isUp: z.boolean(),
  /** Announcements and withdrawals that it has not acknowledged yet (OSPF), null where that cannot be known. 0: it has what we said. */
  unacknowledged: z.int().nullable(),
  bfd: z.enum(["up", "down"]).nullable(),
});

export const routingObservationSchema = z.strictObject({
  /** FRR's version; null: it is not installed, or does not answer. */
  version: z.string().nullable(),
  neighbors: z.array(routingNeighborSchema),
  bfd: z.array(
    z.strictObject({
      peer: z.string(),
      interface: z.string().nullable(),
      status: z.string(),
      intervalMs: z.int(),
      multiplier: z.int(),
      diagnostic: z.string(),
    }),
  ),
  /** Prefixes that this host has put into its own part of the link-state database, or told a BGP neighbour. */
  announced: z.array(z.strictObject({ family, prefix: z.string() })),
});

/** One address of a service VIP on a host that may hold it, as it was seen there. */
export const serviceVipObservationSchema = z.strictObject({
  namespace: z.string(),
  vip: z.string(),
  mode: z.enum(["anycast", "roaming", "failover"]),
  family,
  address: z.string(),
  /** The address is in the namespace, and, where it is announced, the host has the route to it: packets that come are answered. */
  held: z.boolean(),
  /** The routing daemon tells neighbours of it. */
  announced: z.boolean(),
  /** The checker's word; `unknown` where there is none. */
  health: z.enum(["up", "down", "unknown"]),
  reason: z.string(),
  since: z.iso.datetime().nullable(),
  /** Why announcing differs from the health, by the checker's word; null: it does not; absent: not known. */
  hold: announcementHoldSchema.nullable().optional(),
  /** TCP connections from elsewhere to the address, while the host is drained; null: they could not be counted; absent: they were not. */
  flows: z.int().nullable().optional(),
  /** Of a VIP with a proxy, at its first address: what the host's HAProxy says of its backends; absent: nothing is known. */
  backends: z.array(proxyBackendSchema).optional(),
});

/** A link of the host's root namespace that a document could name. */
export const hostLinkSchema = z.strictObject({
  name: z.string(),
  /** `bridge`, `bond`, `veth`, …; null for hardware. */
  kind: z.string().nullable(),
  /** Null: the link is down, and nobody can tell. */
  carrier: z.boolean().nullable(),
  /** Rackway made it. */
  ours: z.boolean(),
});

/** Whom a host asks for names and the time, as it is on the host; only of one that Rackway has told whom to ask. */
export const clientObservationSchema = z.strictObject({
  resolver: z.strictObject({
    by: z.enum(["resolv.conf", "systemd-resolved"]),
    nameservers: z.array(z.string()),
    /** The file that says so is ours. */
    ours: z.boolean(),
  }),
  time: z.strictObject({
    /** Null: neither of the two keeps the clock. */
    by: z.enum(["chrony", "systemd-timesyncd"]).nullable(),
    /** The source that the clock follows; null: none, or it is not said. */
    selected: z.string().nullable(),
    /** How far the clock is ahead of that source by its last answer; null: not known. */
    offsetMs: z.number().nullable(),
    ours: z.boolean(),
  }),
});

export const hostReportSchema = z.strictObject({
  host: z.string(),
  observedAt: z.iso.datetime(),
  agentVersion: z.string(),
  /** The `observeNow` token that this look answers: it began after the token was received. */
  observeNow: z.string().optional(),
  /** Revision and ETag of the host state that the agent works from; null: it has none. */
  revision: z.int().nullable(),
  converged: z.boolean(),
  paused: z.boolean(),
  /**
   * A revision that must be confirmed, and how the host stands to it: `pending` waits for the word; `undone` went back by itself; `aside` went
   * back without a quorum that could decide; `confirmed` has heard, and Pacemaker's configuration does not say so yet. Null or absent: none.
   */
  trial: z.strictObject({ revision: z.int(), phase: trialPhaseSchema }).nullable().optional(),
  pendingSteps: z.array(stepSchema),
  problems: z.array(z.strictObject({ code: z.string(), message: z.string(), hint: z.string().nullable() })),
  /** `frozen`: it is there and stands still (SIGSTOP). Null: this host has nothing to guard. */
  guard: z.enum(["running", "frozen", "absent"]).nullable(),
  pacemaker: pacemakerObservationSchema.nullable(),
  routers: z.array(routerObservationSchema),
  /** Null: this host's FRR is none of ours, or was not looked at yet. */
  routing: routingObservationSchema.nullable().default(null),
  /** Service VIPs that this host may hold. Null: it has none, or was not looked at. */
  services: z.array(serviceVipObservationSchema).nullable().default(null),
  defaultRoutes: z.array(z.strictObject({ family, via: z.string().nullable(), device: z.string(), metric: z.int(), ours: z.boolean() })),
  /** Null: they were not looked at. */
  links: z.array(hostLinkSchema).nullable().default(null),
  /** Null: Rackway has not told this host whom to ask, or it was not looked at. */
  clients: clientObservationSchema.nullable().default(null),
});

export const hostEventSchema = z.strictObject({
  at: z.iso.datetime(),
  kind: z.string(),
  subject: z.string(),
  reason: z.string(),
  data: z.record(z.string(), z.unknown()).default({}),
});

export type Step = z.infer<typeof stepSchema>;
export type TrialPhase = z.infer<typeof trialPhaseSchema>;
export type ClientSight = z.infer<typeof clientObservationSchema>;
export type HostLink = z.infer<typeof hostLinkSchema>;
export type HostReport = z.infer<typeof hostReportSchema>;
export type ConnectionTable = z.infer<typeof connectionTableSchema>;
export type RouterObservation = z.infer<typeof routerObservationSchema>;
export type QuorumDeviceObservation = z.infer<typeof quorumDeviceObservationSchema>;
export type PacemakerObservation = z.infer<typeof pacemakerObservationSchema>;
export type ServiceVipObservation = z.infer<typeof serviceVipObservationSchema>;
export type RoutingNeighbor = z.infer<typeof routingNeighborSchema>;
export type RoutingObservation = z.infer<typeof routingObservationSchema>;
export type HostEvent = z.infer<typeof hostEventSchema>;
