import type { ApiEvent } from "@rackway/schema";
import { severityOfEvent } from "@rackway/schema";

/** An event as a line of a table: the first of `count` that are alike, the last of which was at `until`. */
export interface EventLine {
  readonly event: ApiEvent;
  readonly count: number;
  readonly until: string;
}

/** From the first to the last of a line. */
const withinMs = 60_000;

/**
 * Folds what repeats itself, others in between or not: routine events of one kind, subject and source within a minute. What is grave is folded
 * only where its reason is the same, too: each other one is news. Oldest first, as they were; a line stands where its first event stood.
 */
export function foldEvents(events: readonly ApiEvent[]): EventLine[] {
  const lines: { event: ApiEvent; count: number; until: string }[] = [];
  const open = new Map<string, { event: ApiEvent; count: number; until: string }>();
  for (const event of events) {
    const reason = severityOfEvent(event.kind) === "info" ? "" : event.reason;
    const key = JSON.stringify([event.source, event.kind, event.subject, reason]);
    const line = open.get(key);
    // A host's clock may have been set back in between.
    if (line !== undefined && Math.abs(Date.parse(event.at) - Date.parse(line.event.at)) <= withinMs) {
      line.count += 1;
      line.until = event.at;
      continue;
    }
    const begun = { event, count: 1, until: event.at };
    open.set(key, begun);
    lines.push(begun);
  }
  return lines;
}
