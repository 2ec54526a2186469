import { namespaceIdWords } from "@rackway/schema";
import { describe, expect, it } from "vitest";

import { failoverRack } from "./fixtures/failover-state.ts";
import type { Primitive } from "./resource.ts";
import { serviceConstraints } from "./service-constraints.ts";
import { serviceResources } from "./service-resources.ts";

const state = failoverRack;
const primitives = new Map(serviceResources(state).map(({ primitive }): [string, Primitive] => [primitive.id, primitive]));

describe("failover VIPs in the CIB", () => {
  it("are one primitive for each group, which needs quorum or fencing, on links that need neither; no bridge of announced VIPs", () => {
    expect([...primitives].map(([id, { agent, meta }]) => `${id} ${agent.split(":")[2]} ${meta.requires}`)).toEqual([
      "rw-shop-ns namespace nothing",
      "rw-shop-net-rack-a.management.1 link nothing",
      "rw-shop-watch-rack-a.management.1 uplink nothing",
      "rw-shop-net-rack-a.storage.1 link nothing",
      "rw-shop-lan-in.1 failover quorum",
      "rw-shop-lan-other.1 failover quorum",
      "rw-shop-check health nothing",
    ]);
    const fenced = serviceResources({ ...state, takeover: "fenced" }).find(({ primitive }) => primitive.id === "rw-shop-lan-in.1");
    expect(fenced?.primitive.meta).toMatchObject({ requires: "fencing", "allow-migrate": "true" });
  });

  it("carry each address with its link and table, and networks with their gateways; nothing has a line break", () => {
    expect(primitives.get("rw-shop-lan-in.1")?.parameters).toEqual({
      netns: "rw-shop",
      addresses: "n-management 70001 10.10.1.150;n-management 70001 fd00:10:1::150;n-storage 70002 10.10.9.150",
      via: "169.254.64.2 fd72:6b77:616e::2",
      vips: "in 10.10.1.150,fd00:10:1::150 -;disks 10.10.9.150 -",
      checks: "",
    });
    expect(primitives.get("rw-shop-net-rack-a.storage.1")?.parameters).toMatchObject({ table: "70002", networks: "4 10.10.9.0/24 -" });
    expect(primitives.get("rw-shop-watch-rack-a.management.1")?.parameters).toEqual({
      netns: "rw-shop",
      targets: "n-management 10.10.1.1;n-management fd00:10:1::1",
      attribute: "rw-shop-net-rack-a-management",
    });
    expect(primitives.get("rw-shop-ns")?.parameters).toEqual({ netns: "rw-shop", addresses: "169.254.64.2/32 fd72:6b77:616e::2/128" });
  });

  it("are where all of their links are, prefer hosts whose gateways answer and whose service does, and stay in their rack", () => {
    const all = serviceConstraints(state);
    const own = all.filter((each) => each.id.startsWith("rw-shop-lan-in.1-"));
    expect(own.map(({ id }) => id.slice("rw-shop-lan-in.1-".length)).sort()).toEqual(
      [
        ...["after-rw-shop-ns-clone", "after-rw-shop-net-rack-a.management.1-clone", "after-rw-shop-net-rack-a.storage.1-clone"],
        ...["drained", "health", "prefer", "rack", "uplink-management", "uplink-storage", "well"],
        ...["with-ground", "with-management", "with-storage"],
      ].sort(),
    );
    expect(all.find(({ id }) => id === "rw-shop-lan-in.1-rack")).toMatchObject({ tests: [{ value: "ctl-b1" }] });
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  it("are called by words that no other namespace or router may end with", () => {
    const words = [...primitives.keys()].map((id) => id.slice("rw-shop-".length).split("-")[0]);
    expect(words.filter((word) => !(namespaceIdWords as readonly string[]).includes(word ?? ""))).toEqual([]);
  });
});
