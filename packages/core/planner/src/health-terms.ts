import type { HealthCheckState, HealthQuestionState, HealthTerms, VipSpec } from "@rackway/schema";
import { healthSchema, proxyHealthPort } from "@rackway/schema";

import { domainOf } from "./compile-router-services.ts";

/** Kinds of checks; a document gives exactly one of them. */
export const healthKinds = ["tcp", "http", "https", "dns", "ntp", "command", "proxy"] as const;

type Health = NonNullable<VipSpec["health"]>;

/** What is asked of a VIP, and in which times. */
export interface VipCheck {
  /** Kinds of the document, or the services that are asked in their place. */
  readonly questions: Partial<Pick<Health, (typeof healthKinds)[number]>>;
  readonly times: Pick<Health, "intervalMs" | "timeoutMs" | "rise" | "fall" | "maxChangesPerMinute">;
}

/**
 * How a VIP is checked by the document. Without words of its own, each service of Rackway's on it is asked: its proxy, its name service for the
 * domain that it answers for by itself, its time service for the time of somebody who knows better than itself. Undefined: it is not checked.
 */
export function healthOf(vip: Pick<VipSpec, "health" | "proxy" | "dns" | "ntp">, cluster: string): VipCheck | undefined {
  const { proxy, dns, ntp } = vip;
  if (vip.health !== undefined) return { questions: vip.health, times: vip.health };
  if (proxy === undefined && dns === undefined && ntp === undefined) return undefined;
  const questions = {
    ...(proxy === undefined ? {} : { proxy: {} }),
    ...(dns === undefined ? {} : { dns: { port: 53, name: domainOf(vip, cluster), type: "SOA" as const } }),
    ...(ntp === undefined ? {} : { ntp: { port: 123, maxStratum: ntp.orphanStratum - 1 } }),
  };
  return { questions, times: healthSchema.parse({}) };
}

/** A VIP's check as hosts carry it out; null: it has none. Throws where the document was not validated. */
export function healthTermsOf(vip: VipSpec, cluster: string): HealthTerms | null {
  const found = healthOf(vip, cluster);
  if (found === undefined) return null;
  const { intervalMs, timeoutMs, rise, fall, maxChangesPerMinute } = found.times;
  return { check: checkOf(vip.name, found), intervalMs, timeoutMs, rise, fall, maxChangesPerMinute, withdrawLast: vip.withdrawLast };
}

function checkOf(name: string, { questions }: VipCheck): HealthCheckState {
  const all = [...questionsOf(name, questions)];
  const [first] = all;
  if (first === undefined) throw new Error(`the document was not validated: the check of ${name} has no kind`);
  return all.length === 1 ? first : { kind: "each", questions: all };
}

function* questionsOf(name: string, { tcp, http, https, dns, ntp, command, proxy }: VipCheck["questions"]): Generator<HealthQuestionState> {
  if (tcp !== undefined) yield { kind: "tcp", port: tcp.port };
  if (http !== undefined) yield { kind: "http", port: http.port, path: http.path, host: http.host ?? null };
  if (https !== undefined) yield { kind: "https", port: https.port, path: https.path, host: https.host ?? null, verify: https.verify };
  if (proxy !== undefined) yield { kind: "http", port: proxyHealthPort, path: `/${name}`, host: null };
  if (dns !== undefined) yield { kind: "dns", port: dns.port, name: dns.name, type: dns.type };
  if (ntp !== undefined) yield { kind: "ntp", port: ntp.port, maxStratum: ntp.maxStratum };
  if (command !== undefined) yield { kind: "command", name: command.name };
}
