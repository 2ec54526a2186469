import type { Kysely } from "kysely";

import type { Tables } from "./database.ts";
import type { EventRepository, StoredEventRecord } from "./store.ts";

export function eventRepository(db: Kysely<Tables>): EventRepository {
  return {
    async append(records) {
      const stored: StoredEventRecord[] = [];
      for (const record of records) {
        const { id } = await db
          .insertInto("events")
          .values({ ...record, data: JSON.stringify(record.data) })
          .returning("id")
          .executeTakeFirstOrThrow();
        stored.push({ ...record, id });
      }
      return stored;
    },
    async list({ since, after, limit, kind, kinds, subject, source }) {
      let query = db.selectFrom("events").selectAll().limit(limit);
      // Times are text of one form, which sorts as they do.
      if (after !== undefined) query = query.where("at", ">=", new Date(after).toISOString());
      if (kind !== undefined) query = query.where("kind", "=", kind);
      if (kinds !== undefined) query = query.where("kind", "in", kinds);
      if (subject !== undefined) query = query.where("subject", "=", subject);
      if (source !== undefined) query = query.where("source", "=", source);
      query = since === undefined ? query.orderBy("id", "desc") : query.where("id", ">", since).orderBy("id");
      const rows = await query.execute();
      if (since === undefined) rows.reverse();
      return rows.map((row) => ({ ...row, data: JSON.parse(row.data) as Record<string, unknown> }));
    },
    async last() {
      const row = await db.selectFrom("events").select("id").orderBy("id", "desc").limit(1).executeTakeFirst();
      return row?.id ?? 0;
    },
    async prune(keep) {
      await db
        .deleteFrom("events")
        .where("id", "<=", (select) => select.selectFrom("events").select("id").orderBy("id", "desc").limit(1).offset(keep))
        .execute();
    },
  };
}
