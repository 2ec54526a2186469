import type { VipView } from "@rackway/schema";
import { describe, expect, test } from "vitest";
import { judgeConvergence } from "./convergence.ts";
import { hostView, routerView, vipView } from "./testing/views.ts";

const step = { id: "x", action: "create" as const, kind: "bridge", target: "br-mgmt", from: null, to: null };

describe("whether a host is where a revision wants it", () => {
  test.each([
    ["it has that revision and no step left", hostView("a"), "done", "converged"],
    ["it has a later one", hostView("a", { revision: 4 }), "done", "converged"],
    ["it still has an earlier one, also when it converged on that", hostView("a", { revision: 2 }), "waiting", "still has revision 2"],
    ["it has none", hostView("a", { revision: null }), "waiting", "has no revision yet"],
    [
      "it has steps to go",
      hostView("a", { pendingSteps: [step], status: { converged: false } }),
      "waiting",
      "1 step to go: create bridge br-mgmt",
    ],
    [
      "something is in its way",
      hostView("a", { problems: [{ code: "x", message: "a foreign corosync.conf", hint: null }], status: { converged: false } }),
      "waiting",
      "a foreign corosync.conf",
    ],
    ["its agent is gone", hostView("a", { status: { agent: "absent", ageMs: 90_000 } }), "waiting", "its agent is absent"],
    ["its agent has never come", hostView("a", { status: { agent: "absent", ageMs: null } }), "waiting", "its agent has not come yet"],
    ["its agent is stale", hostView("a", { status: { agent: "stale" } }), "waiting", "its agent is stale"],
    ["it is paused", hostView("a", { paused: true, revision: 1 }), "skipped", "paused: nothing is changed there"],
    [
      "nobody enrolled it",
      hostView("a", { hasToken: false, revision: null }),
      "skipped",
      "not enrolled: its agent was never given a token",
    ],
  ])("%s", (_, host, state, text) => expect(judgeConvergence(3, [host], [], [])).toMatchObject([{ name: "a", state, text }]));

  test("only what a host says of itself counts as in its way", () => {
    const problems = [{ code: "x", message: "a foreign corosync.conf", hint: null }];
    expect(judgeConvergence(3, [hostView("a", { problems, status: { converged: false } })], [], [])[0]?.hasProblem).toBe(true);
    expect(judgeConvergence(3, [hostView("a", { revision: 2 })], [], [])[0]?.hasProblem).toBeUndefined();
  });
});

describe("whether a router is there", () => {
  const hosts = [hostView("ctl-a1"), hostView("ctl-a2")];
  test("one host carries all of it", () => {
    expect(judgeConvergence(3, hosts, [routerView("ctl-a1")], []).at(-1)).toEqual({
      name: "vr-a",
      state: "done",
      text: "active on ctl-a1",
    });
  });
  test("no host does", () => expect(judgeConvergence(3, hosts, [routerView(null)], []).at(-1)?.state).toBe("waiting"));
  test("an address is on another host", () => {
    const router = routerView("ctl-a1");
    const [vip] = router.status.vips;
    if (vip) vip.owners = ["ctl-a1", "ctl-a2"];
    expect(judgeConvergence(3, hosts, [router], []).at(-1)).toEqual({
      name: "vr-a",
      state: "waiting",
      text: "203.0.113.100 is on ctl-a1 and ctl-a2",
    });
  });
  test("it has no pair to move: there is nothing to wait for", () => {
    expect(judgeConvergence(3, hosts, [routerView(null, { pacemaker: null })], [])).toHaveLength(2);
  });
  test("none of its controllers is waited for", () => {
    expect(judgeConvergence(3, [hostView("ctl-a1", { paused: true })], [routerView(null)], []).at(-1)?.state).toBe("skipped");
  });
});

describe("whether service VIPs are where they should be", () => {
  const hosts = [hostView("ctl-a1"), hostView("ctl-a2"), hostView("ctl-a3", { drained: true }), hostView("ctl-b1", { hasToken: false })];
  const eligible = hosts.map(({ name }) => name);
  const standing = (...vips: VipView[]) => judgeConvergence(3, hosts, [], vips).at(-1);
  const web = (owners: string[], more: Partial<VipView> = {}): VipView => ({ ...vipView({ owners }), eligible, ...more });

  test("every host that is waited for holds an anycast VIP; what is drained or not enrolled need not", () => {
    expect(standing(web(["ctl-a1", "ctl-a2"]))).toEqual({ name: "VIPs in web", state: "done", text: "1 VIP held where it should be" });
  });
  test("one host lacks one of many", () => {
    expect(standing(web(["ctl-a1", "ctl-a2"]), web(["ctl-a1"]), web([]))).toMatchObject({
      state: "waiting",
      text: "10.77.0.1 is missing on ctl-a2, and 1 more like it",
    });
  });
  test("a roaming VIP needs one owner", () => {
    expect(standing(web(["ctl-a3"], { mode: "roaming" }))?.state).toBe("done");
    expect(standing(web([], { mode: "roaming" }))).toMatchObject({ state: "waiting", text: "10.77.0.1 is on no host" });
    expect(standing(web(["ctl-a1", "ctl-a2"], { mode: "roaming" }))?.text).toBe("10.77.0.1 is on ctl-a1 and ctl-a2");
  });
  test("nobody that may hold it is waited for", () => {
    expect(standing(web([], { eligible: ["ctl-b1"] }))?.state).toBe("skipped");
  });
  test("a router's pair is the router's to tell", () => {
    expect(judgeConvergence(3, hosts, [], [web([], { router: "vr-a", mode: "failover" })])).toHaveLength(hosts.length);
  });
});
