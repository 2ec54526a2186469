import type { StatusProblem } from "./status.ts";

/** As a problem's in `status`. */
export type EventSeverity = StatusProblem["severity"];

export const eventSeverities = ["info", "warning", "critical"] as const satisfies readonly EventSeverity[];

/**
 * `critical`: traffic was cut, or a host gave its VIPs up; a VIP that no host finds well is only kept (`vip-kept`). `warning`: a router went
 * somewhere else, a host is lost to a VIP, or something that would save it was lost.
 * All other kinds are `info`: somebody wanted it, or a host became what it should be; there are dozens of those when a rack boots.
 */
const grave: Readonly<Record<string, EventSeverity>> = {
  "guard-dropped": "critical",
  "quorum-lost": "critical",
  "router-lost": "critical",
  "vip-kept": "critical",
  "agent-absent": "warning",
  "agent-stale": "warning",
  "backend-down": "warning",
  "host-fenced": "warning",
  "host-lost": "warning",
  "operation-failed": "warning",
  "resource-failed": "warning",
  "revision-expired": "warning",
  "revision-undone": "warning",
  "router-active": "warning",
  "uplink-lost": "warning",
  "vip-dampened": "warning",
  "vip-down": "warning",
  "vip-released": "warning",
  "vip-taken": "warning",
  "vip-withdrawn": "warning",
  "vips-released": "warning",
  "vips-restored": "warning",
  "vips-taken": "warning",
};

/** How grave events of a kind are; of a kind that this version does not know: `info`. */
export function severityOfEvent(kind: string): EventSeverity {
  return grave[kind] ?? "info";
}

/** Kinds that are at least so grave; null: all kinds, also those that this version does not know. */
export function kindsFrom(least: EventSeverity): string[] | null {
  if (least === "info") return null;
  return Object.keys(grave).filter((kind) => least === "warning" || grave[kind] === "critical");
}
