import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Stand } from "../harness/index.ts";
import { loseAllLinks, loseAllPower, loseControlPlane } from "../soak/scenarios/outage.ts";

// A bound for a machine that does much else beside; a quiet one needs a tenth of it.
vi.setConfig({ testTimeout: 300_000 });

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.up({ name: "outage", racks: ["rack-a"], onProgress: console.log });
  await stand.mend();
});
afterAll(async () => {
  await stand?.down();
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
