import type { CommandRunner } from "@rackway/linux";
import type { Seen } from "@rackway/schema";

/** A whole examination ends by then: every command is killed that would last longer, and a look that is not done has seen nothing. */
export const examinationMs = 8_000;
/** One command on a host in good health takes tens of milliseconds. */
const commandMs = 5_000;
const leastMs = 100;

/** Time that is left of an examination, shared by all of its looks. */
export class Bound {
  readonly #endsAt: number;
  readonly #onLook: (what: string) => void;

  constructor(onLook: (what: string) => void, lengthMs: number = examinationMs) {
    this.#endsAt = performance.now() + lengthMs;
    this.#onLook = onLook;
  }

  get leftMs(): number {
    return Math.max(leastMs, this.#endsAt - performance.now());
  }

  /** The same runner, that keeps no command beyond the end. */
  runner(run: CommandRunner): CommandRunner {
    return (argv, options = {}) => run(argv, { ...options, timeoutMs: Math.min(options.timeoutMs ?? commandMs, commandMs, this.leftMs) });
  }

  /** One look: what it brings, or why it brings nothing. Never rejects, never lasts beyond the end. */
  async look<Value>(what: string, look: () => Promise<Value>): Promise<Seen<Value>> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Seen<Value>>((resolve) => {
      // A moment after the last command was killed for the same reason, which says more.
      timer = setTimeout(() => resolve({ isSeen: false, why: "it took too long" }), this.leftMs + 200);
    });
    const seen = await Promise.race([attempt(look), late]);
    clearTimeout(timer);
    this.#onLook(what);
    return seen;
  }
}

async function attempt<Value>(look: () => Promise<Value>): Promise<Seen<Value>> {
  try {
    return { isSeen: true, value: await look() };
  } catch (error) {
    return { isSeen: false, why: error instanceof Error ? error.message : String(error) };
  }
}
