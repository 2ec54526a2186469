import { randomUUID } from "node:crypto";

import { Kysely, sql } from "kysely";
import { Migrator } from "kysely/migration";

import type { Tables } from "./database.ts";
import { migrationsOf } from "./migrations/index.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import type { PostgresOptions } from "./postgres-dialect.ts";
import { noticeSender } from "./postgres-notices.ts";
import { PostgresSession } from "./postgres-session.ts";
import { repositoriesOn } from "./repositories.ts";
import type { Store } from "./store.ts";
import { asStoreError } from "./store-error.ts";

/** What tells two installations in one database server apart: locks and notices are a whole database's, tables are a schema's. */
export interface PostgresPlace {
  readonly schema: string;
  /** Of `pg_advisory_lock`: for changes and for leadership. */
  readonly changeKey: string;
  readonly leaderKey: string;
  readonly channel: string;
}

/**
 * Opens a PostgreSQL database and brings its tables up to date. Any number of processes may have it open. Throws `database-unavailable`, and
 * when the tables are of a newer program.
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const db = new Kysely<Tables>({ dialect: postgresDialect(options) });
  try {
    const place = await findPlace(db);
    await migrate(db, place.schema);
    return storeOn(db, place, options);
  } catch (error) {
    await db.destroy();
    throw asStoreError(error);
  }
}

function storeOn(db: Kysely<Tables>, place: PostgresPlace, options: PostgresOptions): Store {
  const self = randomUUID();
  const session = new PostgresSession(options, place, self);
  const on = (connection: Kysely<Tables>) => repositoriesOn(connection, noticeSender(connection, place.channel, self));
  const inTurn = makeQueue();
  return {
    ...on(db),
    transaction: (work) =>
      inTurn(() =>
        db
          .transaction()
          // Read committed: each statement sees what is committed when it begins, and behind the lock that is what this change will follow.
          .setIsolationLevel("read committed")
          .execute(async (transaction) => {
            await sql`select pg_advisory_xact_lock(${place.changeKey}::bigint)`.execute(transaction);
            return work(on(transaction));
          })
          .catch((error: unknown) => {
            throw asStoreError(error);
          }),
      ),
    snapshot: (work) =>
      db
        .transaction()
        .setIsolationLevel("repeatable read")
        .setAccessMode("read only")
        .execute((reader) => work(on(reader))),
    follow: (listener) => session.start(listener),
    get isLeader() {
      return session.isLeader;
    },
    close: async () => {
      await session.stop();
      await db.destroy();
    },
  };
}

/** This process's changes follow one another without asking the database, so that they take one connection and leave the others to reads. */
function makeQueue(): <Result>(run: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const turn = last.then(run, run);
    last = turn.catch(() => undefined);
    return turn;
  };
}

export async function findPlace(db: Kysely<Tables>): Promise<PostgresPlace> {
  const { rows } = await sql<{ schema: string | null; change: string; leader: string }>`
    select current_schema() as schema,
      hashtextextended('rackway change ' || current_schema(), 0)::text as change,
      hashtextextended('rackway leader ' || current_schema(), 0)::text as leader`.execute(db);
  const [row] = rows;
  if (row?.schema === null || row === undefined) throw new Error("the database has no schema that its search_path names");
  return { schema: row.schema, changeKey: row.change, leaderKey: row.leader, channel: `rackway_${row.schema}`.slice(0, 63) };
}

/** Kysely holds a lock of its own meanwhile: of two servers that start at once, one migrates, and the other finds it done. */
export function postgresMigrator(db: Kysely<Tables>, schema: string): Migrator {
  return new Migrator({ db, provider: migrationsOf("postgresql"), migrationTableSchema: schema });
}

async function migrate(db: Kysely<Tables>, schema: string): Promise<void> {
  const { error } = await postgresMigrator(db, schema).migrateToLatest();
  if (error !== undefined) throw asStoreError(error);
}
