import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Stand } from "../harness/index.ts";
import { compareWithBefore, cutAndWatch, lookBefore } from "../soak/scenarios/cuts-in-a-row.ts";
import { killInstead, moveUnderTraffic } from "../soak/scenarios/planned-move.ts";
import { cutPower } from "../soak/scenarios/power-cut.ts";

// A bound for a machine that does much else beside; a quiet one needs a tenth of it.
vi.setConfig({ testTimeout: 300_000 });

/** The soaks' own code with small counts. Facts only: what a busy machine makes longer is printed, never asserted. */
let stand: Stand;
beforeAll(async () => {
  stand = await Stand.up({ name: "failover", racks: ["rack-a"], onProgress: console.log });
  await stand.mend();
});
afterAll(async () => {
  await stand?.down();
});

const planned = { flows: 400, newFlowsPerSecond: 20, probes: 3000 };

describe("a planned move of a virtual router", () => {
  it.each(["move", "drain"] as const)("by %s, there and back, loses nothing, touches no flow and leaves nothing behind", async (way) => {
    const run = await moveUnderTraffic(stand, { way, ...planned });
    expect(run.failures).toEqual([]);
    expect(run.values["probesSent"]).toBeGreaterThanOrEqual(2 * planned.probes);
    expect([run.values["clientFirstAlive"], run.values["serverFirstAlive"]]).toEqual([200, 200]);
    expect(run.values["newFlows"]).toBeGreaterThan(0);
  });

  it("proves something: the hard kill of the same host, in the same harness, loses", async () => {
    expect((await killInstead(stand, 40)).failures).toEqual([]);
  });
});

describe("a power cut of the host that carries a virtual router", () => {
  it.each([
    { who: "is not the DC", isVictimDc: false },
    { who: "is the DC", isVictimDc: true },
  ])("that $who lets every flow and every download live", async ({ isVictimDc }) => {
    const run = await cutPower(stand, { flows: 400, downloads: 4, isVictimDc });
    console.log(`blackout, ${run.group}: ${run.values["blackoutMs"]} ms`);
    expect(run.failures).toEqual([]);
    const { clientFirstAlive, serverFirstAlive, downloadsRight } = run.values;
    expect({ clientFirstAlive, serverFirstAlive, downloadsRight }).toEqual({
      clientFirstAlive: 200,
      serverFirstAlive: 200,
      downloadsRight: 4,
    });
  });

  it("twice in a row never shows two owners on the wire, and leaves every host as it was", async () => {
    const before = await lookBefore(stand);
    for (const turn of [1, 2]) {
      const run = await cutAndWatch(stand);
      console.log(`nobody answered after cut ${turn} for ${run.values["nobodyMs"]} ms`);
      expect(run.failures).toEqual([]);
    }
    expect(await compareWithBefore(stand, before)).toEqual([]);
  });
});
