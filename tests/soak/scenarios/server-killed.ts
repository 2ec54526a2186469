import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import type { HostToken } from "@rackway/schema";
import { openStore } from "@rackway/store";

import type { Run, Scenario } from "../../harness/scenario.ts";
import { ServerProcess } from "../../harness/server-process.ts";
import { setUpDatabases, type Databases, type DatabaseName } from "./databases.ts";

export interface KilledServer {
  readonly database: DatabaseName;
  readonly writes: number;
  /** When it is killed: after as many writes were acknowledged. */
  readonly killAfter: number;
}

const clients = 8;

/**
 * Clients write, each the next thing as soon as the last was acknowledged (a host's token, with its event, in one transaction); the server is
 * killed (SIGKILL). With PostgreSQL there is a second server, whose clients go on. Then a new server must write at once, and everything that
 * was acknowledged must be there, whole.
 */
export async function killServer(databases: Databases, { database, writes, killAfter }: KilledServer): Promise<Run> {
  const dataDirectory = await databases.folder();
  const url = database === "postgresql" ? await databases.make() : undefined;
  const victim = await ServerProcess.start({ dataDirectory, database: url });
  const others = url === undefined ? [] : [await ServerProcess.start({ dataDirectory: await databases.folder(), database: url })];
  const writing = new Writing(writes);
  const servers = [victim, ...others];
  try {
    const killed = writing.reached(killAfter).then(() => victim.end("SIGKILL"));
    await Promise.all([
      ...Array.from({ length: clients }, (_, index) => writing.client(servers[index % servers.length] ?? victim)),
      killed,
    ]);
    const failures = writing.failed > 0 ? [] : ["the server was killed, and no write failed"];
    // Each of its clients had one write under way.
    const lost = clients / servers.length;
    if (writing.failed > lost) failures.push(`${writing.failed} writes failed, and ${lost} clients had the server that was killed`);
    if (others.length > 0 && writing.acknowledged.size + writing.failed < writes) failures.push("the other server did not go on");
    if (writing.acknowledged.size < killAfter) failures.push(`only ${writing.acknowledged.size} writes were acknowledged`);
    const startedAt = performance.now();
    const next = await ServerProcess.start({ dataDirectory, database: url });
    await writing.write(next, "after").finally(() => next.end("SIGTERM"));
    const backMs = Math.round(performance.now() - startedAt);
    for (const other of others) await other.end("SIGTERM");
    failures.push(...(await missing(writing.acknowledged, url ?? join(dataDirectory, "rackway.db"))));
    if (url === undefined) failures.push(...unsound(join(dataDirectory, "rackway.db")));
    const values = {
      acknowledged: writing.acknowledged.size,
      failed: writing.failed,
      backMs,
      longestWaitMs: Math.round(writing.longestWaitMs),
    };
    return { group: database, values, failures };
  } finally {
    for (const server of servers) await server.end("SIGKILL");
  }
}

/** What the clients do, and what they were told. */
class Writing {
  /** Digest of the token by host. */
  readonly acknowledged = new Map<string, string>();
  failed = 0;
  longestWaitMs = 0;
  #next = 0;
  readonly #writes: number;
  #marks: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(writes: number) {
    this.#writes = writes;
  }

  /** Resolves when so many writes were acknowledged. */
  reached(count: number): Promise<void> {
    return new Promise((resolve) => this.#marks.push({ count, resolve }));
  }

  /** Writes until there is nothing left to write, or its server is gone. */
  async client(server: ServerProcess): Promise<void> {
    while (this.#next < this.#writes) {
      this.#next += 1;
      try {
        await this.write(server, `h${this.#next}`);
      } catch {
        this.failed += 1;
        return;
      }
    }
  }

  async write(server: ServerProcess, host: string): Promise<void> {
    const startedAt = performance.now();
    const { token } = await server.ask<HostToken>("POST", `/hosts/${host}/token`);
    this.longestWaitMs = Math.max(this.longestWaitMs, performance.now() - startedAt);
    this.acknowledged.set(host, createHash("sha256").update(token).digest("hex"));
    const isReached = ({ count }: { readonly count: number }): boolean => this.acknowledged.size >= count;
    for (const { resolve } of this.#marks.filter(isReached)) resolve();
    this.#marks = this.#marks.filter((mark) => !isReached(mark));
  }
}

/** What was acknowledged and is not there, and what is there by half. */
async function missing(acknowledged: ReadonlyMap<string, string>, database: string): Promise<string[]> {
  const store = await openStore(database.startsWith("postgresql:") ? { url: database } : { file: database });
  try {
    const tokens = new Map((await store.hosts.tokens()).map(({ host, hash }) => [host, hash]));
    const events = await store.events.list({ kind: "host-token-created", limit: 1_000_000 });
    const lost = [...acknowledged]
      .filter(([host, hash]) => tokens.get(host) !== hash)
      .map(([host]) => `${host} was acknowledged and is lost`);
    const told = new Set(events.map(({ subject }) => subject));
    const halves = [...tokens.keys()].filter((host) => !told.has(`host/${host}`)).map((host) => `${host} has a token and no event`);
    const alone = told.size > tokens.size ? ["there are events of tokens that are not there"] : [];
    return [...lost, ...halves, ...alone];
  } finally {
    await store.close();
  }
}

/** https://www.sqlite.org/pragma.html#pragma_integrity_check */
function unsound(file: string): string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = database.prepare("pragma integrity_check").all();
    return rows.map((row) => String(row["integrity_check"])).filter((word) => word !== "ok");
  } finally {
    database.close();
  }
}

const writes = 1000;

function scenario(database: DatabaseName): Scenario {
  return {
    name: `server-killed-${database}`,
    summary: `kill -9 of the server at random during ${writes} writes: every acknowledged write is there, the database is sound`,
    runs: 50,
    thresholds: [{ value: "backMs", statistic: "max", atMost: 10_000 }],
    setUp: async () => {
      const databases = await setUpDatabases(database);
      const run = (): Promise<Run> =>
        killServer(databases, { database, writes, killAfter: 1 + Math.floor(Math.random() * (writes - 100)) });
      return { run, tearDown: databases.tearDown };
    },
  };
}

export const serverKilled: readonly Scenario[] = [scenario("sqlite"), scenario("postgresql")];
