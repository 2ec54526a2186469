import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

import { openStore, parseDatabasePlace } from "./open-store.ts";
import { addressRecord } from "./store-fixtures.ts";
import { refusalOf } from "./store-error.ts";
import type { ReservationRecord } from "./store.ts";
import type { RaceHeat, RaceResult } from "./testing/address-race.ts";

/**
 * One of the processes of a race: on each line of its standard input it runs its clients, all at once, and says what became of them. A
 * database is opened once, as a server does.
 */
const store = await openStore(parseDatabasePlace(process.argv[2] ?? ":memory:"));
process.stdout.write("ready\n");

for await (const line of createInterface({ input: process.stdin })) {
  const heat = JSON.parse(line) as RaceHeat;
  const result: RaceResult = { won: [], conflicts: 0, faults: [] };
  await Promise.all(
    heat.clients.map(async (client, index) => {
      try {
        const address = await (index % 2 === 0 ? planned(heat, client) : blind(heat, client));
        if (address === null) result.conflicts += 1;
        else result.won.push(address);
      } catch (error) {
        result.faults.push(error instanceof Error ? error.message : String(error));
      }
    }),
  );
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
await store.close();

/**
 * As the server does: looks what is free and takes it, in one transaction. Null: nothing was. Where one that takes no turn was quicker, the
 * refusal says to try again now (in PostgreSQL: in SQLite nobody writes between the look and the commit).
 */
async function planned({ scope, addresses }: RaceHeat, client: string): Promise<string | null> {
  for (;;) {
    const taken = await store
      .transaction(async ({ reservations }) => {
        const held = new Set((await reservations.live()).filter((each) => each.scope === scope).map(({ value }) => value));
        const free = addresses.find((address) => !held.has(address)) ?? null;
        if (free !== null) await reservations.add([addressRecord(free, client, 1, scope)]);
        return free;
      })
      .catch((error: unknown) => {
        if (isTaken(error)) return "again" as const;
        throw error;
      });
    if (taken !== "again") return taken;
  }
}

/** As a program with a fault would: asks nobody, locks nothing, and tries one after the other. The database alone stands in its way. */
async function blind({ scope, addresses }: RaceHeat, client: string): Promise<string | null> {
  for (const address of [...addresses].reverse()) {
    if (await isWon(addressRecord(address, client, 1, scope))) return address;
  }
  return null;
}

/** False: somebody has it. SQLite makes one that takes no turn wait by saying that it is busy. */
async function isWon(record: ReservationRecord): Promise<boolean> {
  for (;;) {
    try {
      await store.reservations.add([record]);
      return true;
    } catch (error) {
      if (isTaken(error)) return false;
      if (refusalOf(error) !== "busy") throw error;
      await delay(5);
    }
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "reservation-conflict";
}
