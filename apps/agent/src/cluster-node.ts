import { createHash } from "node:crypto";
import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { findServiceDriver, observeFileMode, problem, readFileIfAny, removeFile, writeFileAtomic } from "@rackway/linux";
import type { CommandRunner, HostProblem, ServiceDriver, ServiceOutcome } from "@rackway/linux";
import { observeQuorum, renderCorosyncConf } from "@rackway/pacemaker";
import type { PacemakerState } from "@rackway/schema";

import type { ClusterLook } from "./carry-out.ts";
import { carryOut, lookOf } from "./carry-out.ts";
import type { ClusterAction, ClusterObservation, ClusterPlan } from "./cluster-plan.ts";
import { isOurConf, planCluster } from "./cluster-plan.ts";
import { changesQuorum } from "./corosync-change.ts";
import { reasonOf } from "./log.ts";
import { NssStore } from "./nss-store.ts";
import { isPackageDefault, rememberFile, restoreFile } from "./original-files.ts";
import type { OriginalsFile } from "./originals-file.ts";
import type { AgentPaths } from "./paths.ts";
import { writeCertificate } from "./quorum-server-node.ts";
import { seedCib } from "./seed-cib.ts";

/** Fetches a secret by id; throws when the server does not give it. */
export type SecretSource = (id: string) => Promise<Buffer>;

/** Makes this host a node of its Pacemaker cluster, or takes it out: Corosync's files, and the daemons. */
export class ClusterNode {
  readonly #run: CommandRunner;
  readonly #paths: AgentPaths;
  readonly #originals: OriginalsFile;
  readonly #secret: SecretSource;
  readonly #deviceStore: NssStore;
  #driver: ServiceDriver | null = null;

  constructor(run: CommandRunner, paths: AgentPaths, originals: OriginalsFile, secret: SecretSource) {
    this.#run = run;
    this.#paths = paths;
    this.#originals = originals;
    this.#secret = secret;
    this.#deviceStore = new NssStore(run, paths.quorumDeviceStore, "Cluster Cert");
  }

