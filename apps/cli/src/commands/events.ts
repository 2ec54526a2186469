import type { ApiClient } from "@rackway/api-client";
import type { ApiEvent, EventQuery } from "@rackway/schema";
import { type Format, printValue, renderRows } from "../output.ts";
import type { Session } from "../session.ts";
import type { Column } from "../table.ts";
import { stringify } from "yaml";

export interface EventOptions {
  limit: number;
  since?: number;
  kind?: string;
  subject?: string;
  follow: boolean;
}

const columns: Column<ApiEvent>[] = [
  { title: "AT", cell: (row) => row.at.replace(/\.\d+Z$/, "Z") },
  { title: "SUBJECT", cell: (row) => row.subject },
  { title: "KIND", cell: (row) => row.kind },
  { title: "REASON", cell: (row) => row.reason },
  { title: "SOURCE", wide: true, cell: (row) => row.source },
  { title: "ID", wide: true, align: "right", cell: (row) => String(row.id) },
];

/** `get events`: what happened, the oldest first; with `follow` what happens from then on, one line (or JSON document) an event. */
export async function runEvents(session: Session, api: ApiClient, options: EventOptions, format: Format): Promise<void> {
  const query: EventQuery = { limit: Math.max(1, options.limit) };
  if (options.since !== undefined) query.since = options.since;
  if (options.kind !== undefined) query.kind = options.kind;
  if (options.subject !== undefined) query.subject = options.subject;
  const answer = await api.events(query);
  if (!options.follow) {
    return printValue(session.io, format, answer, (isWide) =>
      renderRows(session.io, columns, answer.events, isWide, "Nothing has happened yet."),
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
