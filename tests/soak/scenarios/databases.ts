import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startPostgres } from "@rackway/store/testing";

import { ensurePostgres } from "../../harness/database-servers.ts";

export type DatabaseName = "sqlite" | "postgresql";

/** Where a scenario's databases are, and what takes them away. */
export interface Databases {
  /** A new, empty one: a file's name, or an address. */
  readonly make: () => Promise<string>;
  /** A new folder. */
  readonly folder: () => Promise<string>;
  readonly tearDown: () => Promise<void>;
}

/** For a scenario that runs on either: SQLite in a folder of its own, or a PostgreSQL that is started here. */
export async function setUpDatabases(name: DatabaseName): Promise<Databases> {
  const root = await mkdtemp(join(tmpdir(), "rackway-databases-"));
  const folder = (): Promise<string> => mkdtemp(join(root, "f-"));
  const removed = (): Promise<void> => rm(root, { recursive: true, force: true });
  if (name === "sqlite") return { folder, make: async () => join(await folder(), "rackway.db"), tearDown: removed };
  ensurePostgres();
  const postgres = await startPostgres();
  return { folder, make: () => postgres.place(), tearDown: () => postgres.stop().then(removed) };
}
