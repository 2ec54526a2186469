import { findMovableSet } from "@rackway/schema";
import { expect, onTestFinished, test, vi } from "vitest";
import { bothRacks, routerA } from "./fixtures/pacemaker-state.ts";
import { moveSet, moveRouter } from "./planned-move.ts";

const attributes = (host: string, uplink: number, inStep: number): string =>
  `<node name="${host}"><attribute name="rw-vr-a-instep" value="${inStep}"/><attribute name="rw-vr-a-uplink" value="${uplink}"/></node>`;

/** What of Pacemaker's answers a move reads: who is online, and where the resource is. */
function monitorOf(hosts: readonly string[], resource: string, at: string, history = ""): string {
  const nodes = hosts.map((name) => `<node name="${name}" online="true" standby="false" pending="false" unclean="false"/>`);
  return `<pacemaker-result api-version="2.25"><summary/><nodes>${nodes.join("")}</nodes><resources><resource id="${resource}" resource_agent="ocf:rackway:any" role="Started" active="true" failed="false" nodes_running_on="1"><node name="${at}" id="1" cached="true"/></resource></resources>${history}<status code="0" message="OK"/></pacemaker-result>`;
}

/** A cluster of two that is asked by its commands: where the router is, and since which question ctl-a2 is in step. */
function cluster(inStepFrom: number, uplinkOfTarget = 4000, fullDisks = "", history = "") {
  let at = "ctl-a1";
  let asked = 0;
  const commands: string[] = [];
  const run = async (argv: readonly string[]) => {
    const line = argv.join(" ");
    commands.push(line);
    const answer = (stdout: string) => ({ code: 0, stdout, stderr: "" });
    if (argv[0] === "corosync-quorumtool") return answer("Quorate: Yes\n");
    if (line.endsWith("--include=none,attributes")) {
      const nodes = [attributes("ctl-a1", 4000, 1), attributes("ctl-a2", uplinkOfTarget, ++asked >= inStepFrom ? 1 : 0)];
      return answer(`<pacemaker-result><node_attributes>${nodes.join("")}</node_attributes></pacemaker-result>`);
    }
    if (argv[0] === "crm_mon") return answer(monitorOf(["ctl-a1", "ctl-a2"], "rw-vr-a-vips", at, history));
    if (line === "attrd_updater -p -n rw-disk-full -Q -A") return answer(fullDisks);
    if (line.includes("-U")) at = "ctl-a2";
    return answer("");
  };
  return { run, commands };
}

test("a router is moved to a host that is in step, and the wish is taken away again", async () => {
  const { run, commands } = cluster(3);
  const told: string[] = [];
  expect(await moveRouter(run, { router: routerA, to: "ctl-a2" }, (text) => told.push(text))).toEqual({ kind: "done", from: "ctl-a1" });
  expect(told[0]).toContain("ctl-a2 does not hold the connections of ctl-a1");
  const wishes = commands.filter((line) => line.includes("-prefer"));
  expect(wishes.map((line) => / (-U|-D)/.exec(line)?.[1])).toEqual(["-U", "-D"]);
});

test.each([
  ["does not come into step", cluster(Number.POSITIVE_INFINITY), "ctl-a2 does not hold the connections of ctl-a1 (it is not in step)"],
  ["fewer gateways answer", cluster(1, 2000), "fewer gateways answer ctl-a2 than ctl-a1 (2 of 4)"],
])("it is not moved to one that %s: Pacemaker would take it away again", async (_, { run, commands }, reason) => {
  let pausedMs = 0;
  const pause = async (ms: number): Promise<void> => void (pausedMs += ms);
  expect(await moveRouter(run, { router: routerA, to: "ctl-a2" }, () => undefined, pause)).toEqual({
    kind: "failed",
    reason: `${reason}, still after 20 s`,
  });
  expect(pausedMs).toBe(20_000);
  expect(commands.some((line) => line.includes("-prefer"))).toBe(false);
});

test.each(["ctl-a1", "ctl-a2"])("it is not moved while %s has no space left: its stop or start would fail", async (full) => {
  // As Pacemaker 2.1.5 answers: a host that has taken its word back is listed without a value.
  const other = full === "ctl-a1" ? "ctl-a2" : "ctl-a1";
  const { run, commands } = cluster(
    1,
    4000,
    `name="rw-disk-full" host="${other}" value=""\nname="rw-disk-full" host="${full}" value="/run"\n`,
  );
  expect(await moveRouter(run, { router: routerA, to: "ctl-a2" }, () => undefined)).toEqual({
    kind: "failed",
    reason: `${full} has no space left in /run: what a move writes there would fail`,
  });
  expect(commands.some((line) => line.includes("-prefer"))).toBe(false);
});

