import { AddressRace } from "@rackway/store/testing";

import type { Run, Scenario } from "../../harness/scenario.ts";
import { setUpDatabases, type DatabaseName } from "./databases.ts";

const clients = 64;
const addresses = 10;
/** As many servers as would share a PostgreSQL. */
const processes = 4;

/** 64 clients want the last 10 addresses, half of them in transactions and half without any lock: 10 get one, 54 are told that it is taken. */
export async function raceForLast(race: AddressRace, index: number): Promise<Run> {
  const startedAt = performance.now();
  const failures = await race.heat(`round-${index}`, clients, addresses);
  return { group: "race", values: { raceMs: Math.round(performance.now() - startedAt) }, failures };
}

function scenario(name: DatabaseName): Scenario {
  return {
    name: `last-addresses-${name}`,
    summary: `${clients} clients of ${processes} processes race for the last ${addresses} addresses: ${addresses} winners, ${clients - addresses} clean conflicts`,
    runs: 100,
    thresholds: [],
    setUp: async () => {
      const databases = await setUpDatabases(name);
      try {
        const race = await AddressRace.begin(await databases.make(), processes);
        return { run: (index) => raceForLast(race, index), tearDown: () => race.end().finally(databases.tearDown) };
      } catch (error) {
        await databases.tearDown();
        throw error;
      }
    },
  };
}

export const lastAddresses: readonly Scenario[] = [scenario("sqlite"), scenario("postgresql")];
