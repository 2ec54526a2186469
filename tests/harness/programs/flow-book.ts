import type { Socket } from "node:net";
import { epochMs, monotonicMs } from "./clock.ts";
import { answerTo, frameKinds, renderFrame } from "./flow-frame.ts";
import { summarise, type Summary } from "./summary.ts";

export type FlowDeaths = Record<string, number>;

/** One round of nonces, as the end that asks sees it. */
export type ExchangeReport = {
  round: number;
  expected: number;
  alive: number;
  /** By errno; `ETIMEDOUT` here: no answer within the deadline; `EOF`: closed by the other end. */
  dead: FlowDeaths;
  /** Up to twenty of the dead, to look for them in a capture. */
  deadFlows: { flow: number; localPort: number; code: string; diedAtMs: number }[];
  /** Of those that answered. */
  answerMs: Summary | null;
};

type Flow = { socket: Socket; localPort: number; nonce: bigint; askedAt: number; answeredMs: number };

/** The flows whose nonces this end asks: asked at a bounded pace, so that the asking itself overflows no queue. */
export class FlowBook {
  readonly #flows = new Map<number, Flow>();
  readonly #deaths = new Map<number, { code: string; diedAtMs: number }>();
  readonly #perSecond: number;
  #onProgress: (() => void) | undefined;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  add(flow: number, socket: Socket): void {
    this.#flows.set(flow, { socket, localPort: socket.localPort ?? 0, nonce: 0n, askedAt: 0, answeredMs: -1 });
  }

  died(flow: number, code: string): void {
    if (this.#flows.has(flow) && !this.#deaths.has(flow)) this.#deaths.set(flow, { code, diedAtMs: epochMs(monotonicMs()) });
    this.#onProgress?.();
  }

  answered(flow: number, nonce: bigint): void {
    const entry = this.#flows.get(flow);
    if (entry === undefined || entry.nonce === 0n || nonce !== answerTo(entry.nonce) || entry.answeredMs >= 0) return;
    entry.answeredMs = monotonicMs() - entry.askedAt;
    this.#onProgress?.();
  }

  /** Asks every flow that is not dead yet, and resolves when all have answered or died, or at the deadline after the last was asked. */
  async exchange(round: number, deadlineMs: number): Promise<ExchangeReport> {
    const entries = [...this.#flows.entries()];
    for (const [, entry] of entries) Object.assign(entry, { nonce: 0n, askedAt: 0, answeredMs: -1 });
    const startedAt = monotonicMs();
    for (const [index, [flow, entry]] of entries.entries()) {
      const ahead = (index * 1000) / this.#perSecond - (monotonicMs() - startedAt);
      if (ahead > 1) await new Promise((resolve) => setTimeout(resolve, ahead));
      entry.nonce = (BigInt(round) << 48n) | BigInt(Math.floor(Math.random() * 2 ** 46) + 1);
      entry.askedAt = monotonicMs();
      if (!this.#deaths.has(flow)) entry.socket.write(renderFrame(frameKinds.ask, flow, entry.nonce));
    }
    await this.#settled(deadlineMs);
    return this.#report(round, entries);
  }

  #settled(deadlineMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#onProgress = undefined;
        resolve();
      };
      const timer = setTimeout(done, deadlineMs);
      let open = [...this.#flows.keys()];
      this.#onProgress = () => {
        // Looks at the last open one first: the whole list is walked only as often as flows settle.
        while (open.length > 0 && this.#isSettled(open.at(-1)!)) open.pop();
        if (open.length === 0) done();
      };
      open = open.filter((flow) => !this.#isSettled(flow));
      this.#onProgress();
    });
  }

  #isSettled(flow: number): boolean {
    return this.#deaths.has(flow) || (this.#flows.get(flow)?.answeredMs ?? 0) >= 0;
  }

  #report(round: number, entries: [number, Flow][]): ExchangeReport {
    const dead: FlowDeaths = {};
    const deadFlows: ExchangeReport["deadFlows"] = [];
    const answers: number[] = [];
    for (const [flow, entry] of entries) {
      if (entry.answeredMs >= 0) {
        answers.push(entry.answeredMs);
        continue;
      }
      const { code, diedAtMs } = this.#deaths.get(flow) ?? { code: "ETIMEDOUT", diedAtMs: epochMs(monotonicMs()) };
      dead[code] = (dead[code] ?? 0) + 1;
      if (deadFlows.length < 20) deadFlows.push({ flow, localPort: entry.localPort, code, diedAtMs });
    }
    return { round, expected: entries.length, alive: answers.length, dead, deadFlows, answerMs: summarise(answers) };
  }
}
