import { parseDocument } from "@rackway/schema";
import { runningPacemakerClusters } from "@rackway/ipam";
import type { HostReport } from "@rackway/schema";
import { describe, expect, it } from "vitest";

import type { CurrentView } from "./current-view.ts";
import { buildStatus } from "./status.ts";
import { exampleText, makePacemaker, makeReport, makeRouter } from "./testing/test-server.ts";

const nowMs = Date.parse("2026-01-02T03:04:05Z");

async function labView(): Promise<CurrentView> {
  const parsed = parseDocument([{ name: "lab", text: await exampleText("default-lab") }]);
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
  return {
    current: { record, document, reservations: [], pacemaker: runningPacemakerClusters(document) },
    trial: null,
    epoch: 1,
    flags: new Map(),
    known: new Map(),
    authKeys: new Map(),
    certificates: new Map(),
  };
}

async function statusOf(
  reports: readonly (HostReport & { ageMs?: number })[],
  askedAtMs: (host: string) => number | null = () => null,
  reservations: NonNullable<CurrentView["current"]>["reservations"] = [],
) {
  const view = await labView();
  const received = reports.map(({ ageMs = 0, ...report }) => [report.host, { receivedAtMs: nowMs - ageMs, report }] as const);
  return buildStatus({
    view: { ...view, current: view.current === null ? null : { ...view.current, reservations } },
    reports: new Map(received),
    nowMs,
    routers: { since: () => null },
    askedAtMs,
    problemSince: () => null,
    refused: new Map(),
  });
}

const sync = (more: object) => ({ running: true, inStep: true, entries: 5, lagMs: null, ...more });

describe("status", () => {
  it("takes a majority's word on a Pacemaker cluster before a newer one of a minority", async () => {
    const status = await statusOf([
      { ...makeReport("ctl-a1", { pacemaker: makePacemaker(["ctl-a1", "ctl-a2"]) }), ageMs: 900 },
      makeReport("ctl-a3", { pacemaker: makePacemaker(["ctl-a3"], { quorate: false }) }),
    ]);
    expect(status.pacemaker[0]).toMatchObject({ quorate: true, dc: "ctl-a1", hosts: ["ctl-a1", "ctl-a2"], ageMs: 900 });
    expect(status.quorate).toBe(false);
    const online = status.hosts.filter((host) => host.online).map(({ name }) => name);
    expect(online).toEqual(["ctl-a1", "ctl-a2"]);
    expect(status.hosts.find(({ name }) => name === "ctl-a3")).toMatchObject({ agent: "ok", online: false });
  });

  it("believes a host that a quorate peer calls gone, as long as it answers; and no longer when it was asked and is silent", async () => {
    const claims = [
      { ...makeReport("ctl-a1", { routers: [makeRouter("vr-a", ["192.0.2.1"])], pacemaker: makePacemaker(["ctl-a1"]) }), ageMs: 3000 },
      makeReport("ctl-a2", { routers: [makeRouter("vr-a", ["192.0.2.1"])], pacemaker: makePacemaker(["ctl-a2", "ctl-a3"]) }),
    ];
    const owners = async (askedAtMs: number | null) =>
      (await statusOf(claims, (host) => (host === "ctl-a1" ? askedAtMs : null))).routers[0]?.vips[0]?.owners;
    expect(await owners(null)).toEqual(["ctl-a1", "ctl-a2"]);
    expect(await owners(nowMs - 900)).toEqual(["ctl-a1", "ctl-a2"]);
    expect(await owners(nowMs - 1100)).toEqual(["ctl-a2"]);
    expect(await owners(nowMs - 3100)).toEqual(["ctl-a1", "ctl-a2"]);
  });

  it("names the active host by Pacemaker's word when two hold a VIP, and none when that is not clear", async () => {
    const running = (hosts: string[]) =>
      makePacemaker(["ctl-a1", "ctl-a2"], { resources: [{ id: "rw-vr-a-vips", running: hosts, failed: [] }] });
    const active = async (hosts: string[]) =>
      (
        await statusOf([
          { ...makeReport("ctl-a1", { routers: [makeRouter("vr-a", ["192.0.2.1"])], pacemaker: running(["ctl-a1"]) }), ageMs: 2000 },
          makeReport("ctl-a2", { routers: [makeRouter("vr-a", ["192.0.2.1"])], pacemaker: running(hosts) }),
        ])
      ).routers[0]?.active;
    expect(await active(["ctl-a2"])).toBe("ctl-a2");
    expect(await active([])).toBeNull();
    expect(await active(["ctl-a1", "ctl-a2"])).toBeNull();
  });

  it("calls no router lost whose host only has a dead agent: the others' Pacemaker says that it runs there", async () => {
    const problems = async (running: string[], online: string[]) => {
      const pacemaker = makePacemaker(online, { resources: [{ id: "rw-vr-a-vips", running, failed: [] }] });
      const status = await statusOf(
        [
          { ...makeReport("ctl-a1", { routers: [makeRouter("vr-a", ["192.0.2.1"])], pacemaker }), ageMs: 20_000 },
          makeReport("ctl-a2", { routers: [makeRouter("vr-a", [])], pacemaker }),
        ],
        () => null,
        [
          {
            kind: "address",
            scope: "network/rack-a/public",
            value: "192.0.2.1",
            owner: "router/vr-a/public/4",
            isUserDefined: false,
            sinceRevision: 1,
          },
        ],
      );
      return status.problems.filter(({ subject }) => subject === "router/vr-a").map(({ code }) => code);
    };
    expect(await problems(["ctl-a1"], ["ctl-a1", "ctl-a2"])).toEqual(["router-by-word"]);
    expect(await problems(["ctl-a1"], ["ctl-a2"])).toEqual(["router-without-host"]);
    expect(await problems(["ctl-a2"], ["ctl-a1", "ctl-a2"])).toEqual(["router-without-host"]);
  });

  it("calls connections in step when every standby that is seen has them, and says nothing when nobody did", async () => {
    const connectionSync = async (standby: object | null) => {
      const router = (holds: string[], seen: object | null) => ({ ...makeRouter("vr-a", holds), connectionSync: seen as never });
      const status = await statusOf([
        makeReport("ctl-a1", { routers: [router(["192.0.2.1"], standby === null ? null : sync({ entries: 7, lagMs: 3 }))] }),
        makeReport("ctl-a2", { routers: [router([], standby)] }),
      ]);
      return status.routers[0]?.connectionSync;
    };
    expect(await connectionSync(null)).toBeNull();
    expect(await connectionSync(sync({ lagMs: 9 }))).toEqual({ inStep: true, entries: 7, lagMs: 9 });
    expect(await connectionSync(sync({ inStep: false }))).toMatchObject({ inStep: false });
    expect(await connectionSync(sync({ running: false }))).toMatchObject({ inStep: false });
  });

  it("calls a host converged only on the current revision", async () => {
    const status = await statusOf([
      makeReport("ctl-a1", { revision: 1 }),
      makeReport("ctl-a2", { revision: 0 }),
      makeReport("ctl-a3", { converged: false }),
    ]);
    expect(status.hosts.slice(0, 3).map(({ converged }) => converged)).toEqual([true, false, false]);
  });
});
