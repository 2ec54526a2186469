import type { Kysely } from "kysely";

/** Until when a revision must be confirmed, and who did; all null: it needed no word. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("revisions").addColumn("confirm_by", "text").execute();
  await db.schema.alterTable("revisions").addColumn("confirmed_at", "text").execute();
  await db.schema.alterTable("revisions").addColumn("confirmed_by", "text").execute();
}
