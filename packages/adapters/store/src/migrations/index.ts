import type { Migration, MigrationProvider } from "kysely/migration";

import * as initial from "./m0001-initial.ts";
import * as serviceVips from "./m0002-service-vips.ts";
import * as flagWords from "./m0003-flag-words.ts";

/**
 * Every migration, by name; names sort in order of time. A released migration is never changed: add another.
 * Listed by hand, because a bundle has no directory to read.
 */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-initial": initial,
  "0002-service-vips": serviceVips,
  "0003-flag-words": flagWords,
};

export const migrationProvider: MigrationProvider = { getMigrations: async () => ({ ...migrations }) };
