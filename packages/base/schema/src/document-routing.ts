import { z } from "zod";

import {
  absolutePath,
  address,
  addressOfFamily,
  asNumber,
  bgpCommunity,
  fabricGateway,
  interfaceName,
  ospfArea,
  valueFacts,
} from "./document-values.ts";

/** How hosts speak with their top-of-rack routers: the parts `ospf`, `bgp` and `routing` of the document. */
const bfdSchema = z.strictObject({
  intervalMs: z.int().min(10).max(60000).default(50).describe("How often each side sends, in milliseconds."),
  multiplier: z.int().min(1).max(255).default(3).describe("How many packets may be missing before the neighbour counts as gone."),
});

const ospfAuthenticationSchema = z.strictObject({
  keyId: z.int().min(1).max(255).describe("Number of the key; the neighbours know it by the same."),
  keyFile: absolutePath.describe("File on the hosts that holds the key, readable by root alone. The key itself never enters the document."),
  algorithm: z
    .enum(["hmac-sha-256", "md5"])
    .default("hmac-sha-256")
    .describe("`hmac-sha-256`: RFC 5709, RFC 7166. `md5`: RFC 2328, for routers that know no better."),
});

const gateways = z.array(fabricGateway).min(1).optional();

export const ospfSchema = z.strictObject({
  area: ospfArea.default("0.0.0.0").describe("OSPF area, as a dotted quad or a number in quotes."),
  interfaces: z.array(interfaceName).min(1).describe("The hosts' interfaces that speak OSPF with the top-of-rack routers."),
  gateways: gateways.describe(
    "The top-of-rack routers, where replies go: all of a family share the traffic. Absent: the gateways of those networks of the rack whose bridge is one of `interfaces`.",
  ),
  networkType: z
    .enum(["broadcast", "point-to-point"])
    .default("broadcast")
    .describe("The same as on the top-of-rack routers (RFC 2328, section 1.2)."),
  cost: z.int().min(1).max(65535).default(10).describe("Cost of the interfaces."),
  helloSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(10)
    .describe(
      "How often a hello is sent; the same as on the top-of-rack routers, which are no neighbours else. Absent: as RFC 2328 and most routers have it.",
    ),
  deadSeconds: z
    .int()
    .min(2)
    .max(65535)
    .default(40)
    .describe("How long a neighbour may be silent before it counts as gone; the same as on the top-of-rack routers. `bfd` notices sooner."),
  authentication: ospfAuthenticationSchema.optional().describe("Keyed digests on every packet. Absent: none."),
  bfd: bfdSchema.optional().describe("Detect a dead neighbour by BFD (RFC 5880). Absent: by OSPF's own timers."),
});

const bgpNeighborSchema = z.strictObject({
  address: address.optional().describe("Its address."),
  interface: interfaceName.optional().describe("The interface that it is behind, without an address (unnumbered, RFC 8950)."),
});

export const bgpSchema = z.strictObject({
  asn: asNumber.describe("The hosts' autonomous system number."),
  remoteAsn: z
    .union([asNumber, z.enum(["internal", "external"])])
    .register(valueFacts, { expects: "an AS number, internal, or external" })
    .default("external")
    .describe("The neighbours' number; `internal`: the same as ours, `external`: any other."),
  neighbors: z.array(bgpNeighborSchema).min(1).describe("The top-of-rack routers: each by `address` or by `interface`."),
  interfaces: z
    .array(interfaceName)
    .min(1)
    .optional()
    .describe("The hosts' interfaces towards them. Absent: those of the neighbours that are given by interface."),
  gateways: gateways.describe(
    "Where replies go: all of a family share the traffic. Absent: the neighbours that are given by address; else the gateways of those networks of the rack whose bridge is one of the interfaces.",
  ),
  communities: z.array(bgpCommunity).default([]).describe("Communities on everything that is announced (RFC 1997)."),
  authentication: z
    .strictObject({ keyFile: absolutePath.describe("File on the hosts that holds the password, readable by root alone.") })
    .optional()
    .describe("TCP MD5 signatures (RFC 2385). Absent: none."),
  bfd: bfdSchema.optional().describe("Detect a dead neighbour by BFD (RFC 5880). Absent: by BGP's own timers."),
});

export const hostRoutingSchema = z.strictObject({
  routerId: addressOfFamily(4)
    .optional()
    .describe(
      "Router id, written as an IPv4 address, unique in the fabric. Absent: the host's IPv4 address in the network that Corosync talks over, else its first by the names of its networks.",
    ),
  ospf: ospfSchema.optional().describe("OSPF on this host, in place of all that its rack says. At most one of `ospf` and `bgp`."),
  bgp: bgpSchema.optional().describe("BGP on this host, in place of all that its rack says."),
});
