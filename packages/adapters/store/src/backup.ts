import { existsSync } from "node:fs";

import { Kysely, sql } from "kysely";
import type { Migrator } from "kysely/migration";

import type { Tables } from "./database.ts";
import { latestMigration } from "./migrations/index.ts";
import type { DatabaseKind } from "./migrations/index.ts";
import type { DatabasePlace } from "./open-store.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import { findPlace, postgresMigrator } from "./postgres-store.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { readOneState, sqliteMigrator } from "./sqlite-store.ts";
import { asStoreError } from "./store-error.ts";

/** Every table with its key, in an order in which each refers only to those before it. `backup.test.ts` holds that none is missing. */
export const backedUpTables = {
  documents: "id",
  revisions: "revision",
  reservations: "id",
  networks: "id",
  operations: "id",
  host_flags: "host",
  known_hosts: "host",
  host_tokens: "host",
  secrets: "id",
  counters: "name",
  reports: "host",
  events: "id",
} as const satisfies Record<keyof Tables, string>;

type TableName = keyof Tables;
const tableNames = Object.keys(backedUpTables) as TableName[];

/** The first line of a backup. */
export interface BackupHeader {
  readonly format: "rackway-backup";
  readonly version: 1;
  /** The state of the tables. */
  readonly migration: string;
  readonly from: DatabaseKind;
  readonly createdAt: string;
  /** The last number that was given in each table that numbers its rows: no number is given twice, also when its row was forgotten. */
  readonly sequences: Readonly<Record<string, number>>;
}

/** The last line: without it, the backup was cut off. */
interface BackupEnd {
  readonly rows: number;
}

interface Database {
  readonly kind: DatabaseKind;
  readonly db: Kysely<Tables>;
  readonly migrator: Migrator;
}

const pageSize = 200;

/**
 * All that a database holds at one moment, as lines of JSON that either kind of database takes: a header, `[TABLE, ROW]` for each row, an end.
 * Secrets are in it, and digests of tokens. The database may be in use meanwhile. Throws when it is not there, or not of this version.
 */
export async function* backUp(place: DatabasePlace, createdAt: string): AsyncGenerator<string> {
  if ("file" in place && !existsSync(place.file)) throw new Error(`there is no database in ${place.file}`);
  const database = await openDatabase(place);
  try {
    const migration = (await database.migrator.getMigrations()).findLast(({ executedAt }) => executedAt !== undefined)?.name;
    if (migration !== latestMigration) throw new Error("the database is not of this version: start this version's server on it once");
    // Lines are handed on while the transaction is open; a generator cannot yield out of a callback.
    const lines = new Channel<string>();
    const reading = inOneState(database, (reader) => readAll(reader, database.kind, createdAt, (line) => lines.put(line))).then(
      () => lines.end(),
      (error: unknown) => lines.end(asStoreError(error)),
    );
    try {
      yield* lines.take();
    } finally {
      lines.abandon();
      await reading;
    }
  } finally {
    await database.db.destroy();
  }
}

async function readAll(db: Kysely<Tables>, kind: DatabaseKind, createdAt: string, put: (line: string) => Promise<void>): Promise<void> {
  const sequences = await readSequences(db, kind);
  const header: BackupHeader = { format: "rackway-backup", version: 1, migration: latestMigration, from: kind, createdAt, sequences };
  await put(JSON.stringify(header));
  let rows = 0;
  for (const table of tableNames) {
    const key = sql.ref(backedUpTables[table]);
    for (let last: unknown = null; ;) {
      const after = last === null ? sql`` : sql`where ${key} > ${last}`;
      const page = (await sql<Row>`select * from ${sql.table(table)} ${after} order by ${key} limit ${sql.lit(pageSize)}`.execute(db)).rows;
      for (const row of page) await put(JSON.stringify([table, encodeRow(row)]));
      rows += page.length;
      if (page.length < pageSize) break;
      last = page.at(-1)?.[backedUpTables[table]];
    }
  }
  await put(JSON.stringify({ rows } satisfies BackupEnd));
}

