import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { renderBootFiles } from "./boot-files.ts";
import { mustRun, runCommand } from "./command.ts";
import type { Progress } from "./machine-tools.ts";
import { ensureRoot } from "./debian-root.ts";
import { applyFaults, boot } from "./host-power.ts";
import { startPowerDaemon } from "./power-client.ts";
import { LabError, unknownName } from "./lab-error.ts";
import type { LabRecord } from "./lab-files.ts";
import { LabFiles, runRoot, writeAtomically } from "./lab-files.ts";
import { planLab } from "./plan.ts";
import { currentBootId, ownProcessId } from "./processes.ts";
import { isDead, takeDown } from "./take-down.ts";
import type { Topology } from "./topology.ts";
import { parseTopology } from "./topology.ts";
import { createWiring, netnsInode } from "./wiring.ts";

export interface UpOptions {
  /** A topology file; the default lab's when absent. */
  topologyFile?: string | undefined;
  /** Default: `default`. */
  name?: string | undefined;
  /** Only these racks of the topology, with their routers and everything outside. */
  racks?: string[] | undefined;
  /** Where the agents reach the server; default: a Unix socket in the directory that every host has at /run/rackway-server. */
  server?: string | undefined;
  /** What is mounted at /usr/lib/rackway; default: the checkout's dist/host. */
  payload?: string | undefined;
  onProgress?: Progress | undefined;
}

export const checkout = resolve(import.meta.dirname, "../../..");
export const defaultTopology = join(checkout, "examples/topologies/default.yaml");
/** Inside a host: the socket of a server on the machine that listens in the lab's `server/` directory. */
export const defaultServer = "unix:///run/rackway-server/server.sock";

/**
 * Builds a lab: namespaces and cables, then every host boots at once, then the routers find each other. When something fails, what was
 * built is taken down again.
 * @throws {LabError}
 */
export async function bringUp(options: UpOptions): Promise<{ files: LabFiles; record: LabRecord }> {
  const onProgress = options.onProgress ?? (() => undefined);
  const name = options.name ?? "default";
  const files = new LabFiles(name);
  const topology = readTopology(options.topologyFile ?? defaultTopology);
  checkRacks(topology, options.racks);
  const plan = planLab(topology, options.racks);
  await checkMachine();
  await removeDead(files, onProgress);
  const root = await ensureRoot(onProgress);
  const record: LabRecord = {
    name,
    topology: topology.metadata.name,
    racks: options.racks ?? null,
    createdAt: new Date().toISOString(),
    bootId: currentBootId(),
    maker: ownProcessId(),
    root,
    payload: options.payload ?? join(checkout, "dist/host"),
    plan,
  };
  claim(files, record);
  try {
    await build(files, record, options.server ?? defaultServer, onProgress);
    return { files, record };
  } catch (error) {
    onProgress("that failed: taking down what was built");
    await takeDown(files);
    throw error;
  }
}

/** What a crash of the lab, of its tests or of the machine has left stands in nobody's way. @throws {LabError} when the lab lives */
async function removeDead(files: LabFiles, onProgress: Progress): Promise<void> {
  if (!existsSync(files.directory)) return;
  if (!isDead(files)) throw labExists(files.name);
  onProgress(`lab ${files.name} exists, but nothing of it lives: taking down what is left`);
  await takeDown(files);
}

function labExists(name: string): LabError {
  return new LabError(
    "lab-exists",
    `lab ${name} exists`,
    `\`rackway lab down --name ${name}\` takes it down, \`--name\` makes another one`,
  );
}

function readTopology(path: string): Topology {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new LabError("topology-unreadable", `cannot read the topology ${path}: ${(error as Error).message}`);
  }
  return parseTopology(text, path);
}

function checkRacks(topology: Topology, racks: string[] | undefined): void {
  const known = topology.racks.map((rack) => rack.name);
  for (const rack of racks ?? []) if (!known.includes(rack)) throw unknownName("usage", "rack", rack, known);
}

