import { createHash } from "node:crypto";

import type { AgentSecret, AgentState, EventList, HostFlags, HostReport, Operation, Status } from "@rackway/schema";
import { hostStateSchema } from "@rackway/schema";
import type { LightMyRequestResponse } from "fastify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { exampleText, filesOf, makeReport, startTestServer } from "./testing/test-server.ts";
import type { TestServer } from "./testing/test-server.ts";

let server: TestServer;
let lab: string;
beforeEach(async () => {
  server = await startTestServer();
  lab = await exampleText("default-lab");
});
afterEach(() => server.stop());

const apply = (text = lab) => server.get("POST", "/apply", { body: filesOf(text) });
const poll = (token: string, etag: string | null = null, waitSeconds = 0) =>
  server.ask("GET", `/agent/state?wait=${waitSeconds}`, { token, headers: etag === null ? {} : { "if-none-match": etag } });
const stateOf = (answer: LightMyRequestResponse) => answer.json<AgentState>();
const etagOf = (answer: LightMyRequestResponse) => String(answer.headers.etag);

describe("host state", () => {
  it("is null for a host that no revision has named, and comes with the revision that names it", async () => {
    const token = await server.enroll("ctl-a1");
    const first = await poll(token);
    expect(stateOf(first)).toEqual({ state: null, operations: [], observeNow: null });
    const waiting = poll(token, etagOf(first), 10);
    await apply();
    const { state } = stateOf(await waiting);
    expect(hostStateSchema.parse(state)).toEqual(state);
    expect(state).toMatchObject({ revision: 1, host: { name: "ctl-a1", rack: "rack-a", role: "controller" } });
  });

  it("answers 304 after the wait when nothing changed", async () => {
    await apply();
    const token = await server.enroll("node-a1");
    const first = await poll(token);
    expect((await poll(token, etagOf(first))).statusCode).toBe(304);
    const startedMs = performance.now();
    const answer = await poll(token, etagOf(first), 0.3);
    expect(answer.statusCode).toBe(304);
    expect(answer.payload).toBe("");
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(290);
  });

  it("wakes every waiting agent within 100 ms of an apply", { retry: 2 }, async () => {
    await apply();
    const hosts = ["ctl-a1", "ctl-a2", "node-a1", "ctl-b1"];
    const polls = await Promise.all(
      hosts.map(async (host) => {
        const token = await server.enroll(host);
        const etag = etagOf(await poll(token));
        return { waiting: poll(token, etag, 20).then((answer) => ({ answer, atMs: performance.now() })) };
      }),
    );
    const changed = lab.replace("ipv6: routed }", "ipv6: nat66 }");
    const applied = server.ask("POST", "/apply", { body: filesOf(changed) }).then(() => performance.now());
    const answers = await Promise.all(polls.map(({ waiting }) => waiting));
    const appliedAtMs = await applied;
    for (const { answer, atMs } of answers) {
      expect(stateOf(answer).state?.revision).toBe(2);
      expect(atMs - appliedAtMs).toBeLessThan(100);
    }
  });

  it("is the host's own: another host's token gets another state, and cannot report for it", async () => {
    await apply();
    const [one, other] = [await server.enroll("ctl-a1"), await server.enroll("ctl-b1")];
    expect(stateOf(await poll(one)).state?.host.name).toBe("ctl-a1");
    expect(stateOf(await poll(other)).state?.host.name).toBe("ctl-b1");
    expect(stateOf(await poll(one)).state?.pacemaker?.cluster).toBe("rack-a");
    expect(await server.refused("POST", "/agent/report", { token: one, body: makeReport("ctl-b1") })).toMatchObject({ status: 403 });
  });

  it("is empty for a host that has left, so that its agent takes everything away", async () => {
    await apply();
    const token = await server.enroll("node-b1");
    const withoutHost = lab.replace(/ {4}- name: node-b1\n(?: {6}.*\n)+/, "");
    expect(withoutHost).not.toContain("node-b1");
    await apply(withoutHost);
    expect(stateOf(await poll(token)).state).toMatchObject({
      revision: 2,
      host: { name: "node-b1", role: "member" },
      defaultRoutes: [],
      bridges: [],
      pacemaker: null,
      paused: false,
    });
  });

  it("changes at once when a host is paused or drained, and the epoch grows with every change", async () => {
    await apply();
    const token = await server.enroll("ctl-a1");
    const first = await poll(token);
    const epochs = [stateOf(first).state?.pacemaker?.epoch ?? 0];
    const waiting = poll(token, etagOf(first), 10);
    expect(await server.get<HostFlags>("PUT", "/hosts/ctl-a2/drain", { body: { reason: "new memory" } })).toEqual({
      host: "ctl-a2",
      drained: true,
      paused: false,
    });
    const drained = await waiting;
    expect(stateOf(drained).state?.pacemaker?.nodes.find(({ name }) => name === "ctl-a2")?.drained).toBe(true);
    epochs.push(stateOf(drained).state?.pacemaker?.epoch ?? 0);
    const paused = poll(token, etagOf(drained), 10);
    await server.get("PUT", "/hosts/ctl-a1/pause");
    expect(stateOf(await paused).state?.paused).toBe(true);
    epochs.push(stateOf(await paused).state?.pacemaker?.epoch ?? 0);
    const status = await server.get<Status>("GET", "/status");
    expect(status.hosts.find(({ name }) => name === "ctl-a2")).toMatchObject({ drain: { reason: "new memory", by: "admin" }, pause: null });
    expect(status.hosts.find(({ name }) => name === "ctl-a1")).toMatchObject({ drain: null, pause: { reason: "", by: "admin" } });
    expect(status.problems.find(({ code }) => code === "host-drained")).toMatchObject({
      severity: "info",
      message: "it is drained (by admin: new memory)",
      since: expect.any(String) as string,
    });
    const etag = etagOf(await paused);
    await server.get("PUT", "/hosts/ctl-a1/pause");
    expect((await poll(token, etag)).statusCode).toBe(304);
    await server.get("DELETE", "/hosts/ctl-a1/pause");
    await server.get("DELETE", "/hosts/ctl-a2/drain");
    expect(stateOf(await poll(token)).state).toMatchObject({ paused: false });
    epochs.push(stateOf(await poll(token)).state?.pacemaker?.epoch ?? 0);
    expect([...new Set(epochs)].sort((a, b) => a - b)).toEqual(epochs);
    const { events } = await server.get<EventList>("GET", "/events?subject=host/ctl-a2");
    expect(events.map(({ kind, reason }) => [kind, reason])).toEqual([
      ["host-drained", "new memory"],
      ["host-undrained", "asked for"],
    ]);
  });

  it("keeps how a drain ends, also when it is asked for again, and lets the operator change that alone", async () => {
    await apply();
    const token = await server.enroll("ctl-a1");
    const drainOf = async () => {
      const state = stateOf(await poll(token)).state;
      const { deadline, force } = state?.pacemaker?.nodes.find(({ name }) => name === "ctl-a1")?.drain ?? {};
      return { seconds: Math.round((Date.parse(deadline ?? "") - Date.now()) / 60_000) * 60, deadline, force };
    };
    await server.get("PUT", "/hosts/ctl-a1/drain", { body: { reason: "new memory" } });
    const first = await drainOf();
    expect(first).toMatchObject({ seconds: 300, force: false });
    await server.get("PUT", "/hosts/ctl-a1/drain", { body: { reason: "again" } });
    expect(await drainOf()).toMatchObject({ deadline: first.deadline });
    await server.get("PUT", "/hosts/ctl-a1/drain", { body: { force: true } });
    expect(await drainOf()).toMatchObject({ deadline: first.deadline, force: true });
    await server.get("PUT", "/hosts/ctl-a1/drain", { body: { deadlineSeconds: 1800 } });
    expect(await drainOf()).toMatchObject({ seconds: 1800, force: true });
    const { hosts } = await server.get<Status>("GET", "/status");
    expect(hosts.find(({ name }) => name === "ctl-a1")?.drain).toMatchObject({ reason: "new memory", force: true });
    await server.get("DELETE", "/hosts/ctl-a1/drain");
    expect(await drainOf()).toMatchObject({ deadline: undefined });
  });

  it("stays drained over a rollback, and is not drained when it comes back after it left", async () => {
    await apply();
    await server.get("PUT", "/hosts/ctl-b3/drain");
    await apply(lab.replace("ipv6: routed }", "ipv6: nat66 }"));
    await server.get("POST", "/rollback", { body: {} });
    const drained = () => [...server.plane.view.flags.values()].filter((each) => each.drained).map(({ host }) => host);
    expect(drained()).toEqual(["ctl-b3"]);
    const withoutHost = lab.replace(/ {4}- name: ctl-b3\n(?: {6}.*\n)+/, "").replace(/(racks: \[rack-b\]\s+takeover: )quorum/, "$1fenced");
    await apply(withoutHost);
    await apply();
    expect(drained()).toEqual([]);
  });

  it("refuses to drain a member or pause a host that is not there", async () => {
    await apply();
    expect(await server.refused("PUT", "/hosts/node-a1/drain")).toMatchObject({ status: 409, code: "drain-refused" });
    expect(await server.refused("PUT", "/hosts/nobody/pause")).toMatchObject({ status: 404, code: "not-found" });
    expect(await server.refused("DELETE", "/hosts/nobody/drain")).toMatchObject({ status: 404 });
  });

  it("lets a poll go at once when the server stops, and when the token ends", async () => {
    await apply();
    const token = await server.enroll("ctl-a1");
    const etag = etagOf(await poll(token));
    const waiting = poll(token, etag, 60);
    await server.get("DELETE", "/hosts/ctl-a1/token");
    expect((await waiting).statusCode).toBe(401);
    const other = await server.enroll("ctl-a2");
    const last = poll(other, etagOf(await poll(other)), 60);
    await server.stop();
    expect((await last).statusCode).toBe(304);
  });
});

