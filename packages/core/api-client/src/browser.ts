/**
 * The operator's half of the API for a browser, over fetch and the page's own origin: the same functions and errors as `index.ts` has, and no
 * module of Node's. The token goes into the header of each request and nowhere else; no cookie is sent.
 */
import { fromProblem, problemMediaType, RackwayError, rackwayError } from "@rackway/errors";
import type { ApiEvent } from "@rackway/schema";

import type { ApiRequest } from "./api-request.ts";
import { parseJson } from "./parse-json.ts";
import { createOperatorApi } from "./operator-api.ts";
import type { OperatorApi } from "./operator-api.ts";
import { readStreamMessages } from "./stream-messages.ts";

export { createBackOff } from "./back-off.ts";
export type { BackOff } from "./back-off.ts";
export type { ListOf, OperatorApi } from "./operator-api.ts";
export { RackwayError } from "@rackway/errors";

export interface BrowserClientOptions {
  /** `http://HOST:PORT` of the page. */
  readonly origin: string;
  readonly token: string;
  /** For one whole request. */
  readonly timeoutMs?: number;
}

export interface EventStreamOptions {
  /** Events after this id; null: from now on. */
  readonly since: number | null;
  readonly signal: AbortSignal;
  /** A stream that says nothing for so long is broken: the server sends a heartbeat every 15 s. */
  readonly silenceMs: number;
  /** Something came: an event or a heartbeat. */
  readonly onSign: () => void;
}

export interface BrowserClient extends OperatorApi {
  /** One stream of events, until it breaks: then this throws, or ends. Who follows opens it again with the last id that was seen. */
  streamEvents(options: EventStreamOptions): AsyncGenerator<ApiEvent>;
}

export function createBrowserClient({ origin, token, timeoutMs = 30_000 }: BrowserClientOptions): BrowserClient {
  const open = async (request: ApiRequest, signal: AbortSignal): Promise<Response> => {
    const headers = new Headers({ accept: `application/json, ${problemMediaType}`, ...request.headers, authorization: `Bearer ${token}` });
    if (request.body !== undefined) headers.set("content-type", "application/json");
    const init: RequestInit = { method: request.method, headers, signal, credentials: "omit", cache: "no-store", redirect: "error" };
    if (request.body !== undefined) init.body = JSON.stringify(request.body);
    try {
      return await fetch(`${origin}/api/v1${request.path}`, init);
    } catch (error) {
      throw asUnreachable(error, origin, signal, timeoutMs);
    }
  };
  const send = async (request: ApiRequest): Promise<{ text: string }> => {
    const signal = AbortSignal.timeout(request.timeoutMs ?? timeoutMs);
    const answer = await open(request, signal);
    const text = await answer.text().catch((error: unknown) => {
      throw asUnreachable(error, origin, signal, timeoutMs);
    });
    if (!answer.ok) throw asError(answer, text);
    return { text };
  };

  async function* streamEvents({ since, signal, silenceMs, onSign }: EventStreamOptions): AsyncGenerator<ApiEvent> {
    const broken = new AbortController();
    const fallSilent = () => broken.abort(rackwayError("server-timeout", { server: origin, seconds: silenceMs / 1000 }));
    let timer = setTimeout(fallSilent, silenceMs);
    const sign = () => {
      clearTimeout(timer);
      timer = setTimeout(fallSilent, silenceMs);
      onSign();
    };
    try {
      const headers = { accept: "text/event-stream", ...(since === null ? {} : { "last-event-id": String(since) }) };
      const answer = await open({ method: "GET", path: "/events/stream", headers }, AbortSignal.any([signal, broken.signal]));
      if (!answer.ok || answer.body === null) throw asError(answer, await answer.text());
      for await (const { event, data } of readStreamMessages(chunksOf(answer.body, sign))) {
        if (event === "event") yield JSON.parse(data) as ApiEvent;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  return { ...createOperatorApi(send), streamEvents };
}

async function* chunksOf(body: ReadableStream<Uint8Array>, onChunk: () => void): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onChunk();
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function asError({ status, headers }: Response, text: string): Error {
  if (headers.get("content-type")?.startsWith(problemMediaType) === true) return fromProblem(parseJson(text), status);
  return rackwayError("server-answer-unknown", { status, detail: "the answer is not one of a Rackway server" });
}

function asUnreachable(error: unknown, server: string, signal: AbortSignal, timeoutMs: number): unknown {
  if (error instanceof RackwayError) return error;
  if (signal.aborted) {
    const reason: unknown = signal.reason;
    if (reason instanceof DOMException && reason.name === "TimeoutError")
      return rackwayError("server-timeout", { server, seconds: timeoutMs / 1000 });
    return reason;
  }
  return rackwayError("server-unreachable", { server, reason: error instanceof Error ? error.message : String(error) }, { cause: error });
}
