import { setTimeout as delay } from "node:timers/promises";

import { Kysely, sql } from "kysely";
import { Migrator } from "kysely/migration";

import type { Tables } from "./database.ts";
import { migrationsOf } from "./migrations/index.ts";
import { repositoriesOn } from "./repositories.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import type { NoticeSender, Store } from "./store.ts";
import { asStoreError, refusalOf } from "./store-error.ts";

export interface SqliteStoreOptions {
  /** A file (made when absent), or `:memory:`. */
  readonly path: string;
  /** How long a transaction waits for another process's. */
  readonly busyTimeoutMs?: number;
}

/** SQLite's own wait blocks the event loop, so it is short; a transaction waits the rest in turns. */
const blockingWaitMs = 20;

/** An embedded database has no other process that would listen. */
const nobodyListens: NoticeSender = { send: async () => undefined };

/** Opens the embedded database and brings its tables up to date. Throws when it cannot be read or is newer than this program. */
export async function openSqliteStore({ path, busyTimeoutMs = 5000 }: SqliteStoreOptions): Promise<Store> {
  const db = new Kysely<Tables>({ dialect: sqliteDialect({ path, busyTimeoutMs: blockingWaitMs }) });
  try {
    await whenFree(busyTimeoutMs, () => migrate(db));
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return {
    ...repositoriesOn(db, nobodyListens),
    transaction: (work) =>
      whenFree(busyTimeoutMs, () => db.transaction().execute((transaction) => work(repositoriesOn(transaction, nobodyListens)))),
    snapshot: (work) => readOneState(db, (reader) => work(repositoriesOn(reader, nobodyListens))),
    follow: async () => undefined,
    isLeader: true,
    close: () => db.destroy(),
  };
}

/** In WAL mode a deferred transaction that only reads sees one state, and neither waits for a writer nor makes one wait. */
export async function readOneState<Result>(db: Kysely<Tables>, work: (reader: Kysely<Tables>) => Promise<Result>): Promise<Result> {
  return db.connection().execute(async (connection) => {
    await sql`begin deferred`.execute(connection);
    try {
      return await work(connection);
    } finally {
      await sql`rollback`.execute(connection);
    }
  });
}

/**
 * Runs a transaction, again and again while another process has the lock. To run it again is safe: only its `begin immediate` can find the
 * database locked, and then none of its work was done.
 */
async function whenFree<Result>(timeoutMs: number, run: () => Promise<Result>): Promise<Result> {
  const pauseMs = 5;
  for (let waitedMs = 0; ; waitedMs += pauseMs + blockingWaitMs) {
    try {
      return await run();
    } catch (error) {
      if (refusalOf(error) !== "busy" || waitedMs >= timeoutMs) throw asStoreError(error);
    }
    await delay(pauseMs);
  }
}

export function sqliteMigrator(db: Kysely<Tables>): Migrator {
  return new Migrator({ db, provider: migrationsOf("sqlite") });
}

async function migrate(db: Kysely<Tables>): Promise<void> {
  const { error } = await sqliteMigrator(db).migrateToLatest();
  if (error !== undefined) throw asStoreError(error);
}
