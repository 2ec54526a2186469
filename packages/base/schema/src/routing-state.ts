import { z } from "zod";

import { word } from "./state-word.ts";

/**
 * How one host speaks with its top-of-rack routers (RFC 2328, RFC 5340, RFC 4271), and what it may say. Intent only: what is announced at
 * the moment is health's and drain's to decide, and no part of it. Keys stay in files on the host: `keyFile` is where.
 */
const family = z.union([z.literal(4), z.literal(6)]);

/** RFC 5880; null beside it: the protocol's own timers notice a dead neighbour. */
export const bfdStateSchema = z.strictObject({ intervalMs: z.int(), multiplier: z.int() });

export const ospfStateSchema = z.strictObject({
  /** Dotted quad. */
  area: word,
  interfaces: z.array(word).min(1),
  networkType: z.enum(["broadcast", "point-to-point"]),
  cost: z.int(),
  helloSeconds: z.int(),
  deadSeconds: z.int(),
  /** RFC 5709 and RFC 7166 (`hmac-sha-256`), RFC 2328 D.4.3 (`md5`, OSPFv2 only). */
  authentication: z.strictObject({ keyId: z.int(), keyFile: word, algorithm: z.enum(["hmac-sha-256", "md5"]) }).nullable(),
  bfd: bfdStateSchema.nullable(),
});

/** A neighbour by its address, or whoever is at the other end of an interface (unnumbered, RFC 8950). */
export const bgpNeighborStateSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("address"), family, address: word }),
  z.strictObject({ kind: z.literal("interface"), interface: word }),
]);

export const bgpStateSchema = z.strictObject({
  asn: z.int(),
  /** The neighbours' number, or what it is compared with ours. */
  remoteAsn: z.union([z.int(), z.enum(["internal", "external"])]),
  neighbors: z.array(bgpNeighborStateSchema).min(1),
  /** `ASN:VALUE`, on everything that is announced (RFC 1997). */
  communities: z.array(word),
  /** TCP MD5 (RFC 2385): null: none. */
  authentication: z.strictObject({ keyFile: word }).nullable(),
  bfd: bfdStateSchema.nullable(),
});

/** A prefix that this host may announce: /32 or /128. */
export const announceablePrefixSchema = z.strictObject({ family, prefix: word, vip: word, namespace: word });

/** Exactly one of `ospf` and `bgp` is there. */
export const routingStateSchema = z.strictObject({
  /** IPv4 text, unique in the document: one of the host's own addresses, or what the document chose. */
  routerId: word,
  /** In which families it speaks: those that it has a gateway in. */
  families: z.array(family).min(1),
  ospf: ospfStateSchema.nullable(),
  bgp: bgpStateSchema.nullable(),
  announce: z.array(announceablePrefixSchema),
});

export type BfdState = z.infer<typeof bfdStateSchema>;
export type OspfState = z.infer<typeof ospfStateSchema>;
export type BgpState = z.infer<typeof bgpStateSchema>;
export type BgpNeighborState = z.infer<typeof bgpNeighborStateSchema>;
export type AnnounceablePrefix = z.infer<typeof announceablePrefixSchema>;
export type RoutingState = z.infer<typeof routingStateSchema>;
