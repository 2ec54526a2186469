import { CommanderError } from "commander";
import { LabError } from "./lab-error.ts";
import { labProgram } from "./program.ts";

/** `rackway lab …`: exit code 0 done, 1 failed, 2 wrong usage. */
try {
  await labProgram().parseAsync(process.argv.slice(2), { from: "user" });
} catch (error) {
  process.exitCode = explain(error);
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof LabError) {
    process.stderr.write(`rackway lab: ${error.message}\n${error.hint === undefined ? "" : `  ${error.hint}\n`}`);
    return error.exitCode;
  }
  process.stderr.write(`rackway lab: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}
