import { sql } from "kysely";
import type { Kysely } from "kysely";

/**
 * Service namespaces and VIPs get numbers. SQLite cannot change a column's constraint, so the table is made anew; nothing refers to it.
 * A document that is kept is one with all defaults filled in, so it gets those that came since.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`drop index reservations_live`.execute(db);
  await sql`drop index reservations_live_owner`.execute(db);
  await db.schema.alterTable("reservations").renameTo("reservations_before").execute();
  await db.schema
    .createTable("reservations")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("kind", "text", (column) =>
      column.notNull().check(sql`kind in ('address', 'node-id', 'router-index', 'namespace-index', 'vip-number')`),
    )
    .addColumn("scope", "text", (column) => column.notNull())
    .addColumn("value", "text", (column) => column.notNull())
    .addColumn("owner", "text", (column) => column.notNull())
    .addColumn("is_user_defined", "integer", (column) => column.notNull())
    .addColumn("since_revision", "integer", (column) => column.notNull().references("revisions.revision"))
    .addColumn("until_revision", "integer", (column) => column.references("revisions.revision"))
    .execute();
  const columns = sql.raw("id, kind, scope, value, owner, is_user_defined, since_revision, until_revision");
  await sql`insert into reservations (${columns}) select ${columns} from reservations_before`.execute(db);
  await db.schema.dropTable("reservations_before").execute();
  await sql`create unique index reservations_live on reservations (kind, scope, value) where until_revision is null`.execute(db);
  await sql`create unique index reservations_live_owner on reservations (kind, scope, owner) where until_revision is null`.execute(db);
  await sql`update documents set document = json_set(document, '$.spec.namespaces', json('[]'))
    where json_type(document, '$.spec.namespaces') is null`.execute(db);
}