type Row = Record<string, unknown>;

function encodeRow(row: Row): Row {
  const encode = (value: unknown): unknown => (value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value);
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, encode(value)]));
}

function decodeRow(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, isEncoded(value) ? Buffer.from(value.base64, "base64") : value]),
  );
}

function isEncoded(value: unknown): value is { readonly base64: string } {
  return typeof value === "object" && value !== null && "base64" in value && typeof value.base64 === "string";
}

export interface RestoreOptions {
  /** The epoch that the hosts' states get at least: greater than any that the hosts have seen, or they would not take what is restored. */
  readonly epochAtLeast: number;
}

/**
 * Fills an empty database with a backup, all or nothing, and brings its tables up to date. Returns the number of rows. Throws when there is
 * anything in the database, when the lines are no backup, of a newer version, or cut off.
 */
export async function restore(place: DatabasePlace, lines: AsyncIterable<string>, { epochAtLeast }: RestoreOptions): Promise<number> {
  const reader = lines[Symbol.asyncIterator]();
  const header = await readHeader(reader);
  const database = await openDatabase(place);
  const { db, kind, migrator } = database;
  try {
    if (!(await migrator.getMigrations()).some(({ name }) => name === header.migration)) {
      throw new Error(`the backup is of a newer version (${header.migration}) than this program`);
    }
    // What is there already may be of a later state than the backup, and full: only an empty database is taken back to it.
    await migrated(migrator, await newerOf(migrator, header.migration));
    const rows = await db.transaction().execute(async (transaction) => {
      await refuseFull(transaction);
      const written = await writeAll(transaction, reader);
      await setSequences(transaction, kind, header.sequences);
      await raiseEpoch(transaction, epochAtLeast);
      return written;
    });
    await migrated(migrator, latestMigration);
    return rows;
  } catch (error) {
    throw asStoreError(error);
  } finally {
    await db.destroy();
    await reader.return?.();
  }
}

async function newerOf(migrator: Migrator, name: string): Promise<string> {
  const there = (await migrator.getMigrations()).findLast(({ executedAt }) => executedAt !== undefined)?.name ?? "";
  if (there > name) throw new Error(`the database is of a later version than the backup: restore into one that is new`);
  return name;
}

async function migrated(migrator: Migrator, name: string): Promise<void> {
  const { error } = await migrator.migrateTo(name);
  if (error !== undefined) throw error instanceof Error ? error : new Error("the tables could not be made", { cause: error });
}

async function readHeader(reader: AsyncIterator<string>): Promise<BackupHeader> {
  const line = await reader.next();
  const header = line.done === true ? null : (parseLine(line.value) as Partial<BackupHeader> | null);
  if (header?.format !== "rackway-backup" || header.version !== 1) throw new Error("this is no backup of Rackway's");
  return header as BackupHeader;
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error("this is no backup of Rackway's: a line of it is no JSON");
  }
}

async function writeAll(db: Kysely<Tables>, reader: AsyncIterator<string>): Promise<number> {
  let rows = 0;
  let pending: { readonly table: TableName; readonly rows: Row[] } | null = null;
  const flush = async (): Promise<void> => {
    if (pending === null) return;
    // Which columns it has, the backup says; the database refuses what it does not know.
    await db.insertInto(pending.table).values(pending.rows).execute();
    pending = null;
  };
  for (;;) {
    const line = await reader.next();
    if (line.done === true) throw new Error("the backup was cut off: its end is missing");
    const parsed = parseLine(line.value);
    if (!Array.isArray(parsed)) {
      await flush();
      if ((parsed as BackupEnd).rows !== rows) throw new Error(`the backup has ${rows} rows and should have ${(parsed as BackupEnd).rows}`);
      return rows;
    }
    const [table, row] = parsed as [TableName, Row];
    if (!tableNames.includes(table)) throw new Error(`the backup has a table "${table}", which this program does not know`);
    if (pending === null || pending.table !== table || pending.rows.length >= pageSize) {
      await flush();
      pending = { table, rows: [] };
    }
    pending.rows.push(decodeRow(row));
    rows += 1;
  }
}

