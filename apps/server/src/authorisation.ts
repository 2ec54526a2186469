import { rackwayError } from "@rackway/errors";
import { hostHeader } from "@rackway/schema";
import type { FastifyRequest } from "fastify";

import { hashToken, hashesEqual } from "./tokens.ts";

/** Who asks: an operator, the agent of one host, or a Prometheus, which reads metrics and nothing else. */
export type Caller = { readonly kind: "admin" } | { readonly kind: "metrics" } | { readonly kind: "host"; readonly host: string };

/** Who may ask: said by every route (`config.access`); a route that says nothing is the admin's. */
export type Access = "anyone" | "admin" | "metrics" | "agent";

/** The admin may read metrics, too. */
const callers: Readonly<Record<Exclude<Access, "anyone">, readonly Caller["kind"][]>> = {
  admin: ["admin"],
  metrics: ["admin", "metrics"],
  agent: ["host"],
};

declare module "fastify" {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    caller: Caller | null;
  }
}

/** Knows tokens by their digests. */
export class Authority {
  readonly #adminHash: string;
  readonly #metricsHash: string;
  /** Host by digest, and the hosts that have one. */
  #hosts = new Map<string, string>();
  #named = new Set<string>();

  constructor({ adminToken, metricsToken }: { readonly adminToken: string; readonly metricsToken: string }) {
    this.#adminHash = hashToken(adminToken);
    this.#metricsHash = hashToken(metricsToken);
  }

  /** Replaces what is known of hosts' tokens. */
  setHostTokens(tokens: readonly { readonly host: string; readonly hash: string }[]): void {
    this.#hosts = new Map(tokens.map(({ host, hash }) => [hash, host]));
    this.#named = new Set(tokens.map(({ host }) => host));
  }

  hasToken(host: string): boolean {
    return this.#named.has(host);
  }

  /** Null: no token, or none that is known. */
  identify(header: string | undefined): Caller | null {
    const token = /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? "")?.[1];
    if (token === undefined) return null;
    const hash = hashToken(token);
    if (hashesEqual(hash, this.#adminHash)) return { kind: "admin" };
    if (hashesEqual(hash, this.#metricsHash)) return { kind: "metrics" };
    // Looked up by digest: how long that takes tells an attacker about the digest of what he sent, not about a token.
    const host = this.#hosts.get(hash);
    return host === undefined ? null : { kind: "host", host };
  }
}

/**
 * Throws `unauthorised` or `forbidden`. `onRefused` hears of an agent that was refused by the host's name that it gave: nobody has proved
 * that name.
 */
export function authorise(request: FastifyRequest, authority: Authority, onRefused: (host: string) => void): void {
  request.caller = authority.identify(request.headers.authorization);
  const access = request.routeOptions.config.access ?? "admin";
  if (access === "anyone" || request.is404) return;
  const named = request.headers[hostHeader];
  if (access === "agent" && typeof named === "string") {
    const isAnother = request.caller?.kind !== "host" || request.caller.host !== named;
    if (isAnother) onRefused(named);
    if (isAnother && request.caller !== null) throw rackwayError("forbidden", {});
  }
  if (request.caller === null) throw rackwayError("unauthorised", {});
  if (!callers[access].includes(request.caller.kind)) throw rackwayError("forbidden", {});
}

/** The host whose agent asks; routes of agents only. */
export function callingHost(request: FastifyRequest): string {
  if (request.caller?.kind !== "host") throw rackwayError("forbidden", {});
  return request.caller.host;
}
