import { createHash } from "node:crypto";

import type { CommandRunner, HostProblem, ServiceDriver } from "@rackway/linux";
import { findServiceDriver, problem, readFileIfAny, writeFileAtomic } from "@rackway/linux";
import { managedHeader, observeQuorumClients } from "@rackway/pacemaker";
import type { QuorumServerState } from "@rackway/schema";

import type { ClusterLook } from "./carry-out.ts";
import { carryOut, lookOf } from "./carry-out.ts";
import type { SecretSource } from "./cluster-node.ts";
import { reasonOf } from "./log.ts";
import { NssStore } from "./nss-store.ts";
import { isPackageDefault, rememberFile, restoreFile } from "./original-files.ts";
import type { OriginalsFile } from "./originals-file.ts";
import type { AgentPaths } from "./paths.ts";
import type { QuorumServerAction, QuorumServerObservation, QuorumServerPlan } from "./quorum-server-plan.ts";
import { planQuorumServer, quorumServerService } from "./quorum-server-plan.ts";

const nothingToDo: ClusterLook = { pending: [], applied: [], problems: [] };

/** Makes this host the quorum device of Pacemaker clusters, by corosync-qnetd(8), or ends that. */
export class QuorumServerNode {
  readonly #run: CommandRunner;
  readonly #paths: AgentPaths;
  readonly #originals: OriginalsFile;
  readonly #secret: SecretSource;
  readonly #store: NssStore;
  #driver: ServiceDriver | null = null;

  constructor(run: CommandRunner, paths: AgentPaths, originals: OriginalsFile, secret: SecretSource) {
    this.#run = run;
    this.#paths = paths;
    this.#originals = originals;
    this.#secret = secret;
    this.#store = new NssStore(run, paths.quorumServerStore, "QNetd Cert", "coroqnetd");
  }

  async look(wanted: QuorumServerState | null): Promise<ClusterLook> {
    const plan = await this.#plan(wanted);
    return plan === null ? nothingToDo : lookOf(plan);
  }

  /** Applies the plan's actions in order, up to the first that fails. */
  async converge(wanted: QuorumServerState | null): Promise<ClusterLook> {
    const plan = await this.#plan(wanted);
    return plan === null ? nothingToDo : this.#carryOut(plan);
  }

  /** Takes it all away, also where somebody is connected still. */
  async purge(): Promise<ClusterLook> {
    const plan = await this.#plan(null, false);
    return plan === null ? nothingToDo : this.#carryOut(plan);
  }

  #carryOut(plan: QuorumServerPlan): Promise<ClusterLook> {
    return carryOut(plan, (action) => this.#apply(action));
  }

  /** Null: this host is none and was none. That takes two files to see: every host looks so every few seconds. */
  async #plan(wanted: QuorumServerState | null, sparesClients = true): Promise<QuorumServerPlan | null> {
    const { quorumServerStore: store, quorumServerOptions: options } = this.#paths;
    const [sight, bytes] = await Promise.all([this.#store.observe(), readFileIfAny(options)]);
    const text = bytes?.toString("utf8") ?? null;
    if (wanted === null && sight.kind !== "ours" && text?.startsWith(managedHeader) !== true) return null;
    return planQuorumServer(wanted, await this.#observe(sight, text, wanted === null && sparesClients), { store, options });
  }

  async #observe(
    store: QuorumServerObservation["store"],
    options: string | null,
    asksForClients: boolean,
  ): Promise<QuorumServerObservation> {
    const driver = await this.#services();
    const path = this.#paths.quorumServerOptions;
    const isUnknown = options !== null && !options.startsWith(managedHeader);
    return {
      store,
      options,
      optionsArePackageDefault: isUnknown && (await isPackageDefault(this.#run, quorumServerService, path, options)),
      service: await driver.observe(quorumServerService),
      init: driver.name,
      clients: asksForClients ? await observeQuorumClients(this.#run) : [],
    };
  }

  async #apply(action: QuorumServerAction): Promise<HostProblem | null> {
    switch (action.do) {
      case "write-store":
        return writeCertificate(this.#store, this.#secret, action);
      case "write-options":
        if (action.replacesDefault) await rememberFile(this.#originals, this.#paths.quorumServerOptions);
        await writeFileAtomic(this.#paths.quorumServerOptions, action.text);
        return null;
      case "remove-files":
        await this.#store.remove();
        await restoreFile(this.#originals, this.#paths.quorumServerOptions);
        return null;
      default: {
        const outcome = await (await this.#services())[action.do](quorumServerService);
        return outcome.ok ? null : problem("daemon-refused", { service: quorumServerService, reason: outcome.reason });
      }
    }
  }

  async #services(): Promise<ServiceDriver> {
    this.#driver ??= await findServiceDriver(this.#run);
    return this.#driver;
  }
}

/** Fetches a certificate with its key, and makes a daemon's NSS database of it. */
export async function writeCertificate(
  store: NssStore,
  source: SecretSource,
  { id, sha256 }: { readonly id: string; readonly sha256: string },
): Promise<HostProblem | null> {
  try {
    const credential = await source(id);
    if (createHash("sha256").update(credential).digest("hex") !== sha256) throw new Error("what the server gave has another digest");
    await store.write(credential, sha256);
    return null;
  } catch (error) {
    return problem("quorum-certificate-missing", { id, reason: reasonOf(error) });
  }
}
