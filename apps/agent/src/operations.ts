import type { AgentClient } from "@rackway/api-client";
import { RackwayError } from "@rackway/errors";
import type { CommandRunner } from "@rackway/linux";
import { moveSet, moveRouter, type MoveOutcome } from "@rackway/pacemaker";
import { findMovableSet } from "@rackway/schema";
import type { HostState, Operation } from "@rackway/schema";

import type { Log } from "./log.ts";
import { reasonOf } from "./log.ts";

export interface OperationContext {
  readonly state: HostState | null;
  /** The DC as this host last saw it. */
  readonly dc: string | null;
  readonly client: Pick<AgentClient, "operation"> | null;
}

/**
 * Carries out what operators asked of a Pacemaker cluster (planned moves). The DC's agent claims an operation; the server gives it to the
 * first only. One that this host claimed before its agent was restarted is taken up again: a move that is done already is done at once.
 */
export class OperationRunner {
  readonly #run: CommandRunner;
  readonly #log: Log;
  #wanted: readonly Operation[] = [];
  #active: string | null = null;
  readonly #ended = new Set<string>();

  constructor(run: CommandRunner, log: Log) {
    this.#run = run;
    this.#log = log;
  }

  /** The server's list of operations that have not ended. */
  offer(operations: readonly Operation[]): void {
    this.#wanted = operations;
  }

  /** Begins the next one that is this host's to do. Call it whenever the list or the DC may have changed. */
  consider(context: OperationContext): void {
    const { state, client, dc } = context;
    if (this.#active !== null || client === null || state === null || state.pacemaker === null || dc !== state.host.name) return;
    const isMine = ({ id, state: phase, claimedBy }: Operation): boolean =>
      !this.#ended.has(id) && (phase === "pending" || (phase === "running" && claimedBy === state.host.name));
    const next = this.#wanted.find(isMine);
    if (next === undefined) return;
    this.#active = next.id;
    void this.#carryOut(next, state, client).finally(() => {
      this.#active = null;
      this.#ended.add(next.id);
      this.consider(context);
    });
  }

  async #carryOut(operation: Operation, state: HostState, client: Pick<AgentClient, "operation">): Promise<void> {
    const tell = async (phase: "running" | "done" | "failed", message: string): Promise<void> => {
      this.#log.info("operation", { id: operation.id, subject: operation.subject, to: operation.to, state: phase, reason: message });
      await client.operation(operation.id, { state: phase, message });
    };
    try {
      await tell("running", `${state.host.name} carries it out`);
    } catch (error) {
      if (!(error instanceof RackwayError && error.status === 409))
        this.#log.warn("operation not claimed", { id: operation.id, reason: reasonOf(error) });
      return;
    }
    const { subject, to } = operation;
    const what = subject.replace("/", " ");
    const move = this.#moveOf(state, subject);
    if (move === null) {
      return tell("failed", `this Pacemaker cluster has no ${what} that could be moved`).catch(() => undefined);
    }
    if (state.paused) {
      const reason = `${state.host.name} is paused, and it is the one that would carry this out (the DC's host): resume it first`;
      return this.#tellEnd(() => tell("failed", reason));
    }
    const progress: Promise<unknown>[] = [];
    const onProgress = (message: string): void => void progress.push(tell("running", message).catch(() => undefined));
    const outcome = await move(to, onProgress).catch((error: unknown) => ({ kind: "failed" as const, reason: reasonOf(error) }));
    await Promise.all(progress);
    const from = outcome.kind === "done" && outcome.from !== null && outcome.from !== operation.to ? ` from ${outcome.from}` : "";
    const message = outcome.kind === "done" ? `${what} is on ${to}${from}` : outcome.reason;
    await this.#tellEnd(() => tell(outcome.kind, message));
  }

  /** How what is called `subject` is moved; null: nothing here is called so, or it does not move. */
  #moveOf({ pacemaker }: HostState, subject: string): ((to: string, onProgress: (message: string) => void) => Promise<MoveOutcome>) | null {
    const router = pacemaker?.routers.find(({ name }) => subject === `router/${name}`);
    if (router !== undefined) return (to, onProgress) => moveRouter(this.#run, { router, to }, onProgress);
    const movable = findMovableSet(pacemaker?.services ?? [], subject);
    return movable === null ? null : (to, onProgress) => moveSet(this.#run, { movable, to }, onProgress);
  }

  /** The end must reach the server, or the operator waits for nothing: tried again for a while. */
  async #tellEnd(send: () => Promise<void>): Promise<void> {
    for (const waitMs of [0, 500, 2000, 5000, 10_000]) {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      try {
        return await send();
      } catch (error) {
        if (error instanceof RackwayError && error.status === 409) return;
      }
    }
  }
}
