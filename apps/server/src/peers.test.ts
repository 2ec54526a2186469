import type { AgentState, ApiEvent, EventList, HostFlags, Operation, Plan, Status } from "@rackway/schema";
import { sharedPostgres } from "@rackway/store/testing";
import type { LightMyRequestResponse } from "fastify";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { exampleText, filesOf, makePacemaker, makeReport, makeRouter, startTestServer } from "./testing/test-server.ts";
import type { TestServer } from "./testing/test-server.ts";

/** Two servers on one PostgreSQL: what one is told, the other acts upon. */
let left: TestServer;
let right: TestServer;
let lab: string;
beforeEach(async () => {
  const database = await (await sharedPostgres()).place();
  left = await startTestServer({ database });
  right = await startTestServer({ database });
  lab = await exampleText("default-lab");
});
afterEach(() => Promise.all([left.stop(), right.stop()]));

const apply = (server: TestServer, text = lab) => server.get("POST", "/apply", { body: filesOf(text) });
const poll = (server: TestServer, token: string, after: LightMyRequestResponse | null = null, waitSeconds = 20) => {
  const headers = after === null ? {} : { "if-none-match": String(after.headers.etag) };
  return server.ask("GET", `/agent/state?wait=${after === null ? 0 : waitSeconds}`, { token, headers });
};
const stateOf = (answer: LightMyRequestResponse) => answer.json<AgentState>();
/** The token is there when the notice of it has come. */
const known = (server: TestServer, host: string) => vi.waitFor(() => expect(server.plane.authority.hasToken(host)).toBe(true), 10_000);

