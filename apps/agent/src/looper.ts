/**
 * Runs one job at a time, at once when asked and otherwise after a while; asking during a run means one more run after it. So a burst of
 * triggers is one look, and a look that began before the trigger never counts as its answer.
 */
export class Looper {
  readonly #job: () => Promise<number>;
  readonly #quietMs: number;
  #timer: NodeJS.Timeout | null = null;
  #isRunning = false;
  #isAsked = false;
  #isStopped = false;
  #waiting: (() => void)[] = [];
  #lastEnd = Number.NEGATIVE_INFINITY;
  #lastTookMs = 0;
  #idle: (() => void)[] = [];

  /** `job` returns after how many milliseconds it wants to run again; `quietMs` is the least between two runs that were only asked for. */
  constructor(job: () => Promise<number>, quietMs: number) {
    this.#job = job;
    this.#quietMs = quietMs;
  }

  /** A run soon: after the quiet time, together with all else that asks until then. */
  ask(): void {
    this.#isAsked = true;
    // Somebody waits for a run that is about to begin: it answers this as well.
    if (this.#waiting.length > 0) return;
    if (!this.#isRunning) this.#schedule(Math.max(0, this.#lastEnd + this.#pause(this.#quietMs) - performance.now()));
  }

  /** Resolves when a run that began after this call has ended. */
  runNow(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#isAsked = true;
      if (!this.#isRunning) this.#schedule(0);
    });
  }

  /** No further run; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const resolve of this.#waiting.splice(0)) resolve();
    if (this.#isRunning) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #schedule(afterMs: number): void {
    if (this.#isStopped) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#runOnce(), afterMs);
  }

  async #runOnce(): Promise<void> {
    this.#timer = null;
    this.#isRunning = true;
    this.#isAsked = false;
    const answered = this.#waiting.splice(0);
    const startedAt = performance.now();
    const nextMs = await this.#job();
    this.#isRunning = false;
    this.#lastEnd = performance.now();
    this.#lastTookMs = this.#lastEnd - startedAt;
    for (const resolve of answered) resolve();
    for (const resolve of this.#idle.splice(0)) resolve();
    if (this.#waiting.length > 0) this.#schedule(0);
    else this.#schedule(this.#pause(this.#isAsked ? this.#quietMs : nextMs));
  }

  /** On a machine that is so busy that a look takes long, looking more often would make it busier: a third of the time at most. */
  #pause(wantedMs: number): number {
    return Math.max(wantedMs, this.#lastTookMs * 2);
  }
}
