import { DatabaseSync } from "node:sqlite";
import type { SQLInputValue } from "node:sqlite";

import { SqliteDialect } from "kysely";
import type { SqliteDatabase, SqliteStatement } from "kysely";

export interface SqliteOptions {
  /** A file, or `:memory:`. */
  readonly path: string;
  /** How long a statement waits for another process's lock. */
  readonly busyTimeoutMs: number;
}

/** `node:sqlite` in the shape that Kysely's SQLite dialect expects. */
export function sqliteDialect(options: SqliteOptions): SqliteDialect {
  const database = new DatabaseSync(options.path, { timeout: options.busyTimeoutMs, enableForeignKeyConstraints: true });
  // FULL: in WAL mode NORMAL does not sync at a commit. https://www.sqlite.org/pragma.html#pragma_synchronous
  database.exec("pragma journal_mode = wal; pragma synchronous = full;");
  const adapted: SqliteDatabase = {
    close: () => database.close(),
    prepare: (text) => prepare(database, text),
  };
  return new SqliteDialect({ database: adapted });
}

function prepare(database: DatabaseSync, text: string): SqliteStatement {
  // Kysely begins deferred transactions, and a deferred one that read first fails when it wants to write after another's commit.
  const statement = database.prepare(text === "begin" ? "begin immediate" : text);
  const values = (parameters: readonly unknown[]): SQLInputValue[] => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)),
  };
}
