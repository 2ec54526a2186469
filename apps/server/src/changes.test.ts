import type { ApplyResponse, Diff, Plan, Revision, RevisionDocument, RevisionList } from "@rackway/schema";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";

import { exampleText, filesOf, makeReport, startTestServer } from "./testing/test-server.ts";
import type { TestServer } from "./testing/test-server.ts";

let server: TestServer;
let lab: string;
beforeEach(async () => {
  server = await startTestServer();
  lab = await exampleText("default-lab");
});
afterEach(() => server.stop());

const plan = (text: string) => server.get<Plan>("POST", "/plan", { body: filesOf(text) });
const apply = (text: string, more: object = {}) => server.get<ApplyResponse>("POST", "/apply", { body: { ...filesOf(text), ...more } });
const rollback = (body: object = {}) => server.get<ApplyResponse>("POST", "/rollback", { body });

describe("plan", () => {
  it("says what a first document would make and reserve, and changes nothing", async () => {
    const planned = await plan(lab);
    expect(planned.baseRevision).toBeNull();
    expect(planned.nothingToDo).toBe(false);
    expect(planned.changes.filter(({ kind }) => kind === "router").map(({ action, name }) => [action, name])).toEqual([
      ["create", "vr-a"],
      ["create", "vr-b"],
    ]);
    expect(planned.hosts).toHaveLength(8);
    const value = (owner: string) => planned.reservations.added.find((each) => each.owner === owner)?.value;
    expect(value("router/vr-a/public/4")).toBe("203.0.113.100");
    expect(value("router/vr-b/public/6")).toBe("2001:db8:b::10");
    expect(planned.reservations.added.every(({ sinceRevision }) => sinceRevision === null)).toBe(true);
    expect((await server.get<RevisionList>("GET", "/revisions")).revisions).toEqual([]);
    expect((await plan(lab)).reservations.added).toEqual(planned.reservations.added);
  });

  it("gives warnings their places", async () => {
    const { warnings } = await plan(lab.replaceAll("      fencing: [{ agent: fence_rackway_lab }]\n", ""));
    const absent = warnings.filter(({ code }) => code === "fencing-absent");
    expect(absent.map(({ file, line }) => [file, line])).toEqual([
      ["cluster.yaml", 8],
      ["cluster.yaml", 12],
    ]);
  });

  it("shows the drift of hosts that answer, and names the hosts whose drift is not known", async () => {
    await apply(lab);
    const token = await server.enroll("ctl-a1");
    const first = await server.ask("GET", "/agent/state", { token });
    const etag = String(first.headers.etag);
    const pendingSteps = [
      { id: "route/default", action: "create" as const, kind: "route", target: "default", from: null, to: "via 10.10.1.1" },
    ];
    const polled = server.ask("GET", "/agent/state?wait=10", { token, headers: { "if-none-match": etag } });
    const planning = plan(lab);
    const { observeNow } = (await polled).json<{ observeNow: string }>();
    expect(observeNow).toMatch(/./);
    const report = makeReport("ctl-a1", { observeNow, converged: false, pendingSteps });
    expect((await server.ask("POST", "/agent/report", { token, body: report })).statusCode).toBe(204);
    const planned = await planning;
    expect(planned.drift).toMatchObject([{ host: "ctl-a1", steps: pendingSteps }]);
    expect(planned.unobserved).not.toContain("ctl-a1");
    expect(planned.unobserved).toContain("ctl-a2");
    expect(planned).toMatchObject({ changes: [], hosts: [], nothingToDo: false });
  });

  it("foresees what a host lacks by its own word, from its first report on, while that word counts", async () => {
    const token = await server.enroll("ctl-a1");
    const links = [{ name: "ens1", kind: null, carrier: true, ours: false }];
    const report = makeReport("ctl-a1", { revision: null, converged: false, links });
    expect((await server.ask("POST", "/agent/report", { token, body: report })).statusCode).toBe(204);
    const missing = ({ warnings }: Plan) => warnings.filter(({ code }) => code === "interface-missing");
    const found = missing(await plan(lab));
    expect(found.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/on ctl-a1, which network "public" names; there: ens1$/),
    );
    expect(found.every(({ file, line }) => file === "cluster.yaml" && line !== null)).toBe(true);
    server.advance(16_000);
    expect(missing(await plan(lab))).toEqual([]);
    const { plan: applied } = await apply(lab);
    expect(missing(applied)).toEqual([]);
  });

  it("waits three seconds for a connected agent that does not answer, and says that it was not seen", async () => {
    await apply(lab);
    const token = await server.enroll("ctl-a1");
    await server.ask("GET", "/agent/state", { token });
    await server.ask("POST", "/agent/report", { token, body: makeReport("ctl-a1") });
    const startedMs = performance.now();
    const planned = await plan(lab);
    expect(performance.now() - startedMs).toBeGreaterThan(2900);
    expect(planned.unobserved).toContain("ctl-a1");
  });
});

