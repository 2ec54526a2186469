import { z } from "zod";

import { word } from "./state-word.ts";

/** Name service in a namespace, on every controller that may hold its addresses: a router's management VIP, or service VIPs. */
export const dnsStateSchema = z.strictObject({
  /** All with a `tls` name, or none. */
  upstreams: z.array(z.strictObject({ address: word, port: z.int(), tls: word.nullable() })).min(1),
  certificateAuthorities: word,
  localDomains: z.array(z.strictObject({ name: word, servers: z.array(word).min(1) })),
  /** Of the names below, and of the one that its monitor asks for. */
  domain: word,
  /** File with the keys that validation begins with; null: answers are not validated. */
  trustAnchors: word.nullable(),
  /** Prefixes that are answered. */
  clients: z.array(word),
  /** Relative to `domain`. */
  names: z.array(z.strictObject({ name: word, addresses: z.array(word).min(1) })),
});

const ntpFields = {
  upstreams: z.array(z.strictObject({ server: word, nts: z.boolean() })).min(1),
  /** Beside those that the host trusts. */
  certificateAuthorities: word.nullable(),
  orphanStratum: z.int(),
  /** Prefixes that are answered. */
  clients: z.array(word),
};

/** Time service in a router's namespace, on every controller, answering on the management VIP. */
export const ntpStateSchema = z.strictObject({
  ...ntpFields,
  /** The router's controllers, who follow each other when no upstream answers; none where there is but one. */
  peers: z.array(z.strictObject({ host: word, nodeId: z.int() })),
  /** Where the link is attached that they reach each other by. */
  link: z.strictObject({ bridge: word, mtu: z.int() }),
});

/** Time service in a service namespace: each host follows the upstreams by itself. */
export const serviceNtpStateSchema = z.strictObject(ntpFields);

export type DnsState = z.infer<typeof dnsStateSchema>;
export type NtpState = z.infer<typeof ntpStateSchema>;
export type ServiceNtpState = z.infer<typeof serviceNtpStateSchema>;
