import type { CommandRunner, HostProblem } from "@rackway/linux";
import { problem } from "@rackway/linux";
import { applyCib, planCib, queryCib, renderCib } from "@rackway/pacemaker";
import type { CibIntent } from "@rackway/pacemaker";
import type { HostState, PacemakerObservation, Step } from "@rackway/schema";

export interface CibLook {
  readonly pending: readonly Step[];
  readonly applied: readonly Step[];
  readonly problems: readonly HostProblem[];
}

const nothing: CibLook = { pending: [], applied: [], problems: [] };

/** Pacemaker's configuration, written by the agent on the DC's host alone. Others look at it through `PacemakerObservation.revision`. */
export class CibWriter {
  readonly #run: CommandRunner;
  /** CIB and intent that were last found to agree: most looks end here. */
  #agreed: string | null = null;

  constructor(run: CommandRunner) {
    this.#run = run;
  }

  /** Looks, and writes unless `isPaused`. `trial`: which side of a revision that must be confirmed this state is. */
  async converge(state: HostState, seen: PacemakerObservation | null, isPaused: boolean, trial?: CibIntent["trial"]): Promise<CibLook> {
    const { pacemaker, host } = state;
    if (pacemaker === null || seen === null || seen.dc !== host.name) return nothing;
    const intent: CibIntent = { ...renderCib(pacemaker, state.revision), ...(trial === undefined ? {} : { trial }) };
    const current = await queryCib(this.#run);
    if (current === null) return { ...nothing, problems: [waiting(pacemaker.cluster, "Pacemaker does not answer yet")] };
    const key = `${JSON.stringify(intent)}\n${current}`;
    if (key === this.#agreed) return nothing;
    const plan = planCib(current, intent);
    switch (plan.kind) {
      case "nothing":
        this.#agreed = key;
        return nothing;
      // What is decided is read before the next look.
      case "overruled":
        return nothing;
      case "outdated":
        return { ...nothing, problems: [problem("cib-outdated", { actual: plan.epochInCib, wanted: intent.epoch })] };
      case "patch":
        return isPaused ? { ...nothing, pending: plan.steps } : this.#write(pacemaker.cluster, intent, plan.steps);
    }
  }

  async #write(cluster: string, intent: CibIntent, steps: readonly Step[]): Promise<CibLook> {
    const outcome = await applyCib(this.#run, intent);
    switch (outcome.kind) {
      case "applied":
        return { ...nothing, applied: steps };
      case "nothing":
      case "overruled":
        return nothing;
      case "outdated":
        return { ...nothing, pending: steps, problems: [problem("cib-outdated", { actual: outcome.epochInCib, wanted: intent.epoch })] };
      case "later":
        return { ...nothing, pending: steps, problems: [waiting(cluster, outcome.reason)] };
    }
  }
}

function waiting(cluster: string, reason: string): HostProblem {
  return problem("cib-waiting", { cluster, reason });
}
