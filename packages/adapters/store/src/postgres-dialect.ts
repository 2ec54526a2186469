import { PostgresDialect } from "kysely";
import type { PostgresPool, PostgresPoolClient } from "kysely";
import { Pool, TypeOverrides } from "pg";
import type { ClientConfig, PoolClient } from "pg";
import { parse } from "pg-connection-string";

import { asStoreError, refusalOf } from "./store-error.ts";

export interface PostgresOptions {
  /**
   * `postgresql://USER@HOST:PORT/DATABASE`, with the parameters that node-postgres knows (`sslmode`, `sslrootcert`, `host` for the directory of a
   * Unix socket). What it leaves out comes from the environment (`PGHOST`, `PGPASSWORD`, …), a password also from `PGPASSFILE` or ~/.pgpass:
   * https://www.postgresql.org/docs/15/libpq-pgpass.html
   */
  readonly url: string;
  /** Takes the place of any other password. */
  readonly password?: string;
  /** How long a change waits for another process's. */
  readonly busyTimeoutMs?: number;
}

/** A transaction waits for one other at a time; the rest are reads, which are short. */
const connectionsAtMost = 8;

/**
 * What every connection says first. A process that froze or whose host lost its power holds the lock that all changes wait for, until
 * PostgreSQL ends its session: in seconds, not in the two hours of TCP's own keepalive. A commit that was answered is on the disk, whatever
 * the database's default is. https://www.postgresql.org/docs/15/runtime-config-client.html
 */
const sessionSettings = `
  set idle_in_transaction_session_timeout = '10s';
  set tcp_keepalives_idle = 5;
  set tcp_keepalives_interval = 2;
  set tcp_keepalives_count = 3;
  select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`;

/** How to reach the database, for the pool and for a connection beside it. */
export function clientConfig({ url, password, busyTimeoutMs = 5000 }: PostgresOptions): ClientConfig {
  const types = new TypeOverrides();
  // 20 is int8: event ids and epochs, which stay far below 2^53.
  types.setTypeParser(20, Number);
  return {
    fallback_application_name: "rackway",
    // Parsed here: with `connectionString` node-postgres would let an empty password in it win over the one that was given.
    ...withoutEmpty(parse(url)),
    ...(password === undefined ? {} : { password }),
    types,
    lock_timeout: busyTimeoutMs,
    connectionTimeoutMillis: 5000,
    // Far longer than any statement takes: it is there for a database that was cut off in the middle of one.
    query_timeout: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5000,
  };
}

function withoutEmpty(parsed: object): ClientConfig {
  return Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== "" && value !== null));
}

/** node-postgres under Kysely's own PostgreSQL dialect. */
export function postgresDialect(options: PostgresOptions): PostgresDialect {
  const pool = new Pool({ ...clientConfig(options), max: connectionsAtMost });
  // A connection that ends while nobody asks anything of it is out of the pool already; whoever needs one makes another.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => void client.on("error", () => undefined));
  return new PostgresDialect({ pool: speaking(pool) });
}

/** PostgreSQL's text holds every character but NUL (https://www.postgresql.org/docs/15/datatype-character.html), and nobody means one. */
function storable(parameter: unknown): unknown {
  return typeof parameter === "string" ? parameter.replaceAll("\0", "\uFFFD") : parameter;
}

/** The pool with errors in the store's words: a database that went away is no broken invariant. */
function speaking(pool: Pool): PostgresPool {
  const known = new WeakMap<PoolClient, PostgresPoolClient>();
  const inWords = (error: unknown): never => {
    throw asStoreError(error);
  };
  const adapt = (client: PoolClient): PostgresPoolClient => {
    let isLost = false;
    const query = (text: string, parameters: unknown[]) =>
      client.query(text, parameters.map(storable)).catch((error: unknown) => {
        isLost ||= refusalOf(error) === "unavailable";
        return inWords(error);
      });
    return { query: query as unknown as PostgresPoolClient["query"], release: (destroy) => client.release(destroy === true || isLost) };
  };
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await pool.connect().catch(inWords);
      const before = known.get(client);
      if (before !== undefined) return before;
      await client.query(sessionSettings).catch((error: unknown) => {
        client.release(true);
        return inWords(error);
      });
      const adapted = adapt(client);
      known.set(client, adapted);
      return adapted;
    },
  };
}
