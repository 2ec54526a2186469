import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { defaultTopology } from "./bring-up.ts";
import type { Faults } from "./faults.ts";
import { healed, isLinkDown, noFaults, renderFaultRules, requireCable, withLink, withLoss, withPartition } from "./faults.ts";
import { planLab } from "./plan.ts";
import { parseTopology } from "./topology.ts";

const plan = planLab(parseTopology(readFileSync(defaultTopology, "utf8")));
const loss = { host: "ctl-a1", network: "management", percent: 20, direction: "both" as const };
/** The rules of one chain, without its first line. */
function chain(faults: Faults, router: string, name: string): string[] | undefined {
  const lines = renderFaultRules(plan, faults, router).split("\n");
  const start = lines.indexOf(` chain ${name} {`);
  return start < 0 ? undefined : lines.slice(start + 2, lines.indexOf(" }", start)).map((line) => line.trim());
}

test("no fault, no table", () => {
  expect(renderFaultRules(plan, noFaults, "tor-a")).toBe("table netdev rackway_lab\ndelete table netdev rackway_lab\n");
});

describe("loss", () => {
  test("out is what comes in at the router's port, in is what leaves there", () => {
    expect(chain(withLoss(noFaults, { ...loss, direction: "out" }), "tor-a", "ingress_m-ctl-a1")).toEqual([
      "numgen random mod 10000 < 2000 drop",
    ]);
    expect(chain(withLoss(noFaults, { ...loss, direction: "out" }), "tor-a", "egress_m-ctl-a1")).toBeUndefined();
    expect(chain(withLoss(noFaults, { ...loss, direction: "in" }), "tor-a", "egress_m-ctl-a1")).toEqual([
      "numgen random mod 10000 < 2000 drop",
    ]);
  });

  test("of everything needs no dice, and a hundredth of a percent is kept", () => {
    expect(chain(withLoss(noFaults, { ...loss, percent: 100 }), "tor-a", "ingress_m-ctl-a1")).toEqual(["drop"]);
    expect(chain(withLoss(noFaults, { ...loss, percent: 0.01 }), "tor-a", "ingress_m-ctl-a1")).toEqual([
      "numgen random mod 10000 < 1 drop",
    ]);
  });

  test("counts from the end that is named, also between routers", () => {
    const atTor = withLoss(noFaults, { host: "tor-a", network: "spine", percent: 100, direction: "out" });
    const atSpine = withLoss(noFaults, { host: "spine", network: "tor-a", percent: 100, direction: "out" });
    expect(chain(atTor, "spine", "ingress_tor-a")).toEqual(["drop"]);
    expect(chain(atSpine, "spine", "egress_tor-a")).toEqual(["drop"]);
  });

  test("in one direction replaces that direction of both, and zero takes it away", () => {
    const changed = withLoss(withLoss(noFaults, loss), { ...loss, percent: 50, direction: "in" });
    expect(changed.losses).toEqual([
      { ...loss, direction: "out" },
      { ...loss, percent: 50, direction: "in" },
    ]);
    expect(withLoss(changed, { ...loss, percent: 0 })).toEqual(noFaults);
  });

  test("of more than everything is refused", () => {
    expect(() => withLoss(noFaults, { ...loss, percent: 101 })).toThrow("not a percentage");
    expect(() => withLoss(noFaults, { ...loss, percent: NaN })).toThrow("not a percentage");
  });
});

describe("partition", () => {
  test("marks a host where it comes in and drops its foes where they would leave", () => {
    const faults = withPartition(noFaults, plan, [["ctl-a1"], ["ctl-a2", "ctl-b1"]]);
    expect(chain(faults, "tor-a", "ingress_m-ctl-a1")).toEqual(["meta mark set 1", "ip dscp set 1", "ip6 dscp set 1"]);
    expect(chain(faults, "tor-a", "egress_p-ctl-a1")).toEqual([
      "meta mark { 2, 3 } drop",
      "ip dscp { 2, 3 } drop",
      "ip6 dscp { 2, 3 } drop",
    ]);
    expect(chain(faults, "tor-b", "egress_m-ctl-b1")).toEqual(["meta mark { 1 } drop", "ip dscp { 1 } drop", "ip6 dscp { 1 } drop"]);
    expect(chain(faults, "tor-a", "egress_m-ctl-a3")).toBeUndefined();
  });

  test("of two pairs leaves a host between them alone", () => {
    const faults = withPartition(noFaults, plan, [
      ["ctl-a1", "node-a1"],
      ["ctl-a3", "ctl-b1"],
    ]);
    expect(renderFaultRules(plan, faults, "tor-a")).not.toContain("ctl-a2");
  });

  test("with a host on both sides, without a side, with a router or with a stranger is refused", () => {
    expect(() => withPartition(noFaults, plan, [["ctl-a1"], ["ctl-a1"]])).toThrow("both sides");
    expect(() => withPartition(noFaults, plan, [["ctl-a1"], []])).toThrow("two sides");
    expect(() => withPartition(noFaults, plan, [["ctl-a1"], ["tor-a"]])).toThrow("tor-a is a router");
    expect(() => withPartition(noFaults, plan, [["ctl-a1"], ["ctl-a9"]])).toThrow("unknown host ctl-a9");
  });
});

describe("healing", () => {
  const faults = withLoss(withLink(withPartition(noFaults, plan, [["ctl-a1", "ctl-a2"], ["ctl-a3"]]), "ctl-a2", "public", "down"), loss);

  test("one host leaves the others' failures in force", () => {
    expect(healed(faults, "ctl-a1")).toEqual({
      linksDown: faults.linksDown,
      losses: [],
      partitions: [{ sides: [["ctl-a2"], ["ctl-a3"]] }],
    });
  });

  test("the last host of a side ends the partition", () => {
    expect(healed(faults, "ctl-a3").partitions).toEqual([]);
  });

  test("everything leaves nothing", () => {
    expect(healed(faults)).toEqual(noFaults);
  });
});

test("a cable is down from whichever end it was pulled", () => {
  const cable = plan.cables.find(({ near, far }) => near.host === "tor-a" && far.host === "spine");
  if (!cable) throw new Error("no cable");
  expect(isLinkDown(plan, withLink(noFaults, "tor-a", "spine", "down"), cable)).toBe(true);
  expect(isLinkDown(plan, withLink(noFaults, "spine", "tor-a", "down"), cable)).toBe(true);
  expect(isLinkDown(plan, withLink(withLink(noFaults, "spine", "tor-a", "down"), "spine", "tor-a", "up"), cable)).toBe(false);
});

test("an unknown network names those that the host has", () => {
  expect(() => requireCable(plan, "node-a1", "public")).toThrow(
    expect.objectContaining({ hint: "there are: node-a1:fabric, node-a1:management" }),
  );
});
