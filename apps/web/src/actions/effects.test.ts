import type { HostView, Status, VipView } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import { drainEffects, moveEffects } from "./effects.ts";
import type { Sight } from "./effects.ts";

type Host = Status["hosts"][number];
type Router = Status["routers"][number];

const names = ["ctl-a1", "ctl-a2", "ctl-a3"];
const makeHost = (name: string, more: Partial<Host> = {}): Host => ({
  ...{ name, rack: "rack-a", role: "controller", online: true, agent: "ok", drained: false, paused: false },
  ...{ converged: true, dc: false, ageMs: 0, ...more },
});
const makeRouter = (more: Partial<Router> = {}): Router => ({
  ...{ name: "vr-a", rack: "rack-a", active: "ctl-a1", vips: [], connectionSync: { inStep: true, entries: 5, lagMs: 1 } },
  ...{ dns: null, ntp: null, ageMs: 0, ...more },
});

function makeVip(name: string, announcedBy: string[]): VipView {
  const address = { family: 4 as const, address: "10.77.0.1", isUserDefined: false, owners: announcedBy, announcedBy };
  const addresses = [{ ...address, health: "up" as const, reason: null, ageMs: 0 }];
  return { name, mode: "anycast", router: null, namespace: "web", scope: "pool/services", addresses, eligible: names, problems: [] };
}

function sightOf(hosts: Host[], routers: Router[], vips: VipView[] = []): Sight {
  return { status: { hosts, routers }, hosts: [] as HostView[], vips, controllersOf: new Map([["vr-a", names]]) };
}

describe("what a drain will do", () => {
  test("moves a router to who is ready, withdraws a VIP that others announce", () => {
    const hosts = [makeHost("ctl-a1"), makeHost("ctl-a2"), makeHost("ctl-a3", { drained: true })];
    expect(drainEffects("ctl-a1", sightOf(hosts, [makeRouter()], [makeVip("web", ["ctl-a1", "ctl-a3"])]))).toEqual([
      { weight: "fine", text: "vr-a moves to ctl-a2. Connections are in step: none breaks, and no packet is lost." },
      { weight: "fine", text: "web is withdrawn here; ctl-a3 goes on announcing it." },
      { weight: "care", text: "Then ctl-a2 is the only controller of rack-a that is ready." },
    ]);
  });

  test("says what stays: a router that has nowhere to go, the last that announces a VIP", () => {
    const hosts = [makeHost("ctl-a1"), makeHost("ctl-a2", { online: false }), makeHost("ctl-a3", { agent: "stale" })];
    const effects = drainEffects("ctl-a1", sightOf(hosts, [makeRouter()], [makeVip("web", ["ctl-a1"])]));
    expect(effects.map(({ weight }) => weight)).toEqual(["stop", "stop"]);
  });

  test("promises nothing where nothing was seen", () => {
    const hosts = names.map((name) => makeHost(name));
    const [effect] = drainEffects("ctl-a1", sightOf(hosts, [makeRouter({ connectionSync: null })]));
    expect(effect).toMatchObject({ weight: "care", text: expect.stringContaining("was not seen") as string });
    expect(drainEffects("ctl-a2", sightOf(hosts, [makeRouter()]))[0]?.text).toContain("Nothing is on ctl-a2");
  });
});

describe("what a move will do", () => {
  const status = { hosts: [makeHost("ctl-a1"), makeHost("ctl-a2"), makeHost("ctl-a3", { online: false })], routers: [] };
  test.each([
    [makeRouter(), "ctl-a2", ["fine"]],
    [makeRouter({ connectionSync: { inStep: false, entries: 5, lagMs: null } }), "ctl-a2", ["care"]],
    [makeRouter(), "ctl-a1", ["stop"]],
    [makeRouter(), "ctl-a3", ["stop"]],
    [makeRouter({ active: null }), "ctl-a2", ["stop"]],
  ])("%#", (router, to, weights) => {
    expect(moveEffects(router, to, status).map(({ weight }) => weight)).toEqual(weights);
  });
});
