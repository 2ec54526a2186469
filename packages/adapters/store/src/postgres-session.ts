import { setTimeout as delay } from "node:timers/promises";

import { Client } from "pg";

import { clientConfig } from "./postgres-dialect.ts";
import type { PostgresOptions } from "./postgres-dialect.ts";
import { readNotice } from "./postgres-notices.ts";
import type { PostgresPlace } from "./postgres-store.ts";
import type { NoticeListener } from "./store.ts";
import { asStoreError } from "./store-error.ts";

/** Also the time in which a leader that died is followed by another, and in which a connection that broke off silently is found out. */
const heartbeatMs = 1000;
const answerWithinMs = 5000;
const againMs = 500;

/**
 * A session that says nothing for ten heartbeats is a frozen process's, and is not to lead any longer; one whose machine is gone is found
 * out by the probes. https://www.postgresql.org/docs/15/runtime-config-client.html
 */
const sessionSettings = `
  set idle_session_timeout = '10s';
  set tcp_keepalives_idle = 5;
  set tcp_keepalives_interval = 2;
  set tcp_keepalives_count = 3`;

/**
 * A connection beside the pool's that stays: it listens, and it holds the leader's lock for as long as it lives (a session-level advisory
 * lock: https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS). When it is lost, so is leadership, at once here and as soon
 * as PostgreSQL finds out there; a new one is made until `stop`.
 */
export class PostgresSession {
  readonly #options: PostgresOptions;
  readonly #place: PostgresPlace;
  readonly #self: string;
  readonly #stopping = new AbortController();
  #client: Client | null = null;
  #isLeader = false;
  #work: Promise<void> = Promise.resolve();

  constructor(options: PostgresOptions, place: PostgresPlace, self: string) {
    this.#options = options;
    this.#place = place;
    this.#self = self;
  }

  get isLeader(): boolean {
    return this.#isLeader;
  }

  /** Listens from the moment that it resolves. Throws `database-unavailable`. */
  async start(listener: NoticeListener): Promise<void> {
    await this.#connect(listener).catch((error: unknown) => {
      throw asStoreError(error);
    });
    this.#work = this.#keep(listener);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
    await this.#drop();
  }

  async #connect(listener: NoticeListener): Promise<void> {
    const client = new Client({ ...clientConfig(this.#options), query_timeout: answerWithinMs });
    client.on("error", () => this.#lose(client));
    client.on("end", () => this.#lose(client));
    client.on("notification", ({ payload }) => {
      const notice = readNotice(payload, this.#self);
      if (notice !== null) listener.notice(notice);
    });
    try {
      await client.connect();
      await client.query(sessionSettings);
      await client.query(`listen ${client.escapeIdentifier(this.#place.channel)}`);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    this.#client = client;
    await this.#beat(client);
  }

  /** Until `stop`: a heartbeat each second, and a new connection for one that is lost. */
  async #keep(listener: NoticeListener): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await delay(this.#client === null ? againMs : heartbeatMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        if (this.#client !== null) {
          await this.#beat(this.#client);
        } else {
          await this.#connect(listener);
          listener.resumed();
        }
      } catch {
        // Tried again in a moment: a database that is away is no news to whoever asks it something.
        await this.#drop();
      }
    }
  }

  async #beat(client: Client): Promise<void> {
    if (this.#isLeader) return void (await client.query("select 1"));
    const { rows } = await client.query<{ won: boolean }>("select pg_try_advisory_lock($1::bigint) as won", [this.#place.leaderKey]);
    this.#isLeader = this.#client === client && rows[0]?.won === true;
  }

  #lose(client: Client): void {
    if (this.#client !== client) return;
    this.#client = null;
    this.#isLeader = false;
  }

  /** A connection that answers no more is not waited for. */
  async #drop(): Promise<void> {
    const client = this.#client;
    if (client === null) return;
    this.#lose(client);
    await Promise.race([client.end().catch(() => undefined), delay(answerWithinMs, undefined, { ref: false })]);
  }
}