async function refuseFull(db: Kysely<Tables>): Promise<void> {
  for (const table of tableNames) {
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(db);
    if (rows.length > 0) throw new Error("there is something in the database already: restore into one that is empty");
  }
}

/** Tables that number their rows. */
const numbered = ["reservations", "networks", "events"] as const;

async function readSequences(db: Kysely<Tables>, kind: DatabaseKind): Promise<Record<string, number>> {
  const query =
    kind === "sqlite"
      ? sql<{ name: string; last: number }>`select name, seq as last from sqlite_sequence`
      : sql<{ name: string; last: number | null }>`select replace(sequencename, '_id_seq', '') as name, last_value as last
          from pg_sequences where schemaname = current_schema()`;
  const { rows } = await query.execute(db);
  return Object.fromEntries(numbered.map((table) => [table, rows.find(({ name }) => name === table)?.last ?? 0]));
}

async function setSequences(db: Kysely<Tables>, kind: DatabaseKind, sequences: BackupHeader["sequences"]): Promise<void> {
  for (const table of numbered) {
    const last = sequences[table] ?? 0;
    if (last === 0) continue;
    if (kind === "postgresql") {
      await sql`select setval(pg_get_serial_sequence(${table}, 'id'), ${last}::bigint)`.execute(db);
    } else {
      await sql`delete from sqlite_sequence where name = ${table}`.execute(db);
      await sql`insert into sqlite_sequence (name, seq) values (${table}, ${last})`.execute(db);
    }
  }
}

async function raiseEpoch(db: Kysely<Tables>, atLeast: number): Promise<void> {
  const before = await db.selectFrom("counters").select("value").where("name", "=", "epoch").executeTakeFirst();
  // Nothing was ever applied: there is nothing that a host could have seen.
  if (before === undefined) return;
  await db
    .updateTable("counters")
    .set({ value: Math.max(before.value + 1, atLeast) })
    .where("name", "=", "epoch")
    .execute();
}

async function openDatabase(place: DatabasePlace): Promise<Database> {
  if ("file" in place) {
    const db = new Kysely<Tables>({ dialect: sqliteDialect({ path: place.file, busyTimeoutMs: 5000 }) });
    return { kind: "sqlite", db, migrator: sqliteMigrator(db) };
  }
  const db = new Kysely<Tables>({ dialect: postgresDialect(place) });
  try {
    return { kind: "postgresql", db, migrator: postgresMigrator(db, (await findPlace(db)).schema) };
  } catch (error) {
    await db.destroy();
    throw asStoreError(error);
  }
}

function inOneState<Result>({ db, kind }: Database, work: (reader: Kysely<Tables>) => Promise<Result>): Promise<Result> {
  if (kind === "sqlite") return readOneState(db, work);
  return db.transaction().setIsolationLevel("repeatable read").setAccessMode("read only").execute(work);
}

/** Hands lines from one that writes to one that reads, a few ahead at most. */
class Channel<Item> {
  readonly #items: Item[] = [];
  #isEnded = false;
  #isAbandoned = false;
  #failure: Error | null = null;
  #changed = Promise.withResolvers<void>();

  async put(item: Item): Promise<void> {
    while (this.#items.length >= pageSize && !this.#isAbandoned) await this.#changed.promise;
    if (this.#isAbandoned) throw new Error("nobody reads the backup any more");
    this.#items.push(item);
    this.#change();
  }

  end(failure: Error | null = null): void {
    this.#isEnded = true;
    this.#failure = failure;
    this.#change();
  }

  abandon(): void {
    this.#isAbandoned = true;
    this.#change();
  }

  async *take(): AsyncGenerator<Item> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) {
        this.#change();
        yield item;
      } else if (this.#isEnded) {
        if (this.#failure !== null) throw this.#failure;
        return;
      } else {
        await this.#changed.promise;
      }
    }
  }

  #change(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    resolve();
  }
}
