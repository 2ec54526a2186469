import { z } from "zod";

import { dnsStateSchema, serviceNtpStateSchema } from "./name-time-state.ts";
import { proxyFrontendStateSchema } from "./proxy-state.ts";
import { pathWord, word } from "./state-word.ts";

/**
 * Service namespaces, their VIPs and their checks, as host states carry them: once in Pacemaker's terms (`serviceNamespaceStateSchema`, the
 * same on every controller of a Pacemaker cluster, from which the CIB is rendered), once in the host's own (`anycastStateSchema`,
 * `healthStateSchema`: what is to be seen on this host).
 */
const family = z.union([z.literal(4), z.literal(6)]);

const questionStates = [
  z.strictObject({ kind: z.literal("tcp"), port: z.int() }),
  /** `host`: the Host header; null: the address itself. A status of 200 to 399 is healthy. */
  z.strictObject({ kind: z.literal("http"), port: z.int(), path: pathWord, host: word.nullable() }),
  /** `host`: Host header and server name (SNI). The certificate is checked only where `verify` is true, against the host's own authorities. */
  z.strictObject({ kind: z.literal("https"), port: z.int(), path: pathWord, host: word.nullable(), verify: z.boolean() }),
  /** An answer without error (NOERROR) that holds a record of the type. */
  z.strictObject({ kind: z.literal("dns"), port: z.int(), name: word, type: z.enum(["A", "AAAA", "SOA", "NS"]) }),
  /** An answer of a server that is synchronised (leap not 3, stratum 1 to `maxStratum`). */
  z.strictObject({ kind: z.literal("ntp"), port: z.int(), maxStratum: z.int() }),
  /** A program that the host's administrator has put into /etc/rackway/checks; exit code 0 is healthy. Arguments: the address. */
  z.strictObject({ kind: z.literal("command"), name: word }),
] as const;

/** One question to one service. */
export const healthQuestionStateSchema = z.discriminatedUnion("kind", questionStates);

export const healthCheckStateSchema = z.discriminatedUnion("kind", [
  ...questionStates,
  /** All of them are asked at once, and all must be well: of a VIP that several services answer on. */
  z.strictObject({ kind: z.literal("each"), questions: z.array(healthQuestionStateSchema).min(2) }),
]);

/** How one service is asked, and what follows from the answers. */
export const healthTermsSchema = z.strictObject({
  check: healthCheckStateSchema,
  intervalMs: z.int(),
  timeoutMs: z.int(),
  rise: z.int(),
  fall: z.int(),
  /** The bound of flap dampening: announcements and withdrawals of one address of the VIP together, within any 60 s. */
  maxChangesPerMinute: z.int(),
  /** False: the breaker keeps the last announcement of the VIP anywhere. */
  withdrawLast: z.boolean(),
});

/** The host-local bridge of a Pacemaker cluster's controllers. Its addresses are the same everywhere; the ways out are each host's own. */
export const serviceBridgeStateSchema = z.strictObject({
  name: word,
  hostIpv4: word,
  hostIpv6: word,
  ipv4Length: z.int(),
  ipv6Length: z.int(),
  replyTable: z.int(),
  /** Prefixes of the pools: what comes from them through the bridge leaves by the reply table. */
  replySources: z.array(word),
  /** For each controller: the interfaces that it forwards on, and the gateways that replies leave by. */
  hosts: z.array(
    z.strictObject({
      name: word,
      interfaces: z.array(word),
      gateways: z.array(z.strictObject({ family, via: word, device: word })),
    }),
  ),
});

/** One VIP in a set; `number` is stable for its life and unique in its namespace: which chunk it belongs to follows from it. */
export const serviceVipStateSchema = z.strictObject({
  name: word,
  number: z.int(),
  addresses: z.array(z.strictObject({ family, address: word })).min(1),
  /** Index into the namespace's `checks`; null: announced while the namespace stands. */
  check: z.int().nullable(),
  /** Of a failover VIP: the network that it is in, among the namespace's of its set's rack. */
  network: word.optional(),
  /** Absent: what answers on it is the operator's. */
  proxy: z.array(proxyFrontendStateSchema).min(1).optional(),
  /** True: the namespace's name service answers on it. */
  dns: z.literal(true).optional(),
  /** True: the namespace's time service answers on it. */
  ntp: z.literal(true).optional(),
});

/** VIPs of one namespace that are treated alike. */
export const serviceVipSetSchema = z.strictObject({
  /** `anycast`: on all `controllers` at once. `roaming`: together on one of them, announced. `failover`: likewise, in networks of one rack. */
  mode: z.enum(["anycast", "roaming", "failover"]),
  /** Tells sets of one mode apart, for ever: the racks of an anycast set (null: all of the Pacemaker cluster), the group of another. */
  name: word.nullable(),
  /** Of a failover set: the rack whose networks its VIPs are in. */
  rack: word.optional(),
  controllers: z.array(word).min(1),
  /** Of a roaming set: two hosts may have it during a planned move, the one that comes and the one that goes. */
  overlap: z.boolean(),
  vips: z.array(serviceVipStateSchema).min(1),
});