describe("tokens", () => {
  it("are replaced by new ones, and refused for what is no host's name", async () => {
    const old = await server.enroll("ctl-a1");
    const token = await server.enroll("ctl-a1");
    expect((await poll(old)).statusCode).toBe(401);
    expect((await poll(token)).statusCode).toBe(200);
    expect(await server.refused("POST", "/hosts/No%20Host/token")).toMatchObject({ status: 400 });
    expect(await server.refused("DELETE", "/hosts/ctl-a9/token")).toMatchObject({ status: 404 });
  });
});

describe("secrets", () => {
  it("reach the hosts whose state names them, whole, and nobody else", async () => {
    await apply();
    const [a1, a2, b1, member] = [
      await server.enroll("ctl-a1"),
      await server.enroll("ctl-a2"),
      await server.enroll("ctl-b1"),
      await server.enroll("node-a1"),
    ];
    const key = stateOf(await poll(a1)).state?.pacemaker?.authKey;
    if (key === undefined) throw new Error("no key in the state");
    const answer = await server.ask("GET", `/agent/secrets/${key.id}`, { token: a1 });
    expect(answer.headers["cache-control"]).toBe("no-store");
    const secret = answer.json<AgentSecret>();
    const bytes = Buffer.from(secret.value, "base64");
    expect(bytes).toHaveLength(128);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(key.sha256);
    expect(await server.get<AgentSecret>("GET", `/agent/secrets/${key.id}`, { token: a2 })).toEqual(secret);
    for (const token of [b1, member]) {
      expect(await server.refused("GET", `/agent/secrets/${key.id}`, { token })).toMatchObject({ status: 403, code: "forbidden" });
    }
    expect(await server.refused("GET", "/agent/secrets/none", { token: a1 })).toMatchObject({ status: 403 });
    expect(await server.refused("GET", `/agent/secrets/${key.id}`)).toMatchObject({ status: 403 });
    const otherKey = stateOf(await poll(b1)).state?.pacemaker?.authKey;
    expect(otherKey?.sha256).not.toBe(key.sha256);
  });

  it("stay the same from revision to revision, and over a restart", async () => {
    await apply();
    const token = await server.enroll("ctl-a1");
    const key = stateOf(await poll(token)).state?.pacemaker?.authKey;
    await apply(lab.replace("ipv6: routed }", "ipv6: nat66 }"));
    expect(stateOf(await poll(token)).state?.pacemaker?.authKey).toEqual(key);
  });

  it("of a quorum device reach its host and its controllers, each its own, and are the same when it comes back", async () => {
    const withDevice = await exampleText("quorum-device");
    await apply(withDevice);
    const [controller, device] = [await server.enroll("ctl-a1"), await server.enroll("node-a1")];
    const refsOf = async () => ({
      cluster: stateOf(await poll(controller)).state?.pacemaker?.quorumDevice?.certificate,
      server: stateOf(await poll(device)).state?.quorumServer?.certificate,
    });
    const refs = await refsOf();
    for (const [ref, token, stranger] of [
      [refs.cluster, controller, device],
      [refs.server, device, controller],
    ] as const) {
      const { value } = await server.get<AgentSecret>("GET", `/agent/secrets/${ref?.id}`, { token });
      expect(createHash("sha256").update(Buffer.from(value, "base64")).digest("hex")).toBe(ref?.sha256);
      expect(await server.refused("GET", `/agent/secrets/${ref?.id}`, { token: stranger })).toMatchObject({ status: 403 });
    }
    await apply(withDevice.replace(/^ +quorumDevice: .*\n/m, "").replace("takeover: quorum", "takeover: fenced"));
    expect(await refsOf()).toEqual({ cluster: undefined, server: undefined });
    await apply(withDevice);
    expect(await refsOf()).toEqual(refs);
  });

  it("are in no log, and in no answer but the one; neither are tokens", async () => {
    await apply();
    const token = await server.enroll("ctl-a1");
    const key = stateOf(await poll(token)).state?.pacemaker?.authKey;
    const secret = await server.get<AgentSecret>("GET", `/agent/secrets/${key?.id ?? ""}`, { token });
    const paths = [
      "/status",
      "/hosts",
      "/routers",
      "/vips",
      "/networks",
      "/events",
      "/revisions",
      "/revisions/1/document",
      "/export",
      "/operations",
    ];
    const answers = await Promise.all(paths.map((path) => server.ask("GET", path)));
    answers.push(
      await poll(token),
      await server.ask("POST", "/plan", { body: filesOf(lab) }),
      await server.ask("GET", "/nothing", { token }),
    );
    const shown = answers.map(({ payload }) => payload).join("\n") + server.logText();
    for (const hidden of [secret.value, token, server.adminToken]) expect(shown).not.toContain(hidden);
    expect(server.logText()).toContain("request answered");
  });
});

