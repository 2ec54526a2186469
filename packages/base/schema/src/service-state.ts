import { z } from "zod";

import { pathWord, word } from "./state-word.ts";

/**
 * Service namespaces, their VIPs and their checks, as host states carry them: once in Pacemaker's terms (`serviceNamespaceStateSchema`, the
 * same on every controller of a Pacemaker cluster, from which the CIB is rendered), once in the host's own (`anycastStateSchema`,
 * `healthStateSchema`: what is to be seen on this host).
 */
const family = z.union([z.literal(4), z.literal(6)]);

export const healthCheckStateSchema = z.discriminatedUnion("kind", [
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
});

/** VIPs of one namespace that are treated alike. */
export const serviceVipSetSchema = z.strictObject({
  /** `anycast`: on all `controllers` at once. `roaming`: together on one of them. */
  mode: z.enum(["anycast", "roaming"]),
  /** Tells sets of one mode apart, for ever: the racks of an anycast set (null: all of the Pacemaker cluster), the group of a roaming one. */
  name: word.nullable(),
  controllers: z.array(word).min(1),
  /** Of a roaming set: two hosts may have it during a planned move, the one that comes and the one that goes. */
  overlap: z.boolean(),
  vips: z.array(serviceVipStateSchema).min(1),
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

export const serviceNamespaceStateSchema = z.strictObject({
  ...namespaceFields,
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

/** One VIP's check on this host. */
export const healthStateSchema = z.strictObject({ namespace: word, vip: word, ...healthTermsSchema.shape });

export type HealthCheckState = z.infer<typeof healthCheckStateSchema>;
export type HealthTerms = z.infer<typeof healthTermsSchema>;
export type HealthState = z.infer<typeof healthStateSchema>;
export type ServiceBridgeState = z.infer<typeof serviceBridgeStateSchema>;
export type ServiceVipState = z.infer<typeof serviceVipStateSchema>;
export type ServiceVipSet = z.infer<typeof serviceVipSetSchema>;
export type ServiceNamespaceState = z.infer<typeof serviceNamespaceStateSchema>;
export type AnycastState = z.infer<typeof anycastStateSchema>;
export type HeldVip = z.infer<typeof heldVipSchema>;
