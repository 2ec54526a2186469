import { createReadStream, existsSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";

import { backUp, restore } from "@rackway/store";
import type { DatabasePlace } from "@rackway/store";

/**
 * Writes a backup of a database into a file (gzip, mode 0600: secrets are in it), which is there whole or not at all. Returns the number of
 * bytes. Throws when the file is there already.
 */
export async function writeBackup(place: DatabasePlace, path: string, now: Date): Promise<number> {
  if (existsSync(path)) throw new Error(`${path} is there already`);
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}`);
  const file = await open(temporary, "wx", 0o600);
  try {
    const lines = Readable.from(withNewlines(backUp(place, now.toISOString())));
    await pipeline(lines, createGzip(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await file.writeFile(chunk);
    });
    await file.sync();
    const { size } = await file.stat();
    await file.close();
    await rename(temporary, path);
    return size;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Fills an empty database from such a file. Returns the number of rows. */
export async function readBackup(path: string, place: DatabasePlace, now: Date): Promise<number> {
  return restore(await prepared(place), linesOf(path), { epochAtLeast: epochOf(now) });
}

/** Fills an empty database with what is in another one. Returns the number of rows. */
export async function copyDatabase(from: DatabasePlace, to: DatabasePlace, now: Date): Promise<number> {
  return restore(await prepared(to), backUp(from, now.toISOString()), { epochAtLeast: epochOf(now) });
}

/** As `advanceEpoch` counts: seconds. A minute more, for the epochs of a server whose clock is ahead, and of changes that followed quickly. */
function epochOf(now: Date): number {
  return Math.floor(now.getTime() / 1000) + 60;
}

async function prepared(place: DatabasePlace): Promise<DatabasePlace> {
  if ("file" in place) await mkdir(dirname(place.file), { recursive: true, mode: 0o700 });
  return place;
}

async function* withNewlines(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

/** Throws when it cannot be read, or was cut off. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const text = createGunzip();
  const done = pipeline(createReadStream(path), text);
  done.catch(() => undefined);
  try {
    for await (const line of createInterface({ input: text, crlfDelay: Infinity })) yield line;
    await done;
  } catch (error) {
    throw new Error(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
