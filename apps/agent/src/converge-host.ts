import { applyHost, checkTable, observeHost, planHost, sysctlKeys, wantedSysctls, wantedTables } from "@rackway/linux";
import type { CommandRunner, HostNetworkState, HostObservation, HostPlan, HostProblem, NormalForm } from "@rackway/linux";
import type { Step } from "@rackway/schema";

import type { OriginalsFile } from "./originals-file.ts";

/** One look at the root namespace, and what came of it. */
export interface HostLook {
  readonly observation: HostObservation;
  /** Still to be done: in a paused look everything, otherwise what could not be. */
  readonly pending: readonly Step[];
  readonly applied: readonly Step[];
  readonly problems: readonly HostProblem[];
}

/** A plan can need a second round: an interface's parameters exist once the interface does. */
const rounds = 3;

/** Brings the root namespace to its state: observe, plan, apply, observe again. */
export class HostConverger {
  readonly #run: CommandRunner;
  readonly #originals: OriginalsFile;
  /** How the kernel lists our tables, by text: asked once for each text. */
  readonly #normalForms = new Map<string, NormalForm>();

  constructor(run: CommandRunner, originals: OriginalsFile) {
    this.#run = run;
    this.#originals = originals;
  }

  /** Looks, and changes nothing. */
  async look(state: HostNetworkState): Promise<HostLook> {
    const { observation, plan } = await this.#plan(state);
    return { observation, pending: [...plan.steps, ...plan.blocked], applied: [], problems: plan.problems };
  }

  /** Looks and applies, until there is nothing to apply. Throws where the host cannot be observed. */
  async converge(state: HostNetworkState): Promise<HostLook> {
    const applied: Step[] = [];
    let refused: HostProblem[] = [];
    for (let round = 1; ; round++) {
      const { observation, plan } = await this.#plan(state);
      if (isEmptyPlan(plan) || round > rounds) {
        await this.#originals.save(plan.originals);
        return { observation, pending: [...plan.steps, ...plan.blocked], applied, problems: [...plan.problems, ...refused] };
      }
      await this.#originals.save(plan.remember);
      refused = await applyHost(this.#run, plan);
      // An original is let go only where everything went well; what was put back is seen to be back by the next look.
      if (refused.length === 0) {
        await this.#originals.save(plan.originals);
        applied.push(...plan.steps);
      }
    }
  }

  async #plan(state: HostNetworkState): Promise<{ observation: HostObservation; plan: HostPlan }> {
    const originals = await this.#originals.load();
    const wanted = wantedSysctls(state);
    const observation = await observeHost(this.#run, (links) => sysctlKeys(wanted, originals.sysctls, links));
    const first = planHost(state, observation, originals, this.#normalForms);
    const tables = wantedTables(state, first.remember);
    const unknown = tables.filter(({ text }) => !this.#normalForms.has(text));
    if (unknown.length === 0) return { observation, plan: first };
    for (const table of unknown) this.#normalForms.set(table.text, await checkTable(this.#run, table));
    return { observation, plan: planHost(state, observation, originals, this.#normalForms) };
  }
}

function isEmptyPlan(plan: HostPlan): boolean {
  return plan.steps.length === 0;
}