describe("apply", () => {
  it("makes a revision, and the second time finds nothing to do and makes none", async () => {
    const first = await apply(lab, { comment: "begin" });
    expect(first).toMatchObject({ result: "applied", revision: 1 });
    expect(first.plan.reservations.added.every(({ sinceRevision }) => sinceRevision === 1)).toBe(true);
    const second = await apply(lab);
    expect(second).toMatchObject({ result: "nothing-to-do", revision: 1, plan: { changes: [], hosts: [], nothingToDo: true } });
    expect(second.plan.reservations).toMatchObject({ added: [], released: [] });
    const { current, revisions } = await server.get<RevisionList>("GET", "/revisions");
    expect(current).toBe(1);
    expect(revisions).toMatchObject([{ revision: 1, comment: "begin", author: "admin", kind: "apply", rollbackTo: null }]);
  });

  it("finds nothing to do in the same document with other comments and another order", async () => {
    await apply(lab);
    const document = parse(lab) as { spec: { hosts: unknown[]; racks: unknown[] } };
    document.spec.hosts.reverse();
    document.spec.racks.reverse();
    expect(await apply(`# other\n${JSON.stringify(document)}`)).toMatchObject({ result: "nothing-to-do", revision: 1 });
  });

  it("refuses a plan that is not of the current revision, with 409, and changes nothing", async () => {
    await apply(lab, { basedOn: null });
    const changed = lab.replace("ipv6: routed }", "ipv6: nat66 }");
    expect(await server.refused("POST", "/apply", { body: { ...filesOf(changed), basedOn: null } })).toMatchObject({
      status: 409,
      code: "revision-conflict",
    });
    expect(await apply(changed, { basedOn: 1 })).toMatchObject({ result: "applied", revision: 2 });
    expect(await server.refused("POST", "/apply", { body: { ...filesOf(lab), basedOn: 1 } })).toMatchObject({ status: 409 });
  });

  it("gives one of two that race a revision, and the other a clean conflict", async () => {
    const other = lab.replace("ipv6: routed }", "ipv6: nat66 }");
    const body = (text: string) => ({ body: { ...filesOf(text), basedOn: null } });
    const answers = await Promise.all([server.ask("POST", "/apply", body(lab)), server.ask("POST", "/apply", body(other))]);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409]);
    expect((await server.get<RevisionList>("GET", "/revisions")).revisions).toHaveLength(1);
  });

  it("keeps automatic addresses when a router comes and another goes", async () => {
    const before = await apply(lab);
    const kept = before.plan.reservations.added.filter(({ owner }) => owner.startsWith("router/vr-b/"));
    const withoutA = parse(lab) as { spec: { virtualRouters: { name: string }[] } };
    withoutA.spec.virtualRouters = withoutA.spec.virtualRouters.filter(({ name }) => name !== "vr-a");
    const { plan: removed } = await apply(JSON.stringify(withoutA));
    expect(removed.reservations.released.map(({ owner }) => owner)).toEqual(
      expect.arrayContaining(["router/vr-a/public/4", "router/vr-a/management/6"]),
    );
    expect((await apply(lab)).plan.reservations.kept).toBeGreaterThanOrEqual(kept.length);
    const held = await server.plane.store.reservations.live();
    for (const reservation of kept) expect(held).toContainEqual(reservation);
  });

  it("says with 409 when the addresses are used up, naming the field", async () => {
    const tight = lab.replace("ranges: [203.0.113.100-203.0.113.119]", "ranges: [203.0.113.11]");
    const problem = await server.refused("POST", "/apply", { body: filesOf(tight) });
    expect(problem).toMatchObject({ status: 409, code: "allocation-refused" });
    expect(problem.issues).toEqual(
      expect.arrayContaining([expect.objectContaining({ code: "addresses-exhausted", path: "spec.virtualRouters[0].publicVip.ipv4" })]),
    );
    expect(problem.issues?.[0]?.line).toEqual(expect.any(Number));
  });

  it("refuses a broken document with every finding and its place, and changes nothing", async () => {
    const broken = lab
      .replace("role: member", "role: membre")
      .replace("rack: rack-b\n      role: controller", "rack: rack-c\n      role: controller");
    for (const path of ["/plan", "/apply"]) {
      const problem = await server.refused("POST", path, { body: filesOf(broken) });
      expect(problem).toMatchObject({ status: 422, code: "document-refused" });
      expect(problem.issues?.[0]).toMatchObject({ code: "field-value", file: "cluster.yaml", path: "spec.hosts[3].role" });
      expect(JSON.stringify(problem)).not.toMatch(/\bat .*\.ts:\d+/);
    }
    const wrongRack = lab.replace("rack: rack-b\n      role: controller", "rack: rack-c\n      role: controller");
    expect(await server.refused("POST", "/apply", { body: filesOf(wrongRack) })).toMatchObject({ status: 422 });
    expect(await server.refused("POST", "/plan", { body: filesOf("spec: [") })).toMatchObject({ status: 422 });
    expect((await server.get<RevisionList>("GET", "/revisions")).revisions).toEqual([]);
  });

  it("refuses bodies that are not what they should be, without a stack", async () => {
    for (const [body, status] of [
      [{}, 400],
      [{ files: [] }, 400],
      [{ files: [{ name: "a", text: 7 }] }, 400],
      [{ ...filesOf(lab), basedOn: "x" }, 400],
      [{ ...filesOf(lab), unknown: 1 }, 400],
      [filesOf("a".repeat(3 * 1024 * 1024)), 413],
      [filesOf(`x: ${"[".repeat(100_000)}`), 422],
    ] as const) {
      const problem = await server.refused("POST", "/apply", { body });
      expect(problem.status).toBe(status);
      expect(JSON.stringify(problem)).not.toContain("node_modules");
    }
    const text = await server.ask("POST", "/apply", { body: "{", headers: { "content-type": "application/json" } });
    expect(text.json()).toMatchObject({ status: 400, code: "request-invalid" });
  });

  it("finds what it had after a restart", async () => {
    const { plan: planned } = await apply(lab);
    const again = await startTestServer({ dataDirectory: server.dataDirectory });
    try {
      expect(again.adminToken).toBe(server.adminToken);
      const answer = await again.get<ApplyResponse>("POST", "/apply", { body: filesOf(lab) });
      expect(answer).toMatchObject({ result: "nothing-to-do", revision: 1 });
      expect(answer.plan.reservations.kept).toBe(planned.reservations.added.length);
    } finally {
      await again.stop();
    }
  });
});

