import { hostStateSchema, trialPhaseSchema } from "@rackway/schema";
import type { HostState } from "@rackway/schema";
import { z } from "zod";

import { deadlineSchema } from "./trial-clock.ts";

/**
 * A revision that is undone unless it is confirmed (`apply --confirm-within`), as a host keeps it beside the new state: what it goes back to,
 * and when. The host decides by itself, so that a change that cuts everybody off from it is undone all the same.
 *
 * - `pending`: it has the new state, and waits for the word.
 * - `confirmed`: the server has said so, or Pacemaker's configuration has. The new state stays.
 * - `undone`: the time was over. It has the state before.
 * - `aside`: the time is over, there is no quorum to decide by, and the change touched what the membership stands on: the host has put the
 *   state before back on itself, and leaves Pacemaker's configuration alone. What is decided once there is quorum, counts.
 */
export const trialSchema = z.strictObject({
  id: z.string(),
  revision: z.int().min(1),
  phase: trialPhaseSchema,
  fallback: hostStateSchema,
  deadline: deadlineSchema,
});

export type Trial = z.infer<typeof trialSchema>;

/** The state that the host is to have now. */
export function stateInForce(state: HostState, trial: Trial | null): HostState {
  return trial?.phase === "undone" || trial?.phase === "aside" ? trial.fallback : state;
}

/** Which side the writer of Pacemaker's configuration is on; undefined: nothing waits for a word. */
export function sideIn(trial: Trial | null): { readonly id: string; readonly revision: number; readonly side: "new" | "base" } | undefined {
  if (trial === null || trial.phase === "confirmed") return undefined;
  return { id: trial.id, revision: trial.revision, side: trial.phase === "pending" ? "new" : "base" };
}

/**
 * Whether the change can have cost the membership: links, addresses and routes of the host, and how votes are counted. Otherwise there is nothing
 * on the host that could bring quorum back.
 */
export function touchesMembership(state: HostState, fallback: HostState): boolean {
  return membershipOf(state) !== membershipOf(fallback);
}

function membershipOf({ bridges, sysctls, routes, defaultRoutes, pacemaker }: HostState): string {
  const { cluster, nodes, timers, quorumDevice, authKey } = pacemaker ?? {};
  const votes = nodes?.map(({ name, nodeId, addresses }) => [name, nodeId, addresses]);
  return JSON.stringify([bridges, sysctls, routes, defaultRoutes, cluster, votes, timers, quorumDevice, authKey]);
}
