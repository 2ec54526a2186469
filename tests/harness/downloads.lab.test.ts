import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDownloads, startFileServer } from "./downloads.ts";
import { ThrowAwayNet } from "./throw-away-net.ts";

let net: ThrowAwayNet;
beforeAll(async () => {
  net = await ThrowAwayNet.up("get");
});
afterAll(() => net.down());

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const mebibyte = 1024 * 1024;

describe("hashed downloads", () => {
  it("span the time that their throttle gives them, live through a cut, and report it as their longest stall", async () => {
    const server = await startFileServer(net.right, { address: net.addresses.right[6], port: 8080, bytes: 2 * mebibyte, maxMs: 60_000 });
    const downloads = await startDownloads(net.left, { ...server, downloads: 20, bytesPerSecond: mebibyte / 2, maxMs: 60_000 });
    await pause(1000);
    const cutAt = Date.now();
    await net.lose("right", 100);
    await pause(1000);
    await net.lose("right", 0);
    const result = await downloads.result;
    expect(result).toMatchObject({ expected: 20, right: 20, wrong: 0, failed: {} });
    expect(result.longestStallMs).toBeGreaterThan(500);
    for (const download of result.downloads) {
      expect(download.tookMs).toBeGreaterThan(3000);
      expect(download.bytes).toBe(2 * mebibyte);
    }
    const stalled = result.downloads.filter(({ longestStallMs }) => longestStallMs > 500);
    expect(stalled.length).toBeGreaterThan(10);
    for (const { stallStartedAtMs } of stalled) expect(stallStartedAtMs).toBeGreaterThan(cutAt - 200);
    expect(await server.stop()).toEqual({ served: 20 });
  });

  it("hurry: the rest is read without a throttle", async () => {
    const server = await startFileServer(net.right, { address: net.addresses.right[4], port: 8081, bytes: 8 * mebibyte, maxMs: 60_000 });
    const downloads = await startDownloads(net.left, { ...server, downloads: 5, bytesPerSecond: mebibyte / 4, maxMs: 60_000 });
    await pause(500);
    const result = await downloads.hurry();
    expect(result).toMatchObject({ right: 5 });
    expect(Math.max(...result.downloads.map(({ tookMs }) => tookMs))).toBeLessThan(5000);
    await server.stop();
  });

  it("see a file that is not the one they were told of, and a server that is gone", async () => {
    const server = await startFileServer(net.right, { address: net.addresses.right[4], port: 8082, bytes: mebibyte, maxMs: 60_000 });
    const options = { url: server.url, downloads: 3, bytesPerSecond: 10 * mebibyte, maxMs: 20_000 };
    expect(await (await startDownloads(net.left, { ...options, sha256: "0".repeat(64) })).result).toMatchObject({
      right: 0,
      wrong: 3,
      failed: {},
    });
    await server.stop();
    const gone = await (await startDownloads(net.left, { ...options, sha256: server.sha256 })).result;
    expect(gone).toMatchObject({ right: 0, wrong: 0, failed: { ECONNREFUSED: 3 } });
  });

  it("give up a download that gets no byte any more", async () => {
    const server = await startFileServer(net.right, { address: net.addresses.right[4], port: 8083, bytes: 4 * mebibyte, maxMs: 60_000 });
    const downloads = await startDownloads(net.left, {
      ...server,
      downloads: 2,
      bytesPerSecond: mebibyte,
      idleTimeoutMs: 1000,
      maxMs: 20_000,
    });
    await pause(300);
    await net.lose("right", 100);
    expect(await downloads.result).toMatchObject({ right: 0, failed: { ETIMEDOUT: 2 } });
    await net.lose("right", 0);
    server.abandon();
  });
});
