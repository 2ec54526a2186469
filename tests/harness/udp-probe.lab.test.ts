import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ThrowAwayNet } from "./throw-away-net.ts";
import { startUdpProbe, type UdpProbeOptions } from "./udp-probe.ts";

let net: ThrowAwayNet;
beforeAll(async () => {
  net = await ThrowAwayNet.up("udp");
});
afterAll(() => net.down());

let port = 7000;
function options(over: Partial<UdpProbeOptions> = {}): UdpProbeOptions {
  return { client: net.left, server: net.right, address: net.addresses.right[4], port: port++, rateHz: 1000, count: 1000, ...over };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("the UDP probe", () => {
  it.each([4, 6] as const)("loses nothing on a whole path, and keeps its rate (IPv%i)", async (family) => {
    const probe = await startUdpProbe(options({ address: net.addresses.right[family] }));
    const result = await probe.result;
    expect(result.toServer).toMatchObject({ sent: 1000, received: 1000, lost: 0, duplicates: 0, reordered: 0 });
    expect(result.toClient).toMatchObject({ sent: 1000, received: 1000, lost: 0, duplicates: 0, reordered: 0 });
    expect(result.instrument.socketDrops).toBe(0);
    expect(result.sources).toHaveLength(1);
    expect(result.endedAtMs - result.startedAtMs).toBeGreaterThan(1400);
    expect(result.endedAtMs - result.startedAtMs).toBeLessThan(1900);
  });

  it("sees a fifth lost towards the server, and blames that direction alone", async () => {
    await net.lose("left", 20);
    const result = await (await startUdpProbe(options())).result;
    await net.lose("left", 0);
    expect(result.toServer?.lost).toBeGreaterThan(100);
    expect(result.toServer?.lost).toBeLessThan(320);
    expect(result.toClient.lost).toBe(0);
  });

  it("sees a fifth lost towards the client, and blames that direction alone", async () => {
    await net.lose("right", 20);
    const result = await (await startUdpProbe(options())).result;
    await net.lose("right", 0);
    expect(result.toServer?.lost).toBe(0);
    expect(result.toClient.lost).toBeGreaterThan(100);
    expect(result.toClient.lost).toBeLessThan(320);
  });

  it.each(["left", "right"] as const)("sees duplicates of what %s sends, and blames that direction alone", async (side) => {
    await net.duplicate(side, 10);
    const result = await (await startUdpProbe(options())).result;
    await net.duplicate(side, 0);
    const [to, other] = side === "left" ? [result.toServer, result.toClient] : [result.toClient, result.toServer];
    expect(to?.duplicates).toBe(100);
    expect(other?.duplicates).toBe(0);
    expect(result.toServer?.lost).toBe(0);
    expect(result.toClient.lost).toBe(0);
  });

  it("measures a cut of 300 ms: its length, its beginning, and the datagrams that it took", async () => {
    const probe = await startUdpProbe(options({ count: 5000 }));
    await pause(300);
    const cutAt = Date.now();
    await net.lose("left", 100);
    await pause(300);
    await net.lose("left", 0);
    const healedAt = Date.now();
    await pause(300);
    const result = await probe.stop();
    expect(result.longestGapMs).toBeGreaterThan(270);
    expect(result.longestGapMs).toBeLessThan(healedAt - cutAt + 50);
    const gap = result.gaps.find((candidate) => candidate.lengthMs === result.longestGapMs);
    expect(gap?.startedAtMs).toBeGreaterThan(cutAt - 50);
    expect(gap?.startedAtMs).toBeLessThan(healedAt);
    expect(result.toServer?.lost).toBeGreaterThan(250);
    expect(Math.abs((result.toServer?.lost ?? 0) - result.longestGapMs)).toBeLessThan(60);
    expect(result.toServer?.sent).toBeLessThan(2500);
  });

  it("reports a path that stays dead as a gap without end", async () => {
    const probe = await startUdpProbe(options({ count: 5000 }));
    await pause(200);
    await net.lose("right", 100);
    await pause(400);
    const result = await probe.stop();
    await net.lose("right", 0);
    expect(result.gaps.at(-1)).toMatchObject({ open: true });
    expect(result.longestGapMs).toBeGreaterThan(350);
  });

  it("server-first: only the server sends after the opening, and its losses are seen", async () => {
    const whole = await (await startUdpProbe(options({ mode: "server-first" }))).result;
    expect(whole.toServer).toBeNull();
    expect(whole.toClient).toMatchObject({ sent: 1000, received: 1000, lost: 0 });
    const probe = await startUdpProbe(options({ mode: "server-first", count: 3000 }));
    await pause(300);
    await net.lose("right", 100);
    await pause(200);
    await net.lose("right", 0);
    await pause(200);
    const cut = await probe.stop();
    expect(cut.toClient.lost).toBeGreaterThan(150);
    expect(cut.longestGapMs).toBeGreaterThan(150);
  });
});
