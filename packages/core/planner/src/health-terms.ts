import type { HealthCheckState, HealthTerms, VipSpec } from "@rackway/schema";

/** Kinds of checks; a document gives exactly one of them. */
export const healthKinds = ["tcp", "http", "https", "dns", "ntp", "command"] as const;

/** A VIP's check as hosts carry it out; null: it has none. Throws where the document was not validated. */
export function healthTermsOf(vip: VipSpec): HealthTerms | null {
  if (vip.health === undefined) return null;
  const { intervalMs, timeoutMs, rise, fall, maxChangesPerMinute } = vip.health;
  return { check: checkOf(vip), intervalMs, timeoutMs, rise, fall, maxChangesPerMinute, withdrawLast: vip.withdrawLast };
}

function checkOf({ name, health = undefined }: VipSpec): HealthCheckState {
  if (health?.tcp !== undefined) return { kind: "tcp", port: health.tcp.port };
  if (health?.http !== undefined) {
    const { port, path, host } = health.http;
    return { kind: "http", port, path, host: host ?? null };
  }
  if (health?.https !== undefined) {
    const { port, path, host, verify } = health.https;
    return { kind: "https", port, path, host: host ?? null, verify };
  }
  if (health?.dns !== undefined) return { kind: "dns", port: health.dns.port, name: health.dns.name, type: health.dns.type };
  if (health?.ntp !== undefined) return { kind: "ntp", port: health.ntp.port, maxStratum: health.ntp.maxStratum };
  if (health?.command !== undefined) return { kind: "command", name: health.command.name };
  throw new Error(`the document was not validated: the check of ${name} has no kind`);
}
