import { sql } from "kysely";
import type { Kysely } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await createRevisions(db);
  await createReservations(db);
  await createNetworks(db);
  await createOperations(db);
  await createHosts(db);
  await createEvents(db);
  await createCounters(db);
}

async function createRevisions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("documents")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("files", "text", (column) => column.notNull())
    .addColumn("document", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("revisions")
    .addColumn("revision", "integer", (column) => column.primaryKey().check(sql`revision > 0`))
    .addColumn("created_at", "text", (column) => column.notNull())
    .addColumn("author", "text", (column) => column.notNull())
    .addColumn("comment", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull().check(sql`kind in ('apply', 'rollback')`))
    .addColumn("rollback_to", "integer", (column) => column.references("revisions.revision"))
    .addColumn("document_sha256", "text", (column) => column.notNull())
    .addColumn("document_id", "text", (column) => column.notNull().references("documents.id"))
    .execute();
}

async function createReservations(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("reservations")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("kind", "text", (column) => column.notNull().check(sql`kind in ('address', 'node-id', 'router-index')`))
    .addColumn("scope", "text", (column) => column.notNull())
    .addColumn("value", "text", (column) => column.notNull())
    .addColumn("owner", "text", (column) => column.notNull())
    .addColumn("is_user_defined", "integer", (column) => column.notNull())
    .addColumn("since_revision", "integer", (column) => column.notNull().references("revisions.revision"))
    .addColumn("until_revision", "integer", (column) => column.references("revisions.revision"))
    .execute();
  await sql`create unique index reservations_live on reservations (kind, scope, value) where until_revision is null`.execute(db);
  await sql`create unique index reservations_live_owner on reservations (kind, scope, owner) where until_revision is null`.execute(db);
}

/** Overlap is a matter of two rows, so no constraint of SQLite's can say it: a trigger does. Bounds have one length, so text compares right. */
async function createNetworks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("networks")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("scope", "text", (column) => column.notNull())
    .addColumn("family", "integer", (column) => column.notNull().check(sql`family in (4, 6)`))
    .addColumn("cidr", "text", (column) => column.notNull())
    .addColumn("first_address", "text", (column) => column.notNull().check(sql`length(first_address) = 32`))
    .addColumn("last_address", "text", (column) => column.notNull().check(sql`length(last_address) = 32`))
    .addColumn("since_revision", "integer", (column) => column.notNull().references("revisions.revision"))
    .addColumn("until_revision", "integer", (column) => column.references("revisions.revision"))
    .addCheckConstraint("networks_bounds", sql`first_address <= last_address`)
    .execute();
  const refuseOverlap = sql.raw(`
    when new.until_revision is null
    begin
      select raise(abort, 'networks overlap') where exists (
        select 1 from networks
        where until_revision is null and id <> new.id and family = new.family
          and first_address <= new.last_address and last_address >= new.first_address
      );
    end`);
  await sql`create trigger networks_overlap_insert after insert on networks ${refuseOverlap}`.execute(db);
  await sql`create trigger networks_overlap_update after update on networks ${refuseOverlap}`.execute(db);
}

async function createOperations(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("operations")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("router", "text", (column) => column.notNull())
    .addColumn("target", "text", (column) => column.notNull())
    .addColumn("cluster", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull().check(sql`state in ('pending', 'running', 'done', 'failed')`))
    .addColumn("message", "text", (column) => column.notNull())
    .addColumn("progress", "text", (column) => column.notNull())
    .addColumn("claimed_by", "text")
    .addColumn("created_at", "text", (column) => column.notNull())
    .addColumn("updated_at", "text", (column) => column.notNull())
    .execute();
  await sql`create unique index operations_active on operations (router) where state in ('pending', 'running')`.execute(db);
}

async function createHosts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("host_flags")
    .addColumn("host", "text", (column) => column.primaryKey())
    .addColumn("drained", "integer", (column) => column.notNull())
    .addColumn("paused", "integer", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("known_hosts")
    .addColumn("host", "text", (column) => column.primaryKey())
    .addColumn("rack", "text", (column) => column.notNull())
    .addColumn("role", "text", (column) => column.notNull())
    .addColumn("last_revision", "integer", (column) => column.notNull().references("revisions.revision"))
    .execute();
  await db.schema
    .createTable("host_tokens")
    .addColumn("host", "text", (column) => column.primaryKey())
    .addColumn("hash", "text", (column) => column.notNull().unique())
    .addColumn("created_at", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("secrets")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("purpose", "text", (column) => column.notNull().unique())
    .addColumn("sha256", "text", (column) => column.notNull())
    .addColumn("value", "blob", (column) => column.notNull())
    .addColumn("created_at", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("reports")
    .addColumn("host", "text", (column) => column.primaryKey())
    .addColumn("received_at", "text", (column) => column.notNull())
    .addColumn("report", "text", (column) => column.notNull())
    .execute();
}

/** One row a counter. */
async function createCounters(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("counters")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("value", "integer", (column) => column.notNull())
    .execute();
}

async function createEvents(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("events")
    // AUTOINCREMENT: an id is not given twice, also after the newest events were forgotten.
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("at", "text", (column) => column.notNull())
    .addColumn("source", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("data", "text", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("events_subject").on("events").columns(["subject", "id"]).execute();
}
