/** The soak's scenarios on both databases, with small counts. */
import { AddressRace } from "@rackway/store/testing";
import { describe, expect, test, vi } from "vitest";

import { setUpDatabases } from "../soak/scenarios/databases.ts";
import { raceForLast } from "../soak/scenarios/last-addresses.ts";
import { killServer } from "../soak/scenarios/server-killed.ts";

// Real programs, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

describe.each(["sqlite", "postgresql"] as const)("on %s", (database) => {
  test("64 clients that race for the last 10 addresses: 10 winners, 54 clean conflicts", async () => {
    const databases = await setUpDatabases(database);
    try {
      const race = await AddressRace.begin(await databases.make(), 2);
      for (const index of [1, 2]) expect((await raceForLast(race, index)).failures).toEqual([]);
      await race.end();
    } finally {
      await databases.tearDown();
    }
  });

  test("a server that is killed in the middle of writes has lost none that it acknowledged", async () => {
    const databases = await setUpDatabases(database);
    try {
      const { failures, values } = await killServer(databases, { database, writes: 200, killAfter: 40 });
      expect(failures).toEqual([]);
      expect(values["acknowledged"]).toBeGreaterThanOrEqual(40);
    } finally {
      await databases.tearDown();
    }
  });
});
