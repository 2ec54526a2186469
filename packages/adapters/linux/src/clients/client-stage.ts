import type { Step } from "@rackway/schema";

import type { Originals } from "../originals.ts";
import type { HostProblem } from "../problem.ts";
import type { FileOperation } from "./file-operation.ts";

/** A daemon that reads files of ours when it is told to. */
export type ClientDaemon = Originals["untold"][number];

export type ClientOperation = FileOperation | { readonly do: "take-over"; readonly daemon: ClientDaemon };

export interface ClientPlan {
  readonly steps: readonly Step[];
  /** Wanted, and not possible as things are; `problems` says why. */
  readonly blocked: readonly Step[];
  readonly problems: readonly HostProblem[];
  /** In groups: one that fails does not hold up the next. */
  readonly groups: readonly (readonly ClientOperation[])[];
  /** Must be on disk before anything of this is applied. */
  readonly remember: Originals;
  /** What is left to remember when all of it was applied. */
  readonly originals: Originals;
}

/** Collects a plan. */
export class ClientStage {
  readonly steps: Step[] = [];
  readonly blocked: Step[] = [];
  readonly problems: HostProblem[] = [];
  readonly groups: ClientOperation[][] = [];
  remember: Originals;
  originals: Originals;

  constructor(originals: Originals) {
    this.remember = originals;
    this.originals = originals;
  }

  /** What is done together, up to the first that fails. */
  run(...operations: readonly ClientOperation[]): void {
    this.groups.push([...operations]);
  }

  /** Remembers from before the first change on. */
  keep(update: (originals: Originals) => Originals): void {
    this.remember = update(this.remember);
    this.originals = update(this.originals);
  }

  /** Lets go of a memory once all is done. */
  forget(update: (originals: Originals) => Originals): void {
    this.originals = update(this.originals);
  }

  block(step: Step, problem: HostProblem): void {
    this.blocked.push(step);
    this.problems.push(problem);
  }
}
