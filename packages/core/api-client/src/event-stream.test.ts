import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";

import { createApiClient } from "./client.ts";
import { readStreamMessages } from "./stream-messages.ts";
import type { StreamMessage } from "./stream-messages.ts";
import { startFakeServer } from "./testing/fake-server.ts";
import type { FakeServer } from "./testing/fake-server.ts";

async function read(...chunks: (string | Buffer)[]): Promise<StreamMessage[]> {
  const source = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  })();
  const messages: StreamMessage[] = [];
  for await (const message of readStreamMessages(source)) messages.push(message);
  return messages;
}

describe("readStreamMessages", () => {
  it("reads ids, kinds and data of several lines; leaves comments and unknown fields out", async () => {
    expect(await read(": hello\n\nid: 7\nevent: event\ndata: a\ndata:b\nretry: 5\n\ndata\n\n")).toEqual([
      { id: "7", event: "event", data: "a\nb" },
      { id: null, event: "message", data: "" },
    ]);
  });

  it("drops a message that broke off", async () => {
    expect(await read("data: whole\n\ndata: half\n")).toEqual([{ id: null, event: "message", data: "whole" }]);
  });

  it("does not mind where the stream is cut, nor which line ends it has", async () => {
    const expected = [
      { id: "1", event: "event", data: "grüße 🚦" },
      { id: "2", event: "message", data: "x\ny" },
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("\n", "\r\n", "\r"), fc.array(fc.nat(60), { maxLength: 8 }), async (end, cuts) => {
        const text = ["id: 1", "event: event", "data: grüße 🚦", "", ": beat", "id: 2", "data: x", "data: y", "", ": end", ""].join(end);
        const bytes = Buffer.from(text);
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const chunks = at.slice(1).map((cut, index) => bytes.subarray(at[index], cut));
        expect(await read(...chunks)).toEqual(expected);
      }),
    );
  });
});

let fake: FakeServer | null = null;
afterEach(async () => {
  await fake?.close();
  fake = null;
});

describe("followEvents", () => {
  it("comes back with the last id after the stream broke", async () => {
    fake = await startFakeServer((request, response) => {
      const since = Number(request.headers["last-event-id"] ?? 0);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`id: ${since + 1}\nevent: event\ndata: {"id":${since + 1}}\n\n`);
      setTimeout(() => request.socket.destroy(), 5);
    });
    const stop = new AbortController();
    const failures: number[] = [];
    const ids: number[] = [];
    const client = createApiClient({ server: fake.url });
    for await (const { id } of client.followEvents({ since: 4, signal: stop.signal, onError: (_error, ms) => failures.push(ms) })) {
      ids.push(id);
      if (ids.length === 3) stop.abort();
    }
    expect(ids).toEqual([5, 6, 7]);
    expect(failures.length).toBeGreaterThanOrEqual(2);
  });
});
