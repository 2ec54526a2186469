import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { AgentState, ApplyResponse, EventList, HostFlags, Plan, Revision, RevisionList, RouterView, Status } from "@rackway/schema";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { exampleText, filesOf, startTestServer } from "./testing/test-server.ts";
import type { TestServer } from "./testing/test-server.ts";
import { expireTrial } from "./trial.ts";

let dataDirectory: string;
let server: TestServer;
let lab: string;
let changed: string;
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), "rackway-trial-"));
  server = await startTestServer({ dataDirectory });
  lab = await exampleText("default-lab");
  changed = lab.replace("ipv6: nat66", "ipv6: routed");
});
afterEach(async () => {
  await server.stop();
  await rm(dataDirectory, { recursive: true, force: true });
});

const within = { confirmWithinMs: 60_000 };
const apply = (text: string, more: object = {}) => server.get<ApplyResponse>("POST", "/apply", { body: { ...filesOf(text), ...more } });
const refusal = async (path: string, body: object) => (await server.refused("POST", path, { body })).code;
const history = async () => (await server.get<RevisionList>("GET", "/revisions")).revisions;
const toldTo = async (token: string) => server.ask("GET", "/agent/state", { token });

describe("a revision that must be confirmed", () => {
  it("is told with the time that is left and what it is undone with, wherever somebody looks", async () => {
    await apply(lab);
    const token = await server.enroll("ctl-a1");
    expect((await toldTo(token)).json<AgentState>().trial ?? null).toBeNull();
    const applied = await apply(changed, within);
    expect(applied.unconfirmed).toMatchObject({ revision: 2, base: 1, leftMs: 60_000 });
    const { state, trial } = (await toldTo(token)).json<AgentState>();
    expect([state?.revision, trial?.revision, trial?.fallback.revision]).toEqual([2, 2, 1]);
    expect(trial?.fallback.pacemaker?.routers[0]?.nat.ipv6).toBe("nat66");
    expect(trial?.leftMs).toBeGreaterThan(60_000);
    server.advance(20_000);
    expect((await toldTo(token)).json<AgentState>().trial?.leftMs).toBeLessThan(43_000);
    const status = await server.get<Status>("GET", "/status");
    expect(status.unconfirmed).toMatchObject({ revision: 2, base: 1 });
    expect(status.problems.map(({ code, subject }) => `${subject} ${code}`)).toContain("revision/2 revision-waits");
    expect((await server.get<Plan>("POST", "/plan", { body: filesOf(lab) })).unconfirmed).toMatchObject({ revision: 2 });
    expect((await history()).map(({ confirmation }) => confirmation?.confirmedAt)).toEqual([null, undefined]);
  });

  it("does not wake an agent because time passes, and does when it is confirmed", async () => {
    await apply(lab);
    const token = await server.enroll("ctl-a1");
    await apply(changed, within);
    const etag = String((await toldTo(token)).headers.etag);
    const again = await server.ask("GET", "/agent/state", { token, headers: { "if-none-match": etag } });
    expect(again.statusCode).toBe(304);
    const woken = server.ask("GET", "/agent/state?wait=10", { token, headers: { "if-none-match": etag } });
    await server.get("POST", "/confirm");
    const answer = (await woken).json<AgentState>();
    expect([answer.state?.revision, answer.trial ?? null]).toEqual([2, null]);
  });

  it("carries a drain of now into what it is undone with", async () => {
    await apply(lab);
    const token = await server.enroll("ctl-a1");
    await apply(changed, within);
    await server.get<HostFlags>("PUT", "/hosts/ctl-a2/drain", { body: { reason: "disk" } });
    const { trial } = (await toldTo(token)).json<AgentState>();
    expect(trial?.fallback.pacemaker?.nodes.filter(({ drained }) => drained).map(({ name }) => name)).toEqual(["ctl-a2"]);
  });

  it("that is confirmed stays, and a second confirmation is none", async () => {
    await apply(lab);
    await apply(changed, within);
    const confirmed = await server.get<Revision>("POST", "/confirm", { body: { revision: 2 } });
    expect(confirmed.confirmation).toMatchObject({ confirmedBy: "admin" });
    server.advance(120_000);
    await expireTrial(server.plane);
    expect(await server.get<Revision>("POST", "/confirm")).toEqual(confirmed);
    expect((await history()).map(({ revision }) => revision)).toEqual([2, 1]);
    const { events } = await server.get<EventList>("GET", "/events?kind=revision-confirmed");
    expect(events.map(({ subject, source }) => [subject, source])).toEqual([["revision/2", "admin"]]);
  });

  it("that is not is undone at its deadline, and the history says why; a confirmation comes too late from then on", async () => {
    await apply(lab);
    await apply(changed, within);
    server.advance(59_000);
    await expireTrial(server.plane);
    expect((await history())[0]?.revision).toBe(2);
    server.advance(1_000);
    expect(await refusal("/confirm", { revision: 2 })).toBe("confirm-late");
    await expireTrial(server.plane);
    await expireTrial(server.plane);
    const [newest, ...older] = await history();
    expect(newest).toMatchObject({
      revision: 3,
      kind: "rollback",
      rollbackTo: 1,
      comment: "revision 2 was not confirmed in time",
      author: "server",
    });
    expect(older).toHaveLength(2);
    expect(await refusal("/confirm", {})).toBe("confirm-late");
    const { events } = await server.get<EventList>("GET", "/events?kind=revision-expired");
    expect(events.map(({ subject }) => subject)).toEqual(["revision/3"]);
    const token = await server.enroll("ctl-a1");
    const { state, trial } = (await toldTo(token)).json<AgentState>();
    expect([state?.revision, state?.pacemaker?.routers[0]?.nat.ipv6, trial ?? null]).toEqual([3, "nat66", null]);
  });

  it("is undone to the letter: an address that it had chosen is automatic again, and what it was", async () => {
    await apply(lab);
    const token = await server.enroll("node-a1");
    const addressOf = async () => (await toldTo(token)).json<AgentState>().state?.defaultRoutes.find(({ family }) => family === 4)?.via;
    const before = await addressOf();
    await apply(lab.replace("managementVip: { ipv4: auto,", "managementVip: { ipv4: 10.10.1.150,"), within);
    expect(await addressOf()).toBe("10.10.1.150");
    server.advance(60_000);
    await expireTrial(server.plane);
    expect(await addressOf()).toBe(before);
    const [router] = (await server.get<{ items: RouterView[] }>("GET", "/routers")).items;
    expect(router?.reservations.map(({ value, isUserDefined }) => [value, isUserDefined])).toContainEqual([before, false]);
  });

  it("is undone by a server that was dead at the deadline before it answers anybody; one that comes back earlier waits on", async () => {
    await apply(lab);
    const token = await server.enroll("ctl-a1");
    await apply(changed, { confirmWithinMs: 5_000 });
    await server.stop();
    server = await startTestServer({ dataDirectory });
    expect((await toldTo(token)).json<AgentState>().trial).toMatchObject({ revision: 2 });
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    server = await startTestServer({ dataDirectory });
    expect((await history())[0]).toMatchObject({ revision: 3, comment: "revision 2 was not confirmed in time" });
    expect((await toldTo(token)).json<AgentState>().trial ?? null).toBeNull();
  });

  it("lets nothing come after it but a rollback, which takes it back at once", async () => {
    await apply(lab);
    await apply(changed, within);
    expect(await refusal("/apply", filesOf(lab))).toBe("revision-unconfirmed");
    expect(await refusal("/apply", filesOf(changed))).toBe("revision-unconfirmed");
    const back = await server.get<ApplyResponse>("POST", "/rollback", { body: {} });
    expect(back).toMatchObject({ revision: 3, unconfirmed: null });
    expect(await refusal("/confirm", { revision: 2 })).toBe("confirm-nothing");
    server.advance(120_000);
    await expireTrial(server.plane);
    expect((await history())[0]?.revision).toBe(3);
  });

  it("cannot be the first, and what does not wait cannot be confirmed", async () => {
    expect(await refusal("/confirm", {})).toBe("confirm-nothing");
    expect(await refusal("/apply", { ...filesOf(lab), ...within })).toBe("confirm-impossible");
    await apply(lab);
    expect(await refusal("/confirm", {})).toBe("confirm-nothing");
    expect(await refusal("/confirm", { revision: 9 })).toBe("not-found");
    expect((await apply(lab, within)).result).toBe("nothing-to-do");
    expect(await refusal("/apply", { ...filesOf(changed), confirmWithinMs: 10 })).toBe("request-invalid");
  });
});
