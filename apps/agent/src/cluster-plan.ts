import type { HostProblem, ServiceObservation } from "@rackway/linux";
import { problem } from "@rackway/linux";
import { managedHeader, renderCib, renderCorosyncConf } from "@rackway/pacemaker";
import type { PacemakerState, Step } from "@rackway/schema";

import type { PlannedActions } from "./carry-out.ts";
import { changesQuorum, classifyCorosyncChange } from "./corosync-change.ts";
import type { NssSight } from "./nss-store.ts";

/** What is there of Corosync and Pacemaker on this host. */
export interface ClusterObservation {
  /** Null: no file. */
  readonly conf: string | null;
  /** The file is as the Debian package put it there (it does so for everybody: nobody's work is in it). */
  readonly confIsPackageDefault: boolean;
  readonly authKeySha256: string | null;
  readonly authKeyMode: number | null;
  readonly init: "systemd" | "runit";
  readonly services: Readonly<Record<ClusterService, ServiceObservation>>;
  /** Corosync runs with a file that it reads only at start: what differs. */
  readonly restartPending: readonly string[];
  /** What corosync-qdevice shows a quorum device. */
  readonly deviceStore: NssSight;
  /** By Corosync's word; null: it was not asked, or does not answer. */
  readonly quorum: { readonly quorate: boolean; readonly members: number } | null;
}

export type ClusterService = "corosync" | "corosync-qdevice" | "pacemaker" | "rackway-guard";

export type ClusterAction =
  | { readonly do: "write-key"; readonly id: string; readonly sha256: string }
  | { readonly do: "write-conf"; readonly text: string; readonly replacesDefault: boolean }
  /** Remembers that the running Corosync must be restarted by the operator. */
  | { readonly do: "mark-restart"; readonly changes: readonly string[] }
  | { readonly do: "reload-corosync" }
  /** An earlier cluster's configuration must not come back in this one; `properties` are known to Pacemaker from its first second on. */
  | { readonly do: "clear-cluster-state"; readonly properties: Readonly<Record<string, string>> }
  | { readonly do: "start"; readonly service: ClusterService }
  | { readonly do: "stop"; readonly service: ClusterService }
  /** For corosync-qdevice, which reads it when it starts. */
  | { readonly do: "write-certificate"; readonly id: string; readonly sha256: string }
  | { readonly do: "remove-certificate" }
  | { readonly do: "remove-files" };

export type ClusterPlan = PlannedActions<ClusterAction>;

const nothing: ClusterPlan = { steps: [], blocked: [], problems: [], actions: [] };

/** True for a file that Rackway wrote. */
export function isOurConf(conf: string | null): boolean {
  return conf?.startsWith(managedHeader) ?? false;
}

/** What must happen on this host for it to be (or no longer be) a node of its Pacemaker cluster. Pure. */
export function planCluster(host: string, pacemaker: PacemakerState | null, seen: ClusterObservation, confPath: string): ClusterPlan {
  if (pacemaker === null) return planLeaving(seen);
  if (seen.conf !== null && !isOurConf(seen.conf) && !seen.confIsPackageDefault) {
    const wanted = step("change", "file", confPath, "not Rackway's", `cluster ${pacemaker.cluster}`);
    return { ...nothing, blocked: [wanted], problems: [problem("corosync-foreign", { file: confPath })] };
  }
  const plan = new Draft();
  planKey(plan, pacemaker, seen);
  planQuorum(plan, host, pacemaker, seen, confPath);
  for (const service of ["pacemaker", "rackway-guard"] as const) planService(plan, service, seen);
  if (seen.restartPending.length > 0) {
    plan.blocked.push(step("change", "service", "corosync", null, `restart for ${seen.restartPending.join(", ")}`));
    plan.problems.push(problem("corosync-restart-needed", { changes: seen.restartPending.join(", ") }));
  }
  return plan;
}

class Draft {
  readonly steps: Step[] = [];
  readonly blocked: Step[] = [];
  readonly problems: HostProblem[] = [];
  readonly actions: ClusterAction[] = [];
}

function planKey(plan: Draft, { authKey }: PacemakerState, seen: ClusterObservation): void {
  if (seen.authKeySha256 === authKey.sha256 && seen.authKeyMode === 0o400) return;
  plan.steps.push(step(seen.authKeySha256 === null ? "create" : "change", "secret", `Corosync's key ${authKey.id}`, null, null));
  plan.actions.push({ do: "write-key", ...authKey });
  if (seen.services.corosync.running && isOurConf(seen.conf) && seen.authKeySha256 !== authKey.sha256) {
    plan.actions.push({ do: "mark-restart", changes: ["the key"] });
  }
}

/**
 * Corosync's file and daemon, and the quorum device's. corosync-qdevice reads its part of the file only when it starts, and ends where there is
 * none: so it stops before the file changes, and starts after Corosync has read it.
 */
