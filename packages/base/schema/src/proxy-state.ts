import { z } from "zod";

import { pathWord, word } from "./state-word.ts";

/** What HAProxy does for one VIP, as host states carry it: one entry for each port. Certificates and keys are files of the host, by path. */
export const proxyFrontendStateSchema = z.strictObject({
  port: z.int(),
  mode: z.enum(["tcp", "http"]),
  tls: z.strictObject({ certificate: word, key: word }).nullable(),
  acceptProxy: z.boolean(),
  sendProxy: z.enum(["off", "v1", "v2"]),
  balance: z.enum(["roundrobin", "leastconn", "source"]),
  backends: z.array(z.strictObject({ address: word, port: z.int() })).min(1),
  check: z.strictObject({
    /** Null: a connection is opened. A status of 200 to 399 is healthy. `host`: the Host header; null: none. */
    http: z.strictObject({ path: pathWord, host: word.nullable() }).nullable(),
    intervalMs: z.int(),
    timeoutMs: z.int(),
    rise: z.int(),
    fall: z.int(),
  }),
  connectMs: z.int(),
  idleMs: z.int(),
});

export type ProxyFrontendState = z.infer<typeof proxyFrontendStateSchema>;

/**
 * Where the proxy of a namespace says how it is, to whoever asks from inside the namespace alone: `http://ADDRESS:8482/VIP` is 200 while each of
 * the VIP's frontends has a backend that answers, else 503. No frontend of the namespace may have this port.
 */
export const proxyHealthPort = 8482;

/** One backend of a VIP's proxy, in the eyes of the HAProxy of one host. */
export const proxyBackendSchema = z.strictObject({
  /** Of the frontend. */
  port: z.int(),
  /** `10.10.1.21:8080`, `[fd00:10:1::21]:8080`. */
  backend: z.string(),
  /** `unknown`: it was not checked yet. */
  health: z.enum(["up", "down", "unknown"]),
  /** HAProxy's own words on its last check. */
  reason: z.string(),
});

export type ProxyBackend = z.infer<typeof proxyBackendSchema>;

/** Frontends and backends that the proxies of one service namespace may have together: all of them are one parameter of one resource (100 KB). */
export const proxyLimits = { frontends: 40, backends: 400 } as const;
