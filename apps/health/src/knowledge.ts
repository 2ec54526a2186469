import type { CommandRunner } from "@rackway/linux";
import { familyBits } from "@rackway/net";
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
  #othersFrom = Number.NEGATIVE_INFINITY;
  #seesBestOnly = false;
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
    if (this.#others.at <= this.#othersFrom) return "pending";
    const known = this.#others.value[family];
    if (known === null) return "unknown";
    return known.has(`${address}/${familyBits(family)}`) ? "some" : "none";
  }

  /** What routers say of others is different from now on: what was asked before counts no more. */
  forgetOthers(): void {
    this.#othersFrom = this.#now();
  }

  /** Routers tell this host of their best way alone, which may be this host: that nobody else is seen does not mean that nobody is. */
  get seesBestOnly(): boolean {
    return this.#seesBestOnly;
  }

  hasWayBack(family: Family): boolean {
    const known = this.#wayBack.get(family);
    return known !== undefined && known.value && this.#now() - known.at < 2 * wayBackAgeMs;
  }

  wantOthers(urgency: "now" | "slowly"): void {
    const freshFrom = Math.max(this.#othersFrom, this.#now() - this.#othersAge(urgency));
    if (this.#isAsking || (this.#others !== null && this.#others.at > freshFrom)) return;
    this.#isAsking = true;
    // From the beginning: it may be out of date since then.
    const at = this.#now();
    void observeOthers(this.#run)
      .catch((): OthersAnnouncements => ({ 4: null, 6: null, bestOnly: false }))
      .then((value) => {
        this.#others = { at, value };
        // A daemon that does not answer has not changed its protocol.
        if (value[4] !== null || value[6] !== null) this.#seesBestOnly = value.bestOnly;
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
