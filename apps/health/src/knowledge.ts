import type { CommandRunner } from "@rackway/linux";
import { observeOthers } from "@rackway/routing";
import type { OthersAnnouncements } from "@rackway/routing";
import type { Family } from "@rackway/schema";

import type { Surroundings } from "./decide.ts";
import type { HostRoutes } from "./host-routes.ts";

/** What other hosts announce is asked when it matters, and not more often than this. */
const othersAgeMs = 400;
const slowOthersAgeMs = 2_000;
/** A routing daemon with thousands of prefixes needs its time: a fifth of it at most is for us. */
const shareOfTime = 4;
const wayBackAgeMs = 1_000;

interface Known<T> {
  readonly at: number;
  readonly value: T;
}

/**
 * What is known of the world around: what others announce, and whether replies would leave. Asking takes its time, a second where a daemon
 * or a gateway is stuck; nobody waits for it: `wake` is called when there is something new.
 */
export class Knowledge {
  readonly #run: CommandRunner;
  readonly #routes: HostRoutes;
  readonly #now: () => number;
  readonly #wake: () => void;
  #others: Known<OthersAnnouncements> | null = null;
  #othersTookMs = 0;
  #isAsking = false;
  readonly #wayBack = new Map<Family, Known<boolean>>();
  readonly #trying = new Set<Family>();

  constructor(run: CommandRunner, routes: HostRoutes, now: () => number, wake: () => void) {
    this.#run = run;
    this.#routes = routes;
    this.#now = now;
    this.#wake = wake;
  }

  /** Whether another host announces the address. */
  others(family: Family, address: string, urgency: "now" | "slowly"): Surroundings["others"] {
    // One round more than the age: the next answer comes before this one is too old.
    if (this.#others === null || this.#now() - this.#others.at >= 2 * this.#othersAge(urgency) + this.#othersTookMs) return "pending";
    const known = this.#others.value[family];
    if (known === null) return "unknown";
    return known.has(`${address}/${family === 4 ? 32 : 128}`) ? "some" : "none";
  }

  hasWayBack(family: Family): boolean {
    const known = this.#wayBack.get(family);
    return known !== undefined && known.value && this.#now() - known.at < 2 * wayBackAgeMs;
  }

  wantOthers(urgency: "now" | "slowly"): void {
    if (this.#isAsking || (this.#others !== null && this.#now() - this.#others.at < this.#othersAge(urgency))) return;
    this.#isAsking = true;
    // From the beginning: it may be out of date since then.
    const at = this.#now();
    void observeOthers(this.#run)
      .catch(() => ({ 4: null, 6: null }))
      .then((value) => {
        this.#others = { at, value };
        this.#othersTookMs = this.#now() - at;
        this.#isAsking = false;
        this.#wake();
      });
  }

  wantWayBack(family: Family): void {
    const known = this.#wayBack.get(family);
    if (this.#trying.has(family) || (known !== undefined && this.#now() - known.at < wayBackAgeMs)) return;
    this.#trying.add(family);
    void this.#routes
      .hasWayBack(family)
      .catch(() => false)
      .then((value) => {
        // From its end: it is the last thing that was looked at, and where all is slow it must not be too old from the start.
        this.#wayBack.set(family, { at: this.#now(), value });
        this.#trying.delete(family);
        if (value) this.#wake();
      });
  }

  #othersAge(urgency: "now" | "slowly"): number {
    return Math.max(urgency === "now" ? othersAgeMs : slowOthersAgeMs, shareOfTime * this.#othersTookMs);
  }
}
