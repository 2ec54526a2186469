import type { CommandRunner } from "@rackway/linux";
import type { HostState, ServiceVipObservation } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import { DrainEnd, judgeDrainEnd } from "./drain-end.ts";
import type { DrainLook } from "./drain-end.ts";
import { hostState } from "./testing.ts";

const deadline = "2026-01-02T03:05:00.000Z";
const terms = { deadline, force: false };
const before = Date.parse(deadline) - 60_000;

const vip = (change: Partial<ServiceVipObservation> = {}): ServiceVipObservation => ({
  namespace: "edge",
  vip: "api",
  mode: "anycast",
  family: 4,
  address: "10.77.0.5",
  held: true,
  announced: false,
  health: "up",
  reason: "",
  since: null,
  hold: "drained",
  flows: 0,
  ...change,
});

describe("a drain", () => {
  const judge = (change: Partial<ServiceVipObservation>, more: { nowMs?: number; force?: boolean; isRoutingKnown?: boolean } = {}) => {
    const { nowMs = before, force = false, isRoutingKnown = true } = more;
    return judgeDrainEnd({ ...terms, force }, { vips: [vip(), vip(change)], isRoutingKnown, nowMs });
  };
  const late = { nowMs: Date.parse(deadline) };

  test("ends when nothing is announced and no connection is left, or at the deadline", () => {
    expect(judge({})).toBe("quiet");
    expect(judge({ flows: 1 })).toBe("busy");
    expect(judge({ flows: null })).toBe("busy");
    expect(judge({}, { isRoutingKnown: false })).toBe("busy");
    expect(judge({}, { ...late, isRoutingKnown: false })).toBe("busy");
    expect(judge({ flows: 1 }, late)).toBe("over");
    expect(judgeDrainEnd({ deadline: null, force: false }, { vips: [vip({ flows: 1 })], isRoutingKnown: true, ...late })).toBe("busy");
  });
  test("never ends over a VIP that nobody else announces, unless the operator insists: then at the deadline", () => {
    const last = { announced: true, hold: "last" } as const;
    expect(judge(last, late)).toBe("busy");
    expect(judge({ hold: "last" }, late)).toBe("busy");
    expect(judge(last, { force: true })).toBe("busy");
    expect(judge(last, { ...late, force: true })).toBe("over");
  });
  test("does not end where not everything was looked at", () => {
    expect(judgeDrainEnd(terms, { vips: null, isRoutingKnown: true, ...late })).toBe("busy");
  });
});

/** Pacemaker's attribute manager, and what it was told. */
function attributeManager() {
  const told: string[] = [];
  const world = { isThere: true };
  const run: CommandRunner = (argv) => {
    if (world.isThere) told.push(argv.slice(3).join(" "));
    return Promise.resolve({ code: world.isThere ? 0 : 1, stdout: "", stderr: "" });
  };
  return { told, world, end: new DrainEnd(run) };
}

describe("a host", () => {
  const drained = withDrain(true);
  const look = (ms: number, change: Partial<ServiceVipObservation> = {}, state = drained): DrainLook => {
    const routing = { version: "8.4", neighbors: [], bfd: [], announced: [] };
    return { state, services: [vip(change)], routing, now: new Date(before + ms) };
  };

  test("lets go once it has been quiet for three seconds, tells it once, and says it again as long as it is so", async () => {
    const { told, end } = attributeManager();
    expect(await end.settle(look(0, { flows: 2 }))).toEqual([]);
    expect(end.isEnding).toBe(false);
    await end.settle(look(1_000));
    await end.settle(look(2_000, { flows: 1 }));
    await end.settle(look(3_000));
    await end.settle(look(5_900));
    expect([told, end.isEnding]).toEqual([[], true]);
    const [happening] = await end.settle(look(6_000));
    expect(happening).toMatchObject({ kind: "vips-let-go", reason: "ctl-a1 lets go of its anycast VIPs: no connection is left" });
    expect(await end.settle(look(9_000, { held: false, flows: 1 }))).toEqual([]);
    expect(told).toEqual(["-U true -d 0", "-U true -d 0"]);
    expect([end.isReleased, end.isEnding]).toEqual([true, false]);
  });

  test("says what it leaves at the deadline", async () => {
    const { end } = attributeManager();
    const [happening] = await end.settle(look(60_000, { flows: 3 }));
    expect(happening?.reason).toBe("ctl-a1 lets go of its anycast VIPs at the deadline of its drain: connections left: api 3");
  });

  test("takes back, before anything else, what an agent before it may have said, and asks again until it was heard", async () => {
    const { told, world, end } = attributeManager();
    const back = withDrain(false);
    world.isThere = false;
    await end.takeBack(back);
    world.isThere = true;
    await end.settle(look(0, {}, back));
    await end.takeBack(back);
    expect(told).toEqual(["-D -d 0"]);
  });

  test("says the last word last, also where both were on their way", async () => {
    const { told, end } = attributeManager();
    await Promise.all([end.settle(look(60_000)), end.takeBack(withDrain(false))]);
    expect(told).toEqual(["-U true -d 0", "-D -d 0"]);
    expect(end.isReleased).toBe(false);
  });

  test("that is paused changes nothing", async () => {
    const { told, end } = attributeManager();
    await end.settle(look(60_000, {}, { ...drained, paused: true }));
    expect(told).toEqual([]);
  });
});

function withDrain(isDrained: boolean): HostState {
  const state = hostState();
  const { pacemaker, host } = state;
  if (pacemaker === null) throw new Error("a controller has Pacemaker");
  const nodes = pacemaker.nodes.map((node) =>
    node.name === host.name ? { ...node, drained: isDrained, ...(isDrained ? { drain: terms } : {}) } : node,
  );
  return { ...state, pacemaker: { ...pacemaker, nodes } };
}
