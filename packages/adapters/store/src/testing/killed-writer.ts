import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { openStore, parseDatabasePlace } from "../open-store.ts";

/** What a writer left that was killed in the middle of its changes. */
export interface KilledWriter {
  /** The last revision that it said was committed. */
  readonly acknowledged: number;
  /** The last that is there. */
  readonly found: number;
  /** What is wrong, in words; empty: every revision is whole, and every one that was acknowledged is there. */
  readonly faults: readonly string[];
}

/** Reservations of each revision: `store-writer.fixture.ts`. */
const perRevision = 20;

/** Lets a process write revisions into a database, kills it (SIGKILL) `afterMs` after its first commit, and looks what is there. */
export async function killWriter(database: string, afterMs: number): Promise<KilledWriter> {
  const writer = fileURLToPath(new URL("../store-writer.fixture.ts", import.meta.url));
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", writer, database], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  const closed = once(child, "close");
  const isWriting = await Promise.race([once(child.stdout, "data").then(() => true), closed.then(() => false)]);
  if (!isWriting) throw new Error("the writer ended by itself");
  await delay(afterMs);
  child.kill("SIGKILL");
  await closed;
  // A last line without its end was not said.
  const acknowledged = Number(said.split("\n").at(-2) ?? 0);
  return { acknowledged, ...(await inspect(database, acknowledged)) };
}

async function inspect(database: string, acknowledged: number): Promise<Pick<KilledWriter, "found" | "faults">> {
  const store = await openStore(parseDatabasePlace(database));
  try {
    // In a transaction: what the killed one may still be about to commit is waited for.
    return await store.transaction(async ({ revisions, reservations }) => {
      const found = (await revisions.current())?.revision ?? 0;
      const owned = Map.groupBy(await reservations.live(), ({ sinceRevision }) => sinceRevision);
      const broken = Array.from({ length: found }, (_, index) => index + 1).filter((each) => owned.get(each)?.length !== perRevision);
      const faults = broken.map((each) => `revision ${each} has ${owned.get(each)?.length ?? 0} of its ${perRevision} reservations`);
      if (owned.size > found) faults.push("there are reservations without a revision");
      if (found < acknowledged) faults.push(`revision ${acknowledged} was acknowledged, ${found} is the last that is there`);
      return { found, faults };
    });
  } finally {
    await store.close();
  }
}
