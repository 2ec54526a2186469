import { readFile } from "node:fs/promises";

import type { CommandRunner } from "@rackway/linux";
import { observePacemaker, observeRouters } from "@rackway/pacemaker";
import type { HostReport, HostState, PacemakerObservation, RouterObservation } from "@rackway/schema";

/** What of the routers and of Pacemaker is seen on this host: who holds what. */
export interface ClusterView {
  readonly pacemaker: PacemakerObservation | null;
  readonly routers: readonly RouterObservation[];
  readonly guard: HostReport["guard"];
}

export const emptyView: ClusterView = { pacemaker: null, routers: [], guard: null };

/** Everything: Corosync, Pacemaker, the routers' namespaces, the guard. */
export async function observeCluster(run: CommandRunner, state: HostState, guardPidFile: string): Promise<ClusterView> {
  const { pacemaker } = state;
  if (pacemaker === null) return emptyView;
  const [seen, routers, guard] = await Promise.all([
    observePacemaker(run, pacemaker),
    observeRouters(run, pacemaker),
    observeGuard(guardPidFile),
  ]);
  return { pacemaker: seen, routers, guard };
}

/** The quick look after an address came or went: only what is in the kernel. The rest stays as it was last seen. */
export async function observeOwnership(run: CommandRunner, state: HostState, last: ClusterView): Promise<ClusterView> {
  return state.pacemaker === null ? last : { ...last, routers: await observeRouters(run, state.pacemaker) };
}

/** The guard by its PID file, and by that process really being it: a PID is used again. */
async function observeGuard(pidFile: string): Promise<"running" | "absent"> {
  const pid = (await readFile(pidFile, "utf8").catch(() => "")).trim();
  if (!/^\d+$/.test(pid)) return "absent";
  const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return commandLine.includes("rackway-guard") ? "running" : "absent";
}

/** VIPs that a view holds, as stable text: two views differ in ownership when this does. */
export function ownershipKey(view: ClusterView): string {
  return JSON.stringify(view.routers.map(({ name, holds }) => [name, holds.map(({ address }) => address).toSorted()]));
}
