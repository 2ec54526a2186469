import type { StatusProblem } from "@rackway/schema";

const keyOf = (code: string, subject: string): string => `${code} ${subject}`;

/** Since when each problem has been there, by what this server saw itself; in memory, because it is seen again within a second. */
export class ProblemWatch {
  #since: ReadonlyMap<string, string | null> | null = null;

  /** Takes the list of now. What is in the first list of all may be older than this server: its time is not known. */
  note(problems: readonly StatusProblem[], at: string): void {
    const before = this.#since;
    this.#since = new Map(
      problems.map(({ code, subject }) => {
        const key = keyOf(code, subject);
        return [key, before === null ? null : before.has(key) ? (before.get(key) ?? null) : at];
      }),
    );
  }

  /** Null: not known. `now` for what was not in the last list. */
  since(code: string, subject: string, now: string): string | null {
    if (this.#since === null) return null;
    const key = keyOf(code, subject);
    return this.#since.has(key) ? (this.#since.get(key) ?? null) : now;
  }
}
