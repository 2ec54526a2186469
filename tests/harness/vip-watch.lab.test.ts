import { ensureRoot } from "@rackway/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rootedPlace } from "./lab-place.ts";
import { mustRunIn, type Place } from "./place.ts";
import { ThrowAwayNet } from "./throw-away-net.ts";
import { VipWatch, type VipWatchReport } from "./vip-watch.ts";

const vips = ["10.9.0.100", "fd00:9::100"];
let net: ThrowAwayNet;
let wire: Place;
const macs: Record<"left" | "right", string> = { left: "", right: "" };

beforeAll(async () => {
  net = await ThrowAwayNet.up("vip");
  wire = rootedPlace(net.wire, await ensureRoot());
  for (const side of ["left", "right"] as const) macs[side] = (await mustRunIn(net[side], ["cat", "/sys/class/net/eth0/address"])).trim();
});
afterAll(() => net.down());

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
async function vip(side: "left" | "right", verb: "add" | "del"): Promise<void> {
  const lines = [`addr ${verb} ${vips[0]}/32 dev eth0`, `addr ${verb} ${vips[1]}/128 dev eth0${verb === "add" ? " nodad" : ""}`];
  await mustRunIn(net[side], ["ip", "-batch", "-"], { input: lines.join("\n") });
}
async function watch(during: () => Promise<void>): Promise<VipWatchReport> {
  const watching = await VipWatch.start({ place: wire, interface: "br0", addresses: vips, maxMs: 20_000 });
  await during();
  return watching.stop();
}

describe("the ownership watch", () => {
  it.each(vips)("knows the one owner of %s, and finds no moment without it", async (address) => {
    await vip("left", "add");
    const report = await watch(() => pause(1000));
    await vip("left", "del");
    const { tenures, twoOwners, totalNobodyMs, asked } = report.byAddress[address]!;
    expect(new Set(tenures.map(({ mac }) => mac))).toEqual(new Set([macs.left]));
    expect(twoOwners).toEqual([]);
    expect(totalNobodyMs).toBeLessThan(60);
    expect(asked).toBeGreaterThan(100);
    expect(report).toMatchObject({ droppedByKernel: 0, isFull: false });
  });

  it("sees two owners, and for how long, in both families", async () => {
    await vip("left", "add");
    let bothMs = 0;
    const report = await watch(async () => {
      await pause(300);
      const since = Date.now();
      await vip("right", "add");
      await pause(200);
      await vip("left", "del");
      bothMs = Date.now() - since;
      await pause(300);
    });
    await vip("right", "del");
    for (const address of vips) {
      const { twoOwners, longestTwoOwnersMs } = report.byAddress[address]!;
      expect(longestTwoOwnersMs).toBeGreaterThan(150);
      expect(longestTwoOwnersMs).toBeLessThan(bothMs + 20);
      expect(twoOwners[0]!.macs.toSorted()).toEqual([macs.left, macs.right].toSorted());
    }
  });

  it("sees the time between two owners, in both families", async () => {
    await vip("left", "add");
    let neitherMs = 0;
    const report = await watch(async () => {
      await pause(300);
      const since = Date.now();
      await vip("left", "del");
      await pause(200);
      await vip("right", "add");
      neitherMs = Date.now() - since;
      await pause(300);
    });
    await vip("right", "del");
    for (const address of vips) {
      const { twoOwners, longestNobodyMs } = report.byAddress[address]!;
      expect(twoOwners).toEqual([]);
      expect(longestNobodyMs).toBeGreaterThan(180);
      expect(longestNobodyMs).toBeLessThan(neitherMs + 60);
    }
  });

  it("sees a host that only sources traffic from the address, and answers nobody", async () => {
    await vip("left", "add");
    await mustRunIn(net.right, ["ip", "-batch", "-"], { input: `addr add ${vips[0]}/32 dev eth0` });
    const mute = "table arp mute { chain o { type filter hook output priority 0; drop; }; }";
    await mustRunIn(net.right, ["nft", "-f", "-"], { input: mute });
    const neighbour = (await mustRunIn(net.left, ["cat", "/sys/class/net/eth0/address"])).trim();
    await mustRunIn(net.right, ["ip", "neigh", "replace", net.addresses.left[4], "lladdr", neighbour, "dev", "eth0"]);
    const report = await watch(async () => {
      await pause(200);
      await mustRunIn(wire, ["true"]);
      await mustRunIn(net.right, ["ip", "route", "replace", `${net.addresses.left[4]}/32`, "dev", "eth0", "src", vips[0]!]);
      await mustRunIn(net.right, ["bash", "-c", `echo > /dev/udp/${net.addresses.left[4]}/9`]);
      await pause(200);
    });
    await mustRunIn(net.right, ["nft", "flush", "ruleset"]);
    await vip("left", "del");
    const { twoOwners } = report.byAddress[vips[0]!]!;
    expect(twoOwners).toMatchObject([{ lengthMs: 0 }]);
    const stray = report.sightings.filter(({ mac }) => mac === macs.right);
    expect(stray).toMatchObject([{ kind: "source", address: vips[0] }]);
  });

  it("enters nobody's neighbour cache with the address it asks for", async () => {
    await vip("left", "add");
    await watch(() => pause(300));
    await vip("left", "del");
    for (const place of [net.right, net.wire]) {
      const neighbours = await mustRunIn(place, ["ip", "neigh"]);
      for (const address of vips) expect(neighbours).not.toContain(`${address} `);
    }
  });
});
