import { readdir, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";

import { emptyNetworkState, findServiceDriver, parseLinks, parseRoutes, renderIpOperation, tableNames } from "@rackway/linux";
import type { CommandRunner, LinkObservation } from "@rackway/linux";

import { ClientNode } from "./client-node.ts";
import { ClusterNode } from "./cluster-node.ts";
import { HostConverger } from "./converge-host.ts";
import { createFrrMemoryFile } from "./frr-memory-file.ts";
import { FrrNode } from "./frr-node.ts";
import { reasonOf } from "./log.ts";
import { createOriginalsFile } from "./originals-file.ts";
import type { AgentPaths } from "./paths.ts";
import { QuorumServerNode } from "./quorum-server-node.ts";

export interface PurgeOutcome {
  readonly count: number;
  readonly problems: readonly string[];
}

/**
 * Takes everything of ours away from this host: withdraw first, remove after. Pacemaker hands its routers over or stops them, then
 * Corosync goes, then what a dead Pacemaker may have left behind, then the root namespace is put back as it was, then the files. Needs
 * neither the server nor the agent. Each part is tried, whatever became of the one before; `onRemoved` hears of each thing.
 */
export async function purgeHost(run: CommandRunner, paths: AgentPaths, onRemoved: (what: string) => void): Promise<PurgeOutcome> {
  let count = 0;
  const problems: string[] = [];
  const removed = (what: string): void => {
    count += 1;
    onRemoved(what);
  };
  const part = async (action: () => Promise<void>): Promise<void> =>
    action().catch((error: unknown) => void problems.push(reasonOf(error)));
  const originals = createOriginalsFile(paths.originals);
  await part(() => stopAgent(run, removed));
  await part(async () => {
    const noSecret = (): Promise<Buffer> => Promise.reject(new Error("a purge fetches nothing"));
    const left = await new ClusterNode(run, paths, originals, noSecret).converge("", null);
    for (const { kind, target } of left.applied) removed(`${kind} ${target}`);
    problems.push(...left.problems.map(({ message }) => message));
  });
  await part(async () => {
    const noSecret = (): Promise<Buffer> => Promise.reject(new Error("a purge fetches nothing"));
    const left = await new QuorumServerNode(run, paths, originals, noSecret).purge();
    for (const { kind, target } of left.applied) removed(`${kind} ${target}`);
    problems.push(...left.problems.map(({ message }) => message));
  });
  await part(async () => {
    const frr = await new FrrNode(run, createFrrMemoryFile(paths.frrMemory)).purge();
    for (const { kind, target } of frr.applied) removed(`${kind} ${target}`);
    problems.push(...frr.problems.map(({ message }) => message));
  });
  await part(async () => {
    const clients = await new ClientNode(run, originals).purge();
    for (const { action, kind, target } of clients.applied)
      removed(action === "delete" ? `${kind} ${target}` : `${kind} ${target}: put back`);
    problems.push(...clients.problems.map(({ message }) => message));
  });
  await part(() => removeNamespaces(run, removed));
  await part(() => removeLinks(run, removed));
  await part(async () => {
    const look = await new HostConverger(run, originals).converge(emptyNetworkState);
    for (const { action, kind, target } of look.applied) removed(action === "delete" ? `${kind} ${target}` : `${kind} ${target}: put back`);
    problems.push(...look.problems.map(({ message }) => message));
  });
  await part(() => removeTables(run, removed));
  await part(() => removeRoutes(run, removed));
  // What could not be put back is still remembered: a second purge can.
  if (problems.length === 0) await part(() => removeFiles(paths, removed));
  return { count, problems };
}

async function stopAgent(run: CommandRunner, removed: (what: string) => void): Promise<void> {
  const driver = await findServiceDriver(run);
  const { running, enabled } = await driver.observe("rackway-agent");
  if (!running && !enabled) return;
  const outcome = await driver.stop("rackway-agent");
  if (!outcome.ok) throw new Error(outcome.reason);
  removed("service rackway-agent");
}

/**
 * Routers' namespaces are `rw-NAME`. The mark is on the host's end of each link: `rackway:netns/NAMESPACE/LINK`. One that has links of which
 * none is marked merely has such a name; one without any link is what a stop that was cut short leaves. Pure.
 */
export function isRouterNamespace(
  name: string,
  inside: readonly Pick<LinkObservation, "name">[],
  host: readonly Pick<LinkObservation, "alias">[],
): boolean {
  if (!name.startsWith("rw-")) return false;
  return inside.every(({ name: link }) => link === "lo") || host.some(({ alias }) => alias?.startsWith(`rackway:netns/${name}/`) === true);
}

async function removeNamespaces(run: CommandRunner, removed: (what: string) => void): Promise<void> {
  const host = parseLinks((await run(["ip", "-details", "-json", "address", "show"])).stdout);
  for (const name of await readdir("/run/netns").catch(() => [])) {
    const { stdout } = await run(["ip", "-n", name, "-details", "-json", "address", "show"]);
    if (!isRouterNamespace(name, parseLinks(stdout), host)) continue;
    const { stdout: pids } = await run(["ip", "netns", "pids", name]);
    for (const pid of pids.split("\n").filter(Boolean)) killProcess(Number(pid));
    const { code, stderr } = await run(["ip", "netns", "delete", name]);
    if (code !== 0) throw new Error(`ip netns delete ${name}: ${stderr.trim()}`);
    removed(`network namespace ${name}`);
  }
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

/** Host's ends of routers' links; bridges and VLANs are put back by difference. */
async function removeLinks(run: CommandRunner, removed: (what: string) => void): Promise<void> {
  const { stdout } = await run(["ip", "-details", "-json", "address", "show"]);
  for (const { name, alias } of parseLinks(stdout)) {
    if (alias === null || !alias.startsWith("rackway:") || /^rackway:(bridge|vlan)\//.test(alias)) continue;
    const { code, stderr } = await run(["ip", "link", "delete", "dev", name]);
    // The other end of a pair went with the first.
    if (code !== 0 && !stderr.includes("Cannot find device")) throw new Error(`ip link delete ${name}: ${stderr.trim()}`);
    if (code === 0) removed(`link ${name} (${alias})`);
  }
}

async function removeTables(run: CommandRunner, removed: (what: string) => void): Promise<void> {
  const { stdout } = await run(["nft", "-j", "list", "tables"]);
  for (const name of tableNames(stdout).filter((table) => table.startsWith("rackway"))) {
    const { code, stderr } = await run(["nft", "delete", "table", "inet", name]);
    if (code !== 0) throw new Error(`nft delete table inet ${name}: ${stderr.trim()}`);
    removed(`nft-table inet ${name}`);
  }
}

async function removeRoutes(run: CommandRunner, removed: (what: string) => void): Promise<void> {
  for (const family of [4, 6] as const) {
    const { stdout } = await run(["ip", `-${family}`, "-json", "route", "show", "proto", "82"]);
    for (const route of parseRoutes(stdout, family)) {
      // Listed by protocol, iproute2 leaves the protocol out.
      const words = renderIpOperation({ do: "delete-route", route: { ...route, protocol: "82" } }).split(" ");
      const { code } = await run(["ip", ...words]);
      if (code === 0) removed(`route ${route.to}`);
    }
  }
}

async function removeFiles(paths: AgentPaths, removed: (what: string) => void): Promise<void> {
  for (const path of [dirname(paths.state), paths.originals, paths.frrMemory]) {
    await rm(path, { recursive: true, force: true });
  }
  // The folder stays where something else of Rackway (a server's database) lies in it.
  await rmdir(dirname(paths.originals)).catch(() => undefined);
  const leftovers = await readdir(paths.run).catch(() => []);
  for (const name of leftovers) await rm(join(paths.run, name), { recursive: true, force: true });
  if (leftovers.length > 0) removed(`files below ${paths.run}`);
  await rmdir(paths.run).catch(() => undefined);
}
