import { setTimeout as delay } from "node:timers/promises";

import { rackwayError } from "@rackway/errors";
import { hostHeader } from "@rackway/schema";
import type { AgentOperation, AgentSecret, AgentState, HostEvent, HostReport, Operation } from "@rackway/schema";

import { createBackOff } from "./back-off.ts";
import type { BackOffOptions } from "./back-off.ts";
import { createConnection } from "./connection.ts";
import type { Connection, ConnectionOptions } from "./connection.ts";

export type AgentStateAnswer =
  { readonly kind: "state"; readonly etag: string; readonly body: AgentState } | { readonly kind: "unchanged" };

/** The agent's half of the API; the token says which host it is. */
export interface AgentClient {
  readonly connection: Connection;
  /** Answers at once when `etag` is null or differs, else when something changes, else `unchanged` after the wait. */
  state(etag: string | null, waitSeconds: number, signal?: AbortSignal): Promise<AgentStateAnswer>;
  report(report: HostReport): Promise<void>;
  events(events: readonly HostEvent[]): Promise<void>;
  /** Claims an operation (`running`), tells of its progress (`running` again), or ends it. Throws `operation-claimed` when it is another's. */
  operation(id: string, word: AgentOperation): Promise<Operation>;
  /** The secret's bytes. Throws `forbidden` when this host's state does not name it. */
  secret(id: string): Promise<Buffer>;
  close(): void;
}

export function createAgentClient(options: ConnectionOptions & { readonly host?: string }): AgentClient {
  const connection = createConnection({ ...options, ...(options.host === undefined ? {} : { headers: { [hostHeader]: options.host } }) });
  const timeoutMs = options.timeoutMs ?? 30_000;
  return {
    connection,
    async state(etag, waitSeconds, signal) {
      const answer = await connection.send({
        method: "GET",
        path: `/agent/state?wait=${waitSeconds}`,
        headers: etag === null ? {} : { "if-none-match": etag },
        timeoutMs: timeoutMs + waitSeconds * 1000,
        signal,
      });
      if (answer.status === 304) return { kind: "unchanged" };
      const tag = answer.headers.etag;
      if (tag === undefined) throw rackwayError("server-answer-unknown", { status: answer.status, detail: "a host state without an ETag" });
      return { kind: "state", etag: tag, body: JSON.parse(answer.text) as AgentState };
    },
    async report(report) {
      await connection.send({ method: "POST", path: "/agent/report", body: report });
    },
    async events(events) {
      await connection.send({ method: "POST", path: "/agent/events", body: { events } });
    },
    async operation(id, word) {
      const answer = await connection.send({ method: "POST", path: `/agent/operations/${encodeURIComponent(id)}`, body: word });
      return JSON.parse(answer.text) as Operation;
    },
    async secret(id) {
      const answer = await connection.send({ method: "GET", path: `/agent/secrets/${encodeURIComponent(id)}` });
      return Buffer.from((JSON.parse(answer.text) as AgentSecret).value, "base64");
    },
    close: () => connection.close(),
  };
}

export interface LongPollOptions extends BackOffOptions {
  /** Ends the loop, also in the middle of a wait. */
  readonly signal: AbortSignal;
  /** The ETag of the state at hand (from disk); null or absent: none. */
  readonly etag?: string | null;
  readonly waitSeconds?: number;
  /** A request failed; the loop goes on after `retryInMs`. */
  readonly onError?: (error: unknown, retryInMs: number) => void;
  /** The server answered, changed or not: it is there. */
  readonly onContact?: () => void;
}

/**
 * Yields each new host state as it comes, and never ends before the signal is given. A server that is away is asked again
 * with back-off and jitter; what a consumer has is good meanwhile (DESIGN, promise 1).
 */
export async function* agentLongPoll(
  client: Pick<AgentClient, "state">,
  options: LongPollOptions,
): AsyncGenerator<{ readonly etag: string; readonly body: AgentState }> {
  const { signal, waitSeconds = 50 } = options;
  const backOff = createBackOff(options);
  let etag = options.etag ?? null;
  while (!signal.aborted) {
    let answer: AgentStateAnswer;
    try {
      answer = await client.state(etag, waitSeconds, signal);
      backOff.reset();
      options.onContact?.();
    } catch (error) {
      if (signal.aborted) return;
      const retryInMs = backOff.next();
      options.onError?.(error, retryInMs);
      await delay(retryInMs, undefined, { signal }).catch(() => undefined);
      continue;
    }
    if (answer.kind === "unchanged") continue;
    etag = answer.etag;
    yield { etag: answer.etag, body: answer.body };
  }
}
