import { setTimeout as delay } from "node:timers/promises";

import { Kysely } from "kysely";
import { Migrator } from "kysely/migration";

import type { Tables } from "./database.ts";
import { epochRepository } from "./epoch-repository.ts";
import { eventRepository } from "./event-repository.ts";
import { hostRepository, reportRepository, secretRepository } from "./host-repository.ts";
import { migrationProvider } from "./migrations/index.ts";
import { operationRepository } from "./operation-repository.ts";
import { reservationRepository } from "./reservation-repository.ts";
import { revisionRepository } from "./revision-repository.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import type { Repositories, Store } from "./store.ts";
import { asStoreError, refusalOf } from "./store-error.ts";

export interface SqliteStoreOptions {
  /** A file (made when absent), or `:memory:`. */
  readonly path: string;
  /** How long a transaction waits for another process's. */
  readonly busyTimeoutMs?: number;
}

/** SQLite's own wait blocks the event loop, so it is short; a transaction waits the rest in turns. */
const blockingWaitMs = 20;

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
    ...repositories(db),
    transaction: (work) => whenFree(busyTimeoutMs, () => db.transaction().execute((transaction) => work(repositories(transaction)))),
    close: () => db.destroy(),
  };
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

async function migrate(db: Kysely<Tables>): Promise<void> {
  const { error } = await new Migrator({ db, provider: migrationProvider }).migrateToLatest();
  if (error !== undefined) throw asStoreError(error);
}

function repositories(db: Kysely<Tables>): Repositories {
  return {
    epoch: epochRepository(db),
    revisions: revisionRepository(db),
    reservations: reservationRepository(db),
    operations: operationRepository(db),
    hosts: hostRepository(db),
    secrets: secretRepository(db),
    reports: reportRepository(db),
    events: eventRepository(db),
  };
}
