import { expect, test } from "vitest";

import { ClusterWatch } from "./cluster-watch.ts";
import type { ClusterEyes } from "./cluster-watch.ts";
import type { ClusterView } from "./observer.ts";
import { emptyView } from "./observer.ts";
import { clusterView, hostState, sightOf } from "./testing.ts";

const without = clusterView("ctl-a1", "ctl-a2");
const withVips = clusterView("ctl-a1", "ctl-a1");

/** Eyes whose answers come when the test says so. */
function heldEyes() {
  const answers: ((view: ClusterView) => void)[] = [];
  const eyes: ClusterEyes = {
    pacemaker: async () => sightOf(without),
    daemons: async () => ({}),
    guard: async () => "running",
    uplinks: async () => [],
    disks: async () => [],
    fencingLog: async () => "",
    routers: () => new Promise((resolve) => answers.push((view) => resolve(view.routers))),
  };
  return { eyes, answers };
}

test("what a slow look saw before a quick one began does not come back over it", async () => {
  const { eyes, answers } = heldEyes();
  const holds: number[] = [];
  const watch = new ClusterWatch(eyes, (_before, after) => holds.push(after.routers[0]?.holds.length ?? -1));
  const slow = watch.lookFully(hostState());
  const quick = watch.lookQuickly(hostState());
  answers[1]?.(withVips);
  await quick;
  answers[0]?.(without);
  await slow;
  expect(holds).toEqual([2, 2]);
  expect(watch.view.pacemaker?.dc).toBe("ctl-a1");
});

test("the first view has nothing before it: an agent that starts tells of no take-over", async () => {
  const firsts: boolean[] = [];
  const eyes: ClusterEyes = {
    pacemaker: async () => sightOf(withVips),
    routers: async () => withVips.routers,
    daemons: async () => ({}),
    guard: async () => "running",
    uplinks: async () => [],
    disks: async () => [],
    fencingLog: async () => "",
  };
  const watch = new ClusterWatch(eyes, (before) => firsts.push(before === null));
  expect(watch.ageMs()).toBeNull();
  await watch.lookFully(hostState());
  await watch.lookQuickly(hostState());
  expect(firsts).toEqual([true, false]);
  expect(watch.ageMs()).toBeGreaterThanOrEqual(0);
});

test("a host that is in no Pacemaker cluster has nothing to see", async () => {
  const { eyes } = heldEyes();
  const watch = new ClusterWatch(eyes, () => undefined);
  await watch.lookFully(hostState("node-a1", { pacemaker: null }));
  expect(watch.view).toEqual(emptyView);
});

test("a host that had the router and has it again was its carrier all the time; one that gave it to another was not", async () => {
  let [view, routers] = [withVips, withVips.routers];
  const eyes: ClusterEyes = {
    pacemaker: async () => sightOf(view),
    routers: async () => routers,
    daemons: async () => ({}),
    guard: async () => "running",
    uplinks: async () => [],
    disks: async () => [],
    fencingLog: async () => "",
  };
  const watch = new ClusterWatch(eyes, () => undefined);
  await watch.lookFully(hostState());
  expect(watch.view.carriers).toEqual({ "vr-a": "ctl-a1" });
  // Somebody took the addresses away, and Pacemaker has stopped what is left.
  routers = without.routers;
  view = clusterView("ctl-a1", "ctl-a1", { resources: [{ id: "rw-vr-a-vips", running: [], failed: [] }] });
  await watch.lookFully(hostState());
  expect(watch.view.carriers).toEqual({ "vr-a": "ctl-a1" });
  view = without;
  await watch.lookFully(hostState());
  expect(watch.view.carriers).toEqual({ "vr-a": "ctl-a2" });
});
