import type { Plan } from "@rackway/schema";

import type { CurrentView } from "./current-view.ts";
import type { ReportBook } from "./report-book.ts";

export type Drift = Pick<Plan, "drift" | "unobserved">;

/**
 * What the agents would do right now, from their last reports. `answered`: the hosts that have just looked again; null: nobody was asked, so
 * every report counts that came at all.
 */
export function driftOf(view: CurrentView, reports: ReportBook, nowMs: number, answered: ReadonlySet<string> | null): Drift {
  const drift: Drift = { drift: [], unobserved: [] };
  const hosts = (view.current?.document.spec.hosts ?? []).map(({ name }) => name).sort();
  for (const host of hosts) {
    const received = reports.get(host);
    if (received === null || (answered !== null && !answered.has(host))) drift.unobserved.push(host);
    else if (received.report.pendingSteps.length > 0) {
      drift.drift.push({
        host,
        steps: received.report.pendingSteps,
        observedAt: received.report.observedAt,
        ageMs: Math.max(0, nowMs - received.receivedAtMs),
      });
    }
  }
  return drift;
}
