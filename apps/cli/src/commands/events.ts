import type { ApiClient } from "@rackway/api-client";
import type { ApiEvent, EventQuery, EventSeverity } from "@rackway/schema";
import { kindsFrom, severityOfEvent } from "@rackway/schema";
import { type EventLine, foldEvents } from "../fold-events.ts";
import { type Format, printValue, renderRows } from "../output.ts";
import type { Session } from "../session.ts";
import type { Column } from "../table.ts";
import { parseDuration } from "../words.ts";
import { stringify } from "yaml";

export interface EventOptions {
  limit: number;
  since?: EventStart;
  kind?: string;
  subject?: string;
  minSeverity?: EventSeverity;
  follow: boolean;
}

/** Where a list of events begins: after an id, so long ago, or at a time. */
export type EventStart = { readonly id: number } | { readonly agoMs: number } | { readonly at: string };

/** `1207` (an id), `10m`, `2h`, `2d`, or an ISO time. Null: none of these. */
export function parseEventStart(text: string): EventStart | null {
  const word = text.trim();
  if (/^\d+$/.test(word)) return { id: Number(word) };
  const days = /^(\d+)d$/.exec(word)?.[1];
  const agoMs = days === undefined ? parseDuration(word) : Number(days) * 86_400_000;
  if (agoMs !== null) return { agoMs };
  const isTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(word);
  // A time without a zone is UTC, as all times that Rackway shows.
  const ms = isTime ? Date.parse(/T.*(Z|[+-]\d{2}:\d{2})$/.test(word) || !word.includes("T") ? word : `${word}Z`) : Number.NaN;
  return Number.isNaN(ms) ? null : { at: new Date(ms).toISOString() };
}

function startOf(start: EventStart, nowMs: number): Pick<EventQuery, "since" | "after"> {
  if ("id" in start) return { since: start.id };
  return { after: "at" in start ? start.at : new Date(nowMs - start.agoMs).toISOString() };
}

/** As in `status`; what is routine has none, so that the rest stands out. */
const marks: Readonly<Record<EventSeverity, string>> = { critical: "!", warning: "-", info: "" };

/** As much as fits 80 columns: times without the year, kind and reason as one sentence, what repeats itself as one line. */
const narrowColumns: Column<EventLine>[] = [
  { title: "", cell: ({ event }) => marks[severityOfEvent(event.kind)] },
  { title: "AT (UTC)", cell: ({ event }) => event.at.slice(5, 19).replace("T", " ") },
  { title: "SUBJECT", cell: ({ event }) => event.subject },
  { title: "WHAT", cell: renderWhat },
];

function renderWhat({ event, count, until }: EventLine): string {
  const what = `${event.kind}: ${event.reason}`;
  return count === 1 ? what : `${what} (and ${count - 1} more until ${until.slice(11, 19)})`;
}

const wideColumns: Column<ApiEvent>[] = [
  { title: "ID", align: "right", cell: (row) => String(row.id) },
  { title: "AT", cell: (row) => row.at },
  { title: "SOURCE", cell: (row) => row.source },
  { title: "SUBJECT", cell: (row) => row.subject },
  { title: "SEVERITY", cell: (row) => severityOfEvent(row.kind) },
  { title: "KIND", cell: (row) => row.kind },
  { title: "REASON", cell: (row) => row.reason },
];

/** `get events`: what happened, the oldest first; with `follow` what happens from then on, one line (or JSON document) an event. */
export async function runEvents(session: Session, api: ApiClient, options: EventOptions, format: Format): Promise<void> {
  const query: EventQuery = { limit: Math.max(1, options.limit) };
  if (options.since !== undefined) Object.assign(query, startOf(options.since, session.io.now()));
  if (options.kind !== undefined) query.kind = options.kind;
  if (options.subject !== undefined) query.subject = options.subject;
  if (options.minSeverity !== undefined) query.minSeverity = options.minSeverity;
  const answer = await api.events(query);
  const nothing = Object.keys(query).length === 1 ? "Nothing has happened yet." : "Nothing of that has happened.";
  if (!options.follow) {
    return printValue(session.io, format, answer, (isWide) =>
      isWide
        ? renderRows(session.io, wideColumns, answer.events, true, nothing)
        : renderRows(session.io, narrowColumns, foldEvents(answer.events), false, nothing),
    );
  }
  const grave = kindsFrom(options.minSeverity ?? "info");
  for (const event of answer.events) printOne(session, event, format);
  for await (const event of api.followEvents({ since: answer.last, signal: session.io.interrupted })) {
    const isWanted =
      (grave === null || grave.includes(event.kind)) &&
      (options.kind === undefined || event.kind === options.kind) &&
      (options.subject === undefined || event.subject === options.subject);
    if (isWanted) printOne(session, event, format);
  }
}

function printOne(session: Session, event: ApiEvent, format: Format): void {
  if (format === "json") session.io.stdout.write(`${JSON.stringify(event)}\n`);
  else if (format === "yaml") session.io.stdout.write(`---\n${stringify(event)}`);
  else session.io.stdout.write(`${event.at}  ${event.subject}  ${event.kind}  ${event.reason}\n`);
}
