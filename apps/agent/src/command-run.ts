import { rackwayError } from "@rackway/errors";
import { runCommand } from "@rackway/linux";

import { Agent } from "./agent.ts";
import { readAgentConfig } from "./config.ts";
import { createLog } from "./log.ts";
import type { AgentPaths } from "./paths.ts";
import { agentVersion } from "./version.ts";

/** Runs until SIGTERM or SIGINT. What it made stays: the data plane needs no agent. */
export async function runAgent(paths: AgentPaths): Promise<number> {
  if (process.getuid?.() !== 0) throw rackwayError("agent-not-root", {});
  const config = await readAgentConfig(paths.config);
  const now = (): Date => new Date();
  const log = createLog((line) => process.stdout.write(line), now);
  const agent = new Agent({ config, paths, run: runCommand, log, version: agentVersion, now });
  await agent.start();
  const signal = await new Promise<string>((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => resolve(name));
  });
  log.info("signal", { signal });
  await agent.stop();
  return 0;
}