describe("reports and events", () => {
  it("are refused when they are not what they should be", async () => {
    const token = await server.enroll("ctl-a1");
    for (const body of [{}, { ...makeReport("ctl-a1"), extra: 1 }, { ...makeReport("ctl-a1"), observedAt: "yesterday" }]) {
      expect(await server.refused("POST", "/agent/report", { token, body })).toMatchObject({ status: 400, code: "request-invalid" });
    }
    expect(await server.refused("POST", "/agent/events", { token, body: { events: [] } })).toMatchObject({ status: 400 });
  });

  it("are taken of a host with ten thousand VIPs; beyond that it is said what is too much", async () => {
    const token = await server.enroll("ctl-a1");
    const vip = { namespace: "edge", mode: "anycast", family: 6, held: true, announced: true, health: "up", since: null } as const;
    const services = Array.from({ length: 20_000 }, (_, index) => ({
      ...vip,
      vip: `service-${index}`,
      address: `fd00:77::${index.toString(16)}`,
      reason: "http 8080 /healthz: status 200",
    }));
    expect((await server.ask("POST", "/agent/report", { token, body: makeReport("ctl-a1", { services }) })).statusCode).toBe(204);
    const body = makeReport("ctl-a1", { agentVersion: "9".repeat(17 * 1024 * 1024) });
    expect(await server.refused("POST", "/agent/report", { token, body })).toMatchObject({
      status: 413,
      detail: expect.stringContaining("16") as string,
    });
  });

  it("are there again after a restart", async () => {
    await apply();
    const token = await server.enroll("ctl-a1");
    const report: HostReport = makeReport("ctl-a1", { agentVersion: "9.9.9" });
    await server.ask("POST", "/agent/report", { token, body: report });
    const { dataDirectory } = server;
    const kept = await startTestServer({ dataDirectory });
    await kept.stop();
    await server.plane.reports.save();
    const again = await startTestServer({ dataDirectory });
    expect(again.plane.reports.get("ctl-a1")?.report.agentVersion).toBe("9.9.9");
    await again.stop();
  });

  it("come into the log with the host as their source", async () => {
    const token = await server.enroll("ctl-a1");
    const event = {
      at: "2026-01-02T03:04:05Z",
      kind: "bridge-made",
      subject: "bridge/br-ex",
      reason: "the state asks for it",
      data: { mtu: 1500 },
    };
    expect((await server.ask("POST", "/agent/events", { token, body: { events: [event] } })).statusCode).toBe(204);
    const { events } = await server.get<EventList>("GET", "/events?kind=bridge-made");
    expect(events).toMatchObject([{ ...event, source: "host/ctl-a1" }]);
  });
});