describe("history", () => {
  const changed = () => lab.replace("ipv6: routed }", "ipv6: nat66 }");

  it("rolls back to the revision before, or to a named one, as a new revision", async () => {
    await apply(lab);
    await apply(changed());
    expect(await rollback()).toMatchObject({ result: "applied", revision: 3 });
    expect(await server.get<Revision>("GET", "/revisions/3")).toMatchObject({ kind: "rollback", rollbackTo: 1 });
    expect(await rollback({ to: 2, comment: "after all" })).toMatchObject({ result: "applied", revision: 4 });
    expect(await rollback({ to: 2 })).toMatchObject({ result: "nothing-to-do", revision: 4 });
    expect((await server.get<RevisionDocument>("GET", "/revisions/4/document")).files).toEqual(filesOf(changed()).files);
  });

  it("gives routers that come back by a rollback the addresses that they had, in whatever order they got them", async () => {
    const document = parse(lab) as { spec: { virtualRouters: { name: string; rack: string; [field: string]: unknown }[] } };
    const [first, second] = document.spec.virtualRouters;
    if (first === undefined || second === undefined) throw new Error("the example has two routers");
    const withRouters = (...routers: object[]) => JSON.stringify({ ...document, spec: { ...document.spec, virtualRouters: routers } });
    const addressesOf = async (router: string) =>
      (await server.plane.store.reservations.live()).filter(
        ({ kind, owner }) => kind === "address" && owner.startsWith(`router/${router}/`),
      );
    await apply(withRouters({ ...first, name: "vr-z" }));
    await apply(withRouters({ ...first, name: "vr-a" }));
    const had = await addressesOf("vr-a");
    expect(had.map(({ value }) => value)).toContain("203.0.113.101");
    await apply(withRouters(second));
    await rollback();
    expect((await addressesOf("vr-a")).map(({ value }) => value)).toEqual(had.map(({ value }) => value));
  });

  it("refuses to roll back to nothing, and to a revision that is not there", async () => {
    expect(await server.refused("POST", "/rollback", { body: {} })).toMatchObject({ status: 409, code: "rollback-impossible" });
    await apply(lab);
    expect(await server.refused("POST", "/rollback", { body: {} })).toMatchObject({ status: 409, code: "rollback-impossible" });
    expect(await server.refused("POST", "/rollback", { body: { to: 9 } })).toMatchObject({ status: 404, code: "not-found" });
  });

  it("tells two revisions apart, either way round", async () => {
    await apply(lab);
    await apply(changed());
    const diff = await server.get<Diff>("GET", "/diff?from=1&to=2");
    expect(diff.changes).toEqual([
      { action: "change", kind: "router", name: "vr-b", fields: [{ path: "nat.ipv6", from: "routed", to: "nat66" }] },
    ]);
    expect((await server.get<Diff>("GET", "/diff?from=2&to=1")).changes[0]?.fields[0]).toMatchObject({ from: "nat66", to: "routed" });
    expect((await server.get<Diff>("GET", "/diff?from=2&to=2")).changes).toEqual([]);
    expect(await server.refused("GET", "/diff?from=1&to=9")).toMatchObject({ status: 404 });
    expect(await server.refused("GET", "/diff?from=1&to=x")).toMatchObject({ status: 400 });
  });

  it("gives revisions and documents, and 404 for others", async () => {
    await apply(lab);
    expect(await server.get<RevisionDocument>("GET", "/revisions/1/document")).toMatchObject({
      revision: 1,
      document: { metadata: { name: "default-lab" } },
    });
    expect(await server.refused("GET", "/revisions/2")).toMatchObject({ status: 404, code: "not-found" });
    expect(await server.refused("GET", "/revisions/2/document")).toMatchObject({ status: 404 });
    expect(await server.refused("GET", "/revisions/0")).toMatchObject({ status: 400 });
  });

  it("exports the current document: one file as it was written, several joined", async () => {
    expect(await server.refused("GET", "/export")).toMatchObject({ status: 404 });
    await apply(lab);
    const exported = await server.ask("GET", "/export");
    expect(exported.headers["content-type"]).toContain("application/yaml");
    expect(exported.payload).toBe(lab);
    const { spec, ...head } = parse(lab) as { spec: Record<string, unknown> };
    const { hosts, ...rest } = spec;
    const files = [
      { name: "a.yaml", text: JSON.stringify({ ...head, spec: rest }) },
      { name: "b.yaml", text: JSON.stringify({ ...head, spec: { hosts } }) },
    ];
    await server.get("POST", "/apply", { body: { files } });
    await apply(lab.replace("ipv6: routed }", "ipv6: nat66 }"));
    await server.get("POST", "/apply", { body: { files } });
    const joined = await server.ask("GET", "/export");
    expect(await plan(joined.payload)).toMatchObject({ nothingToDo: true });
  });
});
