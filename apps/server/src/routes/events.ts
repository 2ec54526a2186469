import { PassThrough } from "node:stream";

import type { ApiEvent } from "@rackway/schema";
import { eventListSchema, eventQuerySchema, kindsFrom } from "@rackway/schema";
import { z } from "zod";

import type { EventLog } from "../event-log.ts";
import { answers, answersOf } from "./api.ts";
import type { Api, Services } from "./api.ts";

const tags = ["events"];
const heartbeatMs = 15_000;
/** A reader that lags behind by this much is cut off; it comes back with `Last-Event-ID` and misses nothing. */
const lagLimitBytes = 1024 * 1024;
const pageSize = 500;

const streamHeaders = z.object({ "last-event-id": z.coerce.number<number>().int().min(0).optional() });
const streamQuery = z.strictObject({ since: z.coerce.number<number>().int().min(0).optional() });

/** The event log, as pages and as a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export function eventRoutes(api: Api, { plane }: Services): void {
  const streams = new Set<PassThrough>();

  api.get(
    "/events",
    { schema: { tags, summary: "Events, oldest first", querystring: eventQuerySchema, response: answers(eventListSchema) } },
    async ({ query: { minSeverity = "info", ...query } }) => {
      const events = await plane.events.list({ ...query, kinds: kindsFrom(minSeverity) ?? undefined });
      return { events, last: events.at(-1)?.id ?? query.since ?? (await plane.events.last()) };
    },
  );

  const stream = { description: "Messages `event`, whose data is an event.", content: { "text/event-stream": { schema: z.string() } } };
  api.get(
    "/events/stream",
    {
      schema: {
        tags,
        summary: "Events as they come",
        headers: streamHeaders,
        querystring: streamQuery,
        response: answersOf({ 200: stream }),
      },
    },
    async (request, reply) => {
      const output = new PassThrough();
      streams.add(output);
      const stop = () => output.end();
      reply.raw.once("close", stop);
      output.once("close", () => {
        streams.delete(output);
        reply.raw.removeListener("close", stop);
      });
      const since = request.headers["last-event-id"] ?? request.query.since ?? (await plane.events.last());
      void reply
        .type("text/event-stream")
        .header("cache-control", "no-store")
        .header("x-accel-buffering", "no")
        .send(output as never);
      await follow(plane.events, since, output);
      return reply;
    },
  );

  // Streams would keep a server that stops from ever being done.
  api.addHook("preClose", async () => {
    for (const output of streams) output.end();
  });
}

/** Writes what came after `since`, then what comes; in order, each once. */
async function follow(log: EventLog, since: number, output: PassThrough): Promise<void> {
  let last = since;
  const waiting: ApiEvent[] = [];
  let isLive = false;
  const write = (event: ApiEvent): void => {
    if (event.id <= last || output.writableEnded) return;
    last = event.id;
    output.write(`id: ${event.id}\nevent: event\ndata: ${JSON.stringify(event)}\n\n`);
    if (output.writableLength > lagLimitBytes) output.destroy();
  };
  const unlisten = log.listen((event) => (isLive ? write(event) : waiting.push(event)));
  const heartbeat = setInterval(() => output.write(": still here\n\n"), heartbeatMs);
  output.once("close", () => {
    unlisten();
    clearInterval(heartbeat);
  });
  output.write(": rackway events\n\n");
  for (;;) {
    const page = await log.list({ since: last, limit: pageSize });
    for (const event of page) write(event);
    if (page.length < pageSize || output.writableEnded) break;
  }
  for (const event of waiting) write(event);
  isLive = true;
}
