import { createHash } from "node:crypto";
import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { findServiceDriver, observeFileMode, problem, readFileIfAny, removeFile, writeFileAtomic } from "@rackway/linux";
import type { CommandRunner, HostProblem, ServiceDriver, ServiceOutcome } from "@rackway/linux";
import type { PacemakerState, Step } from "@rackway/schema";

import type { ClusterAction, ClusterObservation, ClusterPlan } from "./cluster-plan.ts";
import { isOurConf, planCluster } from "./cluster-plan.ts";
import { reasonOf } from "./log.ts";
import type { OriginalsFile } from "./originals-file.ts";
import type { AgentPaths } from "./paths.ts";
import { seedCib } from "./seed-cib.ts";

export interface ClusterLook {
  readonly pending: readonly Step[];
  readonly applied: readonly Step[];
  readonly problems: readonly HostProblem[];
}

/** Fetches a secret by id; throws when the server does not give it. */
export type SecretSource = (id: string) => Promise<Buffer>;

/** Makes this host a node of its Pacemaker cluster, or takes it out: Corosync's files, and the daemons. */
export class ClusterNode {
  readonly #run: CommandRunner;
  readonly #paths: AgentPaths;
  readonly #originals: OriginalsFile;
  readonly #secret: SecretSource;
  #driver: ServiceDriver | null = null;

  constructor(run: CommandRunner, paths: AgentPaths, originals: OriginalsFile, secret: SecretSource) {
    this.#run = run;
    this.#paths = paths;
    this.#originals = originals;
    this.#secret = secret;
  }

  async look(host: string, pacemaker: PacemakerState | null): Promise<ClusterLook> {
    const plan = await this.#plan(host, pacemaker);
    return { pending: [...plan.steps, ...plan.blocked], applied: [], problems: plan.problems };
  }

  /** Applies the plan's actions in order, up to the first that fails. */
  async converge(host: string, pacemaker: PacemakerState | null): Promise<ClusterLook> {
    const plan = await this.#plan(host, pacemaker);
    for (const action of plan.actions) {
      const failed = await this.#apply(action);
      if (failed === null) continue;
      return { pending: [...plan.steps, ...plan.blocked], applied: [], problems: [...plan.problems, failed] };
    }
    return { pending: plan.blocked, applied: plan.steps, problems: plan.problems };
  }

  async #plan(host: string, pacemaker: PacemakerState | null): Promise<ClusterPlan> {
    return planCluster(host, pacemaker, await this.#observe(), this.#paths.corosyncConf);
  }

  async #observe(): Promise<ClusterObservation> {
    const { corosyncConf, authKey } = this.#paths;
    const driver = await this.#services();
    const [conf, key, authKeyMode, corosync, pacemaker, guard, restartPending] = await Promise.all([
      readFileIfAny(corosyncConf).then((bytes) => bytes?.toString("utf8") ?? null),
      readFileIfAny(authKey),
      observeFileMode(authKey),
      driver.observe("corosync"),
      driver.observe("pacemaker"),
      driver.observe("rackway-guard"),
      this.#restartPending(),
    ]);
    return {
      conf,
      confIsPackageDefault: conf !== null && !isOurConf(conf) && (await this.#isPackageDefault("corosync", corosyncConf, conf)),
      authKeySha256: key === null ? null : sha256(key),
      authKeyMode,
      init: driver.name,
      services: { corosync, pacemaker, "rackway-guard": guard },
      restartPending,
    };
  }

  async #services(): Promise<ServiceDriver> {
    this.#driver ??= await findServiceDriver(this.#run);
    return this.#driver;
  }

  /** dpkg knows the digest of every configuration file as it was shipped (dpkg-query(1), `Conffiles`). */
  async #isPackageDefault(name: string, path: string, content: string): Promise<boolean> {
    const { stdout } = await this.#run(["dpkg-query", "--show", "--showformat=${Conffiles}", name]);
    const line = stdout.split("\n").find((text) => text.trim().startsWith(`${path} `));
    return line?.trim().split(" ")[1] === createHash("md5").update(content).digest("hex");
  }

  async #apply(action: ClusterAction): Promise<HostProblem | null> {
    switch (action.do) {
      case "write-key":
        return this.#writeKey(action.id, action.sha256);
      case "write-conf":
        if (action.replacesDefault) await this.#rememberConf();
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

  async #rememberConf(): Promise<void> {
    const { corosyncConf } = this.#paths;
    const [content, mode] = await Promise.all([readFileIfAny(corosyncConf), observeFileMode(corosyncConf)]);
    if (content === null) return;
    const originals = await this.#originals.load();
    if (Object.hasOwn(originals.files, corosyncConf)) return;
    const saved = { mode: mode ?? 0o644, content: content.toString("base64") };
    await this.#originals.save({ ...originals, files: { ...originals.files, [corosyncConf]: saved } });
  }

  async #removeFiles(): Promise<void> {
    const { corosyncConf, authKey, pacemakerState, corosyncState, restartMarker } = this.#paths;
    const originals = await this.#originals.load();
    const saved = originals.files[corosyncConf];
    await removeFile(authKey);
    await clearFolder(join(pacemakerState, "cib"));
    await clearFolder(join(pacemakerState, "pengine"));
    await clearFolder(corosyncState, /^ringid_/);
    await removeFile(restartMarker);
    if (saved === undefined) await removeFile(corosyncConf);
    else await writeFileAtomic(corosyncConf, Buffer.from(saved.content, "base64"), saved.mode);
    const files = Object.fromEntries(Object.entries(originals.files).filter(([path]) => path !== corosyncConf));
    await this.#originals.save({ ...originals, files });
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
