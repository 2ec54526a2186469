/**
 * The store: what Rackway has accepted and what it was told, in a database.
 *
 * What it models. Revisions with their documents; what each revision reserved (addresses, Corosync node ids, router indexes) and which
 * networks it has; operators' flags and operations; tokens (hashes only) and secrets; the last report of every host; the event log.
 * Reservations and networks are never deleted: they end with a revision (`untilRevision`), so history stays, and partial unique
 * indexes and a trigger make the *database* refuse a live duplicate and an overlapping network, whoever asks.
 *
 * The store reads no clock and makes no ids: times, revision numbers, operation ids and secrets are handed in. (The one exception is an
 * event's id: its place in the log, which only the log knows.) It holds no policy either: what an apply is, the server says, inside of one
 * `transaction`, which takes the write lock at its beginning (SQLite's `BEGIN IMMEDIATE`), so that what it reads stays true until commit.
 *
 * One set of repositories on Kysely; SQLite (node:sqlite) now, PostgreSQL can follow. `store.conformance.ts` is what every database must
 * pass. SQLite runs in WAL mode with `synchronous=FULL`: a commit that was answered is on the disk. Its calls block the event loop; they
 * are short.
 *
 * Files: `store.ts` (the interfaces), `database.ts` (tables), `migrations/`, `sqlite-dialect.ts`, `sqlite-store.ts`, one file for each
 * repository, `store-error.ts` (what a refusal of the database means).
 */
export * from "./sqlite-store.ts";
export * from "./store.ts";
