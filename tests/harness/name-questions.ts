import type { Place } from "./place.ts";
import { Program } from "./program.ts";
import type { NameQuestionsClientParams, NameQuestionsResult } from "./programs/name-questions-client.ts";

export type { KindResult, NameQuestionsResult } from "./programs/name-questions-client.ts";

/** What a resolver does of itself (resolv.conf(5), `timeout` and `attempts`): an attempt waits 5 s, and there are two in all. */
export const resolverDefaults = { timeoutMs: 5000, attempts: 2 } as const;

/**
 * Questions to name servers at a rate: half of them for names that every cache knows, half for names that nobody has asked for before. Each
 * goes to one server, and its retries to the same one: a resolver with two servers in its list would be served no worse.
 */
export class NameQuestions {
  readonly #program: Program<NameQuestionsResult>;

  static async start(
    client: Place,
    options: Omit<NameQuestionsClientParams, "port" | "timeoutMs" | "attempts"> & Partial<NameQuestionsClientParams>,
  ): Promise<NameQuestions> {
    const params: NameQuestionsClientParams = { port: 53, ...resolverDefaults, ...options };
    const program = Program.start<NameQuestionsResult>(client, "name-questions-client.ts", params);
    await program.ready();
    return new NameQuestions(program);
  }

  private constructor(program: Program<NameQuestionsResult>) {
    this.#program = program;
  }

  /** Asks no more, and waits until each question is answered or has had all its attempts. */
  stop(): Promise<NameQuestionsResult> {
    return this.#program.stop();
  }

  abandon(): void {
    this.#program.abandon();
  }
}
