import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AnycastFlows, type AnycastFlowsOptions } from "./anycast-flows.ts";
import { mustRunIn } from "./place.ts";
import { ThrowAwayNet } from "./throw-away-net.ts";

let net: ThrowAwayNet;
const vip = "10.9.9.9";

beforeAll(async () => {
  net = await ThrowAwayNet.up("anycast");
  // The address stands on the wire's own namespace as well as on the right: which one answers is a matter of a route.
  for (const [place, device] of [
    [net.right, "lo"],
    [net.wire, "lo"],
  ] as const)
    await mustRunIn(place, ["ip", "address", "add", `${vip}/32`, "dev", device]);
  await mustRunIn(net.wire, ["ip", "link", "set", "lo", "up"]);
  await mustRunIn(net.wire, ["ip", "address", "add", "10.9.0.3/24", "dev", "br0"]);
  await route("10.9.0.2");
});
afterAll(() => net.down());

const route = (via: string): Promise<string> => mustRunIn(net.left, ["ip", "route", "replace", `${vip}/32`, "via", via]);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
let port = 7100;
const options = (): AnycastFlowsOptions => ({
  clients: [net.left],
  servers: [net.right, net.wire],
  address: vip,
  port: port++,
  flows: 5,
  rateHz: 100,
  maxSeconds: 10,
});

describe("flows to an address that two servers have", () => {
  it("lose nothing on a whole path, and stay where they are", async () => {
    const flows = await AnycastFlows.start(options());
    await pause(500);
    const result = await flows.stop();
    expect(result.flows).toHaveLength(5);
    expect(result.sent).toBeGreaterThan(200);
    expect(result).toMatchObject({ lost: 0, sendErrors: {} });
    for (const { servers } of result.flows) expect(servers.map(({ name }) => name)).toEqual([net.right.name]);
  });

  it("are seen to go elsewhere, when they do", async () => {
    const flows = await AnycastFlows.start(options());
    await pause(300);
    await route("10.9.0.3");
    await pause(300);
    const result = await flows.stop();
    await route("10.9.0.2");
    expect(result.lost).toBe(0);
    for (const { servers } of result.flows) expect(servers.map(({ name }) => name)).toEqual([net.right.name, net.wire.name]);
  });

  it("are seen to be cut, and for how long", async () => {
    const flows = await AnycastFlows.start(options());
    await pause(300);
    await net.lose("left", 100);
    await pause(300);
    await net.lose("left", 0);
    await pause(300);
    const result = await flows.stop();
    for (const { lost, longestGapMs } of result.flows) {
      expect(lost).toBeGreaterThan(20);
      expect(longestGapMs).toBeGreaterThan(280);
    }
  });
});
