import { z } from "zod";

/**
 * The cluster document as an operator writes it (`apiVersion: rackway/v1`, `kind: Cluster`).
 * Shapes and defaults only; what holds *between* fields is checked by the planner's validation.
 * Addresses are strings here; `@rackway/net` parses them strictly.
 */
const name = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
  .max(40);
const interfaceName = z.string().regex(/^[^/\s:]{1,15}$/);
const address = z.string();
const cidr = z.string();
const port = z.int().min(1).max(65535);

export const familyNetworkSchema = z.strictObject({
  cidr,
  gateway: address.optional(),
  /** Addresses that may be handed out automatically: `A-B` or one address. Absent: the whole network. */
  ranges: z.array(z.string()).min(1).optional(),
});

export const networkSchema = z.strictObject({
  name,
  bridge: interfaceName,
  driver: z.enum(["linux", "openvswitch"]).default("linux"),
  /** The host's interface that becomes the bridge's port when Rackway makes the bridge. A bridge that exists already is left as it is. */
  interface: interfaceName.optional(),
  vlan: z.int().min(1).max(4094).optional(),
  mtu: z.int().min(1280).max(65535).default(1500),
  /** True: the same L2 network in every rack that names it (same CIDR and gateway). */
  shared: z.boolean().default(false),
  ipv4: familyNetworkSchema.optional(),
  ipv6: familyNetworkSchema.optional(),
});

const bfdSchema = z.strictObject({ intervalMs: z.int().min(10).max(60000).default(50), multiplier: z.int().min(1).max(255).default(3) });

export const rackSchema = z.strictObject({
  name,
  networks: z.array(networkSchema).min(1),
  ospf: z
    .strictObject({ area: z.string().default("0.0.0.0"), interfaces: z.array(interfaceName).min(1), bfd: bfdSchema.optional() })
    .optional(),
});

export const hostSchema = z.strictObject({
  name,
  rack: name,
  role: z.enum(["controller", "member"]),
  /** Network name to this host's own addresses in it, one IPv4 and one IPv6 at most. */
  addresses: z.record(name, z.array(address).min(1).max(2)),
  /** Network name to interface, where this host differs from its network's `interface`. */
  interfaces: z.record(name, interfaceName).optional(),
});

const vipAddress = z.union([z.literal("auto"), address]);
export const vipPairMemberSchema = z.strictObject({ ipv4: vipAddress.optional(), ipv6: vipAddress.optional() });

export const inboundRuleSchema = z.strictObject({
  /** Where unsolicited traffic from outside may go: an address or prefix of the inside. */
  to: z.string(),
  protocol: z.enum(["tcp", "udp", "icmp", "any"]),
  ports: z
    .array(z.union([port, z.string().regex(/^\d+-\d+$/)]))
    .min(1)
    .optional(),
});

export const virtualRouterSchema = z.strictObject({
  name,
  rack: name,
  managementNetwork: name.default("management"),
  publicNetwork: name.default("public"),
  /** Absent in both: no pair to move; the router works on the one controller's own addresses. */
  publicVip: vipPairMemberSchema.optional(),
  managementVip: vipPairMemberSchema.optional(),
  nat: z
    .strictObject({ ipv4: z.enum(["snat", "routed"]).default("snat"), ipv6: z.enum(["nat66", "routed"]).default("nat66") })
    .prefault({}),
  inbound: z.array(inboundRuleSchema).default([]),
  routerAdvertisements: z.strictObject({ enabled: z.boolean(), lifetimeSeconds: z.int().min(3).max(9000).default(180) }).optional(),
  connectionSync: z.strictObject({ enabled: z.boolean().default(true), network: name.optional() }).prefault({}),
  uplinkCheck: z
    .strictObject({
      intervalMs: z.int().min(200).max(60000).default(1000),
      fall: z.int().min(1).max(10).default(3),
      rise: z.int().min(1).max(10).default(2),
    })
    .prefault({}),
  /** Served from part 3 on; accepted and kept. */
  dns: z
    .strictObject({
      upstreams: z.array(address).min(1),
      localDomains: z.array(z.strictObject({ name: z.string(), servers: z.array(address).min(1) })).default([]),
    })
    .optional(),
  ntp: z.strictObject({ upstreams: z.array(z.string()).min(1) }).optional(),
});

export const vipPoolSchema = z.strictObject({ name, ipv4: familyNetworkSchema.optional(), ipv6: familyNetworkSchema.optional() });

export const fenceDeviceSchema = z.strictObject({
  /** A fence agent of the host (`fence_ipmilan`, …). */
  agent: z.string().regex(/^fence_[a-z0-9_]+$/),
  /** Options of the fence agent. No secrets: point at a file on the host (`password_script`, …). */
  parameters: z.record(z.string(), z.string()).default({}),
  /** The hosts that it can fence; absent: all of the Pacemaker cluster. */
  hosts: z.array(name).optional(),
});

export const pacemakerSchema = z.strictObject({
  name,
  racks: z.array(name).min(1),
  takeover: z.enum(["quorum", "fenced"]).default("quorum"),
  timers: z.enum(["local", "careful"]).default("local"),
  /** The network that Corosync talks over. */
  network: name.default("management"),
  fencing: z.array(fenceDeviceSchema).default([]),
});

const healthSchema = z.strictObject({
  http: z.strictObject({ port, path: z.string().startsWith("/") }).optional(),
  tcp: z.strictObject({ port }).optional(),
  intervalMs: z.int().min(50).default(500),
  timeoutMs: z.int().min(10).default(200),
  rise: z.int().min(1).default(2),
  fall: z.int().min(1).default(2),
});

/** A service VIP. `failover` is carried out; `roaming` and `anycast` are accepted from part 2 on. */
export const vipSchema = z.strictObject({
  name,
  mode: z.enum(["failover", "roaming", "anycast"]),
  pool: name.optional(),
  network: name.optional(),
  rack: name.optional(),
  address: z.strictObject({ ipv4: vipAddress.optional(), ipv6: vipAddress.optional() }),
  namespace: name,
  health: healthSchema.optional(),
});

export const clusterDocumentSchema = z.strictObject({
  apiVersion: z.literal("rackway/v1"),
  kind: z.literal("Cluster"),
  metadata: z.strictObject({ name }),
  spec: z.strictObject({
    pacemaker: z.array(pacemakerSchema).optional(),
    racks: z.array(rackSchema).min(1),
    hosts: z.array(hostSchema).default([]),
    virtualRouters: z.array(virtualRouterSchema).default([]),
    vipPools: z.array(vipPoolSchema).default([]),
    vips: z.array(vipSchema).default([]),
  }),
});

export type ClusterDocument = z.output<typeof clusterDocumentSchema>;
export type RackSpec = z.output<typeof rackSchema>;
export type NetworkSpec = z.output<typeof networkSchema>;
export type HostSpec = z.output<typeof hostSchema>;
export type VirtualRouterSpec = z.output<typeof virtualRouterSchema>;
export type PacemakerSpec = z.output<typeof pacemakerSchema>;
export type VipSpec = z.output<typeof vipSchema>;
export type VipPoolSpec = z.output<typeof vipPoolSchema>;
