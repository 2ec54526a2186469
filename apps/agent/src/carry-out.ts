import type { HostProblem } from "@rackway/linux";
import type { Step } from "@rackway/schema";

/** What a part of the host lacks, what was done about it, and what is in the way. */
export interface ClusterLook {
  readonly pending: readonly Step[];
  readonly applied: readonly Step[];
  readonly problems: readonly HostProblem[];
}

/** Steps in words, those that something forbids, and the actions that the steps consist of, in order. */
export interface PlannedActions<Action> {
  readonly steps: readonly Step[];
  readonly blocked: readonly Step[];
  readonly problems: readonly HostProblem[];
  readonly actions: readonly Action[];
}

/** Looks, and changes nothing. */
export function lookOf({ steps, blocked, problems }: PlannedActions<unknown>): ClusterLook {
  return { pending: [...steps, ...blocked], applied: [], problems };
}

/** Applies actions in order, up to the first that fails. `apply` answers with what is in the way, or null. */
export async function carryOut<Action>(
  plan: PlannedActions<Action>,
  apply: (action: Action) => Promise<HostProblem | null>,
): Promise<ClusterLook> {
  for (const action of plan.actions) {
    const failed = await apply(action);
    if (failed === null) continue;
    return { ...lookOf(plan), problems: [...plan.problems, failed] };
  }
  return { pending: plan.blocked, applied: plan.steps, problems: plan.problems };
}
