import { z } from "zod";

import { dnsSchema } from "./document-name-service.ts";
import { proxySchema } from "./document-proxy.ts";
import { ntpSchema } from "./document-time-service.ts";
import { vipPairMemberSchema } from "./document-vip-pair.ts";
import { commandName, domainName, name, netnsName, port, serviceProgram, urlPath } from "./document-values.ts";

/** Service VIPs: their namespaces, their checks, and themselves. */
export const serviceNamespaceSchema = z.strictObject({
  name: name.describe("Name of the service namespace, as VIPs name it."),
  existing: z
    .boolean()
    .default(false)
    .describe("True: it is there already, a container's say. Rackway puts VIPs into it, and neither makes nor removes it."),
  netns: netnsName
    .optional()
    .describe("Of an existing one: its name on the hosts (`ip netns`), where that is another. Rackway's own are `rw-` and the name."),
});

const requestHost = domainName.optional();

export const healthSchema = z.strictObject({
  tcp: z
    .strictObject({ port: port.describe("Port of the service.") })
    .optional()
    .describe("Open a connection."),
  http: z
    .strictObject({
      port: port.describe("Port of the service."),
      path: urlPath.describe("Path to fetch."),
      host: requestHost.describe("Host that the request names. Absent: the VIP's address."),
    })
    .optional()
    .describe("Fetch a page; a status of 200 to 399 is healthy."),
  https: z
    .strictObject({
      port: port.describe("Port of the service."),
      path: urlPath.describe("Path to fetch."),
      host: requestHost.describe("Host and server name (SNI) that the request names. Absent: the VIP's address, and no server name."),
      verify: z.boolean().default(false).describe("True: the certificate must be one that the host trusts."),
    })
    .optional()
    .describe("The same over TLS."),
  dns: z
    .strictObject({
      port: port.default(53).describe("Port of the service."),
      name: domainName.describe("Name to ask for."),
      type: z.enum(["A", "AAAA", "SOA", "NS"]).default("A").describe("Record to ask for."),
    })
    .optional()
    .describe("Ask for a name over UDP; an answer without error that holds such a record is healthy."),
  ntp: z
    .strictObject({
      port: port.default(123).describe("Port of the service."),
      maxStratum: z.int().min(1).max(15).default(15).describe("The highest stratum that is good enough."),
    })
    .optional()
    .describe("Ask for the time; an answer of a server that is synchronised is healthy."),
  command: z
    .strictObject({ name: commandName.describe("File name in /etc/rackway/checks.") })
    .optional()
    .describe("Run a program that the host's administrator has put in place, with the address as argument; exit code 0 is healthy."),
  proxy: z
    .strictObject({})
    .optional()
    .describe(
      "Ask the VIP's `proxy`: healthy while each of its frontends has a backend that answers. What is asked where there is a `proxy` and no `health`.",
    ),
  intervalMs: z.int().min(50).max(60000).default(500).describe("How often, in milliseconds."),
  timeoutMs: z.int().min(10).max(60000).default(200).describe("How long to wait for the answer, in milliseconds."),
  rise: z.int().min(1).max(100).default(2).describe("How many good answers make it healthy."),
  fall: z.int().min(1).max(100).default(2).describe("How many bad ones make it unhealthy."),
  maxChangesPerMinute: z
    .int()
    .min(2)
    .max(30)
    .default(6)
    .describe("At most so many announcements and withdrawals within 60 s: a service that flaps stays withdrawn longer and longer."),
});

export const vipSchema = z.strictObject({
  name: name.describe("Name of the VIP."),
  mode: z
    .enum(["failover", "roaming", "anycast"])
    .describe("`failover`: one owner in one network. `roaming`: one owner anywhere, announced. `anycast`: held by every eligible host."),
  pool: name.optional().describe("The pool that its addresses come from (`roaming`, `anycast`)."),
  network: name.optional().describe("The network that its addresses come from (`failover`)."),
  rack: name.optional().describe("The rack whose network that is (`failover`)."),
  address: vipPairMemberSchema.describe("Its addresses."),
  namespace: name.describe("The service namespace that holds it."),
  racks: z
    .array(name)
    .min(1)
    .optional()
    .describe("The racks whose controllers may hold it (`roaming`, `anycast`). Absent: all racks with controllers and `ospf` or `bgp`."),
  group: name
    .optional()
    .describe(
      "Of a roaming or failover VIP: those of its namespace with the same group move together. Absent: a group of the VIP's own name, so it moves by itself.",
    ),
  overlap: z
    .boolean()
    .optional()
    .describe(
      "Of a roaming VIP: true lets two hosts answer for it during a planned move, so that nothing is lost. Absent or false: one host at any time, and a planned move has a hole. Its group overlaps where all of its VIPs say so.",
    ),
  proxy: proxySchema
    .optional()
    .describe("HAProxy answers on it, and passes on to backends elsewhere. Absent: what answers in its namespace is the operator's."),
  dns: dnsSchema
    .optional()
    .describe(
      "Name service on it: Unbound on every host that may hold it, one for all VIPs of its namespace, which say the same. Absent: none.",
    ),
  ntp: ntpSchema
    .optional()
    .describe(
      "Time service on it: chronyd on every host that may hold it, one for all VIPs of its namespace, which say the same. Absent: none.",
    ),
  service: z
    .strictObject({ name: serviceProgram.describe("File name in /etc/rackway/services, of a program that stays in the foreground.") })
    .optional()
    .describe(
      "A program that the host's administrator has put in place on every host that may hold the VIP. Pacemaker runs it in the VIP's namespace, once for all VIPs that name it, and keeps it running. It needs a `health`. Absent: none.",
    ),
  health: healthSchema
    .optional()
    .describe(
      "How the service behind it is checked. Absent: announced while its namespace stands; with `proxy`, `dns` or `ntp`, while each of these answers (a proxy: while each of its frontends has a backend that does).",
    ),
  withdrawLast: z
    .boolean()
    .default(false)
    .describe(
      "True: an unhealthy service is withdrawn even where nobody else announces the VIP (`roaming`, `anycast`). False: the last announcement stays.",
    ),
});
