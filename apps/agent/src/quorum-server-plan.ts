import type { ServiceObservation } from "@rackway/linux";
import { problem } from "@rackway/linux";
import { managedHeader } from "@rackway/pacemaker";
import type { QuorumServerState, Step } from "@rackway/schema";

import type { PlannedActions } from "./carry-out.ts";
import type { NssSight } from "./nss-store.ts";

/** What is there of corosync-qnetd on this host. */
export interface QuorumServerObservation {
  readonly store: NssSight;
  /** The text of its options file; null: no file. */
  readonly options: string | null;
  readonly optionsArePackageDefault: boolean;
  readonly service: ServiceObservation;
  readonly init: "systemd" | "runit";
  /** Clusters that are connected, as Corosync knows them; null: it does not say. */
  readonly clients: readonly string[] | null;
}

export type QuorumServerAction =
  | { readonly do: "write-store"; readonly id: string; readonly sha256: string }
  | { readonly do: "write-options"; readonly text: string; readonly replacesDefault: boolean }
  | { readonly do: "start" | "restart" | "stop" }
  | { readonly do: "remove-files" };

export type QuorumServerPlan = PlannedActions<QuorumServerAction>;

export const quorumServerService = "corosync-qnetd";

/** Both Debian's systemd unit and its init script read it (`EnvironmentFile`). `req`: nobody is heard without a certificate of ours. */
export const quorumServerOptions = `${managedHeader}\nCOROSYNC_QNETD_OPTIONS="-s req"\n`;

const nothing: QuorumServerPlan = { steps: [], blocked: [], problems: [], actions: [] };

/** What must happen on this host for it to be (or no longer be) the quorum device of Pacemaker clusters. Pure. */
export function planQuorumServer(
  wanted: QuorumServerState | null,
  seen: QuorumServerObservation,
  paths: { readonly store: string; readonly options: string },
): QuorumServerPlan {
  const hasOurOptions = seen.options?.startsWith(managedHeader) ?? false;
  if (wanted === null) return planLeaving(seen, hasOurOptions);
  const { service, store } = seen;
  const running = step("create", "service", quorumServerService, null, "running");
  const foreign = seen.options !== null && !hasOurOptions && !seen.optionsArePackageDefault ? paths.options : null;
  const usedByOthers = store.kind === "other" && store.isUsed ? paths.store : null;
  const file = foreign ?? usedByOthers;
  if (file !== null) return { ...nothing, blocked: [running], problems: [problem("quorum-server-foreign", { file })] };
  if (!service.installed)
    return {
      ...nothing,
      blocked: [running],
      problems: [problem("daemon-missing", { service: quorumServerService, init: seen.init })],
    };
  const { id, sha256 } = wanted.certificate;
  const steps: Step[] = [];
  const actions: QuorumServerAction[] = [];
  if (store.kind !== "ours" || store.sha256 !== sha256) {
    steps.push(step(store.kind === "ours" ? "change" : "create", "secret", `certificate ${id}`, null, null));
    actions.push({ do: "write-store", id, sha256 });
  }
  if (seen.options !== quorumServerOptions) {
    steps.push(step(seen.options === null ? "create" : "change", "file", paths.options, null, null));
    actions.push({ do: "write-options", text: quorumServerOptions, replacesDefault: seen.optionsArePackageDefault });
  }
  // It reads both only when it starts. Debian starts it when it is installed.
  const mustReread = actions.length > 0 && service.running;
  if (!service.running || !service.enabled) {
    steps.push(running);
    actions.push({ do: "start" });
  }
  if (mustReread) actions.push({ do: "restart" });
  return { ...nothing, steps, actions };
}

/** Only what is ours; and not before those who use it have let go: a vote less, and one lost controller more would stop them. */
function planLeaving(seen: QuorumServerObservation, hasOurOptions: boolean): QuorumServerPlan {
  if (seen.store.kind !== "ours" && !hasOurOptions) return nothing;
  const { running, enabled } = seen.service;
  const steps = [
    ...(running || enabled ? [step("delete", "service", quorumServerService, "running", null)] : []),
    step("delete", "file", "corosync-qnetd's options and certificate", null, null),
  ];
  // One that runs and does not say may be somebody's vote.
  if (running && seen.clients === null) return { ...nothing, blocked: steps, problems: [problem("quorum-server-silent", {})] };
  if (seen.clients !== null && seen.clients.length > 0)
    return { ...nothing, blocked: steps, problems: [problem("quorum-server-in-use", { clusters: seen.clients.join(", ") })] };
  return { ...nothing, steps, actions: [...(running || enabled ? [{ do: "stop" } as const] : []), { do: "remove-files" }] };
}

function step(action: Step["action"], kind: string, target: string, from: string | null, to: string | null): Step {
  return { id: `${kind}:${target}`, action, kind, target, from, to };
}
