import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import type { Held } from "./held-file.ts";
import { parseHeld } from "./held-file.ts";

/** One resource of VIPs on this host, by what it leaves in its folder. */
export class Instance {
  readonly id: string;
  readonly #folder: string;
  readonly #complain: (subject: string, text: string) => void;
  #stamp = "";
  #held: Held | null = null;

  constructor(runFolder: string, id: string, complain: (subject: string, text: string) => void) {
    this.id = id;
    this.#folder = join(runFolder, id);
    this.#complain = complain;
  }

  /**
   * What it holds at this moment; null: nothing. Read anew only when the file is another. Only a file that is gone means that VIPs are: one
   * that cannot be read, or is of another version, leaves everything as it was.
   */
  read(): Held | null {
    const path = join(this.#folder, "held");
    try {
      const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
      if (stat === undefined) return this.#forget();
      const stamp = `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
      if (stamp === this.#stamp) return this.#held;
      const held = parseHeld(readFileSync(path, "utf8"));
      this.#stamp = stamp;
      if (held === null) this.#complain(path, "is not understood: what was held before stays");
      else this.#held = held;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return this.#forget();
      this.#complain(path, message);
    }
    return this.#held;
  }

  /** A single owner's VIPs are announced by the owner alone: the guard takes this file away first. Failover VIPs are reached in their network. */
  mayAnnounce(held: Held): boolean {
    return held.mode === "anycast" || (held.mode === "roaming" && exists(join(this.#folder, "owner")));
  }

  #forget(): null {
    this.#held = null;
    this.#stamp = "";
    return null;
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
