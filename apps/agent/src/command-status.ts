import { rackwayError } from "@rackway/errors";
import { hostReportSchema } from "@rackway/schema";
import type { HostReport, TrialPhase } from "@rackway/schema";

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

const trialWords: Record<TrialPhase, string> = {
  pending: "undone unless it is confirmed",
  undone: "was not confirmed in time, and is undone",
  aside: "overdue, and undone on this host until there is quorum to decide by",
  confirmed: "confirmed; Pacemaker's configuration does not say so yet",
};

/** The report as lines for a person. */
export function renderStatus(report: HostReport): string {
  const { pacemaker } = report;
  const lines = [
    `host        ${report.host}, revision ${report.revision ?? "none"}, ${report.paused ? "paused" : report.converged ? "converged" : "not converged"}`,
    ...(report.trial ? [`trial       revision ${report.trial.revision}: ${trialWords[report.trial.phase]}`] : []),
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
    ...(report.clients === null ? [] : clientLines(report.clients)),
    ...report.pendingSteps.map(({ action, kind, target }) => `pending     ${action} ${kind} ${target}`),
    ...report.problems.map(({ code, message, hint }) => `problem     ${code}: ${message}${hint === null ? "" : `\n            ${hint}`}`),
    `seen        ${report.observedAt} by agent ${report.agentVersion}`,
  ];
  return `${lines.join("\n")}\n`;
}

function clientLines({ resolver, time }: NonNullable<HostReport["clients"]>): string[] {
  const ours = (is: boolean): string => (is ? " (ours)" : "");
  const follows = time.selected === null ? "follows nobody" : `follows ${time.selected}`;
  const offset = time.offsetMs === null ? "" : `, ${Math.abs(time.offsetMs)} ms ${time.offsetMs < 0 ? "behind" : "ahead of"} it`;
  return [
    `names       ${resolver.nameservers.join(", ") || "no name server"} by ${resolver.by}${ours(resolver.ours)}`,
    `time        ${time.by === null ? "neither chrony nor systemd-timesyncd" : `${time.by} ${follows}${offset}${ours(time.ours)}`}`,
  ];
}
