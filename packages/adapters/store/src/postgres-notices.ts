import { sql } from "kysely";
import type { Kysely } from "kysely";

import type { Tables } from "./database.ts";
import type { Notice, NoticeSender } from "./store.ts";

/** PostgreSQL takes less than 8000 bytes (https://www.postgresql.org/docs/15/sql-notify.html); the rest is for sender and topic. */
const itemsLimitBytes = 7500;

/** `NOTIFY`: delivered when the transaction commits, in the order of the commits, and not at all when it does not. */
export function noticeSender(db: Kysely<Tables>, channel: string, self: string): NoticeSender {
  return {
    async send({ topic, items }) {
      for (const some of inParts(items)) {
        await sql`select pg_notify(${channel}, ${JSON.stringify([self, topic, some])})`.execute(db);
      }
    },
  };
}

/** Null: this process's own, or nobody's whom we know. */
export function readNotice(payload: string | undefined, self: string): Notice | null {
  const parsed: unknown = parseJson(payload ?? "");
  if (!Array.isArray(parsed)) return null;
  const [from, topic, items] = parsed as unknown[];
  if (typeof from !== "string" || from === self || typeof topic !== "string" || !Array.isArray(items)) return null;
  return { topic, items: items.filter((item) => typeof item === "string") };
}

/** Anybody who may connect to the database may notify. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function inParts(items: readonly string[]): string[][] {
  const parts: string[][] = [];
  let roomBytes = 0;
  for (const item of items) {
    const bytes = Buffer.byteLength(JSON.stringify(item)) + 1;
    const last = parts.at(-1);
    if (last === undefined || bytes > roomBytes) {
      parts.push([item]);
      roomBytes = itemsLimitBytes - bytes;
    } else {
      last.push(item);
      roomBytes -= bytes;
    }
  }
  return parts;
}
