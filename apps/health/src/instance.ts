import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import type { Held } from "./held-file.ts";
import { parseHeld } from "./held-file.ts";

/** One resource of VIPs on this host, by what it leaves in its folder. */
export class Instance {
  readonly #folder: string;
  #stamp = "";
  #held: Held | null = null;

  constructor(runFolder: string, id: string) {
    this.#folder = join(runFolder, id);
  }

  /** What it holds at this moment; null: nothing. Read anew only when the file is another. */
  read(): Held | null {
    const path = join(this.#folder, "held");
    try {
      const { ino, mtimeNs, size } = statSync(path, { bigint: true });
      const stamp = `${ino} ${mtimeNs} ${size}`;
      if (stamp !== this.#stamp) {
        this.#held = parseHeld(readFileSync(path, "utf8"));
        this.#stamp = stamp;
      }
    } catch {
      this.#held = null;
      this.#stamp = "";
    }
    return this.#held;
  }

  /** A single owner's VIPs are announced by the owner alone: the guard takes this file away first. */
  mayAnnounce(held: Held): boolean {
    return held.mode === "anycast" || exists(join(this.#folder, "owner"));
  }
}

export function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