/** Says what is missing before anything is built. */
async function checkMachine(): Promise<void> {
  if (process.getuid?.() !== 0) throw new LabError("not-root", "a lab needs root: it makes namespaces and mounts", "use sudo");
  const missing = await runCommand(["sh", "-c", "for t in ip nsenter unshare setpriv mount; do command -v $t >/dev/null || echo $t; done"]);
  const tools = missing.stdout.split("\n").filter(Boolean);
  if (tools.length > 0)
    throw new LabError("kernel-lacks", `this machine has no ${tools.join(", ")}`, "apt-get install iproute2 util-linux");
  const filesystems = readFileSync("/proc/filesystems", "utf8");
  if (!/\boverlay$/m.test(filesystems) && (await runCommand(["modprobe", "overlay"])).code !== 0) {
    throw new LabError("kernel-lacks", "this kernel has no overlay file system", "CONFIG_OVERLAY_FS, or `modprobe overlay` on the machine");
  }
  const namespaces = ["net", "mnt", "pid", "uts", "ipc"].filter((kind) => !existsSync(`/proc/self/ns/${kind}`));
  if (namespaces.length > 0) throw new LabError("kernel-lacks", `this kernel has no ${namespaces.join(", ")} namespaces`);
}

/** The lab's directory is the claim on its name: whoever makes it has it. The record is there before anything else exists. */
function claim(files: LabFiles, record: LabRecord): void {
  mkdirSync(runRoot, { recursive: true });
  const taken = record.plan.hosts.find((host) => netnsInode(files.netns(host.name)) !== undefined);
  if (taken) throw new LabError("lab-exists", `there is a network namespace ${files.netns(taken.name)} already`, "choose another --name");
  try {
    mkdirSync(files.directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw labExists(files.name);
    throw error;
  }
  files.writeRecord(record);
}

async function build(files: LabFiles, record: LabRecord, server: string, onProgress: Progress): Promise<void> {
  const { plan } = record;
  for (const directory of ["disk", "server", "power"]) mkdirSync(files.path(directory));
  chmodSync(files.path("power"), 0o700);
  await mustRun(["mount", "-t", "tmpfs", "-o", "mode=755,size=50%", `rackway-lab-${files.name}`, files.path("disk")]);
  for (const host of plan.hosts) {
    mkdirSync(files.hostPath(host.name, "root"), { recursive: true });
    for (const [path, text] of Object.entries(renderBootFiles(plan, host, { server }))) {
      const target = files.hostPath(host.name, "host", path);
      mkdirSync(dirname(target), { recursive: true });
      writeAtomically(target, text);
    }
  }
  onProgress(`wiring ${plan.hosts.length} hosts with ${plan.cables.length} cables`);
  await createWiring(files, plan);
  onProgress(`booting ${plan.hosts.map((host) => host.name).join(" ")}`);
  await allOf([startPowerDaemon(files), ...plan.hosts.map((host) => boot(files, record, host.name))]);
  const routers = plan.hosts.filter(({ kind }) => kind === "router").map(({ name }) => name);
  for (const router of routers) await applyFaults(files, record, router);
  onProgress("waiting for the routers to find each other");
  await settleFabric(files, record);
}

/** Like Promise.all, but nothing is still under way when it throws. */
async function allOf(works: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(works);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/**
 * Waits until every router knows every prefix that is connected somewhere in the lab, in both families.
 * @throws {LabError} `fabric-unsettled` after 60 s, with what is missing
 */
export async function settleFabric(files: LabFiles, record: LabRecord): Promise<void> {
  const wanted = announcedPrefixes(record);
  const routers = record.plan.hosts.filter(({ kind, name }) => kind === "router" && files.readPower(name) === "on").map(({ name }) => name);
  const deadline = performance.now() + 60_000;
  for (;;) {
    const missing = (await Promise.all(routers.map((router) => missingPrefixes(files, router, wanted)))).flat();
    if (missing.length === 0) return;
    if (performance.now() > deadline) throw new LabError("fabric-unsettled", `after 60 s still missing: ${missing.join(", ")}`);
    await sleep(100);
  }
}

function announcedPrefixes(record: LabRecord): string[] {
  return record.plan.hosts.flatMap((host) => {
    if (host.kind === "external") return [host.external.ipv4.cidr, host.external.ipv6.cidr];
    if (host.kind !== "rack") return [];
    return host.rack.networks.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].flatMap((prefix) => (prefix ? [prefix.cidr] : [])));
  });
}

async function missingPrefixes(files: LabFiles, router: string, wanted: string[]): Promise<string[]> {
  const known = new Set<string>();
  for (const family of ["-4", "-6"]) {
    const routes = JSON.parse(await mustRun(["ip", family, "-n", files.netns(router), "-j", "route", "show"])) as { dst: string }[];
    for (const { dst } of routes) known.add(dst);
  }
  return [...new Set(wanted)].filter((prefix) => !known.has(prefix)).map((prefix) => `${prefix} at ${router}`);
}
