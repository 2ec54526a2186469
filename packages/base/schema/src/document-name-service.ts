import { z } from "zod";

import { absolutePath, address, domainName, port, valueFacts } from "./document-values.ts";

/** Name service of a virtual router or of service VIPs, as the document has it. */
const dnsUpstreamSchema = z
  .union([
    address,
    z.strictObject({
      address: address.describe("Address of the name server."),
      tls: domainName.describe("It is asked over TLS (RFC 7858), and its certificate must be of this name."),
      port: port.default(853).describe("Port of the name server."),
    }),
  ])
  .register(valueFacts, { expects: "an IP address, or a mapping with `address` and `tls`" });

const localDomainSchema = z.strictObject({
  name: domainName.describe("Domain whose queries go to other servers."),
  servers: z.array(address).min(1).describe("Their name servers."),
});

export const dnsSchema = z.strictObject({
  upstreams: z
    .array(dnsUpstreamSchema)
    .min(1)
    .describe("Name servers that queries are forwarded to: addresses, or `{ address, tls: NAME }` for DNS over TLS; all of one kind."),
  certificateAuthorities: absolutePath
    .optional()
    .describe(
      "File on the controllers with the certificates that upstreams over TLS are checked against. Absent: those that the host trusts.",
    ),
  localDomains: z.array(localDomainSchema).default([]).describe("Domains with name servers of their own."),
  domain: domainName
    .max(120)
    .optional()
    .describe("Domain of the names that are made from this document. Absent: the cluster's name and `.internal`."),
  names: z
    .enum(["cluster", "rack", "none"])
    .default("cluster")
    .describe(
      "What gets a name there: hosts, routers and VIPs of the cluster; hosts and routers of the router's rack (of a router alone); or nothing.",
    ),
  dnssec: z
    .union([
      z.boolean(),
      z.strictObject({
        trustAnchors: absolutePath.describe("File on the controllers with DS or DNSKEY records of the domains that are trusted."),
      }),
    ])
    .register(valueFacts, { expects: "true, false, or a mapping with `trustAnchors`" })
    .default(false)
    .describe(
      "True: answers are validated (RFC 4035), those of local domains excepted, from the public tree's anchor on. `{ trustAnchors: FILE }`: from those of the file on, and what lies under none of them is taken as it is.",
    ),
});

export type DnsSpec = z.output<typeof dnsSchema>;
