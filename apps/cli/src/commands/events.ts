import type { ApiClient } from "@rackway/api-client";
import type { ApiEvent, EventQuery } from "@rackway/schema";
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

/** As much as fits 80 columns: times without the year, kind and reason as one sentence. */
const narrowColumns: Column<ApiEvent>[] = [
  { title: "AT (UTC)", cell: (row) => row.at.slice(5, 19).replace("T", " ") },
  { title: "SUBJECT", cell: (row) => row.subject },
  { title: "WHAT", cell: (row) => `${row.kind}: ${row.reason}` },
];

const wideColumns: Column<ApiEvent>[] = [
  { title: "ID", align: "right", cell: (row) => String(row.id) },
  { title: "AT", cell: (row) => row.at },
  { title: "SOURCE", cell: (row) => row.source },
  { title: "SUBJECT", cell: (row) => row.subject },
  { title: "KIND", cell: (row) => row.kind },
  { title: "REASON", cell: (row) => row.reason },
];

/** `get events`: what happened, the oldest first; with `follow` what happens from then on, one line (or JSON document) an event. */
export async function runEvents(session: Session, api: ApiClient, options: EventOptions, format: Format): Promise<void> {
  const query: EventQuery = { limit: Math.max(1, options.limit) };
  if (options.since !== undefined) Object.assign(query, startOf(options.since, session.io.now()));
  if (options.kind !== undefined) query.kind = options.kind;
  if (options.subject !== undefined) query.subject = options.subject;
  const answer = await api.events(query);
  if (!options.follow) {
    return printValue(session.io, format, answer, (isWide) =>
      renderRows(session.io, isWide ? wideColumns : narrowColumns, answer.events, isWide, "Nothing has happened yet."),
    );
  }
  for (const event of answer.events) printOne(session, event, format);
  for await (const event of api.followEvents({ since: answer.last, signal: session.io.interrupted })) {
    const isWanted =
      (options.kind === undefined || event.kind === options.kind) && (options.subject === undefined || event.subject === options.subject);
    if (isWanted) printOne(session, event, format);
  }
}

function printOne(session: Session, event: ApiEvent, format: Format): void {
  if (format === "json") session.io.stdout.write(`${JSON.stringify(event)}\n`);
  else if (format === "yaml") session.io.stdout.write(`---\n${stringify(event)}`);
  else session.io.stdout.write(`${event.at}  ${event.subject}  ${event.kind}  ${event.reason}\n`);
}
