import { Kysely, sql } from "kysely";
import { Migrator } from "kysely/migration";
import { expect, it } from "vitest";

import { postgresDialect } from "../postgres-dialect.ts";
import { sqliteDialect } from "../sqlite-dialect.ts";
import { sharedPostgres } from "../testing/index.ts";
import { latestMigration, migrationsOf } from "./index.ts";
import type { DatabaseKind } from "./index.ts";

/** Tables with their columns. */
async function migrated(kind: DatabaseKind, db: Kysely<unknown>, schema?: string): Promise<unknown> {
  const place = schema === undefined ? {} : { migrationTableSchema: schema };
  const { error, results } = await new Migrator({ db, provider: migrationsOf(kind), ...place }).migrateToLatest();
  expect(error).toBeUndefined();
  expect(results?.at(-1)?.migrationName).toBe(latestMigration);
  const tables = (await db.introspection.getTables()).filter((table) => table.schema === schema);
  await db.destroy();
  return Object.fromEntries(tables.map((table) => [table.name, table.columns.map(({ name }) => name).sort()]));
}

it("leave the same tables in SQLite and in PostgreSQL", async () => {
  const embedded = await migrated("sqlite", new Kysely({ dialect: sqliteDialect({ path: ":memory:", busyTimeoutMs: 1 }) }));
  const url = await (await sharedPostgres()).place();
  const db = new Kysely<unknown>({ dialect: postgresDialect({ url }) });
  const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(db);
  const postgres = await migrated("postgresql", db, rows[0]?.schema);
  expect(postgres).toEqual(embedded);
});
