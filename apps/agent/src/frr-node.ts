import { findServiceDriver } from "@rackway/linux";
import type { CommandRunner, HostProblem, ServiceDriver } from "@rackway/linux";
import { applyFrr, frrPaths, isEmptyFrrMemory, listKeepers, observeFrr, planFrr, readFrrKeys } from "@rackway/routing";
import type { FrrKeys, FrrPlan } from "@rackway/routing";
import type { RoutingState, Step } from "@rackway/schema";

import type { FrrMemoryFile } from "./frr-memory-file.ts";

export interface FrrLook {
  readonly pending: readonly Step[];
  readonly applied: readonly Step[];
  readonly problems: readonly HostProblem[];
}

const nothingToDo: FrrLook = { pending: [], applied: [], problems: [] };
/** Daemons first, their configuration after; and the other way round when routing leaves. */
const rounds = 3;

/** Brings FRR to its part of the host state, and leaves everything in it that is not ours. */
export class FrrNode {
  readonly #run: CommandRunner;
  readonly #memory: FrrMemoryFile;
  #driver: ServiceDriver | null = null;
  /** Daemons that show lists of their own: one that lacks them after they were entered does not show any (FRR from 10 on, some of them). */
  #keepers: readonly string[] = listKeepers;
  #forgetful: readonly string[] = [];

  constructor(run: CommandRunner, memory: FrrMemoryFile) {
    this.#run = run;
    this.#memory = memory;
  }

  /** Looks, and changes nothing. */
  async look(routing: RoutingState | null): Promise<FrrLook> {
    if (await this.#isNoneOfOurs(routing)) return nothingToDo;
    const { steps, blocked, problems } = await this.#plan(routing, await readFrrKeys(routing));
    return { pending: [...steps, ...blocked], applied: [], problems };
  }

  /** Looks and applies, until there is nothing to apply. */
  async converge(routing: RoutingState | null): Promise<FrrLook> {
    return (await this.#isNoneOfOurs(routing)) ? nothingToDo : this.#convergeTo(routing);
  }

  /** Takes out whatever is ours, also by its name alone where the memory of it is lost. */
  purge(): Promise<FrrLook> {
    return this.#convergeTo(null);
  }

  async #convergeTo(routing: RoutingState | null): Promise<FrrLook> {
    const keys = await readFrrKeys(routing);
    const applied: Step[] = [];
    let refused: HostProblem | null = null;
    for (let round = 1; ; round += 1) {
      const plan = await this.#plan(routing, keys);
      if (plan.actions.length === 0 || refused !== null || round > rounds) {
        if (plan.actions.length > 0 && refused === null)
          this.#keepers = this.#keepers.filter((daemon) => !this.#forgetful.includes(daemon));
        if (plan.actions.length === 0) await this.#memory.save(plan.memory);
        // What FRR complained about, and has all the same, is no problem.
        const problems = refused === null || plan.actions.length === 0 ? plan.problems : [...plan.problems, refused];
        return { pending: [...plan.steps, ...plan.blocked], applied, problems };
      }
      await this.#memory.save(plan.remember);
      refused = await applyFrr(plan.actions, { run: this.#run, driver: await this.#services(), keys });
      if (refused === null) applied.push(...plan.steps);
    }
  }

  /** A host without routing whose FRR never was ours is not even asked. */
  async #isNoneOfOurs(routing: RoutingState | null): Promise<boolean> {
    return routing === null && isEmptyFrrMemory(await this.#memory.load());
  }

  async #plan(routing: RoutingState | null, keys: FrrKeys): Promise<FrrPlan> {
    const service = await (await this.#services()).observe("frr");
    const [seen, memory] = await Promise.all([observeFrr(this.#run, service, frrPaths, this.#keepers), this.#memory.load()]);
    this.#forgetful = seen.forgetful;
    return planFrr(routing, keys, seen, memory);
  }

  async #services(): Promise<ServiceDriver> {
    this.#driver ??= await findServiceDriver(this.#run);
    return this.#driver;
  }
}
