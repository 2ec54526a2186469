/** What goes wrong again and again is told once a minute: the file that it goes to is in memory, and nobody turns it over. */
const againMs = 60_000;

export class Complaints {
  readonly #now: () => number;
  readonly #write: (line: string) => void;
  readonly #toldAt = new Map<string, number>();

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(now: () => number, write: (line: string) => void) {
    this.#now = now;
    this.#write = write;
  }

  /** `subject` is what is not told again within the minute; `text` what is told. */
  say(subject: string, text: string): void {
    const now = this.#now();
    if (now - (this.#toldAt.get(subject) ?? Number.NEGATIVE_INFINITY) < againMs) return;
    this.#toldAt.set(subject, now);
    this.#write(`${new Date().toISOString()} ${subject}: ${text}\n`);
  }
}
