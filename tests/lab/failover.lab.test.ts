import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stand, startUdpProbe, TcpFlows } from "../harness/index.ts";

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.up({ name: "failover", racks: ["rack-a"], onProgress: console.log });
});
afterAll(async () => {
  await stand?.down();
});

describe("a virtual router", () => {
  it("moves as planned without losing a packet or a connection", async () => {
    await stand.refuseUnknownFlows();
    const [client, server] = [stand.place("node-a1"), stand.place("internet")];
    const flows = await TcpFlows.open({
      client,
      server,
      address: "198.51.100.2",
      firstPort: 9000,
      clientFirst: 100,
      serverFirst: 100,
      maxMs: 90_000,
    });
    const probe = await startUdpProbe({ client, server, address: "198.51.100.2", port: 7001, rateHz: 1000, count: 60_000 });
    const from = await stand.owner();
    const to = stand.controllers().find((host) => host !== from) ?? "";
    const operation = await stand.controlPlane.client.startOperation({ kind: "move", router: "vr-a", to });
    await stand.ownerOtherThan(from);
    await stand.until("the move is reported as done", 20_000, async () => {
      const { state } = await stand.controlPlane.client.operation(operation.id);
      return state === "done" ? true : undefined;
    });
    const result = await probe.stop();
    const { clientFirst, serverFirst } = await flows.exchange();
    await flows.close();
    expect(await stand.owner()).toBe(to);
    expect([result.toServer?.lost, result.toClient.lost, clientFirst.alive, serverFirst.alive]).toEqual([0, 0, 100, 100]);
  });

  it("is taken over after a power cut, and every connection lives", async () => {
    const [client, server] = [stand.place("node-a1"), stand.place("internet")];
    const flows = await TcpFlows.open({
      client,
      server,
      address: "198.51.100.2",
      firstPort: 9000,
      clientFirst: 100,
      serverFirst: 100,
      maxMs: 90_000,
    });
    const probe = await startUdpProbe({ client, server, address: "198.51.100.2", port: 7001, rateHz: 1000, count: 60_000 });
    const victim = await stand.owner();
    await stand.lab.powerOff(victim);
    await stand.ownerOtherThan(victim);
    const result = await probe.stop();
    const { clientFirst, serverFirst } = await flows.exchange();
    await flows.close();
    console.log("blackout", result.longestGapMs);
    expect([clientFirst.alive, serverFirst.alive]).toEqual([100, 100]);
    expect(result.toServer?.lost).toBeGreaterThan(0);
    await stand.mend();
  });
});
