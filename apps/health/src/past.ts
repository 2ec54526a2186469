import type { CheckerEvent } from "@rackway/schema";

import { longestMemoryMs } from "./decide.ts";
import type { Change } from "./decide.ts";
import { isForHealth } from "./reasons.ts";

/**
 * What has become of announcements that this process knows nothing of any more, or does not know yet: a VIP that leaves and comes back, and
 * a checker that is started anew, must not announce what was withdrawn a moment ago, nor forget how often a service has come and gone.
 */
export class Past {
  readonly #changes = new Map<string, readonly Change[]>();

  /** `toNow`: what is added to a wall clock's milliseconds to have those of the clock that only goes forward. */
  constructor(events: readonly CheckerEvent[], now: number, toNow: number) {
    for (const { kind, at, address, reason } of events) {
      if (kind !== "vip-announced" && kind !== "vip-withdrawn") continue;
      const announced = kind === "vip-announced";
      // A wall clock may have been set since: nothing of what has been is yet to come.
      const change = { at: Math.min(now, Date.parse(at) + toNow), announced, forHealth: !announced && isForHealth(reason) };
      if (now - change.at < longestMemoryMs) this.#changes.set(address, [...(this.#changes.get(address) ?? []), change]);
    }
  }

  keep(address: string, changes: readonly Change[]): void {
    if (changes.length > 0) this.#changes.set(address, changes);
  }

  /** Gives it away, for `announced` as it is: where the last change says otherwise, there was one that nobody has seen, perhaps just now. */
  take(address: string, announced: boolean, now: number): readonly Change[] {
    const changes = this.#changes.get(address) ?? [];
    this.#changes.delete(address);
    const wasAnnounced = changes.at(-1)?.announced ?? false;
    return wasAnnounced === announced ? changes : [...changes, { at: now, announced, forHealth: false }];
  }

  /** Forgets what is too old to weigh anything. */
  forget(now: number): void {
    for (const [address, changes] of this.#changes) if (now - (changes.at(-1)?.at ?? 0) >= longestMemoryMs) this.#changes.delete(address);
  }
}
