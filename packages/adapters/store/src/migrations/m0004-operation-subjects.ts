import type { Kysely } from "kysely";
import { sql } from "kysely";

/** VIPs are moved as well as routers: `router/vr-a`, `vip/web`. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("operations").renameColumn("router", "subject").execute();
  await sql`update operations set subject = 'router/' || subject`.execute(db);
}
