import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLongUdp } from "./long-udp.ts";
import { mustRunIn } from "./place.ts";
import { ThrowAwayNet } from "./throw-away-net.ts";

let net: ThrowAwayNet;
beforeAll(async () => {
  net = await ThrowAwayNet.up("long");
});
afterAll(() => net.down());

const short = { intervalMs: 200, count: 10 };

describe("a long UDP flow", () => {
  it.each([4, 6] as const)("loses nothing and has one source on a whole path (IPv%i)", async (family) => {
    const flow = await startLongUdp({ client: net.left, server: net.right, address: net.addresses.right[family], port: 9500, ...short });
    const result = await flow.result;
    expect(result).toMatchObject({
      toServer: { sent: 10, received: 10, lost: 0 },
      toClient: { sent: 10, received: 10, lost: 0 },
      foreign: [],
      errors: {},
    });
  });

  it("sees that its translation was made anew: a foreign source, and loss both ways from then on", async () => {
    const snat = "table ip n { chain p { type nat hook postrouting priority 100; ip protocol udp snat to 10.9.0.1:40000; }; }";
    await mustRunIn(net.left, ["nft", "-f", "-"], { input: snat });
    const flow = await startLongUdp({ client: net.left, server: net.right, address: net.addresses.right[4], port: 9501, ...short });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    // What the router forgets when it fails over without synchronisation: the connection table.
    const forget = `table ip f {
      chain o { type filter hook output priority -300; ip protocol udp notrack; }
      chain p { type filter hook prerouting priority -300; ip protocol udp notrack; }
    }`;
    await mustRunIn(net.left, ["nft", "-f", "-"], { input: forget });
    const result = await flow.result;
    await mustRunIn(net.left, ["nft", "flush", "ruleset"]);
    expect(result.source).toBe("10.9.0.1 40000");
    expect(result.foreign.length).toBeGreaterThan(2);
    expect(result.toServer.lost).toBe(result.foreign.length);
    expect(result.toClient.lost).toBeGreaterThan(0);
  });
});
