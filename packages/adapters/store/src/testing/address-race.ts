import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

import { openStore, parseDatabasePlace } from "../open-store.ts";
import { documentRecord, revisionRecord } from "../store-fixtures.ts";

/** What one process is to do in one heat. */
export interface RaceHeat {
  readonly scope: string;
  readonly addresses: readonly string[];
  /** Their names: the owners of what they win. */
  readonly clients: readonly string[];
}

export interface RaceResult {
  readonly won: string[];
  conflicts: number;
  /** Whatever was neither won nor refused as taken. */
  readonly faults: string[];
}

interface Racer {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly lines: AsyncIterator<string>;
}

/** Many clients in several processes that want the last addresses of a network, all at once. */
export class AddressRace {
  readonly #database: string;
  readonly #racers: readonly Racer[];

  private constructor(database: string, racers: readonly Racer[]) {
    this.#database = database;
    this.#racers = racers;
  }

  /** Half of each process's clients look first, in a transaction; the other half just try. */
  static async begin(database: string, processes: number): Promise<AddressRace> {
    const store = await openStore(parseDatabasePlace(database));
    await store.revisions.add(revisionRecord(1), documentRecord("race"));
    await store.close();
    const fixture = fileURLToPath(new URL("../store-racer.fixture.ts", import.meta.url));
    const racers = Array.from({ length: processes }, (): Racer => {
      const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", fixture, database], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
    });
    const race = new AddressRace(database, racers);
    try {
      await Promise.all(racers.map(lineOf));
      return race;
    } catch (error) {
      await race.end();
      throw error;
    }
  }

  /** One heat, for a network of its own. Returns what is wrong, in words; empty: as many winners as addresses, a clean refusal for each other. */
  async heat(name: string, clients: number, addresses: number): Promise<string[]> {
    const scope = `network/${name}/public`;
    const wanted = Array.from({ length: addresses }, (_, index) => `203.0.113.${index + 1}`);
    const names = Array.from({ length: clients }, (_, index) => `client/${name}/${index}`);
    const results = await Promise.all(
      this.#racers.map(async (racer, index) => {
        const own = names.filter((_, place) => place % this.#racers.length === index);
        racer.child.stdin.write(`${JSON.stringify({ scope, addresses: wanted, clients: own } satisfies RaceHeat)}\n`);
        return JSON.parse(await lineOf(racer)) as RaceResult;
      }),
    );
    const won = results.flatMap((result) => result.won).sort();
    const conflicts = results.reduce((sum, result) => sum + result.conflicts, 0);
    return [
      ...results.flatMap(({ faults }) => faults),
      ...(won.join() === [...wanted].sort().join() ? [] : [`${won.length} were told that they have won: ${won.join(", ")}`]),
      ...(conflicts === clients - addresses ? [] : [`${conflicts} clean conflicts instead of ${clients - addresses}`]),
      ...(await this.#inDatabase(scope, won)),
    ];
  }

  async end(): Promise<void> {
    for (const { child } of this.#racers) child.stdin.end();
    const left = this.#racers.filter(({ child }) => child.exitCode === null && child.signalCode === null);
    await Promise.all(left.map(({ child }) => once(child, "exit")));
  }

  async #inDatabase(scope: string, won: readonly string[]): Promise<string[]> {
    const store = await openStore(parseDatabasePlace(this.#database));
    const held = (await store.reservations.live()).filter((each) => each.scope === scope).map(({ value }) => value);
    await store.close();
    return held.sort().join() === won.join() ? [] : [`the database has ${held.length}: ${held.join(", ")}`];
  }
}

async function lineOf({ lines }: Racer): Promise<string> {
  const line = await lines.next();
  if (line.done === true) throw new Error("a process of the race ended by itself");
  return line.value;
}