describe("two servers on one PostgreSQL", () => {
  it("answer the long polls of each other's agents within a second of an apply", { retry: 2 }, async () => {
    const token = await left.enroll("ctl-a1");
    await known(right, "ctl-a1");
    const waiting = poll(right, token, await poll(right, token));
    await apply(left);
    const appliedAtMs = performance.now();
    expect(stateOf(await waiting).state).toMatchObject({ revision: 1, host: { name: "ctl-a1" } });
    expect(performance.now() - appliedAtMs).toBeLessThan(1000);
    expect(right.plane.view).toEqual(left.plane.view);
  });

  it("give one of two applies that were planned against the same revision a conflict", async () => {
    await apply(left);
    const body = { ...filesOf(lab.replace("ipv6: routed }", "ipv6: nat66 }")), basedOn: 1 };
    const outcomes = await Promise.all([left, right].map((server) => server.ask("POST", "/apply", { body })));
    expect(outcomes.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409]);
    expect((await left.plane.store.revisions.current())?.revision).toBe(2);
  });

  it("let no agent in with a token that the other ended", async () => {
    const token = await left.enroll("ctl-a1");
    await known(right, "ctl-a1");
    const waiting = poll(right, token, await poll(right, token));
    expect((await left.ask("DELETE", "/hosts/ctl-a1/token")).statusCode).toBe(204);
    expect((await waiting).statusCode).toBe(401);
    expect((await poll(right, token)).statusCode).toBe(401);
  });

  it("tell every event once and in order, whoever wrote it", async () => {
    await apply(left);
    const told = [left, right].map((server) => {
      const events: ApiEvent[] = [];
      server.plane.events.listen((event) => void (event.kind === "host-drained" && events.push(event)));
      return events;
    });
    await vi.waitFor(() => expect(right.plane.view.current?.record.revision).toBe(1), 10_000);
    const hosts = ["ctl-a1", "ctl-a2", "ctl-a3", "ctl-b1", "ctl-b2", "ctl-b3"];
    await Promise.all(hosts.map((host, index) => (index % 2 === 0 ? left : right).get<HostFlags>("PUT", `/hosts/${host}/drain`)));
    await vi.waitFor(() => expect(told.map((events) => events.length)).toEqual([6, 6]), 10_000);
    const { events } = await left.get<EventList>("GET", "/events?kind=host-drained");
    expect(events).toHaveLength(6);
    for (const each of told) expect(each).toEqual(events);
  });

  it("see what the other's agents report, and write what follows from it once", async () => {
    await apply(left);
    const token = await left.enroll("ctl-a1");
    await known(right, "ctl-a1");
    const holder = makeReport("ctl-a1", { pacemaker: makePacemaker(["ctl-a1"]), routers: [makeRouter("vr-a", ["203.0.113.100"])] });
    // The one that does not lead takes it in.
    expect([left.plane.leads, right.plane.leads]).toEqual([true, false]);
    expect((await right.ask("POST", "/agent/report", { token, body: holder })).statusCode).toBe(204);
    const active = async (server: TestServer) => {
      const status = await server.get<Status>("GET", "/status");
      return status.routers.find(({ name }) => name === "vr-a")?.active;
    };
    for (const server of [left, right]) await vi.waitFor(async () => expect(await active(server)).toBe("ctl-a1"), 10_000);
    const kinds = async () => (await left.get<EventList>("GET", "/events")).events.map(({ kind }) => kind);
    await vi.waitFor(async () => expect(await kinds()).toContain("router-active"), 10_000);
    expect((await kinds()).filter((kind) => kind === "router-active" || kind === "agent-ok")).toHaveLength(2);
    const since = (server: TestServer) => server.plane.routers.since("vr-a", "ctl-a1");
    await vi.waitFor(() => expect(since(right)).toBe(since(left)), 10_000);
    expect(since(left)).not.toBeNull();
  });

  it("ask the other's agents to look again, for a plan", async () => {
    await apply(left);
    const token = await left.enroll("ctl-a1");
    await known(right, "ctl-a1");
    await vi.waitFor(() => expect(right.plane.servedState("ctl-a1")).not.toBeNull(), 10_000);
    await right.ask("POST", "/agent/report", { token, body: makeReport("ctl-a1") });
    await vi.waitFor(() => expect(left.plane.isReachable("ctl-a1")).toBe(true), 10_000);
    const before = await poll(right, token);
    const planned = left.get<Plan>("POST", "/plan", { body: filesOf(lab) });
    const { observeNow } = stateOf(await poll(right, token, before));
    expect(observeNow).not.toBeNull();
    const body = makeReport("ctl-a1", { observeNow: observeNow ?? "" });
    await right.ask("POST", "/agent/report", { token, body });
    expect((await planned).unobserved).not.toContain("ctl-a1");
  });

  it("hand an operation to the agent that polls at the other, and know what it says of it", async () => {
    await apply(left);
    const token = await left.enroll("ctl-a2");
    await known(right, "ctl-a2");
    await vi.waitFor(() => expect(right.plane.servedState("ctl-a2")).not.toBeNull(), 10_000);
    const waiting = poll(right, token, await poll(right, token));
    const { id } = await left.get<Operation>("POST", "/operations", { body: { kind: "move", router: "vr-a", to: "ctl-a2" } });
    expect(stateOf(await waiting).operations.map((each) => each.id)).toEqual([id]);
    await right.ask("POST", `/agent/operations/${id}`, { token, body: { state: "running", message: "moving" } });
    await right.ask("POST", `/agent/operations/${id}`, { token, body: { state: "done", message: "moved" } });
    expect(await left.get<Operation>("GET", `/operations/${id}`)).toMatchObject({ state: "done", claimedBy: "ctl-a2" });
    const again = () => left.ask("POST", "/operations", { body: { kind: "move", router: "vr-a", to: "ctl-a2" } });
    expect((await again()).statusCode).toBe(202);
  });

  it("go on when the leader stops: the other leads", async () => {
    await apply(left);
    await left.stop();
    await vi.waitFor(() => expect(right.plane.leads).toBe(true), 20_000);
    await apply(right, lab.replace("ipv6: routed }", "ipv6: nat66 }"));
    expect((await right.plane.store.revisions.current())?.revision).toBe(2);
  });
});
