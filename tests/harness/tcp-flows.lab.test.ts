import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mustRunIn } from "./place.ts";
import { TcpFlows, type TcpFlowsOptions } from "./tcp-flows.ts";
import { ThrowAwayNet } from "./throw-away-net.ts";

let net: ThrowAwayNet;
beforeAll(async () => {
  net = await ThrowAwayNet.up("tcp");
});
afterAll(() => net.down());

let firstPort = 8000;
function options(over: Partial<TcpFlowsOptions> = {}): TcpFlowsOptions {
  firstPort += 10;
  const counts = { clientFirst: 100, serverFirst: 100, deadlineMs: 1500, maxMs: 60_000 };
  return { client: net.left, server: net.right, address: net.addresses.right[4], firstPort, ...counts, ...over };
}

describe("held TCP flows", () => {
  it("10,000 of them live through two rounds of nonces, in bounded memory", async () => {
    const flows = await TcpFlows.open(options({ clientFirst: 5000, serverFirst: 5000, deadlineMs: 10_000 }));
    expect(flows.opened).toMatchObject({ opened: 10_000, failed: {} });
    for (const round of [1, 2]) {
      const result = await flows.exchange();
      expect(result.clientFirst).toMatchObject({ round, expected: 5000, alive: 5000, dead: {} });
      expect(result.serverFirst).toMatchObject({ round, expected: 5000, alive: 5000, dead: {} });
    }
    const { clientRssBytes, serverRssBytes } = await flows.close();
    expect(Math.max(clientRssBytes, serverRssBytes)).toBeLessThan(400 * 1024 * 1024);
  });

  it("counts flows whose path has died as timed out, of both kinds, and sees them live again once it is back", async () => {
    const flows = await TcpFlows.open(options({ address: net.addresses.right[6] }));
    await net.lose("right", 100);
    const cut = await flows.exchange();
    expect(cut.clientFirst).toMatchObject({ expected: 100, alive: 0, dead: { ETIMEDOUT: 100 } });
    expect(cut.serverFirst).toMatchObject({ expected: 100, alive: 0, dead: { ETIMEDOUT: 100 } });
    await net.lose("right", 0);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const healed = await flows.exchange();
    expect(healed.clientFirst.alive + healed.serverFirst.alive).toBe(200);
    await flows.close();
  });

  it("tells the kinds apart: where the router has no state, flows whose server speaks first are reset or stall", async () => {
    const flows = await TcpFlows.open(options());
    // A stateful filter that comes after the flows were made, has no state of theirs, and lets only the client's side begin.
    const table =
      "table inet strict { chain input { type filter hook input priority 0; ct state established accept; tcp dport < 10000 accept; meta l4proto tcp reject with tcp reset; }; }";
    await mustRunIn(net.left, ["nft", "-f", "-"], { input: table });
    const result = await flows.exchange();
    await mustRunIn(net.left, ["nft", "delete", "table", "inet", "strict"]);
    expect(result.clientFirst).toMatchObject({ expected: 100, alive: 100 });
    expect(result.serverFirst).toMatchObject({ expected: 100, alive: 0, dead: { ECONNRESET: 100 } });
    expect(result.serverFirst.deadFlows).toHaveLength(20);
    await flows.close();
  });
});
