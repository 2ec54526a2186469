import type { AgentState } from "@rackway/schema";
import { afterEach, describe, expect, it } from "vitest";

import { agentLongPoll, createAgentClient } from "./agent-client.ts";
import type { AgentClient, AgentStateAnswer } from "./agent-client.ts";
import { createBackOff } from "./back-off.ts";
import { sendJson, startFakeServer } from "./testing/fake-server.ts";
import type { FakeServer } from "./testing/fake-server.ts";

const body = (observeNow: string): AgentState => ({ state: null, operations: [], observeNow });

let fake: FakeServer | null = null;
afterEach(async () => {
  await fake?.close();
  fake = null;
});

describe("agent client", () => {
  it("sends the ETag that it was given, and tells a new state from none", async () => {
    fake = await startFakeServer((request, response) => {
      if (request.headers["if-none-match"] === '"a"') response.writeHead(304).end();
      else sendJson(response, 200, body("x"), { etag: '"a"' });
    });
    const client = createAgentClient({ server: fake.url, token: "t" });
    expect(await client.state(null, 0)).toEqual({ kind: "state", etag: '"a"', body: body("x") });
    expect(await client.state('"a"', 25)).toEqual({ kind: "unchanged" });
    expect(fake.requests[1]?.url).toBe("/api/v1/agent/state?wait=25");
  });

  it("ends a poll at once when it is told to", async () => {
    fake = await startFakeServer(() => undefined);
    const stop = new AbortController();
    const polling = createAgentClient({ server: fake.url }).state(null, 60, stop.signal);
    setTimeout(() => stop.abort(new Error("enough")), 20);
    await expect(polling).rejects.toThrow("enough");
  });
});

describe("agentLongPoll", () => {
  it("yields each new state, asks with its ETag, goes on after failures, and ends with its signal", async () => {
    const answers: (AgentStateAnswer | Error)[] = [
      new Error("down"),
      new Error("down"),
      { kind: "state", etag: '"1"', body: body("1") },
      { kind: "unchanged" },
      new Error("down"),
      { kind: "state", etag: '"2"', body: body("2") },
    ];
    const asked: (string | null)[] = [];
    const stop = new AbortController();
    const client: Pick<AgentClient, "state"> = {
      async state(etag, _wait, signal) {
        asked.push(etag);
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        if (answer !== undefined) return answer;
        return new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason as Error));
          setTimeout(() => stop.abort(), 5);
        });
      },
    };
    const waits: number[] = [];
    let contacts = 0;
    const seen: string[] = [];
    const options = { signal: stop.signal, etag: '"0"', firstMs: 2, mostMs: 3, random: () => 0.999 };
    const polling = agentLongPoll(client, {
      ...options,
      onError: (_error, retryInMs) => waits.push(retryInMs),
      onContact: () => (contacts += 1),
    });
    for await (const { etag } of polling) seen.push(etag);
    expect(seen).toEqual(['"1"', '"2"']);
    expect(asked).toEqual(['"0"', '"0"', '"0"', '"1"', '"1"', '"1"', '"2"']);
    expect(waits).toEqual([2, 3, 2]);
    expect(contacts).toBe(3);
  });

  it("does not wait out its pause when it is told to end", async () => {
    const stop = new AbortController();
    const client = { state: () => Promise.reject(new Error("down")) };
    const startedMs = performance.now();
    setTimeout(() => stop.abort(), 10);
    const polling = agentLongPoll(client, { signal: stop.signal, firstMs: 60_000, mostMs: 60_000 });
    expect(await polling.next()).toEqual({ done: true, value: undefined });
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });
});

describe("back-off", () => {
  it("doubles up to its limit, between half and whole, and begins anew after a success", () => {
    const backOff = createBackOff({ firstMs: 100, mostMs: 350, random: () => 0 });
    expect([backOff.next(), backOff.next(), backOff.next(), backOff.next()]).toEqual([50, 100, 175, 175]);
    backOff.reset();
    expect(backOff.next()).toBe(50);
    expect(createBackOff({ firstMs: 100, random: () => 0.999999 }).next()).toBe(100);
  });
});
