import type { IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

import { fromProblem, RackwayError } from "@rackway/errors";
import type { ApiEvent } from "@rackway/schema";

import { createBackOff } from "./back-off.ts";
import type { Connection } from "./connection.ts";

export type StreamedEvent = ApiEvent;

export interface FollowOptions {
  /** Events after this id; absent: from now on. */
  readonly since?: number;
  readonly signal?: AbortSignal;
  /** The stream broke; it is opened again after `retryInMs`, where it left off. */
  readonly onError?: (error: unknown, retryInMs: number) => void;
}

/**
 * One server-sent message. `id` is null when the message names none: it does not change the last id then.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export interface StreamMessage {
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

/** Splits a byte stream into messages. Comments (heartbeats) are dropped; lines may end in CR, LF or both, also across chunks. */
export async function* readStreamMessages(chunks: AsyncIterable<Buffer>): AsyncGenerator<StreamMessage> {
  const decoder = new TextDecoder("utf-8");
  let rest = "";
  let id: string | null = null;
  let event = "message";
  let data: string[] = [];
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    for (;;) {
      const end = rest.search(/[\r\n]/);
      // A CR at the very end may be half of a CRLF.
      if (end === -1 || (rest[end] === "\r" && end === rest.length - 1)) break;
      const line = rest.slice(0, end);
      rest = rest.slice(end + (rest.startsWith("\r\n", end) ? 2 : 1));
      if (line === "") {
        if (data.length > 0) yield { id, event, data: data.join("\n") };
        id = null;
        event = "message";
        data = [];
        continue;
      }
      const colon = line.indexOf(":");
      const field = colon === -1 ? line : line.slice(0, colon);
      const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") data.push(value);
      else if (field === "event") event = value;
      else if (field === "id" && !value.includes("\0")) id = value;
    }
  }
}

/** Yields events as they come; after a break it goes on from the last one that was seen (`Last-Event-ID`). */
export async function* followEvents(connection: Connection, options: FollowOptions = {}): AsyncGenerator<StreamedEvent> {
  const { signal } = options;
  const isOver = (): boolean => signal?.aborted === true;
  const backOff = createBackOff();
  let last = options.since ?? null;
  while (!isOver()) {
    let failure: unknown = null;
    try {
      const stream = await openStream(connection, last, signal);
      for await (const message of readStreamMessages(stream as AsyncIterable<Buffer>)) {
        backOff.reset();
        if (message.id !== null) last = Number(message.id);
        if (message.event === "event") yield JSON.parse(message.data) as ApiEvent;
      }
    } catch (error) {
      if (isOver()) return;
      if (error instanceof RackwayError && error.retry === "never") throw error;
      failure = error;
    }
    const retryInMs = backOff.next();
    options.onError?.(failure, retryInMs);
    await delay(retryInMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

async function openStream(connection: Connection, last: number | null, signal: AbortSignal | undefined): Promise<IncomingMessage> {
  const stream = await connection.open({
    method: "GET",
    path: "/events/stream",
    headers: { accept: "text/event-stream", ...(last === null ? {} : { "last-event-id": String(last) }) },
    signal,
  });
  const status = stream.statusCode ?? 0;
  if (status < 400) return stream;
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  let body: unknown = null;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    // Not ours: `fromProblem` says so.
  }
  throw fromProblem(body, status);
}
