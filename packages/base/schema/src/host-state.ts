import { z } from "zod";

/**
 * What one host must look like for one revision: the compiler's output and the agent's input.
 * It carries intent, not rendered text: the adapters render daemons' files and the CIB from it.
 * The `pacemaker` part is the same on every controller of one Pacemaker cluster; the agent on its DC writes it into the CIB.
 */
const family = z.union([z.literal(4), z.literal(6)]);
export type Family = z.infer<typeof family>;

export const hostBridgeSchema = z.strictObject({
  network: z.string(),
  name: z.string(),
  driver: z.enum(["linux", "openvswitch"]),
  /** Interface to enslave if we make the bridge; null: the bridge must exist. */
  port: z.string().nullable(),
  mtu: z.int(),
  vlan: z.int().nullable(),
  /** This host's own addresses in the network, `address/prefixLength`. Put on the bridge only when we make it. */
  addresses: z.array(z.string()),
});

export const routerVipSchema = z.strictObject({
  name: z.enum(["public", "management"]),
  family,
  address: z.string(),
  prefixLength: z.int(),
});

export const routerStateSchema = z.strictObject({
  name: z.string(),
  /** Network namespace: `rw-` and the router's name. */
  netns: z.string(),
  /** 1…4094, stable for the life of the router, unique in the document: makes link-local and way-out addresses. */
  index: z.int(),
  /** The hosts of the Pacemaker cluster that may run it: the controllers of its rack. Fewer than the cluster's nodes where that spans racks. */
  controllers: z.array(z.string()).min(1),
  management: z.strictObject({ bridge: z.string(), mtu: z.int(), cidrs: z.array(z.string()) }),
  public: z.strictObject({
    bridge: z.string(),
    mtu: z.int(),
    cidrs: z.array(z.string()),
    gateways: z.array(z.strictObject({ family, address: z.string() })),
  }),
  vips: z.array(routerVipSchema),
  nat: z.strictObject({ ipv4: z.enum(["snat", "routed"]), ipv6: z.enum(["nat66", "routed"]) }),
  inbound: z.array(z.strictObject({ family, to: z.string(), protocol: z.enum(["tcp", "udp", "icmp", "any"]), ports: z.array(z.string()) })),
  routerAdvertisements: z.strictObject({ lifetimeSeconds: z.int() }).nullable(),
  /** Null: no state to keep in step (one controller, or switched off). `bridge`: where the synchronisation link is attached. */
  connectionSync: z.strictObject({ bridge: z.string(), mtu: z.int() }).nullable(),
  uplink: z.strictObject({
    intervalMs: z.int(),
    fall: z.int(),
    rise: z.int(),
    targets: z.array(z.strictObject({ link: z.enum(["public", "management"]), family, address: z.string() })),
  }),
});

export const pacemakerStateSchema = z.strictObject({
  cluster: z.string(),
  takeover: z.enum(["quorum", "fenced"]),
  timers: z.enum(["local", "careful"]),
  nodes: z.array(
    z.strictObject({ name: z.string(), rack: z.string(), nodeId: z.int(), addresses: z.array(z.string()).min(1), drained: z.boolean() }),
  ),
  fencing: z.array(z.strictObject({ agent: z.string(), parameters: z.record(z.string(), z.string()), hosts: z.array(z.string()) })),
  routers: z.array(routerStateSchema),
  /**
   * Number of the last change (revision or operation: drain, resume, pause) that this state carries; it only grows. Written into the CIB:
   * a writer with a smaller one is refused. `compile` takes it as an option; the server counts it.
   */
  epoch: z.int(),
  /** Where Corosync's key is fetched from (`GET /api/v1/agent/secrets/{id}`), and what its digest must be. */
  authKey: z.strictObject({ id: z.string(), sha256: z.string() }),
});

/** A router without a VIP pair: the one controller of its rack forwards in its root namespace, on its own addresses. */
export const hostRouterSchema = z.strictObject({
  name: z.string(),
  management: z.strictObject({ bridge: z.string(), cidrs: z.array(z.string()) }),
  public: z.strictObject({ bridge: z.string(), addresses: z.array(z.string()) }),
  nat: z.strictObject({ ipv4: z.enum(["snat", "routed"]), ipv6: z.enum(["nat66", "routed"]) }),
  inbound: routerStateSchema.shape.inbound,
});

export const defaultRouteSchema = z.strictObject({ family, via: z.string(), device: z.string(), metric: z.int() });

/** A way to another rack's inside that must not follow our default route: `to` is a prefix, `via` the network's own gateway. */
export const hostRouteSchema = z.strictObject({ family, to: z.string(), via: z.string(), device: z.string(), metric: z.int() });

export const hostStateSchema = z.strictObject({
  schema: z.literal(1),
  cluster: z.string(),
  revision: z.int().min(0),
  host: z.strictObject({ name: z.string(), rack: z.string(), role: z.enum(["controller", "member"]) }),
  /** Observe and report, change nothing. */
  paused: z.boolean(),
  bridges: z.array(hostBridgeSchema),
  sysctls: z.array(z.strictObject({ key: z.string(), value: z.string() })),
  defaultRoutes: z.array(defaultRouteSchema),
  /**
   * Rack to rack, past the virtual routers: without these, our default route would send what goes to another rack's networks through
   * the router, where it is translated and its answers, which come another way, match no state.
   */
  routes: z.array(hostRouteSchema),
  hostRouters: z.array(hostRouterSchema),
  pacemaker: pacemakerStateSchema.nullable(),
});

export type HostState = z.infer<typeof hostStateSchema>;
export type HostBridge = z.infer<typeof hostBridgeSchema>;
export type RouterState = z.infer<typeof routerStateSchema>;
export type RouterVip = z.infer<typeof routerVipSchema>;
export type PacemakerState = z.infer<typeof pacemakerStateSchema>;
export type HostRouterState = z.infer<typeof hostRouterSchema>;
export type HostRoute = z.infer<typeof hostRouteSchema>;
export type DefaultRoute = z.infer<typeof defaultRouteSchema>;
