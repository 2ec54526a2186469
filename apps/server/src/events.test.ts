import { createApiClient } from "@rackway/api-client";
import type { ApiEvent, EventList } from "@rackway/schema";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { exampleText, filesOf, startTestServer } from "./testing/test-server.ts";
import type { TestServer } from "./testing/test-server.ts";

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer({ listen: true });
});
afterEach(() => server.stop());

const list = (query = "") => server.get<EventList>("GET", `/events${query}`);

describe("events", () => {
  it("tell who did what, when and why, oldest first, in pages", async () => {
    await server.get("POST", "/apply", { body: { ...filesOf(await exampleText("default-lab")), comment: "first" } });
    await server.get("PUT", "/hosts/ctl-a1/drain", { body: { reason: "new disk" } });
    await server.get("POST", "/hosts/ctl-a1/token");
    const { events, last } = await list();
    expect(events.map(({ kind, subject, source, reason }) => [kind, subject, source, reason])).toEqual([
      ["revision-applied", "revision/1", "admin", "first"],
      ["host-drained", "host/ctl-a1", "admin", "new disk"],
      ["host-token-created", "host/ctl-a1", "admin", "asked for"],
    ]);
    expect(last).toBe(events[2]?.id);
    expect((await list("?limit=1")).events).toEqual(events.slice(2));
    expect((await list(`?since=${events[0]?.id ?? 0}&limit=1`)).events).toEqual(events.slice(1, 2));
    expect((await list("?subject=host/ctl-a1&kind=host-drained")).events).toEqual([events[1]]);
    expect(await list(`?since=${last}`)).toEqual({ events: [], last });
    for (const query of ["?limit=0", "?limit=1001", "?since=-1", "?limit=x"]) {
      expect(await server.refused("GET", `/events${query}`)).toMatchObject({ status: 400 });
    }
  });

  it("are listed from a severity on, of which the limit counts the newest", async () => {
    const token = await server.enroll("ctl-a1");
    const at = new Date().toISOString();
    const happened = ["router-lost", "vips-taken", "service-started", "quorum-lost", "service-started"];
    const events = happened.map((kind) => ({ at, kind, subject: "host/ctl-a1", reason: "why" }));
    await server.ask("POST", "/agent/events", { token, body: { events } });
    const kinds = async (query: string) => (await list(query)).events.map(({ kind }) => kind);
    expect(await kinds("?minSeverity=warning")).toEqual(["router-lost", "vips-taken", "quorum-lost"]);
    expect(await kinds("?minSeverity=warning&limit=2")).toEqual(["vips-taken", "quorum-lost"]);
    expect(await kinds("?minSeverity=critical")).toEqual(["router-lost", "quorum-lost"]);
    expect(await kinds("?minSeverity=info")).toEqual(await kinds(""));
    expect(await server.refused("GET", "/events?minSeverity=loud")).toMatchObject({ status: 400 });
  });

  it("of a change that was refused are not written", async () => {
    await server.ask("POST", "/apply", { body: { files: [{ name: "x", text: "a: b" }] } });
    expect(await list()).toEqual({ events: [], last: 0 });
  });
});

describe("the event stream", () => {
  const client = () => createApiClient({ server: server.url ?? "", token: server.adminToken });

  it("brings what comes, and after a break what came meanwhile, each once", async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    let last = 0;
    const take = async (events: AsyncGenerator<ApiEvent>, count: number) => {
      for await (const event of events) {
        seen.push(event.subject);
        last = event.id;
        if (seen.length >= count) break;
      }
    };
    await server.enroll("host-a");
    const first = take(client().followEvents({ since: 0, signal: stop.signal }), 2);
    await expect.poll(() => seen).toEqual(["host/host-a"]);
    await server.enroll("host-b");
    await first;
    await server.enroll("host-c");
    const second = take(client().followEvents({ since: last, signal: stop.signal }), 4);
    await server.enroll("host-d");
    await second;
    stop.abort();
    expect(seen).toEqual(["host/host-a", "host/host-b", "host/host-c", "host/host-d"]);
  });

  it("begins now when nothing is said, and comes as messages with ids", async () => {
    await server.enroll("host-a");
    const stream = await client().connection.open({ method: "GET", path: "/events/stream" });
    expect(stream.headers["content-type"]).toContain("text/event-stream");
    let text = "";
    stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
    await expect.poll(() => text).toContain(": rackway events");
    await server.enroll("host-b");
    await expect.poll(() => text).toMatch(/id: 2\nevent: event\ndata: \{.*host-b.*\}\n\n$/);
    expect(text).not.toContain("host-a");
    stream.destroy();
  });

  it("is refused without the admin's token, and with a Last-Event-ID that is none", async () => {
    const stranger = createApiClient({ server: server.url ?? "", token: "x" }).followEvents();
    await expect(stranger.next()).rejects.toMatchObject({ code: "unauthorised" });
    expect(await server.refused("GET", "/events/stream", { headers: { "last-event-id": "abc" } })).toMatchObject({ status: 400 });
  });
});