/** A network that failover VIPs of a namespace are in, and the namespace's link into its bridge, the same on every controller of the rack. */
export const serviceNetworkSchema = z.strictObject({
  rack: word,
  network: word,
  controllers: z.array(word).min(1),
  bridge: word,
  mtu: z.int(),
  /** Names of the link's two ends. */
  inside: word,
  outside: word,
  /** Number of the namespace's table by which replies from VIPs in this network leave. */
  table: z.int(),
  families: z.array(z.strictObject({ family, cidr: word, gateway: word.nullable() })).min(1),
});

/** A service namespace and its link, wherever it is spoken of. */
const namespaceFields = {
  name: word,
  /** The network namespace: `rw-` and the name, or the name itself of one that is there already. */
  netns: word,
  /** True: somebody else's (a container's); never made, never removed. */
  existing: z.boolean(),
  /** 1…4094, stable for the life of the namespace, unique in the document: names the veth pair and makes its addresses. */
  index: z.int(),
  linkIpv4: word,
  linkIpv6: word,
};

/**
 * Makes a service namespace a router: what members send through their tunnels to the management VIP leaves as the public VIP, and what comes
 * back goes to each member through its own. One tunnel device for all, VXLAN with bare IP in it (RFC 7348, draft-ietf-nvo3-vxlan-gpe).
 */
export const roamingRouterStateSchema = z.strictObject({
  /** UDP port and VXLAN network identifier. */
  port: z.int(),
  vni: z.int(),
  /** What fits through the tunnels of all members. */
  mtu: z.int(),
  ends: z.array(z.strictObject({ family, management: word, public: word })).min(1),
  /** The only ones that are listened to: outer and inner source are the same address. Sorted. */
  members: z.array(z.strictObject({ family, address: word })),
});

export const serviceNamespaceStateSchema = z.strictObject({
  ...namespaceFields,
  /** Absent: the namespace is not a router. */
  router: roamingRouterStateSchema.optional(),
  /** Absent: no VIP of it has one. */
  dns: dnsStateSchema.optional(),
  ntp: serviceNtpStateSchema.optional(),
  /** Absent: no failover VIP is in it. Sorted by rack and name. */
  networks: z.array(serviceNetworkSchema).min(1).optional(),
  /** Programs of the host's administrator that run in it: names in /etc/rackway/services. Sorted; absent: none. */
  programs: z.array(word).min(1).optional(),
  /** Distinct terms, shared by VIPs. */
  checks: z.array(healthTermsSchema),
  sets: z.array(serviceVipSetSchema).min(1),
});

/** One address on this host's `rw-vip` interface of a namespace: /32 or /128. */
export const heldVipSchema = z.strictObject({ name: word, family, address: word, mode: z.enum(["anycast", "roaming"]) });

export const anycastStateSchema = z.strictObject({
  bridge: word,
  hostIpv4: word,
  hostIpv6: word,
  ipv4Length: z.int(),
  ipv6Length: z.int(),
  replyTable: z.int(),
  replySources: z.array(word),
  /** Interfaces to the fabric: the only ones, beside the bridge, that forwarding is switched on for. */
  interfaces: z.array(word),
  gateways: z.array(z.strictObject({ family, via: word, device: word })),
  namespaces: z.array(z.strictObject({ ...namespaceFields, vips: z.array(heldVipSchema) })),
});

/** Failover VIPs of one namespace that this host may hold, and the interface in the namespace that each would be on. */
export const failoverNamespaceSchema = z.strictObject({
  name: word,
  netns: word,
  index: z.int(),
  vips: z.array(z.strictObject({ name: word, family, address: word, device: word })).min(1),
});

/** One VIP's check on this host. */
export const healthStateSchema = z.strictObject({ namespace: word, vip: word, ...healthTermsSchema.shape });

export type HealthQuestionState = z.infer<typeof healthQuestionStateSchema>;
export type HealthCheckState = z.infer<typeof healthCheckStateSchema>;
export type HealthTerms = z.infer<typeof healthTermsSchema>;
export type HealthState = z.infer<typeof healthStateSchema>;
export type ServiceBridgeState = z.infer<typeof serviceBridgeStateSchema>;
export type ServiceVipState = z.infer<typeof serviceVipStateSchema>;
export type ServiceVipSet = z.infer<typeof serviceVipSetSchema>;
export type ServiceNetwork = z.infer<typeof serviceNetworkSchema>;
export type FailoverNamespace = z.infer<typeof failoverNamespaceSchema>;
export type RoamingRouterState = z.infer<typeof roamingRouterStateSchema>;
export type ServiceNamespaceState = z.infer<typeof serviceNamespaceStateSchema>;
export type AnycastState = z.infer<typeof anycastStateSchema>;
export type HeldVip = z.infer<typeof heldVipSchema>;
