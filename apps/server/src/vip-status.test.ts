import { runningPacemakerClusters } from "@rackway/ipam";
import { parseDocument } from "@rackway/schema";
import type { HostReport, ServiceVipObservation } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import type { CurrentView } from "./current-view.ts";
import { buildStatus, vipsOnHosts } from "./status.ts";
import type { StatusInput } from "./status.ts";
import { exampleText, makePacemaker, makeReport } from "./testing/test-server.ts";
import { vipDetail, vipViews } from "./vip-views.ts";

const nowMs = Date.parse("2026-01-02T03:04:05Z");
const controllers = ["ctl-a1", "ctl-a2", "ctl-a3", "ctl-b1", "ctl-b2", "ctl-b3"];
const word = { since: "2026-01-02T03:00:00Z", reason: "", by: "admin" };
const addresses = ["10.77.0.1", "fd00:77::1"] as const;

async function viewOf(text: string, drained: readonly string[] = []): Promise<CurrentView> {
  const parsed = parseDocument([{ name: "anycast", text }]);
  if (!parsed.ok) throw new Error("the example is broken");
  const { document } = parsed;
  const record = {
    revision: 1,
    createdAt: "",
    author: "",
    comment: "",
    kind: "apply",
    rollbackTo: null,
    documentSha256: "",
    confirmation: null,
  } as const;
  const reservations = addresses.map((value, index) => {
    const owner = `vip/web/${index === 0 ? 4 : 6}`;
    return { kind: "address" as const, scope: "pool/services", value, owner, isUserDefined: false, sinceRevision: 1 };
  });
  return {
    current: { record, document, reservations, pacemaker: runningPacemakerClusters(document) },
    trial: null,
    epoch: 1,
    flags: new Map(drained.map((host) => [host, { host, drained: true, paused: false, drain: word }])),
    known: new Map(),
    authKeys: new Map(),
    certificates: new Map(),
  };
}

/** Both addresses of the VIP, as a host has them. */
function services(change: Partial<ServiceVipObservation> = {}): ServiceVipObservation[] {
  return addresses.map((address) => ({
    namespace: "web",
    vip: "web",
    mode: "anycast",
    family: address.includes(":") ? 6 : 4,
    address,
    held: true,
    announced: true,
    health: "up",
    reason: "http 8080: status 200",
    since: "2026-01-02T03:00:00Z",
    hold: null,
    ...change,
  }));
}

type Said = Partial<HostReport> & { readonly ageMs?: number };

/** All controllers report that all is well, but for those that say something else; null: a host has never come. */
function inputOf(view: CurrentView, said: Readonly<Record<string, Said | null>> = {}): StatusInput {
  const online = [...controllers];
  const reports = controllers.flatMap((host) => {
    if (said[host] === null) return [];
    const { ageMs = 500, ...more } = said[host] ?? {};
    const cluster = host.startsWith("ctl-a") ? "rack-a" : "rack-b";
    const pacemaker = makePacemaker(online, { cluster });
    return [[host, { receivedAtMs: nowMs - ageMs, report: makeReport(host, { pacemaker, services: services(), ...more }) }] as const];
  });
  return {
    view,
    reports: new Map(reports),
    nowMs,
    routers: { since: () => null },
    askedAtMs: () => null,
    problemSince: () => null,
    refused: new Map(),
  };
}

async function see(said: Readonly<Record<string, Said | null>> = {}, drained: readonly string[] = [], change = (text: string) => text) {
  const view = await viewOf(change(await exampleText("anycast")), drained);
  const input = inputOf(view, said);
  const status = buildStatus(input);
  const sources = { view, status, facts: vipsOnHosts(input, status) };
  const problems = status.problems.filter(({ subject }) => subject.startsWith("vip/")).map(({ code, message }) => `${code}: ${message}`);
  return { rows: status.vips, problems, list: vipViews(sources), detail: vipDetail(sources, "web") };
}

