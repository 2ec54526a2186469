import { afterEach, describe, expect, it } from "vitest";
import { Stand } from "../harness/index.ts";
import { cutPower, withoutConnectionSync } from "../soak/scenarios/power-cut.ts";

let stand: Stand | undefined;
afterEach(async () => {
  await stand?.down();
  stand = undefined;
});

describe("connection state", () => {
  it("is what lets flows live: with connectionSync off, a power cut kills the server-first flows", async () => {
    stand = await Stand.up({ name: "unsync", racks: ["rack-a"], edit: withoutConnectionSync, onProgress: console.log });
    await stand.mend();
    const run = await cutPower(stand, { flows: 400, downloads: 0 });
    expect(run.values["serverFirstAlive"]).toBe(0);
  }, 300_000);
});
