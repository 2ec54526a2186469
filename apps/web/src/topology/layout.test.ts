import type { Status } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import { layoutTopology, pathThrough } from "./layout.ts";
import type { Box } from "./layout.ts";
import { rackModels } from "./model.ts";

type Host = Status["hosts"][number];

function makeHost(name: string, rack: string, role: Host["role"]): Host {
  return { name, rack, role, online: true, agent: "ok", drained: false, paused: false, converged: true, dc: false, ageMs: 0 };
}

function makeRouter(name: string, rack: string, owners: string[]): Status["routers"][number] {
  const vips = [{ name: "public" as const, family: 4 as const, address: "192.0.2.1", owners }];
  return {
    name,
    rack,
    active: owners.length === 1 ? (owners[0] ?? null) : null,
    vips,
    connectionSync: null,
    dns: null,
    ntp: null,
    ageMs: 0,
  };
}

function statusOf(racks: number, owners: string[]): Pick<Status, "hosts" | "routers" | "pacemaker" | "vips"> {
  const names = Array.from({ length: racks }, (_, index) => `rack-${String(index).padStart(2, "0")}`);
  return {
    hosts: names.flatMap((rack) => [
      ...["c1", "c2", "c3"].map((name) => makeHost(`${rack}-${name}`, rack, "controller")),
      makeHost(`${rack}-m1`, rack, "member"),
    ]),
    routers: [makeRouter("vr", "rack-00", owners)],
    pacemaker: [],
    vips: [],
  };
}

const isApart = (one: Box, other: Box): boolean =>
  one.x + one.width <= other.x || other.x + other.width <= one.x || one.y + one.height <= other.y || other.y + other.height <= one.y;

describe("the drawing's layout", () => {
  test.each([
    [1, 360],
    [2, 1400],
    [3, 700],
    [40, 1400],
  ])("puts %d racks on %d pixels side by side, nothing over anything, nothing beside the drawing", (racks, width) => {
    const layout = layoutTopology(rackModels(statusOf(racks, ["rack-00-c1"])), width);
    const boxes = layout.racks.flatMap(({ tor, controllers, routers, members }) => [tor, ...controllers, ...routers, ...members]);
    for (const [index, one] of boxes.entries()) {
      expect(one.x >= 0 && one.x + one.width <= layout.width && one.y + one.height <= layout.height, JSON.stringify(one)).toBe(true);
      for (const other of boxes.slice(index + 1)) expect(isApart(one, other), JSON.stringify([one, other])).toBe(true);
    }
    for (const [index, one] of layout.racks.entries())
      for (const other of layout.racks.slice(index + 1)) expect(isApart(one, other)).toBe(true);
  });

  test("moves a router sideways with its host, and the path with it", () => {
    const place = (owner: string) => {
      const rack = layoutTopology(rackModels(statusOf(1, [owner])), 700).racks[0];
      const controller = rack?.controllers.find(({ name }) => name === owner);
      if (rack === undefined || controller === undefined) throw new Error("no such place");
      return { router: rack.routers[0], controller, path: pathThrough(rack, controller) };
    };
    const [before, after] = [place("rack-00-c1"), place("rack-00-c3")];
    expect([before.router?.host, after.router?.host]).toEqual(["rack-00-c1", "rack-00-c3"]);
    expect(after.router?.x).toBe(after.controller.x);
    expect(after.router?.y).toBe(before.router?.y);
    expect(after.path.up).not.toBe(before.path.up);
  });

  test("shows a router that nobody has, and one that two have, as it is", () => {
    const hosts = (owners: string[]) => layoutTopology(rackModels(statusOf(1, owners)), 700).racks[0]?.routers.map(({ host }) => host);
    expect(hosts([])).toEqual([null]);
    expect(hosts(["rack-00-c1", "rack-00-c2"])).toEqual(["rack-00-c1", "rack-00-c2"]);
  });
});
