/** So long the loop may be busy with beginnings before it looks at what has come. */
const turnMs = 5;

/**
 * Begins what is to be begun a little at a time. Where the machine is short of time, a thousand timers are due at once: what they begin must not
 * keep the process from hearing answers, and from withdrawing what is down.
 */
export class Paced {
  readonly #now: () => number;
  #waiting: (() => void)[] = [];
  #isTurning = false;

  /** `now`: milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  begin(what: () => void): void {
    this.#waiting.push(what);
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    const until = this.#now() + turnMs;
    let done = 0;
    for (const what of this.#waiting) {
      if (done > 0 && this.#now() >= until) break;
      what();
      done += 1;
    }
    this.#waiting = this.#waiting.slice(done);
    this.#isTurning = this.#waiting.length > 0;
    if (this.#isTurning) setImmediate(() => this.#turn());
  }
}
