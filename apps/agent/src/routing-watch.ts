import type { CommandRunner, HostProblem } from "@rackway/linux";
import { explainRouting, needsLog, observeRouting, readFrrLog, renderRoutingReport } from "@rackway/routing";
import type { RoutingView } from "@rackway/routing";
import type { RoutingObservation, RoutingState } from "@rackway/schema";

/** What FRR sees of the fabric, for the report, and what of it an operator must know. */
export interface RoutingSight {
  readonly observation: RoutingObservation | null;
  readonly problems: readonly HostProblem[];
}

export const noRoutingSight: RoutingSight = { observation: null, problems: [] };

/** Neighbours repeat what they do wrong with every hello; what was logged longer ago may have been mended. */
const logSpanMs = 30_000;

/** Looks at FRR's tables, and at its log where these do not say why. */
export class RoutingWatch {
  readonly #run: CommandRunner;
  #last: RoutingView | null = null;
  #sight: RoutingSight = noRoutingSight;

  constructor(run: CommandRunner) {
    this.#run = run;
  }

  /** What the last look saw. */
  get sight(): RoutingSight {
    return this.#sight;
  }

  /** `nowMs` is the wall clock, as the log's times are. */
  async look(routing: RoutingState | null, nowMs: number): Promise<void> {
    if (routing === null) {
      [this.#last, this.#sight] = [null, noRoutingSight];
      return;
    }
    const view = await observeRouting(this.#run, routing);
    // Without FRR there is nothing to explain: the converging half has said so.
    const isThere = view.version !== null;
    const log = isThere && needsLog(routing, view) ? await readFrrLog(this.#run, nowMs - logSpanMs) : [];
    const problems = isThere ? explainRouting(routing, view, this.#last, log) : [];
    [this.#last, this.#sight] = [view, { observation: renderRoutingReport(view), problems }];
  }
}
