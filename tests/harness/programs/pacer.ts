import { epochMs, monotonicMs, roundMs } from "./clock.ts";

/** A time during which the probe itself did not run: what it says about the network then is not evidence. */
export type Stall = { startedAtMs: number; lengthMs: number };

export type PacerReport = { sent: number; lateSends: number; longestStallMs: number; stalls: Stall[] };

const lateAfterMs = 5;
const stallAfterMs = 10;
const stallsKept = 1000;

/**
 * Calls `onSlot(n, late)` for n = 0, 1, 2 … at `rateHz` until `count` slots are done or `stop()` is called. Slot n belongs to
 * start + n/rate, whatever happened to the slots before it, so the rate does not drift: after a late wake the missed slots follow in one
 * burst, marked late.
 */
export class Pacer {
  readonly #rateHz: number;
  readonly #count: number;
  readonly #onSlot: (slot: number, late: boolean) => void;
  readonly #onDone: () => void;
  readonly #stalls: Stall[] = [];
  #startedAt = 0;
  #expectedWakeAt = 0;
  #next = 0;
  #late = 0;
  #longestStall = 0;
  #timer: NodeJS.Timeout | undefined;
  #running = false;

  constructor(options: { rateHz: number; count: number; onSlot: (slot: number, late: boolean) => void; onDone: () => void }) {
    this.#rateHz = options.rateHz;
    this.#count = options.count;
    this.#onSlot = options.onSlot;
    this.#onDone = options.onDone;
  }

  start(): void {
    this.#running = true;
    this.#startedAt = this.#expectedWakeAt = monotonicMs();
    this.#wake();
  }

  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    clearTimeout(this.#timer);
    this.#onDone();
  }

  report(): PacerReport {
    return { sent: this.#next, lateSends: this.#late, longestStallMs: roundMs(this.#longestStall), stalls: this.#stalls };
  }

  #wake(): void {
    const now = monotonicMs();
    this.#noteStall(now);
    const due = Math.min(this.#count, Math.floor(((now - this.#startedAt) * this.#rateHz) / 1000) + 1);
    while (this.#next < due) {
      const late = now - (this.#startedAt + (this.#next * 1000) / this.#rateHz) > lateAfterMs;
      if (late) this.#late++;
      this.#onSlot(this.#next++, late);
    }
    if (this.#next >= this.#count) return this.stop();
    const nextAt = this.#startedAt + (this.#next * 1000) / this.#rateHz;
    this.#expectedWakeAt = Math.max(nextAt, now + 1);
    this.#timer = setTimeout(() => this.#wake(), Math.max(1, Math.floor(nextAt - monotonicMs())));
  }

  #noteStall(now: number): void {
    const expected = this.#expectedWakeAt;
    const length = now - expected;
    this.#longestStall = Math.max(this.#longestStall, length);
    if (length > stallAfterMs && this.#stalls.length < stallsKept) {
      this.#stalls.push({ startedAtMs: epochMs(expected), lengthMs: roundMs(length) });
    }
  }
}
