import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startNewFlows, type NewFlowsOptions } from "./new-flows.ts";
import { mustRunIn } from "./place.ts";
import { ThrowAwayNet } from "./throw-away-net.ts";

let net: ThrowAwayNet;
beforeAll(async () => {
  net = await ThrowAwayNet.up("new");
});
afterAll(() => net.down());

let port = 9000;
function options(over: Partial<NewFlowsOptions> = {}): NewFlowsOptions {
  return { client: net.left, server: net.right, address: net.addresses.right[4], port: port++, count: 400, timeoutMs: 1500, ...over };
}
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("new flows", () => {
  it.each([4, 6] as const)("all succeed on a whole path (IPv%i)", async (family) => {
    const { tcp, udp } = await (await startNewFlows(options({ address: net.addresses.right[family] }))).result;
    expect(tcp).toMatchObject({ started: 400, done: 400, failures: {}, delayed: 0 });
    expect(udp).toMatchObject({ started: 400, done: 400, failures: {}, delayed: 0 });
  });

  it("a cut of 200 ms delays connections by a retransmitted SYN and loses single datagrams", async () => {
    const flows = await startNewFlows(options({ timeoutMs: 3000 }));
    await pause(500);
    const cutAt = Date.now();
    await net.lose("left", 100);
    await pause(200);
    await net.lose("left", 0);
    const { tcp, udp } = await flows.result;
    expect(tcp.failures).toEqual({});
    expect(tcp.delayed).toBeGreaterThan(20);
    expect(udp.failures["answer-timeout"]).toBeGreaterThan(20);
    expect(udp.done + udp.failures["answer-timeout"]!).toBe(400);
    for (const { startedAtMs } of udp.listed) expect(Math.abs(startedAtMs - cutAt - 100)).toBeLessThan(250);
  });

  it("sorts resets, refusals and silences into kinds of their own", async () => {
    const reject =
      "table inet r { chain i { type filter hook input priority 0; meta l4proto tcp ct state new reject with tcp reset; meta l4proto udp ct state new reject; }; }";
    const flows = await startNewFlows(options({ count: 1000 }));
    await pause(300);
    await mustRunIn(net.right, ["nft", "-f", "-"], { input: reject });
    await pause(300);
    await mustRunIn(net.right, ["nft", "delete", "table", "inet", "r"]);
    const { tcp, udp } = await flows.stop();
    expect(tcp.failures["ECONNREFUSED"]).toBeGreaterThan(20);
    // The kernel limits the rate of its ICMP errors (icmp_ratelimit): the others are silences.
    expect(udp.failures["ECONNREFUSED"]).toBeGreaterThan(0);
    expect(udp.failures["answer-timeout"]).toBeGreaterThan(0);
    await net.lose("left", 100);
    const silent = await startNewFlows(options({ count: 50, timeoutMs: 1200 }));
    const result = await silent.result;
    await net.lose("left", 0);
    expect(result.tcp.failures).toEqual({ "connect-timeout": 50 });
    expect(result.udp.failures).toEqual({ "answer-timeout": 50 });
  });
});
