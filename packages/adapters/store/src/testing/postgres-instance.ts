import { execFile, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

import { Client } from "pg";

/**
 * A PostgreSQL of the tests' own: from Debian's package, on a Unix socket in a directory of its own, as a user without privileges, for as
 * long as a process lives. The machine's own clusters are not touched.
 */
export interface PostgresInstance {
  readonly directory: string;
  /** The address of an empty place for a store: a schema of its own. */
  readonly place: () => Promise<string>;
  /** Resolves when it is gone, and its directory with it. */
  readonly stop: () => Promise<void>;
}

const run = promisify(execFile);
const startsWithinMs = 60_000;
const superuser = "rackway";

/** Where Debian puts servers: of several, the newest. Null: the package is not there. */
export function findPostgres(): string | null {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).filter((name) => existsSync(join(root, name, "bin/initdb"))) : [];
  const newest = versions.toSorted((left, right) => Number(right) - Number(left))[0];
  return newest === undefined ? null : join(root, newest, "bin");
}

/** Not below TMPDIR: a Unix socket's path has at most 107 bytes (unix(7)). */
export function makePostgresDirectory(): Promise<string> {
  return mkdtemp("/tmp/rackway-pg-");
}

/**
 * Starts one in `directory` (absent: in a new one). It ends with the process `watchedPid` at the latest. Throws with PostgreSQL's own words
 * when it does not start.
 */
export async function startPostgres(options: { directory?: string; watchedPid?: number } = {}): Promise<PostgresInstance> {
  const bin = findPostgres();
  if (bin === null) throw new Error("PostgreSQL is absent; as root: sh scripts/setup-postgres.sh (npm test does it)");
  const directory = options.directory ?? (await makePostgresDirectory());
  const user = await unprivileged();
  await chmod(directory, 0o755);
  if (user !== null) await chown(directory, user.uid, user.gid);
  const initdb = ["--auth=trust", `--username=${superuser}`, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"];
  await run(join(bin, "initdb"), [...initdb, "--pgdata", join(directory, "data")], { ...user, cwd: "/" });
  // Its text rather than its name: that user may not read the folder of the checkout.
  const script = await readFile(new URL("keep-postgres.sh", import.meta.url), "utf8");
  const keeper = spawn("sh", ["-c", script, "keep-postgres", bin, directory, String(options.watchedPid ?? process.pid)], {
    ...user,
    cwd: "/",
    stdio: "ignore",
    detached: true,
  });
  keeper.unref();
  if (keeper.pid === undefined) throw new Error("the keeper of PostgreSQL did not start");
  await writeFile(join(directory, "keeper"), String(keeper.pid));
  await answering(directory, keeper.pid);
  return instanceIn(directory);
}

/** The one instance of a test run, started by the first that asks (`tests/harness/database-servers.ts` ends it). */
export async function sharedPostgres(): Promise<PostgresInstance> {
  const [directory, main] = [process.env.RACKWAY_TEST_POSTGRES, process.env.RACKWAY_TEST_MAIN];
  if (directory === undefined || main === undefined) return startPostgres();
  const isFirst = await mkdir(join(directory, "first")).then(
    () => true,
    () => false,
  );
  if (isFirst) {
    const instance = await startPostgres({ directory, watchedPid: Number(main) });
    await writeFile(join(directory, "ready"), "");
    return instance;
  }
  for (let waitedMs = 0; !existsSync(join(directory, "ready")); waitedMs += 50) {
    if (waitedMs >= startsWithinMs) throw new Error(`PostgreSQL did not start in ${directory}`);
    await delay(50);
  }
  return instanceIn(directory);
}

/** Ends what was started in a directory, if anything was, and takes the directory away. */
export async function stopPostgres(directory: string): Promise<void> {
  const keeper = Number(await readFile(join(directory, "keeper"), "utf8").catch(() => "0"));
  if (keeper > 0 && isAlive(keeper)) process.kill(keeper, "SIGTERM");
  while (keeper > 0 && isAlive(keeper)) await delay(20);
  await rm(directory, { recursive: true, force: true });
}

/** Of this process, in whatever instance: names are not given twice. */
let places = 0;

function instanceIn(directory: string): PostgresInstance {
  return {
    directory,
    place: async () => {
      const schema = `t${process.pid}_${(places += 1)}`;
      await withClient(directory, (client) => client.query(`create schema ${schema}`));
      return `${urlOf(directory)}&options=${encodeURIComponent(`-c search_path=${schema}`)}`;
    },
    stop: () => stopPostgres(directory),
  };
}

const urlOf = (directory: string): string => `postgresql://${superuser}@/postgres?host=${encodeURIComponent(directory)}`;

async function withClient(directory: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: urlOf(directory) });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function answering(directory: string, keeper: number): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += 20) {
    const failure = await withClient(directory, () => Promise.resolve()).then(
      () => null,
      (error: unknown) => error,
    );
    if (failure === null) return;
    if (!isAlive(keeper) || waitedMs >= startsWithinMs) {
      throw new Error(`PostgreSQL does not start: ${await readFile(join(directory, "log"), "utf8").catch(() => "")}`, { cause: failure });
    }
    await delay(20);
  }
}

/** PostgreSQL does not run as root; its package made a user for it. */
async function unprivileged(): Promise<{ uid: number; gid: number } | null> {
  if (process.getuid?.() !== 0) return null;
  const number = async (flag: string): Promise<number> => Number((await run("id", [flag, "postgres"])).stdout);
  return { uid: await number("-u"), gid: await number("-g") };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
