import { rackwayError } from "@rackway/errors";
import { hostReportSchema } from "@rackway/schema";
import type { HostReport } from "@rackway/schema";

import { askLocal } from "./local-socket.ts";
import { reasonOf } from "./log.ts";
import type { AgentPaths } from "./paths.ts";

/** What this host's agent last saw, in words. */
export async function showStatus(paths: AgentPaths): Promise<number> {
  const answer = await askLocal(paths.socket, "/report").catch((error: unknown) => {
    throw rackwayError("agent-unreachable", { socket: paths.socket, reason: reasonOf(error) });
  });
  if (answer === null) throw rackwayError("agent-unreachable", { socket: paths.socket, reason: "no agent listens there" });
  if (answer.status !== 200) throw rackwayError("agent-unreachable", { socket: paths.socket, reason: "it has not looked at its host yet" });
  process.stdout.write(renderStatus(hostReportSchema.parse(JSON.parse(answer.text))));
  return 0;
}

/** The report as lines for a person. */
export function renderStatus(report: HostReport): string {
  const { pacemaker } = report;
  const lines = [
    `host        ${report.host}, revision ${report.revision ?? "none"}, ${report.paused ? "paused" : report.converged ? "converged" : "not converged"}`,
    ...(pacemaker === null
      ? []
      : [
          `pacemaker   ${pacemaker.cluster}: ${pacemaker.quorate ? "quorate" : "no quorum"}, DC ${pacemaker.dc ?? "none"}, online ${pacemaker.online.join(", ") || "nobody"}`,
        ]),
    ...(report.guard === null ? [] : [`guard       ${report.guard}`]),
    ...report.routers.map(({ name, holds }) => `router      ${name}: ${holds.map(({ address }) => address).join(", ") || "not here"}`),
    ...report.defaultRoutes.map(
      ({ family, via, device, metric, ours }) =>
        `default     IPv${family} ${via ?? "on link"} dev ${device} metric ${metric}${ours ? " (ours)" : ""}`,
    ),
    ...report.pendingSteps.map(({ action, kind, target }) => `pending     ${action} ${kind} ${target}`),
    ...report.problems.map(({ code, message, hint }) => `problem     ${code}: ${message}${hint === null ? "" : `\n            ${hint}`}`),
    `seen        ${report.observedAt} by agent ${report.agentVersion}`,
  ];
  return `${lines.join("\n")}\n`;
}
