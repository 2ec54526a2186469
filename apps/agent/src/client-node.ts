import { applyClients, clientPaths, findServiceDriver, noClient, observeClients, planClients } from "@rackway/linux";
import type {
  ClientDaemon,
  ClientObservation,
  ClientPaths,
  ClientPlan,
  ClientState,
  CommandRunner,
  HostProblem,
  ServiceDriver,
} from "@rackway/linux";
import type { Step } from "@rackway/schema";

import type { OriginalsFile } from "./originals-file.ts";

export interface ClientLook {
  /** Null: nothing is wanted, and nothing is ours. */
  readonly observation: ClientObservation | null;
  readonly pending: readonly Step[];
  readonly applied: readonly Step[];
  readonly problems: readonly HostProblem[];
}

/** A daemon that is told to read a file is looked at once more. */
const rounds = 3;

/** Points this host's resolver and time source where the host state says, and gives them back where it says nothing. */
export class ClientNode {
  readonly #run: CommandRunner;
  readonly #originals: OriginalsFile;
  /** Daemons that were told again and did not follow: once is enough, until they do. */
  #told: ReadonlySet<ClientDaemon> = new Set();
  readonly #paths: ClientPaths;
  #driver: ServiceDriver | null;

  constructor(
    run: CommandRunner,
    originals: OriginalsFile,
    { paths = clientPaths, driver = null }: { readonly paths?: ClientPaths; readonly driver?: ServiceDriver | null } = {},
  ) {
    this.#run = run;
    this.#originals = originals;
    this.#paths = paths;
    this.#driver = driver;
  }

  /** Looks, and changes nothing. */
  async look(wanted: ClientState): Promise<ClientLook> {
    const { observation, plan } = await this.#plan(wanted);
    return { observation, pending: [...plan.steps, ...plan.blocked], applied: [], problems: plan.problems };
  }

  /** Looks and applies, until there is nothing to apply. */
  async converge(wanted: ClientState): Promise<ClientLook> {
    const applied: Step[] = [];
    let refused: readonly HostProblem[] = [];
    for (let round = 1; ; round += 1) {
      const { observation, plan } = await this.#plan(wanted);
      if (plan.problems.length === 0 && plan.steps.length === 0) this.#told = new Set();
      if (plan.steps.length === 0 || refused.length > 0 || round > rounds) {
        if (plan.steps.length === 0) await this.#originals.save(plan.originals);
        return { observation, pending: [...plan.steps, ...plan.blocked], applied, problems: [...plan.problems, ...refused] };
      }
      await this.#originals.save(plan.remember);
      const outcome = await applyClients({ run: this.#run, driver: await this.#services() }, plan);
      refused = outcome.refused;
      this.#told = new Set([...this.#told, ...daemonsOf(plan)]);
      if (refused.length === 0) {
        await this.#originals.save(plan.originals);
        applied.push(...plan.steps);
      } else {
        // Those that did take it over are not told again, round after round, because of one that did not.
        await this.#originals.save({ ...plan.remember, untold: plan.remember.untold.filter((daemon) => !outcome.told.includes(daemon)) });
      }
    }
  }

  /** Gives everything back. */
  purge(): Promise<ClientLook> {
    return this.converge(noClient);
  }

  async #plan(wanted: ClientState): Promise<{ readonly observation: ClientObservation | null; readonly plan: ClientPlan }> {
    const originals = await this.#originals.load();
    const observation = await observeClients(this.#run, await this.#services(), wanted, originals, this.#paths);
    if (observation !== null) return { observation, plan: planClients(wanted, observation, originals, this.#told, this.#paths) };
    return { observation, plan: { steps: [], blocked: [], problems: [], groups: [], remember: originals, originals } };
  }

  async #services(): Promise<ServiceDriver> {
    this.#driver ??= await findServiceDriver(this.#run);
    return this.#driver;
  }
}

function daemonsOf({ groups }: ClientPlan): ClientDaemon[] {
  return groups.flat().flatMap((operation) => (operation.do === "take-over" ? [operation.daemon] : []));
}
