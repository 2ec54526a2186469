import type { ControlPlane, ServedState } from "./control-plane.ts";
import { sha256 } from "./canonical-json.ts";
import type { Operations } from "./operations.ts";

/** `agentStateSchema` as text, with its ETag. */
export interface AgentAnswer {
  readonly etag: string;
  readonly json: string;
}

/**
 * What a host's agent is told. The ETag follows what an agent acts on: its state and what that is undone with, which operations there are and whose they are, and the
 * last request to look. Progress of an operation is not in it, or every word of one agent would wake all of its peers.
 */
export function agentAnswer(plane: ControlPlane, operations: Operations, host: string): AgentAnswer {
  const served = plane.servedState(host);
  const cluster = served?.state.pacemaker?.cluster ?? null;
  const told = cluster === null ? [] : operations.ofCluster(cluster);
  const observeNow = plane.hub.observeToken(host);
  const acted = told.map(({ id, state, claimedBy }) => [id, state, claimedBy]);
  const etag = `"${sha256(JSON.stringify([served?.digest ?? null, acted, observeNow])).slice(0, 32)}"`;
  const json = `{"state":${served?.json ?? "null"},"operations":${JSON.stringify(told)},"observeNow":${JSON.stringify(observeNow)}${trialJson(served, plane.nowMs)}}`;
  return { etag, json };
}

/**
 * Hosts hold on a little longer than the operator has: a confirmation in the last moment must still reach them, and where the server is there at
 * the deadline, its rollback comes before each of them has to decide.
 */
const graceMs = 2000;

/** Nothing while the state is to stay: an agent of before does not know the field. The time that is left is not in the ETag: it always differs. */
function trialJson(served: ServedState | null, nowMs: number): string {
  if (served === null || served.trial === null) return "";
  const { id, revision, deadlineMs, fallbackJson } = served.trial;
  return `,"trial":{"id":"${id}","revision":${revision},"leftMs":${Math.max(0, Math.round(deadlineMs - nowMs)) + graceMs},"fallback":${fallbackJson}}`;
}

/** The answer as soon as it differs from `etag`; null when it has not within the time (or the server stops, or the agent hung up). */
export async function awaitAgentAnswer(
  plane: ControlPlane,
  operations: Operations,
  options: { host: string; etag: string | null; waitMs: number; signal: AbortSignal; checkAccess: () => void },
): Promise<AgentAnswer | null> {
  const { host, etag, waitMs, signal } = options;
  const deadlineMs = plane.nowMs + waitMs;
  plane.hub.noteContact(host);
  for (;;) {
    const leftMs = deadlineMs - plane.nowMs;
    // The wait begins before the look, so nothing that happens in between is missed.
    const wait = plane.hub.wait(host, Math.max(0, leftMs), signal);
    const answer = agentAnswer(plane, operations, host);
    const isOver = leftMs <= 0 || signal.aborted || plane.hub.isStopped;
    if (answer.etag !== etag || isOver) {
      wait.cancel();
      return answer.etag === etag ? null : answer;
    }
    await wait.woken;
    options.checkAccess();
  }
}
