import type { Place } from "./place.ts";
import { Program } from "./program.ts";
import type { TimeQuestionsClientParams, TimeQuestionsResult, TimeSample } from "./programs/time-questions-client.ts";

export type { TimeQuestionsResult, TimeSample };

/** NTP questions (RFC 5905) to time servers at a rate, each answered at once or never: what a client of these would have been told, and when. */
export class TimeQuestions {
  readonly #program: Program<TimeQuestionsResult>;

  static async start(client: Place, options: Omit<TimeQuestionsClientParams, "port"> & { port?: number }): Promise<TimeQuestions> {
    const program = Program.start<TimeQuestionsResult>(client, "time-questions-client.ts", { port: 123, ...options });
    await program.ready();
    return new TimeQuestions(program);
  }

  private constructor(program: Program<TimeQuestionsResult>) {
    this.#program = program;
  }

  stop(): Promise<TimeQuestionsResult> {
    return this.#program.stop();
  }

  abandon(): void {
    this.#program.abandon();
  }
}

/**
 * How far the time that was told has moved, in milliseconds, at the least: by so much two answers contradict each other, whatever a busy
 * machine or a long way did to either. Zero where one time explains them all.
 */
export function timeMovedMs(samples: readonly TimeSample[]): number {
  if (samples.length === 0) return 0;
  const earliest = Math.max(...samples.map(({ offsetMs, roundTripMs }) => offsetMs - roundTripMs / 2));
  const latest = Math.min(...samples.map(({ offsetMs, roundTripMs }) => offsetMs + roundTripMs / 2));
  return Math.max(0, earliest - latest);
}
