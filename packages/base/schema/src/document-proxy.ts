import { z } from "zod";

import { absolutePath, backendAddress, domainName, port, urlPath } from "./document-values.ts";

/** A proxy in front of servers elsewhere: HAProxy on every host that may hold the VIP, listening on the VIP's addresses. */

/** Secrets stay in files of the hosts: the document, and all that is made of it, carries their paths alone. */
const tlsSchema = z.strictObject({
  certificate: absolutePath.describe("The certificate with its chain, in PEM: a file that the host's administrator has put on every host."),
  key: absolutePath.optional().describe("Its private key, in PEM: likewise a file on the hosts, readable by root alone."),
});

const proxyProtocolSchema = z.strictObject({
  accept: z.boolean().default(false).describe("True: clients speak the PROXY protocol first, and nobody else is served."),
  send: z.enum(["off", "v1", "v2"]).default("off").describe("Tell backends who the client is, in version 1 or 2 of the PROXY protocol."),
});

const backendCheckSchema = z.strictObject({
  http: z
    .strictObject({
      path: urlPath.describe("Path to fetch; a status of 200 to 399 is healthy."),
      host: domainName.optional().describe("Host that the request names. Absent: none."),
    })
    .optional()
    .describe("Fetch a page. Absent: open a connection."),
  intervalMs: z.int().min(100).max(60000).default(1000).describe("How often each backend is asked, by each host, in milliseconds."),
  timeoutMs: z.int().min(10).max(60000).default(1000).describe("How long to wait for the answer, in milliseconds."),
  rise: z.int().min(1).max(100).default(2).describe("How many good answers put it back to use."),
  fall: z.int().min(1).max(100).default(2).describe("How many bad ones take it out of use."),
});

const proxyTimeoutsSchema = z.strictObject({
  connectMs: z
    .int()
    .min(10)
    .max(60000)
    .default(2000)
    .describe("How long a backend may take to accept, in milliseconds; then another is tried."),
  idleMs: z
    .int()
    .min(1000)
    .max(86_400_000)
    .default(60_000)
    .describe("How long a connection may be silent, on either side, in milliseconds."),
});

export const proxyFrontendSchema = z.strictObject({
  port: port.describe("Port on the VIP's addresses."),
  mode: z
    .enum(["tcp", "http"])
    .default("tcp")
    .describe("`tcp`: bytes are passed on. `http`: requests are, each by itself, with the client's address in `X-Forwarded-For`."),
  tls: tlsSchema.optional().describe("TLS ends here; backends are spoken to without. Absent: what clients send is passed on as it is."),
  proxyProtocol: proxyProtocolSchema.prefault({}).describe("The PROXY protocol (haproxy.org, proxy-protocol.txt)."),
  balance: z
    .enum(["roundrobin", "leastconn", "source"])
    .default("roundrobin")
    .describe("Which backend: in turn, the one with the fewest connections, or always the same for a client's address."),
  backends: z
    .array(backendAddress)
    .min(1)
    .max(200)
    .describe("The servers. Each host reaches them by its own ways, from its own addresses."),
  check: backendCheckSchema.prefault({}).describe("How backends are checked."),
  timeouts: proxyTimeoutsSchema.prefault({}).describe("How long connections may take, and be silent."),
});

export const proxySchema = z.strictObject({
  frontends: z.array(proxyFrontendSchema).min(1).max(20).describe("Ports that are listened on, and who answers behind them."),
});
