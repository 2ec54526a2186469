import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Stand } from "../harness/index.ts";
import { outliveThePowerCut, watchFast } from "../soak/scenarios/long-udp.ts";
import { loseAllLinks, loseAllPower, loseControlPlane } from "../soak/scenarios/outage.ts";

// A bound for a machine that does much else beside; a quiet one needs a tenth of it.
vi.setConfig({ testTimeout: 300_000 });

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.up({ name: "outage", racks: ["rack-a"], edit: watchFast, onProgress: console.log });
  await stand.mend();
});
afterAll(async () => {
  await stand?.down();
});

/**
 * Refreshed every 20 rounds of 200 ms and what the questions take. Without it, gone from the standbys 15 s after they were last told of the
 * flow: by the client's second datagram, which makes it an established one.
 */
const slowFlow = { intervalMs: 8000, cutAfterMs: 24_500, streamTimeoutSeconds: 15 };

describe("a UDP flow with long pauses", () => {
  it("outlives the power cut of its router, and is known to those who stand by for the heir", async () => {
    expect((await outliveThePowerCut(stand, { ...slowFlow, count: 6 })).failures).toEqual([]);
  });

  it("does not when the owner told nobody of it again: the test sees the difference", async () => {
    const run = await outliveThePowerCut(stand, { ...slowFlow, count: 4, isOwnerSilent: true });
    expect(run.values["lost"]).toBe(2);
  });
});

describe("after an outage of everything", () => {
  it("a rack whose hosts all lost their power comes back by itself", async () => {
    const run = await loseAllPower(stand);
    console.log(`all power: reachable after ${run.values["reachableMs"]} ms, converged after ${run.values["convergedMs"]} ms`);
    expect(run.failures).toEqual([]);
  });

  it("a rack whose links all went comes back by itself, and nobody held an address meanwhile", async () => {
    const run = await loseAllLinks(stand);
    console.log(`all links: reachable after ${run.values["reachableMs"]} ms, converged after ${run.values["convergedMs"]} ms`);
    expect(run.failures).toEqual([]);
  });

  it("without server, database and agents a power cut is taken over, drift is mended and monitors tell the truth", async () => {
    const run = await loseControlPlane(stand);
    console.log(`without control plane: taken over after ${run.values["takeoverMs"]} ms`);
    expect(run.failures).toEqual([]);
  });
});
