import { appendFileSync, fstatSync, ftruncateSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { CheckerEvent, CheckerStatus } from "@rackway/schema";
import { checkerEventSchema } from "@rackway/schema";

const longestEvents = 1024 * 1024;
const longestOutput = 256 * 1024;

/** What the checker leaves in its folder (`checkerStatusSchema`, `checkerEventSchema`), and its sign of life. /run is memory: nothing here waits for a disk. */
export class WordFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get isDrained(): boolean {
    return statSync(join(this.#folder, "drained"), { throwIfNoEntry: false }) !== undefined;
  }

  /** The resource agent takes a file that has not been touched for 10 s for a checker that stands still. */
  sayAlive(): void {
    const path = join(this.#folder, "alive");
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      writeFileSync(path, "");
    }
  }

  /** What it complains of goes to a file in memory, opened to be appended to: emptied when it is long. */
  boundOutput(descriptor = 2): void {
    const stat = fstatSync(descriptor);
    if (stat.isFile() && stat.size > longestOutput) ftruncateSync(descriptor);
  }

  writeStatus(status: CheckerStatus): void {
    const path = join(this.#folder, "status.json");
    writeFileSync(`${path}.new`, JSON.stringify(status));
    renameSync(`${path}.new`, path);
  }

  /** Begun anew when it is long: who reads it finds it shorter than before, and starts at its beginning. */
  addEvents(events: readonly CheckerEvent[]): void {
    if (events.length === 0) return;
    const path = join(this.#folder, "events");
    const text = events.map((event) => `${JSON.stringify(event)}\n`).join("");
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size + text.length > longestEvents) writeFileSync(path, text);
    else appendFileSync(path, text);
  }

  /** What was told last, oldest first: for a checker that takes over from one that has ended. What is not an event is left out. */
  readEvents(): CheckerEvent[] {
    const text = this.#readText("events");
    return text.split("\n").flatMap((line) => {
      const parsed = checkerEventSchema.safeParse(jsonOf(line));
      return parsed.success ? [parsed.data] : [];
    });
  }

  #readText(name: string): string {
    try {
      return readFileSync(join(this.#folder, name), "utf8");
    } catch {
      return "";
    }
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
