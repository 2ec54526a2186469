import type { Kysely } from "kysely";

/** Who drained or paused a host, when and why: JSON, or null for a flag that is down or was set before this was kept. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("host_flags").addColumn("drain_word", "text").execute();
  await db.schema.alterTable("host_flags").addColumn("pause_word", "text").execute();
}
