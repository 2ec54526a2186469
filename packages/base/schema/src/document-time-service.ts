import { z } from "zod";

import { absolutePath, addressOrDomainName, valueFacts } from "./document-values.ts";

/** Time service of a virtual router or of service VIPs, as the document has it. */
const ntpUpstreamSchema = z
  .union([
    addressOrDomainName,
    z.strictObject({
      server: addressOrDomainName.describe("Address or name of the time server."),
      nts: z.boolean().default(false).describe("True: its answers are authenticated (RFC 8915), and its certificate must be of this name."),
    }),
  ])
  .register(valueFacts, { expects: "an IP address, a domain name, or a mapping with `server` and `nts`" });

export const ntpSchema = z.strictObject({
  upstreams: z.array(ntpUpstreamSchema).min(1).describe("Time servers to follow: addresses, names, or `{ server: NAME, nts: true }`."),
  certificateAuthorities: absolutePath
    .optional()
    .describe(
      "File on the controllers with the certificates that upstreams with NTS are checked against, beside those that the host trusts.",
    ),
  orphanStratum: z
    .int()
    .min(2)
    .max(14)
    .default(10)
    .describe(
      "Stratum at which the rack's controllers agree among themselves (of a service VIP: each answers by itself) when no upstream answers. Above that of any upstream.",
    ),
});

export type NtpSpec = z.output<typeof ntpSchema>;
