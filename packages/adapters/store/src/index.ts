/**
 * The store: what Rackway has accepted and what it was told, in a database.
 *
 * What it models. Revisions with their documents; what each revision reserved (addresses, Corosync node ids, router indexes) and which
 * networks it has; operators' flags and operations; tokens (hashes only) and secrets; the last report of every host; the event log.
 * Reservations and networks are never deleted: they end with a revision (`untilRevision`), so history stays, and partial unique
 * indexes and a trigger (in PostgreSQL an exclusion constraint) make the *database* refuse a live duplicate and an overlapping network,
 * whoever asks.
 *
 * The store reads no clock and makes no ids: times, revision numbers, operation ids and secrets are handed in. (The one exception is an
 * event's id: its place in the log, which only the log knows.) It holds no policy either: what an apply is, the server says, inside of one
 * `transaction`, which takes the write lock at its beginning (SQLite's `BEGIN IMMEDIATE`, an advisory lock in PostgreSQL), so that what it
 * reads stays true until commit.
 *
 * One set of repositories on Kysely, two databases; `store.conformance.ts` is what each must pass. SQLite (node:sqlite) runs in WAL mode with
 * `synchronous=FULL`: a commit that was answered is on the disk. Its calls block the event loop; they are short, and one process has the file.
 * PostgreSQL is for several servers at once: they send each other notices (`NOTIFY`, so with the commit or not at all), and one of them leads.
 *
 * Files: `store.ts` (the interfaces), `database.ts` (tables), `migrations/`, `repositories.ts` with one file for each, `store-error.ts` (what
 * a refusal of the database means); `backup.ts` (from either database into either); `sqlite-*.ts`; `postgres-*.ts`: dialect (pool, settings, errors), store, notices, session (listens, and
 * holds the leader's lock).
 */
export { backUp, restore } from "./backup.ts";
export { openStore } from "./open-store.ts";
export type { DatabasePlace } from "./open-store.ts";
export { openPostgresStore } from "./postgres-store.ts";
export type { PostgresOptions } from "./postgres-dialect.ts";
export * from "./sqlite-store.ts";
export * from "./store.ts";
