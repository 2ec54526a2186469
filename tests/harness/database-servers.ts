import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

import { findPostgres, makePostgresDirectory, stopPostgres } from "@rackway/store/testing";

/** Installs Debian's PostgreSQL where it is absent. Throws when that fails. */
export function ensurePostgres(): void {
  if (findPostgres() !== null) return;
  const { status } = spawnSync("sh", [resolve(import.meta.dirname, "../../scripts/setup-postgres.sh")], { stdio: "inherit" });
  if (status !== 0) throw new Error("PostgreSQL could not be installed");
}

/** Before unit tests: a place where the first that needs one starts a PostgreSQL for all (`sharedPostgres`). */
export async function setup(): Promise<void> {
  ensurePostgres();
  process.env.RACKWAY_TEST_POSTGRES = await makePostgresDirectory();
  process.env.RACKWAY_TEST_MAIN = String(process.pid);
}

export async function teardown(): Promise<void> {
  const directory = process.env.RACKWAY_TEST_POSTGRES;
  if (directory !== undefined) await stopPostgres(directory);
}
