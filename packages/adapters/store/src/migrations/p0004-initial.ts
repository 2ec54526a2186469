import { sql } from "kysely";
import type { ColumnDefinitionBuilder, Kysely } from "kysely";

/**
 * PostgreSQL's tables, as SQLite's are after its migration 0004. Text has collation "C": it is compared and sorted byte by byte, as SQLite
 * does, whatever language the database was made for.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createRevisions(db);
  await createReservations(db);
  await createNetworks(db);
  await createOperations(db);
  await createHosts(db);
  await createSecrets(db);
  await createEvents(db);
  await createCounters(db);
}

type Refine = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;

const text = sql`text collate "C"`;
const required: Refine = (column) => column.notNull();
const key: Refine = (column) => column.primaryKey();
const revisionOf: Refine = (column) => column.references("revisions.revision");
/** `by default`: a restored row brings its own. */
const numbered: Refine = (column) => column.primaryKey().generatedByDefaultAsIdentity();

async function createRevisions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("documents")
    .addColumn("id", text, key)
    .addColumn("files", text, required)
    .addColumn("document", text, required)
    .execute();
  await db.schema
    .createTable("revisions")
    .addColumn("revision", "integer", (column) => column.primaryKey().check(sql`revision > 0`))
    .addColumn("created_at", text, required)
    .addColumn("author", text, required)
    .addColumn("comment", text, required)
    .addColumn("kind", text, (column) => column.notNull().check(sql`kind in ('apply', 'rollback')`))
    .addColumn("rollback_to", "integer", revisionOf)
    .addColumn("document_sha256", text, required)
    .addColumn("document_id", text, (column) => column.notNull().references("documents.id"))
    .execute();
}

async function createReservations(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("reservations")
    .addColumn("id", "bigint", numbered)
    .addColumn("kind", text, (column) =>
      column.notNull().check(sql`kind in ('address', 'node-id', 'router-index', 'namespace-index', 'vip-number')`),
    )
    .addColumn("scope", text, required)
    .addColumn("value", text, required)
    .addColumn("owner", text, required)
    .addColumn("is_user_defined", "integer", required)
    .addColumn("since_revision", "integer", (column) => revisionOf(column).notNull())
    .addColumn("until_revision", "integer", revisionOf)
    .execute();
  await sql`create unique index reservations_live on reservations (kind, scope, value) where until_revision is null`.execute(db);
  await sql`create unique index reservations_live_owner on reservations (kind, scope, owner) where until_revision is null`.execute(db);
}

/**
 * Overlap is an exclusion constraint. `inet_ops` is PostgreSQL's own operator class (no extension has to be allowed), and `&&` is never true
 * between families. https://www.postgresql.org/docs/15/gist-builtin-opclasses.html
 */
async function createNetworks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("networks")
    .addColumn("id", "bigint", numbered)
    .addColumn("scope", text, required)
    .addColumn("family", "integer", (column) => column.notNull().check(sql`family in (4, 6)`))
    .addColumn("cidr", text, required)
    .addColumn("first_address", text, (column) => column.notNull().check(sql`length(first_address) = 32`))
    .addColumn("last_address", text, (column) => column.notNull().check(sql`length(last_address) = 32`))
    .addColumn("since_revision", "integer", (column) => revisionOf(column).notNull())
    .addColumn("until_revision", "integer", revisionOf)
    .addCheckConstraint("networks_bounds", sql`first_address <= last_address`)
    .execute();
  await sql`alter table networks add constraint networks_overlap
    exclude using gist ((cidr::inet) inet_ops with &&) where (until_revision is null)`.execute(db);
}

async function createOperations(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("operations")
    .addColumn("id", text, key)
    .addColumn("kind", text, required)
    .addColumn("subject", text, required)
    .addColumn("target", text, required)
    .addColumn("cluster", text, required)
    .addColumn("state", text, (column) => column.notNull().check(sql`state in ('pending', 'running', 'done', 'failed')`))
    .addColumn("message", text, required)
    .addColumn("progress", text, required)
    .addColumn("claimed_by", text)
    .addColumn("created_at", text, required)
    .addColumn("updated_at", text, required)
    .execute();
  await sql`create unique index operations_active on operations (subject) where state in ('pending', 'running')`.execute(db);
}

async function createHosts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("host_flags")
    .addColumn("host", text, key)
    .addColumn("drained", "integer", required)
    .addColumn("paused", "integer", required)
    .addColumn("drain_word", text)
    .addColumn("pause_word", text)
    .execute();
  await db.schema
    .createTable("known_hosts")
    .addColumn("host", text, key)
    .addColumn("rack", text, required)
    .addColumn("role", text, required)
    .addColumn("last_revision", "integer", (column) => revisionOf(column).notNull())
    .execute();
  await db.schema
    .createTable("host_tokens")
    .addColumn("host", text, key)
    .addColumn("hash", text, (column) => column.notNull().unique())
    .addColumn("created_at", text, required)
    .execute();
  await db.schema
    .createTable("reports")
    .addColumn("host", text, key)
    .addColumn("received_at", text, required)
    .addColumn("report", text, required)
    .execute();
}

async function createSecrets(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("secrets")
    .addColumn("id", text, key)
    .addColumn("purpose", text, (column) => column.notNull().unique())
    .addColumn("sha256", text, required)
    .addColumn("value", "bytea", required)
    .addColumn("created_at", text, required)
    .execute();
}

async function createEvents(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("events")
    .addColumn("id", "bigint", numbered)
    .addColumn("at", text, required)
    .addColumn("source", text, required)
    .addColumn("kind", text, required)
    .addColumn("subject", text, required)
    .addColumn("reason", text, required)
    .addColumn("data", text, required)
    .execute();
  await db.schema.createIndex("events_subject").on("events").columns(["subject", "id"]).execute();
}

/** An epoch is seconds since 1970 and more: `integer` would end in 2038. */
async function createCounters(db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable("counters").addColumn("name", text, key).addColumn("value", "bigint", required).execute();
}
