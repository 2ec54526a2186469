import { rackwayError } from "@rackway/errors";
import { runCommand } from "@rackway/linux";
import type { DoctorReport } from "@rackway/schema";

import { Bound } from "./doctor/bounded.ts";
import { nameOfHost } from "./doctor/host-sight.ts";
import { judgeHost } from "./doctor/judge-host.ts";
import { lookAtHost } from "./doctor/look-at-host.ts";
import type { AgentPaths } from "./paths.ts";

/**
 * Examines this host in a process of its own, and writes the report as JSON: `rackway doctor` makes words of it. On standard error a line
 * `looked: WHAT` for each look that is done. Changes nothing; ends within ten seconds.
 */
export async function doctorCommand(paths: AgentPaths): Promise<number> {
  if (process.getuid?.() !== 0) throw rackwayError("agent-not-root", {});
  const startedAt = performance.now();
  const bound = new Bound((what) => process.stderr.write(`looked: ${what}\n`));
  const sight = await lookAtHost(paths, runCommand, bound);
  const report: DoctorReport = {
    subject: `host/${nameOfHost(sight)}`,
    at: sight.now.toISOString(),
    tookMs: Math.round(performance.now() - startedAt),
    findings: judgeHost(sight),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  return 0;
}
