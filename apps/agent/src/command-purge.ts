import { createInterface } from "node:readline/promises";

import { rackwayError } from "@rackway/errors";
import { runCommand } from "@rackway/linux";

import type { AgentPaths } from "./paths.ts";
import { purgeHost } from "./purge.ts";

/** Asks when there is somebody to ask; says what it takes away. Again on a clean host, it finds nothing. */
export async function purgeCommand(paths: AgentPaths, isSure: boolean): Promise<number> {
  if (process.getuid?.() !== 0) throw rackwayError("agent-not-root", {});
  if (!isSure && !(await confirm())) {
    process.stderr.write("Nothing was changed. Say --yes to go on.\n");
    return 2;
  }
  const outcome = await purgeHost(runCommand, paths, (removed) => process.stdout.write(`removed  ${removed}\n`));
  for (const problem of outcome.problems) process.stderr.write(`problem  ${problem}\n`);
  if (outcome.problems.length > 0) return 1;
  process.stdout.write(outcome.count === 0 ? "There is nothing of Rackway on this host.\n" : "This host is as it was before Rackway.\n");
  return 0;
}

async function confirm(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(
    "Take everything of Rackway away from this host? Routers on it move to other hosts, or stop. [y/N] ",
  );
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
