import type { EventStreamOptions } from "@rackway/api-client/browser";
import type { ApiEvent } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import { followEvents } from "./follow-events.ts";

const event = (id: number): ApiEvent => ({
  id,
  at: "2026-01-02T03:04:05Z",
  source: "server",
  kind: "k",
  subject: "s",
  reason: "",
  data: {},
});

/** Follows streams that each give some events and then break with an error, or end (null); stops when there is none left. */
async function follow(streams: readonly { readonly events: readonly number[]; readonly breaks: Error | null }[]) {
  const stop = new AbortController();
  const asked: (number | null)[] = [];
  const said: string[] = [];
  let nowMs = 0;
  async function* streamEvents({ since, onSign }: EventStreamOptions): AsyncGenerator<ApiEvent> {
    const stream = streams[asked.length];
    asked.push(since);
    if (stream === undefined) return stop.abort();
    for (const id of stream.events) {
      nowMs += 1000;
      onSign();
      yield event(id);
    }
    nowMs += 500;
    if (stream.breaks !== null) throw stream.breaks;
  }
  const outcome = await followEvents({
    client: { streamEvents },
    signal: stop.signal,
    onState: (state) => said.push(state.kind === "cut" ? `cut at ${state.sinceMs}: ${state.reason}` : state.kind),
    onEvent: ({ id }) => said.push(`event ${id}`),
    check: (error) => {
      if (error instanceof Error && error.message === "for good") throw new Error("refused");
    },
    reasonOf: (error) => (error instanceof Error ? error.message : ""),
    nowMs: () => nowMs,
    wait: async () => undefined,
  }).catch((error: unknown) => String(error));
  return { asked, said, outcome };
}

describe("following events", () => {
  test("goes on where a broken stream left off, and tells since when nothing came", async () => {
    const { asked, said } = await follow([
      { events: [7, 8], breaks: new Error("reset") },
      { events: [], breaks: new Error("refused") },
      { events: [9], breaks: null },
    ]);
    expect(asked).toEqual([null, 8, 8, 9]);
    expect(said).toEqual([
      ...["live", "event 7", "live", "event 8", "cut at 2000: reset", "cut at 2000: refused"],
      ...["live", "event 9", "cut at 4000: the server has ended the stream"],
    ]);
  });

  test("ends where asking again does not help", async () => {
    const { asked, outcome } = await follow([{ events: [], breaks: new Error("for good") }]);
    expect([asked.length, outcome]).toEqual([1, "Error: refused"]);
  });
});
