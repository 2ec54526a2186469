import type { HostView } from "@rackway/schema";
import type { Standing } from "./convergence.ts";

/** Who has heard that a revision is confirmed. Pure. A controller has when Pacemaker's configuration says so, too: then a partition cannot split it. */
export function judgeConfirmation(revision: number, hosts: readonly HostView[]): Standing[] {
  return hosts.map((host) => {
    const [state, text] = judge(revision, host);
    return { name: host.name, state, text };
  });
}

function judge(revision: number, host: HostView): [Standing["state"], string] {
  if (!host.hasToken) return ["skipped", "not enrolled: its agent was never given a token"];
  const trial = host.trial?.revision === revision ? host.trial : null;
  if (host.status.agent === "absent") return ["waiting", "its agent is absent, and has not heard"];
  if (trial?.phase === "undone" || trial?.phase === "aside") return ["waiting", "it has gone back already, and takes it again"];
  if (host.revision === null || host.revision < revision) return ["waiting", "it does not have the revision yet"];
  if (trial === null) return ["done", "keeps it"];
  return ["waiting", trial.phase === "pending" ? "it has not heard yet" : "it has heard; Pacemaker's configuration does not say so yet"];
}
