import type { Step } from "@rackway/schema";

import type { IpOperation } from "./ip-operation.ts";
import type { HostObservation } from "./observation.ts";
import type { Originals } from "./originals.ts";
import type { HostProblem } from "./problem.ts";
import { simulate } from "./simulate.ts";

/** What one stage of a plan (bridges, routes, sysctls, tables) comes to. */
export interface StagePlan {
  /** What it will change, in an operator's words. */
  readonly steps: readonly Step[];
  /** What should change and cannot yet: shown, and tried again. A problem says why. */
  readonly blocked: readonly Step[];
  readonly operations: readonly IpOperation[];
  readonly problems: readonly HostProblem[];
}

/**
 * Collects one stage. `before` is the host as it was observed, `world` is the host as it will be after the operations so far; `remember` holds all originals that must be on disk
 * before anything is applied, `originals` what is left to remember afterwards.
 */
export class Stage {
  readonly before: HostObservation;
  world: HostObservation;
  remember: Originals;
  originals: Originals;
  readonly steps: Step[] = [];
  readonly blocked: Step[] = [];
  readonly operations: IpOperation[] = [];
  readonly problems: HostProblem[] = [];

  constructor(world: HostObservation, originals: Originals) {
    this.before = world;
    this.world = world;
    this.remember = originals;
    this.originals = originals;
  }

  run(...operations: readonly IpOperation[]): void {
    this.world = simulate(this.world, operations);
    this.operations.push(...operations);
  }

  /** Remembers an original from before the first change on. */
  keep(update: (originals: Originals) => Originals): void {
    this.remember = update(this.remember);
    this.originals = update(this.originals);
  }

  /** Lets go of an original once the operations are done. */
  forget(update: (originals: Originals) => Originals): void {
    this.originals = update(this.originals);
  }
}

/** A step with the stable id `kind:target`. */
export function step(action: Step["action"], kind: string, target: string, from: string | null, to: string | null): Step {
  return { id: `${kind}:${target}`, action, kind, target, from, to };
}
