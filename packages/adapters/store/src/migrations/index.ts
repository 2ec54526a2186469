import type { Migration, MigrationProvider } from "kysely/migration";

import * as initial from "./m0001-initial.ts";
import * as serviceVips from "./m0002-service-vips.ts";
import * as flagWords from "./m0003-flag-words.ts";
import * as operationSubjects from "./m0004-operation-subjects.ts";
import * as confirmations from "./m0005-confirmations.ts";
import * as postgresInitial from "./p0004-initial.ts";

/** The databases that there are. */
export type DatabaseKind = "sqlite" | "postgresql";

/**
 * From 0005 on: what both databases go through, by the schema builder where that says it, by the adapter of `db.getExecutor()` where they
 * differ. `migrations.test.ts` holds that both end with the same tables and columns.
 */
const shared: Readonly<Record<string, Migration>> = { "0005-confirmations": confirmations };

/**
 * Every migration, by name; names sort in order of time. A released migration is never changed: add another, to `shared`.
 * Listed by hand, because a bundle has no directory to read. PostgreSQL came when SQLite had four, and begins with what these made.
 */
const migrations: Readonly<Record<DatabaseKind, Readonly<Record<string, Migration>>>> = {
  sqlite: {
    "0001-initial": initial,
    "0002-service-vips": serviceVips,
    "0003-flag-words": flagWords,
    "0004-operation-subjects": operationSubjects,
    ...shared,
  },
  postgresql: { "0004-operation-subjects": postgresInitial, ...shared },
};

export function migrationsOf(kind: DatabaseKind): MigrationProvider {
  return { getMigrations: async () => ({ ...migrations[kind] }) };
}

/** Which state of the tables this program writes: the last migration's name, the same in every database. */
export const latestMigration = Object.keys(migrations.sqlite).sort().at(-1) ?? "";
