import { z } from "zod";

import { fenceOptionName, fenceOptionValue } from "./document-values.ts";
import { dnsStateSchema, ntpStateSchema } from "./name-time-state.ts";
import { routingStateSchema } from "./routing-state.ts";
import {
  anycastStateSchema,
  failoverNamespaceSchema,
  healthStateSchema,
  serviceBridgeStateSchema,
  serviceNamespaceStateSchema,
} from "./service-state.ts";
import { word } from "./state-word.ts";

/**
 * What one host must look like for one revision: the compiler's output and the agent's input.
 * It carries intent, not rendered text: the adapters render daemons' files and the CIB from it.
 * Every text is one word (`state-word.ts`), but for the options of fence agents, which are one line: an agent runs as root and puts these
 * words into rule files, `ip` batches and XML, so it takes nothing from a server that could end a word there and begin a command.
 * The `pacemaker` part is the same on every controller of one Pacemaker cluster; the agent on its DC writes it into the CIB.
 */
const family = z.union([z.literal(4), z.literal(6)]);
export type Family = z.infer<typeof family>;

export const hostBridgeSchema = z.strictObject({
  network: word,
  name: word,
  driver: z.enum(["linux", "openvswitch"]),
  /** Interface to enslave if we make the bridge; null: the bridge must exist. */
  port: word.nullable(),
  mtu: z.int(),
  vlan: z.int().nullable(),
  /** This host's own addresses in the network, `address/prefixLength`. Put on the bridge only when we make it. */
  addresses: z.array(word),
});

export const routerVipSchema = z.strictObject({
  name: z.enum(["public", "management"]),
  family,
  address: word,
  prefixLength: z.int(),
});

export const routerStateSchema = z.strictObject({
  name: word,
  /** Network namespace: `rw-` and the router's name. */
  netns: word,
  /** 1…4094, stable for the life of the router, unique in the document: makes link-local and way-out addresses. */
  index: z.int(),
  /** The hosts of the Pacemaker cluster that may run it: the controllers of its rack. Fewer than the cluster's nodes where that spans racks. */
  controllers: z.array(word).min(1),
  management: z.strictObject({ bridge: word, mtu: z.int(), cidrs: z.array(word) }),
  public: z.strictObject({
    bridge: word,
    mtu: z.int(),
    cidrs: z.array(word),
    gateways: z.array(z.strictObject({ family, address: word })),
  }),
  vips: z.array(routerVipSchema),
  nat: z.strictObject({ ipv4: z.enum(["snat", "routed"]), ipv6: z.enum(["nat66", "routed"]) }),
  inbound: z.array(z.strictObject({ family, to: word, protocol: z.enum(["tcp", "udp", "icmp", "any"]), ports: z.array(word) })),
  routerAdvertisements: z.strictObject({ lifetimeSeconds: z.int() }).nullable(),
  /** Null: no state to keep in step (one controller, or switched off). `bridge`: where the synchronisation link is attached. */
  connectionSync: z.strictObject({ bridge: word, mtu: z.int() }).nullable(),
  uplink: z.strictObject({
    intervalMs: z.int(),
    fall: z.int(),
    rise: z.int(),
    targets: z.array(z.strictObject({ link: z.enum(["public", "management"]), family, address: word })),
  }),
  // An agent that has just been upgraded may have a state of its predecessor's.
  dns: dnsStateSchema.nullable().default(null),
  ntp: ntpStateSchema.nullable().default(null),
});

/** How a host's drain ends: its anycast VIPs are let go once nothing is announced there and no connection is left, or at the deadline. */
export const drainTermsSchema = z.strictObject({
  /** By the host's own clock; null: there is none. */
  deadline: z.iso.datetime().nullable(),
  /** Also a VIP that nobody else announces is let go. */
  force: z.boolean(),
});

/** Where a secret is fetched from (`GET /api/v1/agent/secrets/{id}`), and what the digest of its bytes must be. */
export const secretRefSchema = z.strictObject({ id: word, sha256: word });

export const pacemakerStateSchema = z.strictObject({
  cluster: word,
  takeover: z.enum(["quorum", "fenced"]),
  timers: z.enum(["local", "careful"]),
  nodes: z.array(
    z.strictObject({
      name: word,
      rack: word,
      nodeId: z.int(),
      addresses: z.array(word).min(1),
      drained: z.boolean(),
      /** Absent: it is not drained, or nobody has said how that ends. Nothing of it is in the CIB. */
      drain: drainTermsSchema.optional(),
    }),
  ),
  fencing: z.array(
    z.strictObject({
      agent: z.string().regex(/^fence_[a-z0-9_]+$/),
      parameters: z.record(fenceOptionName, fenceOptionValue),
      hosts: z.array(word),
    }),
  ),
  routers: z.array(routerStateSchema),
  /** Service namespaces and their VIPs, and the bridge that those with announced VIPs hang on. */
  services: z.array(serviceNamespaceStateSchema).default([]),
  serviceBridge: serviceBridgeStateSchema.nullable().default(null),
  /**
   * Number of the last change (revision or operation: drain, resume, pause) that this state carries; it only grows. Written into the CIB:
   * a writer with a smaller one is refused. `compile` takes it as an option; the server counts it.
   */
  epoch: z.int(),
  /** Corosync's key. */
  authKey: secretRefSchema,
  /** The vote on another host; its `address` is where corosync-qnetd listens. The certificate, with its key and its authority's in PEM, is how the cluster shows who it is. */
  quorumDevice: z
    .strictObject({ host: word, address: word, algorithm: z.enum(["ffsplit"]), certificate: secretRefSchema })
    .nullable()
    .default(null),
});