function planQuorum(plan: Draft, host: string, pacemaker: PacemakerState, seen: ClusterObservation, confPath: string): void {
  const device = "corosync-qdevice";
  const conf = renderCorosyncConf(pacemaker);
  const certificate = pacemaker.quorumDevice?.certificate ?? null;
  const isCertified = certificate === null || (seen.deviceStore.kind === "ours" && seen.deviceStore.sha256 === certificate.sha256);
  const isOther = isOurConf(seen.conf) && changesQuorum(seen.conf ?? "", conf);
  if (isOther || !isCertified) {
    const lacking = lackingMembers(pacemaker, seen);
    if (lacking !== null) {
      plan.blocked.push(step("change", "quorum", pacemaker.cluster, null, certificate === null ? "no quorum device" : "a quorum device"));
      plan.problems.push(problem("quorum-change-waits", lacking));
      planService(plan, "corosync", seen);
      return;
    }
  }
  const mustStop = (isOther || !isCertified || certificate === null) && (seen.services[device].running || seen.services[device].enabled);
  if (mustStop) {
    if (certificate === null) plan.steps.push(step("delete", "service", device, "running", null));
    plan.actions.push({ do: "stop", service: device });
  }
  if (certificate !== null && !isCertified) {
    plan.steps.push(step(seen.deviceStore.kind === "ours" ? "change" : "create", "secret", `certificate ${certificate.id}`, null, null));
    plan.actions.push({ do: "write-certificate", ...certificate });
  }
  planConf(plan, host, pacemaker, seen, confPath);
  planService(plan, "corosync", seen);
  if (certificate !== null) return planService(plan, device, seen);
  if (seen.deviceStore.kind !== "ours") return;
  plan.steps.push(step("delete", "secret", "the quorum device's certificate", null, null));
  plan.actions.push({ do: "remove-certificate" });
}

/**
 * Between one way of counting and another, a device's vote is missing for some seconds, or there are more votes than before: more than half of
 * the controllers with one vote more must be there. Null: they are, or there is no quorum that could be lost.
 */
function lackingMembers({ cluster, nodes }: PacemakerState, { quorum, services }: ClusterObservation): LackingMembers | null {
  if (!services.corosync.running || quorum?.quorate !== true) return null;
  const needed = Math.floor((nodes.length + 1) / 2) + 1;
  return quorum.members >= Math.min(needed, nodes.length) ? null : { cluster, members: quorum.members, needed };
}

interface LackingMembers {
  readonly cluster: string;
  readonly members: number;
  readonly needed: number;
}

function planConf(plan: Draft, host: string, pacemaker: PacemakerState, seen: ClusterObservation, confPath: string): void {
  const wanted = renderCorosyncConf(pacemaker);
  if (seen.conf === wanted) return;
  plan.steps.push(step(seen.conf === null ? "create" : "change", "file", confPath, null, null));
  const isFirst = !isOurConf(seen.conf);
  plan.actions.push({ do: "write-conf", text: wanted, replacesDefault: seen.confIsPackageDefault });
  if (isFirst) {
    // Debian starts what it installs: a cluster of one, named by nobody. Nothing of it may get into ours.
    for (const service of ["pacemaker", "corosync"] as const) {
      if (seen.services[service].running) plan.actions.push({ do: "stop", service });
    }
    // Without it, the first election waits for 20 s in case that a DC is there already.
    const { "dc-deadtime": deadTime } = renderCib(pacemaker, 0).properties;
    plan.actions.push({ do: "clear-cluster-state", properties: deadTime === undefined ? {} : { "dc-deadtime": deadTime } });
    return;
  }
  if (!seen.services.corosync.running) return;
  const change = classifyCorosyncChange(seen.conf ?? "", wanted, host);
  if (change.kind === "reload") plan.actions.push({ do: "reload-corosync" });
  if (change.kind === "restart") plan.actions.push({ do: "mark-restart", changes: change.changes });
}

function planService(plan: Draft, service: ClusterService, seen: ClusterObservation): void {
  const observed = seen.services[service];
  const willStop = plan.actions.some((action) => action.do === "stop" && action.service === service);
  if (observed.running && observed.enabled && !willStop) return;
  if (!observed.installed) {
    plan.blocked.push(step("create", "service", service, null, "running"));
    plan.problems.push(problem("daemon-missing", { service, init: seen.init }));
    return;
  }
  plan.steps.push(step("create", "service", service, null, "running"));
  plan.actions.push({ do: "start", service });
}

/** Pacemaker first: it takes down what runs here, and Corosync stays until it has told the others. */
function planLeaving(seen: ClusterObservation): ClusterPlan {
  const plan = new Draft();
  const isOurs = isOurConf(seen.conf);
  const leaving: readonly ClusterService[] = isOurs ? ["pacemaker", "corosync-qdevice", "corosync", "rackway-guard"] : ["rackway-guard"];
  for (const service of leaving) {
    if (!seen.services[service].running && !seen.services[service].enabled) continue;
    plan.steps.push(step("delete", "service", service, "running", null));
    plan.actions.push({ do: "stop", service });
  }
  if (isOurs) {
    plan.steps.push(step("delete", "file", "Corosync's configuration and key", null, null));
    plan.actions.push({ do: "remove-files" });
  }
  if (seen.deviceStore.kind === "ours") {
    plan.steps.push(step("delete", "secret", "the quorum device's certificate", null, null));
    plan.actions.push({ do: "remove-certificate" });
  }
  return plan;
}

function step(action: Step["action"], kind: string, target: string, from: string | null, to: string | null): Step {
  return { id: `${kind}:${target}`, action, kind, target, from, to };
}
