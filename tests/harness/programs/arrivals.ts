import { epochMs, monotonicMs, roundMs } from "./clock.ts";

/** A silence: from one arrival to the next, or to the end of the measurement when nothing came any more (`open`). */
export type Gap = { startedAtMs: number; lengthMs: number; open: boolean };

export type ArrivalReport = {
  /** Different sequence numbers seen. */
  distinct: number;
  duplicates: number;
  /** Arrivals with a sequence number lower than the highest seen before. */
  reordered: number;
  longestGapMs: number;
  gaps: Gap[];
};

const gapsKept = 10_000;

/** Counts what arrives in one direction: loss, duplicates, order and silences. */
export class Arrivals {
  readonly #seen: Uint8Array;
  readonly #gapAfterMs: number;
  readonly #gaps: Gap[] = [];
  #lastAt: number;
  #highest = -1;
  #distinct = 0;
  #duplicates = 0;
  #reordered = 0;
  #longest = 0;

  /** Silence is counted from construction on, so that "nothing ever arrived" is one long gap. */
  constructor(capacity: number, gapAfterMs: number) {
    this.#seen = new Uint8Array(capacity);
    this.#gapAfterMs = gapAfterMs;
    this.#lastAt = monotonicMs();
  }

  get distinct(): number {
    return this.#distinct;
  }

  /** Notes sequence number `seq`; returns false when it is a duplicate or beyond what can be counted. */
  note(seq: number, now = monotonicMs()): boolean {
    if (seq >= this.#seen.length) return false;
    this.#silence(now, false);
    this.#lastAt = now;
    if (this.#seen[seq] === 1) {
      this.#duplicates++;
      return false;
    }
    this.#seen[seq] = 1;
    this.#distinct++;
    if (seq < this.#highest) this.#reordered++;
    else this.#highest = seq;
    return true;
  }

  /** The first `most` sequence numbers below `end` that never came. */
  missing(end: number, most: number): number[] {
    const found: number[] = [];
    for (let seq = 0; seq < Math.min(end, this.#seen.length) && found.length < most; seq++) if (this.#seen[seq] !== 1) found.push(seq);
    return found;
  }

  /** Closes the books: a silence that lasts until `now` is a gap too. */
  report(now = monotonicMs()): ArrivalReport {
    this.#silence(now, true);
    const { distinct, duplicates, reordered } = { distinct: this.#distinct, duplicates: this.#duplicates, reordered: this.#reordered };
    return { distinct, duplicates, reordered, longestGapMs: roundMs(this.#longest), gaps: this.#gaps };
  }

  #silence(now: number, open: boolean): void {
    const length = now - this.#lastAt;
    this.#longest = Math.max(this.#longest, length);
    if (length > this.#gapAfterMs && this.#gaps.length < gapsKept) {
      this.#gaps.push({ startedAtMs: epochMs(this.#lastAt), lengthMs: roundMs(length), open });
    }
  }
}