/** A router without a VIP pair: the one controller of its rack forwards in its root namespace, on its own addresses. */
export const hostRouterSchema = z.strictObject({
  name: word,
  management: z.strictObject({ bridge: word, cidrs: z.array(word) }),
  public: z.strictObject({ bridge: word, addresses: z.array(word) }),
  nat: z.strictObject({ ipv4: z.enum(["snat", "routed"]), ipv6: z.enum(["nat66", "routed"]) }),
  inbound: routerStateSchema.shape.inbound,
});

export const defaultRouteSchema = z.strictObject({ family, via: word, device: word, metric: z.int() });

/** A way to another rack's inside that must not follow our default route: `to` is a prefix, `via` the network's own gateway. */
export const hostRouteSchema = z.strictObject({ family, to: word, via: word, device: word, metric: z.int() });

/** A member's way out through a roaming router: one device, and a default route of each family into it. */
export const tunnelStateSchema = z.strictObject({
  router: word,
  device: word,
  port: z.int(),
  vni: z.int(),
  mtu: z.int(),
  metric: z.int(),
  /** `local`: the member's own address. `remote`: the router's management VIP, which is reached past the tunnel by a route of `routes`. */
  ends: z.array(z.strictObject({ family, local: word, remote: word })).min(1),
});

/** Where a host asks for names (resolv.conf(5)): the management VIPs of its virtual router. */
export const resolverStateSchema = z.strictObject({
  nameservers: z.array(word.min(1)).min(1),
  /** Domains that short names are tried in, before those that the host has itself. */
  search: z.array(word.min(1)),
  /** resolv.conf(5)'s, such as `timeout:2`; none: those that the host had before. */
  options: z.array(word.min(1)),
});

/** Where a host asks for the time: the management VIPs of its virtual router. */
export const timeStateSchema = z.strictObject({ servers: z.array(word.min(1)).min(1) });

export const hostStateSchema = z.strictObject({
  schema: z.literal(1),
  cluster: word,
  revision: z.int().min(0),
  host: z.strictObject({ name: word, rack: word, role: z.enum(["controller", "member"]) }),
  /** Observe and report, change nothing. */
  paused: z.boolean(),
  bridges: z.array(hostBridgeSchema),
  sysctls: z.array(z.strictObject({ key: word, value: word })),
  defaultRoutes: z.array(defaultRouteSchema),
  /**
   * Rack to rack, past the virtual routers: without these, our default route would send what goes to another rack's networks through
   * the router, where it is translated and its answers, which come another way, match no state.
   */
  routes: z.array(hostRouteSchema),
  /** Absent: it uses no roaming router. */
  tunnel: tunnelStateSchema.optional(),
  hostRouters: z.array(hostRouterSchema),
  pacemaker: pacemakerStateSchema.nullable(),
  // An agent that has just been upgraded may have nothing but the state that its predecessor kept: so these may be absent there.
  /** What this host holds, or may hold, of anycast and roaming VIPs. Pacemaker's agents make it; this is what to look for. */
  anycast: anycastStateSchema.nullable().default(null),
  /** Failover VIPs that this host may hold. Absent: none. */
  failover: z.array(failoverNamespaceSchema).min(1).optional(),
  /** What this host says to its top-of-rack routers, and how. Null: its FRR is none of ours. */
  routing: routingStateSchema.nullable().default(null),
  /** This host is the quorum device of these Pacemaker clusters: it runs corosync-qnetd, with this certificate. */
  quorumServer: z
    .strictObject({ clusters: z.array(word).min(1), certificate: secretRefSchema })
    .nullable()
    .default(null),
  /** Checks that gate the announcements of this host; a VIP that is not in here is announced while its namespace stands. */
  health: z.array(healthStateSchema).default([]),
  /** Null: this host asks for names as it did before Rackway. */
  resolver: resolverStateSchema.nullable().default(null),
  /** Null: this host keeps its clock as it did before Rackway. */
  time: timeStateSchema.nullable().default(null),
});

export type HostState = z.infer<typeof hostStateSchema>;
export type HostBridge = z.infer<typeof hostBridgeSchema>;
export type RouterState = z.infer<typeof routerStateSchema>;
export type RouterVip = z.infer<typeof routerVipSchema>;
export type DrainTerms = z.infer<typeof drainTermsSchema>;
export type PacemakerState = z.infer<typeof pacemakerStateSchema>;
export type SecretRef = z.infer<typeof secretRefSchema>;
export type QuorumServerState = NonNullable<HostState["quorumServer"]>;
export type HostRouterState = z.infer<typeof hostRouterSchema>;
export type HostRoute = z.infer<typeof hostRouteSchema>;
export type TunnelState = z.infer<typeof tunnelStateSchema>;
export type ResolverState = z.infer<typeof resolverStateSchema>;
export type TimeState = z.infer<typeof timeStateSchema>;
export type DefaultRoute = z.infer<typeof defaultRouteSchema>;
