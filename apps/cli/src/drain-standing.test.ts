import type { HostView, RouterView, VipView } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import type { Standing } from "./convergence.ts";
import { judgeDrain, judgeFlags, judgeResumed, renderCut } from "./drain-standing.ts";
import { hostView, routerView, vipView } from "./testing/views.ts";

type Drain = NonNullable<HostView["drain"]>;

const nowMs = Date.parse("2026-01-02T03:04:00Z");
const deadline = "2026-01-02T03:06:00Z";
const held = (change: Partial<Drain["left"][number]> = {}): Drain["left"][number] => {
  return { vip: "web", address: "10.77.0.1", held: true, announced: false, isLast: false, flows: 0, ...change };
};
const counts = { mayHold: 2, held: 2, announced: 2, down: 0, silent: 0 };
const drainedHost = (drain: Partial<Drain> = {}): HostView =>
  hostView("ctl-a1", {
    drained: true,
    vips: counts,
    drain: { deadline, force: false, held: 2, left: [], ...drain },
    status: { drained: true },
  });

describe("what a drained host still carries", () => {
  const drained = hostView("ctl-a1", { drained: true, status: { drained: true } });
  const judge = (hosts: HostView[], routers: RouterView[], vips: VipView[] = []): Standing[] =>
    judgeDrain("ctl-a1", { hosts, routers, vips, nowMs });

  test("nothing, once every router of its is elsewhere", () => {
    expect(judge([drained, hostView("ctl-a2")], [routerView("ctl-a2")]).map(({ state }) => state)).toEqual(["done", "done"]);
  });
  test("a router that is still on it", () => {
    expect(judge([drained, hostView("ctl-a2")], [routerView("ctl-a1")]).at(-1)).toMatchObject({
      state: "waiting",
      text: "still on ctl-a1",
    });
  });
  test("a router that nobody else can take", () => {
    const others = [hostView("ctl-a2", { status: { online: false } }), hostView("ctl-a3", { drained: true })];
    expect(judge([drained, ...others], [routerView("ctl-a1")]).at(-1)?.text).toBe(
      "still on ctl-a1; no other controller is online and not drained",
    );
  });
  test("its agent has not taken it up", () => {
    expect(judge([hostView("ctl-a1", { drained: true })], [])[0]?.state).toBe("waiting");
  });
  test("routers of other racks are not its business", () => {
    expect(judge([drained], [routerView(null, { controllers: ["ctl-b1"] })])).toHaveLength(1);
  });
  test("a roaming VIP that is on it", () => {
    const roaming = { ...vipView({ owners: ["ctl-a1"] }), mode: "roaming" as const };
    expect(judge([drained], [], [roaming]).at(-1)).toMatchObject({ state: "waiting", text: "still on ctl-a1" });
  });

  test.each<[string, Partial<Drain>, string, string]>([
    ["a VIP that it announces", { left: [held({ announced: true, flows: 3 })] }, "waiting", "web: still announced by ctl-a1"],
    [
      "connections",
      { left: [held({ flows: 1 }), held({ flows: 2 })] },
      "waiting",
      "web: 3 connections left; let go in 2m00s at the latest",
    ],
    [
      "what was not counted yet",
      { left: [held({ flows: null })] },
      "waiting",
      "web: its connections are not counted yet; let go in 2m00s at the latest",
    ],
    ["what it is about to let go", {}, "waiting", "anycast VIPs: nothing is left, and they are let go"],
    ["nothing, but for cut connections", { held: 0, left: [held({ held: false, flows: 2 })] }, "done", "anycast VIPs: let go"],
    ["what nobody has looked at", { held: null }, "waiting", "anycast VIPs: its agent has not looked at them yet"],
  ])("%s", (_, drain, state, words) => {
    const last = judge([drainedHost(drain)], [], [vipView()]).at(-1);
    expect([last?.state, `${last?.name}: ${last?.text}`]).toEqual([state, words]);
  });

  test("what nobody knows, for its agent is absent", () => {
    const silent = drainedHost({ held: null });
    const last = judge([{ ...silent, status: { ...silent.status, agent: "absent" } }], [], [vipView()]).at(-1);
    expect(last).toMatchObject({ state: "skipped", text: "its agent is absent, and says nothing of them" });
  });

  test("a VIP that nobody else announces, with what to do", () => {
    const left = [held({ announced: true, isLast: true })];
    const last = judge([drainedHost({ left })], [], [vipView()]).at(-1);
    expect(last).toMatchObject({ state: "waiting", needsOperator: true });
    expect(last?.text).toMatch(/^nobody else announces it, so ctl-a1 keeps it; .*: rackway drain ctl-a1 --force$/);
    expect(judge([drainedHost({ left, force: true })], [], [vipView()]).at(-1)?.text).toBe(
      "nobody else announces it; let go in 2m00s at the latest",
    );
    // Somebody does, and the host will see that soon.
    const seen = judge([drainedHost({ left })], [], [vipView({ announcedBy: ["ctl-a1", "ctl-a2"] })]).at(-1);
    expect([seen?.text, seen?.needsOperator]).toEqual(["still announced by ctl-a1", undefined]);
  });

  test("connections that were cut are told by VIP", () => {
    const cut = { held: false, flows: 2 };
    expect(renderCut([held(cut), held({ ...cut, flows: 1 }), held({ vip: "api", ...cut }), held({ flows: 9 })])).toBe("web 3, api 2");
  });
});

describe("a host that is resumed", () => {
  const stand = (self: HostView, ...owners: string[]) => judgeResumed(self, [vipView({ owners }, { owners })]).at(-1);
  test.each<[string, HostView["vips"], string[], string, string]>([
    ["waits for its VIPs", { ...counts, held: 0 }, ["ctl-a2"], "waiting", "10.77.0.1 is not back yet, and 1 more"],
    ["waits until it announces them", { ...counts, announced: 1, silent: 1 }, ["ctl-a1"], "waiting", "1 address not announced yet"],
    [
      "is not deceived by one that it keeps though it is down",
      { ...counts, announced: 1, down: 1, silent: 1 },
      ["ctl-a1"],
      "waiting",
      "1 address not announced yet",
    ],
    ["does not wait for a service that is down", { ...counts, announced: 1, down: 1 }, ["ctl-a1"], "done", "1 announced, 1 down"],
  ])("%s", (_, vips, owners, state, text) => {
    expect(stand(hostView("ctl-a1", { vips }), ...owners)).toMatchObject({ state, text });
  });
  test("whose agent is absent is not waited for", () => {
    expect(stand(hostView("ctl-a1", { status: { agent: "absent" } }))?.state).toBe("skipped");
  });
});

describe("whether an agent has taken a flag up", () => {
  test.each([
    [hostView("a", { status: { paused: true } }), "done"],
    [hostView("a"), "waiting"],
    [hostView("a", { status: { agent: "absent" } }), "skipped"],
    [hostView("a", { hasToken: false }), "skipped"],
  ])("%#", (host, state) => expect(judgeFlags(host, { paused: true }).state).toBe(state));
});
