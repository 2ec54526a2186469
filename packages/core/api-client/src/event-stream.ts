import type { IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

import { fromProblem, RackwayError } from "@rackway/errors";
import type { ApiEvent } from "@rackway/schema";

import { createBackOff } from "./back-off.ts";
import type { Connection } from "./connection.ts";
import { parseJson } from "./parse-json.ts";
import { readStreamMessages } from "./stream-messages.ts";

export type StreamedEvent = ApiEvent;

export interface FollowOptions {
  /** Events after this id; absent: from now on. */
  readonly since?: number;
  readonly signal?: AbortSignal;
  /** The stream broke; it is opened again after `retryInMs`, where it left off. */
  readonly onError?: (error: unknown, retryInMs: number) => void;
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
  throw fromProblem(parseJson(Buffer.concat(chunks).toString("utf8")), status);
}