test("a full host that has no part in a move does not stand in its way", async () => {
  const { run } = cluster(1, 4000, 'name="rw-disk-full" host="ctl-a3" value="/run"\n');
  expect(await moveRouter(run, { router: routerA, to: "ctl-a2" }, () => undefined)).toEqual({ kind: "done", from: "ctl-a1" });
});

const history = (host: string, count: number): string =>
  `<node_history><node name="${host}"><resource_history id="rw-vr-a-vips" orphan="false" migration-threshold="3" fail-count="${count}" last-failure="Sun Nov 22 22:56:40 2026"/></node></node_history>`;

test("it is not moved to a host that is barred from it: the refusal says until when, and what ends it", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("Sun Nov 22 22:57:00 2026") });
  onTestFinished(() => void vi.useRealTimers());
  const { run, commands } = cluster(1, 4000, "", history("ctl-a2", 3));
  const outcome = await moveRouter(run, { router: routerA, to: "ctl-a2" }, () => undefined);
  expect(outcome).toMatchObject({
    kind: "failed",
    reason: expect.stringMatching(
      /^ctl-a2 is barred from rw-vr-a-vips until about \d\d:57:40 UTC, .*crm_resource --cleanup --resource rw-vr-a-vips --node ctl-a2$/,
    ) as string,
  });
  expect(commands.some((line) => line.includes("-prefer"))).toBe(false);
});

test.each([
  ["ctl-a2", 2, "22:57:00"],
  ["ctl-a1", 3, "22:57:00"],
  // The minute is over: Pacemaker forgets them when it looks next.
  ["ctl-a2", 3, "22:57:50"],
])("failures of %s, %i times, at %s, do not stand in the way", async (host, count, at) => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date(`Sun Nov 22 ${at} 2026`) });
  onTestFinished(() => void vi.useRealTimers());
  const { run } = cluster(1, 4000, "", history(host, count));
  expect(await moveRouter(run, { router: routerA, to: "ctl-a2" }, () => undefined)).toEqual({ kind: "done", from: "ctl-a1" });
});

const roaming = findMovableSet(bothRacks.services, "vip/vip-4");

/** Where the chunks of a roaming group say how good a place each host is; absent: nothing is against it. */
function roamingCluster(health: Record<string, number>) {
  let at = "ctl-a1";
  const commands: string[] = [];
  const run = async (argv: readonly string[]) => {
    const line = argv.join(" ");
    commands.push(line);
    const answer = (stdout: string) => ({ code: 0, stdout, stderr: "" });
    if (argv[0] === "corosync-quorumtool") return answer("Quorate: Yes\n");
    if (line.endsWith("--include=none,attributes")) {
      const words = Object.entries(health).map(
        ([host, value]) => `<node name="${host}"><attribute name="rw-haproxy-roam-store.2-health" value="${value}"/></node>`,
      );
      return answer(`<pacemaker-result><node_attributes>${words.join("")}</node_attributes></pacemaker-result>`);
    }
    if (argv[0] === "crm_mon") return answer(monitorOf(["ctl-a1", "ctl-b1"], "rw-haproxy-roam-store.1", at));
    if (line.includes("-U")) at = "ctl-b1";
    return answer("");
  };
  return { run, commands };
}

test("a roaming VIP is moved with its group, by the group's own attribute", async () => {
  if (roaming === null) throw new Error("the fixture has no such VIP");
  const { run, commands } = roamingCluster({ "ctl-a1": 9000 });
  expect(await moveSet(run, { movable: roaming, to: "ctl-b1" }, () => undefined)).toEqual({ kind: "done", from: "ctl-a1" });
  expect(commands.filter((line) => line.startsWith("attrd_updater") && line.includes("-prefer"))).toEqual([
    "attrd_updater -n rw-haproxy-roam-store-prefer -U 20000 -N ctl-b1 -d 0",
    "attrd_updater -n rw-haproxy-roam-store-prefer -D -N ctl-b1 -d 0",
  ]);
});

test("a roaming VIP is not moved to where less answers behind it, in any chunk of its group", async () => {
  if (roaming === null) throw new Error("the fixture has no such VIP");
  const { run, commands } = roamingCluster({ "ctl-b1": 9000 });
  expect(
    await moveSet(
      run,
      { movable: roaming, to: "ctl-b1" },
      () => undefined,
      async () => undefined,
    ),
  ).toEqual({
    kind: "failed",
    reason: "less of what should answer behind it answers on ctl-b1 than on ctl-a1, still after 20 s",
  });
  expect(commands.some((line) => line.includes("-prefer"))).toBe(false);
});
