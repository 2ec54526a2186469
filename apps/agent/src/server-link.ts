import { setTimeout as wait } from "node:timers/promises";

import { agentLongPoll, createAgentClient } from "@rackway/api-client";
import type { AgentClient } from "@rackway/api-client";
import { RackwayError, rackwayError } from "@rackway/errors";
import type { AgentState, HostEvent, HostReport } from "@rackway/schema";

import type { AgentConfig } from "./config.ts";
import { readCertificateAuthority, readToken } from "./config.ts";
import type { Log } from "./log.ts";
import { reasonOf } from "./log.ts";

export interface ServerLinkHandlers {
  /** A new answer of the server: host state, operations, the wish for a fresh look. */
  readonly onAnswer: (answer: { readonly etag: string; readonly body: AgentState }) => Promise<void>;
  /** The token came or went, or the server refuses it. */
  readonly onToken: (standing: "there" | "missing" | "refused") => void;
}

/** So many events are kept for a server that is away; then the oldest go. */
const eventsKept = 1000;
const eventsPerRequest = 500;
const tokenLookEveryMs = 2000;
/** After a report that did not arrive, the next one is tried no sooner than this. */
const reportPauseMs = 2000;

/** All talk with the server. It may be away at any time: nothing here is waited for by what keeps the host right. */
export class ServerLink {
  readonly #config: AgentConfig;
  readonly #handlers: ServerLinkHandlers;
  readonly #log: Log;
  readonly #stop = new AbortController();
  #client: AgentClient | null = null;
  #events: HostEvent[] = [];
  #isSendingEvents = false;
  #report: HostReport | null = null;
  #isReporting = false;
  #wasReachable: boolean | null = null;
  /** The token that the server refuses; null: none. */
  #refused: string | null = null;

  constructor(config: AgentConfig, handlers: ServerLinkHandlers, log: Log) {
    this.#config = config;
    this.#handlers = handlers;
    this.#log = log;
  }

  get client(): AgentClient | null {
    return this.#client;
  }

  start(): void {
    void this.#followAlways();
  }

  stop(): void {
    this.#stop.abort();
    this.#client?.close();
  }

  /** Bytes of a secret. Throws when the server is away or refuses. */
  async secret(id: string): Promise<Buffer> {
    if (this.#client === null) throw rackwayError("agent-token-missing", { file: this.#config.tokenFile });
    return this.#client.secret(id);
  }

  /** Sends the newest report; one that is overtaken while waiting is not sent. */
  report(report: HostReport): void {
    this.#report = report;
    void this.#sendReports();
  }

  tell(events: readonly HostEvent[]): void {
    this.#events = [...this.#events, ...events].slice(-eventsKept);
    void this.#sendEvents();
  }

  /** What goes wrong in the talk with the server must not end the agent. */
  async #followAlways(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#follow().catch((error: unknown) => this.#log.error("talk with the server broke off", { reason: reasonOf(error) }));
      await wait(tokenLookEveryMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  /** Ends when stopped. A new token makes a new client. */
  async #follow(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const token = await readToken(this.#config.tokenFile);
      if (token === null || token !== this.#refused) this.#handlers.onToken(token === null ? "missing" : "there");
      if (token === null) {
        await wait(tokenLookEveryMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
        continue;
      }
      await this.#followWith(token);
    }
  }

  async #followWith(token: string): Promise<void> {
    const { server } = this.#config;
    // Not without it: the system's authorities are others than the operator's own.
    const certificateAuthority = await readCertificateAuthority(this.#config);
    const client = createAgentClient({ server, token, certificateAuthority, host: this.#config.host });
    this.#client = client;
    const renewal = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, renewal.signal]);
    const onError = (error: unknown, retryInMs: number): void => {
      if (isRefusal(error)) {
        if (this.#refused !== token) this.#log.warn("server refuses the token", { server, reason: reasonOf(error), retryInMs });
        this.#refused = token;
        this.#handlers.onToken("refused");
      } else if (this.#wasReachable !== false) this.#log.warn("server not reached", { reason: reasonOf(error), retryInMs });
      this.#wasReachable = false;
      void readToken(this.#config.tokenFile).then((now) => (now === token ? undefined : renewal.abort()));
    };
    const onContact = (): void => {
      if (this.#wasReachable !== true) this.#log.info("server reached", { server });
      this.#wasReachable = true;
      if (this.#refused !== null) this.#handlers.onToken("there");
      this.#refused = null;
      void this.#sendEvents();
    };
    // Without an ETag, so that the first answer tells what is under way: the state on disk is known, operations are not.
    for await (const answer of agentLongPoll(client, { signal, etag: null, onError, onContact })) {
      await this.#handlers.onAnswer(answer);
    }
    client.close();
  }

  async #sendReports(): Promise<void> {
    if (this.#isReporting || this.#client === null) return;
    this.#isReporting = true;
    while (this.#report !== null && !this.#stop.signal.aborted) {
      const report = this.#report;
      this.#report = null;
      try {
        await this.#client.report(report);
      } catch (error) {
        if (this.#wasReachable !== false) this.#log.warn("report not taken", { reason: reasonOf(error) });
        this.#report ??= report;
        await wait(reportPauseMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
        if (this.#wasReachable === false) break; // The next look makes a fresh one.
      }
    }
    this.#isReporting = false;
  }

  async #sendEvents(): Promise<void> {
    if (this.#isSendingEvents || this.#client === null) return;
    this.#isSendingEvents = true;
    try {
      while (this.#events.length > 0) {
        const batch = this.#events.slice(0, eventsPerRequest);
        await this.#client.events(batch);
        const sent = new Set(batch);
        this.#events = this.#events.filter((event) => !sent.has(event));
      }
    } catch {
      // They wait for the next contact.
    } finally {
      this.#isSendingEvents = false;
    }
  }
}

/** The server is there, and does not take who we say that we are. */
function isRefusal(error: unknown): boolean {
  return error instanceof RackwayError && (error.code === "unauthorised" || error.code === "forbidden");
}