describe("operations", () => {
  const start = (to: string, router = "vr-a") => server.get<Operation>("POST", "/operations", { body: { kind: "move", router, to } });
  const word = (id: string, state: string, message: string) => ({ path: `/agent/operations/${id}`, body: { state, message } });

  it("reach the agents of the router's Pacemaker cluster at once, are claimed by one, and end once", async () => {
    await apply();
    const [a1, a2, b1] = [await server.enroll("ctl-a1"), await server.enroll("ctl-a2"), await server.enroll("ctl-b1")];
    const [waitingA, etagB] = [poll(a1, etagOf(await poll(a1)), 10), etagOf(await poll(b1))];
    const operation = await start("ctl-a2");
    expect(operation).toMatchObject({ state: "pending", subject: "router/vr-a", to: "ctl-a2", claimedBy: null, progress: [] });
    expect(stateOf(await waitingA).operations).toEqual([operation]);
    expect((await poll(b1, etagB)).statusCode).toBe(304);
    const say = (token: string, state: string, message: string) => {
      const { path, body } = word(operation.id, state, message);
      return server.ask("POST", path, { token, body });
    };
    expect((await say(b1, "running", "mine")).statusCode).toBe(403);
    expect((await say(a1, "running", "moving")).json()).toMatchObject({ state: "running", claimedBy: "ctl-a1" });
    expect((await say(a2, "running", "mine")).json()).toMatchObject({ status: 409, code: "operation-claimed" });
    const etag = etagOf(await poll(a2));
    await say(a1, "running", "target is ready");
    expect((await poll(a2, etag)).statusCode).toBe(304);
    await say(a1, "done", "vr-a is on ctl-a2");
    expect((await say(a1, "failed", "no")).json()).toMatchObject({ status: 409, code: "operation-ended" });
    const ended = await server.get<Operation>("GET", `/operations/${operation.id}`);
    expect(ended).toMatchObject({ state: "done", message: "vr-a is on ctl-a2" });
    expect(ended.progress.map(({ message }) => message)).toEqual(["moving", "target is ready", "vr-a is on ctl-a2"]);
    expect(stateOf(await poll(a1)).operations).toEqual([]);
    const { events } = await server.get<EventList>("GET", "/events?subject=router/vr-a");
    expect(events.map(({ kind }) => kind)).toEqual(["operation-created", "operation-running", "operation-done"]);
  });

  it("are claimed by one of two that speak at the same moment", async () => {
    await apply();
    const tokens = [await server.enroll("ctl-a1"), await server.enroll("ctl-a2"), await server.enroll("ctl-a3")];
    const operation = await start("ctl-a2");
    const say = async (token: string, state: string) => {
      const { path, body } = word(operation.id, state, state);
      return (await server.ask("POST", path, { token, body })).statusCode;
    };
    const claims = await Promise.all(tokens.map((token) => say(token, "running")));
    expect(claims.toSorted()).toEqual([200, 409, 409]);
    const owner = tokens[claims.indexOf(200)] ?? "";
    expect((await Promise.all([say(owner, "done"), say(owner, "failed")])).toSorted()).toEqual([200, 409]);
    expect(stateOf(await poll(owner)).operations).toEqual([]);
  });

  it("are refused where they cannot work, and one at a time for a router", async () => {
    await apply();
    const refusal = (to: string, router = "vr-a") => server.refused("POST", "/operations", { body: { kind: "move", router, to } });
    expect(await refusal("ctl-a2", "vr-x")).toMatchObject({ status: 404 });
    expect(await refusal("ctl-a9")).toMatchObject({ status: 404 });
    expect(await refusal("node-a1")).toMatchObject({ status: 409, code: "move-refused" });
    expect(await refusal("ctl-b1")).toMatchObject({ status: 409, code: "move-refused" });
    await server.get("PUT", "/hosts/ctl-a3/drain");
    expect(await refusal("ctl-a3")).toMatchObject({ status: 409, code: "move-refused" });
    await start("ctl-a2");
    expect(await refusal("ctl-a1")).toMatchObject({ status: 409, code: "move-refused" });
    expect(await server.refused("POST", "/operations", { body: { kind: "jump" } })).toMatchObject({ status: 400 });
    expect(await server.refused("GET", "/operations/none")).toMatchObject({ status: 404 });
    expect((await server.get<{ operations: Operation[] }>("GET", "/operations")).operations).toHaveLength(1);
  });

  it("cannot be moved where there is no pair to move", async () => {
    await apply(await exampleText("minimal"));
    expect(await server.refused("POST", "/operations", { body: { kind: "move", router: "vr-a", to: "ctl-a1" } })).toMatchObject({
      status: 409,
    });
  });

  it("fail when no agent takes them, or when theirs falls silent", async () => {
    await apply();
    const a1 = await server.enroll("ctl-a1");
    const lost = await start("ctl-a2");
    server.advance(16_000);
    await expect.poll(() => server.get<Operation>("GET", `/operations/${lost.id}`), { timeout: 20_000 }).toMatchObject({ state: "failed" });
    const silent = await start("ctl-a2");
    const { path, body } = word(silent.id, "running", "moving");
    await server.get("POST", path, { token: a1, body });
    server.advance(30_000);
    expect(await server.get<Operation>("GET", `/operations/${silent.id}`)).toMatchObject({ state: "running" });
    server.advance(31_000);
    await expect
      .poll(() => server.get<Operation>("GET", `/operations/${silent.id}`), { timeout: 20_000 })
      .toMatchObject({
        state: "failed",
        message: expect.stringContaining("ctl-a1") as string,
      });
  });

  it("are still there, and still theirs, after a restart", async () => {
    await apply();
    const operation = await start("ctl-a2");
    const again = await startTestServer({ dataDirectory: server.dataDirectory });
    expect(await again.get<Operation>("GET", `/operations/${operation.id}`)).toEqual(operation);
    const token = await again.enroll("ctl-a1");
    expect((await again.get<AgentState>("GET", "/agent/state", { token })).operations).toEqual([operation]);
    await again.stop();
  });
});
