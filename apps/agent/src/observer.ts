import { readFile } from "node:fs/promises";

import type { ClusterTrouble, UplinkLack } from "@rackway/pacemaker";
import { noTrouble } from "@rackway/pacemaker";
import type { HostReport, PacemakerObservation, RouterObservation } from "@rackway/schema";

import type { DiskLack } from "./disks.ts";
import type { FencingSight } from "./fencing.ts";
import { noFencing } from "./fencing.ts";

export type RouterDaemons = Readonly<Record<string, Pick<RouterObservation, "dns" | "ntp" | "connections">>>;

/** What of a router is on this host, with what its daemons said. */
export function routersWithDaemons({ routers, daemons }: Pick<ClusterView, "routers" | "daemons">): RouterObservation[] {
  return routers.map((router) => ({ ...router, ...daemons[router.name] }));
}

/** What of the routers and of Pacemaker is seen on this host: who holds what. */
export interface ClusterView {
  readonly pacemaker: PacemakerObservation | null;
  readonly routers: readonly RouterObservation[];
  /** Router to what its daemons, and the kernel of its connections, answered here when they were asked last. */
  readonly daemons: RouterDaemons;
  readonly guard: HostReport["guard"];
  /** What has gone wrong in the Pacemaker cluster, on all of its hosts. */
  readonly trouble: ClusterTrouble;
  /** What is full on this host. */
  readonly disks: readonly DiskLack[];
  /** What this host has fenced, or tries to. */
  readonly fencing: FencingSight;
  /** What keeps this host's routers from the world. */
  readonly uplinks: readonly UplinkLack[];
  /** Router to the host that was last seen to carry it, by any look: one that has it again has taken nothing over. */
  readonly carriers: Readonly<Record<string, string>>;
}

export const emptyView: ClusterView = {
  pacemaker: null,
  routers: [],
  daemons: {},
  guard: null,
  trouble: noTrouble,
  disks: [],
  fencing: noFencing,
  uplinks: [],
  carriers: {},
};

/** The guard by its PID file, and by that process really being it: a PID is used again. */
export async function observeGuard(pidFile: string): Promise<"running" | "frozen" | "absent"> {
  const pid = (await readFile(pidFile, "utf8").catch(() => "")).trim();
  if (!/^\d+$/.test(pid)) return "absent";
  const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  if (!commandLine.includes("rackway-guard")) return "absent";
  // The state is the field after the name in parentheses (proc_pid_stat(5)); T: stopped by a signal, t: by a debugger.
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return /\) [Tt] [^)]*$/.test(stat) ? "frozen" : "running";
}

/** VIPs that a view holds, as stable text: two views differ in ownership when this does. */
export function ownershipKey(view: ClusterView): string {
  return JSON.stringify(view.routers.map(({ name, holds }) => [name, holds.map(({ address }) => address).toSorted()]));
}

/** Pacemaker's word on which a host's own part depends: who writes the configuration, and which one it is. */
export function leadershipKey({ pacemaker }: ClusterView): string {
  return JSON.stringify([pacemaker?.dc, pacemaker?.quorate, pacemaker?.revision]);
}