  async look(host: string, pacemaker: PacemakerState | null): Promise<ClusterLook> {
    return lookOf(await this.#plan(host, pacemaker));
  }

  /** Applies the plan's actions in order, up to the first that fails. */
  async converge(host: string, pacemaker: PacemakerState | null): Promise<ClusterLook> {
    return carryOut(await this.#plan(host, pacemaker), (action) => this.#apply(action));
  }

  async #plan(host: string, pacemaker: PacemakerState | null): Promise<ClusterPlan> {
    return planCluster(host, pacemaker, await this.#observe(pacemaker), this.#paths.corosyncConf);
  }

  async #observe(pacemaker: PacemakerState | null): Promise<ClusterObservation> {
    const { corosyncConf, authKey } = this.#paths;
    const driver = await this.#services();
    const [conf, key, authKeyMode, corosync, device, daemon, guard, restartPending, deviceStore] = await Promise.all([
      readFileIfAny(corosyncConf).then((bytes) => bytes?.toString("utf8") ?? null),
      readFileIfAny(authKey),
      observeFileMode(authKey),
      driver.observe("corosync"),
      driver.observe("corosync-qdevice"),
      driver.observe("pacemaker"),
      driver.observe("rackway-guard"),
      this.#restartPending(),
      this.#deviceStore.observe(),
    ]);
    return {
      conf,
      confIsPackageDefault: conf !== null && !isOurConf(conf) && (await isPackageDefault(this.#run, "corosync", corosyncConf, conf)),
      authKeySha256: key === null ? null : sha256(key),
      authKeyMode,
      init: driver.name,
      services: { corosync, "corosync-qdevice": device, pacemaker: daemon, "rackway-guard": guard },
      restartPending,
      deviceStore,
      quorum: await this.#quorumWhereItChanges(pacemaker, conf, deviceStore),
    };
  }

  /** Asked only where votes are to be counted otherwise from now on: every host looks every few seconds. */
  async #quorumWhereItChanges(
    pacemaker: PacemakerState | null,
    conf: string | null,
    store: ClusterObservation["deviceStore"],
  ): Promise<ClusterObservation["quorum"]> {
    if (pacemaker === null || conf === null) return null;
    const certificate = pacemaker.quorumDevice?.certificate.sha256;
    const isCertified = certificate === undefined || (store.kind === "ours" && store.sha256 === certificate);
    if (isCertified && !changesQuorum(conf, renderCorosyncConf(pacemaker))) return null;
    const { quorate, members } = await observeQuorum(this.#run);
    return members === null ? null : { quorate, members };
  }

  async #services(): Promise<ServiceDriver> {
    this.#driver ??= await findServiceDriver(this.#run);
    return this.#driver;
  }

  async #apply(action: ClusterAction): Promise<HostProblem | null> {
    switch (action.do) {
      case "write-key":
        return this.#writeKey(action.id, action.sha256);
      case "write-conf":
        if (action.replacesDefault) await rememberFile(this.#originals, this.#paths.corosyncConf);
        await writeFileAtomic(this.#paths.corosyncConf, action.text);
        return null;
      case "mark-restart":
        await this.#markRestart(action.changes);
        return null;
      case "reload-corosync": {
        const { code, stdout, stderr } = await this.#run(["corosync-cfgtool", "-R"], { timeoutMs: 10_000 });
        return code === 0 ? null : problem("daemon-refused", { service: "corosync", reason: (stderr + stdout).trim() });
      }
      case "clear-cluster-state":
        await clearFolder(join(this.#paths.pacemakerState, "cib"));
        await clearFolder(this.#paths.corosyncState, /^ringid_/);
        await seedCib(this.#run, join(this.#paths.pacemakerState, "cib/cib.xml"), action.properties);
        return null;
      case "write-certificate":
        return writeCertificate(this.#deviceStore, this.#secret, action);
      case "remove-certificate":
        await this.#deviceStore.remove();
        return null;
      case "remove-files":
        await this.#removeFiles();
        return null;
      default:
        return this.#steer(action.do, action.service);
    }
  }

  async #steer(verb: "start" | "stop", service: string): Promise<HostProblem | null> {
    const driver = await this.#services();
    const outcome: ServiceOutcome = await driver[verb](service);
    return outcome.ok ? null : problem("daemon-refused", { service, reason: outcome.reason });
  }

  async #writeKey(id: string, digest: string): Promise<HostProblem | null> {
    try {
      const key = await this.#secret(id);
      if (sha256(key) !== digest) return problem("corosync-key-missing", { id, reason: "what the server gave has another digest" });
      await writeFileAtomic(this.#paths.authKey, key, 0o400);
      return null;
    } catch (error) {
      return problem("corosync-key-missing", { id, reason: reasonOf(error) });
    }
  }

  async #removeFiles(): Promise<void> {
    const { corosyncConf, authKey, pacemakerState, corosyncState, restartMarker } = this.#paths;
    await removeFile(authKey);
    await clearFolder(join(pacemakerState, "cib"));
    await clearFolder(join(pacemakerState, "pengine"));
    await clearFolder(corosyncState, /^ringid_/);
    await removeFile(restartMarker);
    await restoreFile(this.#originals, corosyncConf);
  }

  async #markRestart(changes: readonly string[]): Promise<void> {
    const before = await this.#restartPending();
    const process = await corosyncProcess();
    if (process === null) return;
    const all = [...new Set([...before, ...changes])].toSorted();
    await writeFileAtomic(this.#paths.restartMarker, JSON.stringify({ process, changes: all }));
  }

  async #restartPending(): Promise<readonly string[]> {
    const bytes = await readFileIfAny(this.#paths.restartMarker);
    if (bytes === null) return [];
    const marker = JSON.parse(bytes.toString("utf8")) as { readonly process: string; readonly changes: readonly string[] };
    if (marker.process === (await corosyncProcess())) return marker.changes;
    await removeFile(this.#paths.restartMarker);
    return [];
  }
}

/** The running Corosync as `PID STARTTIME` (proc(5)); null: there is none. */
async function corosyncProcess(): Promise<string | null> {
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    if (!stat.includes(" (corosync) ")) continue;
    const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
    return `${pid} ${startTime}`;
  }
  return null;
}

async function clearFolder(folder: string, pattern = /./): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) if (pattern.test(name)) await rm(join(folder, name), { recursive: true, force: true });
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