describe("a service VIP in a status", () => {
  test("is on all hosts that the document lets hold it", async () => {
    const { rows, problems } = await see();
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ eligible: controllers, owners: controllers, announcedBy: controllers, health: "up", ageMs: 500 });
    expect(problems).toEqual([]);
  });

  test("is not on a host that is silent, whatever that said last", async () => {
    const { rows } = await see({ "ctl-a1": { ageMs: 16_000 }, "ctl-a2": null });
    expect(rows[0]?.owners).toEqual(controllers.slice(2));
  });

  test("is only where `racks` says; what announces it elsewhere is astray, also when the routing daemon alone says so", async () => {
    const inRackA = (text: string): string => text.replace("mode: anycast", "mode: anycast\n      racks: [rack-a]");
    const nowhere: Said = { services: [] };
    const announced = [{ family: 4 as const, prefix: "10.77.0.1/32" }];
    const routing = { version: "8.4", neighbors: [], bfd: [], announced };
    const { rows, problems } = await see({ "ctl-b1": nowhere, "ctl-b2": { ...nowhere, routing }, "ctl-b3": nowhere }, [], inRackA);
    expect(rows[0]?.eligible).toEqual(["ctl-a1", "ctl-a2", "ctl-a3"]);
    expect(rows[0]?.announcedBy).toEqual(["ctl-a1", "ctl-a2", "ctl-a3", "ctl-b2"]);
    expect(problems).toEqual(["vip-announced-astray: announced by ctl-b2, where the document does not put it: 10.77.0.1"]);
  });

  test("is missing where a host says so; of a host that says nothing of it nothing is known", async () => {
    const not = { services: services({ held: false, announced: false, health: "unknown" }) };
    const { problems } = await see({ "ctl-a1": not, "ctl-a2": { services: null }, "ctl-a3": { services: [] } });
    expect(problems).toEqual(["vip-missing: missing on ctl-a1: 10.77.0.1 and fd00:77::1"]);
  });

  test("a roaming one that two say they have", async () => {
    const roaming = (text: string): string => text.replace("mode: anycast", "mode: roaming");
    const not = { services: services({ mode: "roaming", held: false, announced: false, health: "unknown" }) };
    const has = { services: services({ mode: "roaming" }) };
    const elsewhere = Object.fromEntries(controllers.slice(2).map((host) => [host, not]));
    const { problems } = await see({ ...elsewhere, "ctl-a1": has, "ctl-a2": has }, [], roaming);
    expect(problems).toEqual(["vip-owned-twice: each of 10.77.0.1 and fd00:77::1 is on 2 hosts at once: ctl-a1 and ctl-a2"]);
    expect((await see({ ...elsewhere, "ctl-a1": has, "ctl-a2": not }, [], roaming)).problems).toEqual([]);
  });
});

describe("one VIP with its hosts", () => {
  test("says of each host what it is, and how the VIP stands there", async () => {
    const down = { services: services({ health: "down", announced: false, reason: "http 8080: connection refused" }) };
    const drained = { services: services({ announced: false, hold: "drained" }) };
    const { detail, list } = await see({ "ctl-a1": down, "ctl-a2": drained, "ctl-a3": { ageMs: 90_000 } }, ["ctl-a2"]);
    expect(detail?.hosts.slice(0, 3).map(({ host, address }) => `${host} ${address}`)).toEqual([
      "ctl-a1 10.77.0.1",
      "ctl-a1 fd00:77::1",
      "ctl-a2 10.77.0.1",
    ]);
    expect(detail?.hosts.filter(({ address }) => address === "10.77.0.1").slice(0, 4)).toMatchObject([
      { host: "ctl-a1", state: "ok", held: true, announced: false, health: "down", reason: "http 8080: connection refused", ageMs: 500 },
      { host: "ctl-a2", state: "drained", held: true, announced: false, health: "up", hold: "drained" },
      { host: "ctl-a3", state: "absent", held: null, announced: null, health: null, ageMs: 90_000 },
      { host: "ctl-b1", state: "ok", held: true, announced: true, health: "up" },
    ]);
    expect(detail?.check).toBe(
      "http on port 8080, path /: every 500 ms, answer within 200 ms; up after 2 good, down after 2 bad; the last announcement stays",
    );
    expect(list.find(({ name }) => name === "web")?.problems).toMatchObject([{ severity: "info", code: "vip-down-somewhere" }]);
  });

  test("what becomes of its traffic if a host goes", async () => {
    expect((await see()).detail?.ifHostGoes[0]).toEqual({
      host: "ctl-a1",
      outcome: "its traffic goes to ctl-a2, ctl-a3, ctl-b1, ctl-b2 and ctl-b3",
    });
    const down = { services: services({ health: "down", announced: false }) };
    const others = Object.fromEntries(controllers.slice(1).map((host) => [host, host === "ctl-b1" ? down : null]));
    expect((await see(others)).detail?.ifHostGoes).toEqual([
      { host: "ctl-a1", outcome: "cut off: nobody else announces it, until its service is up on ctl-b1" },
    ]);
  });
});
