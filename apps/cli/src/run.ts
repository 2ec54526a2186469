import type { Command } from "commander";
import { runComplete } from "./commands/completion.ts";
import { SilentExit } from "./failure.ts";
import type { Io } from "./io.ts";
import { buildProgram } from "./program.ts";
import { reportFailure } from "./report-failure.ts";
import { Session } from "./session.ts";

/**
 * Runs one command line, without the program's name: `main(["get", "hosts"], io)`. Resolves with the exit code: 0 done, 1 failed,
 * 2 wrong usage; with `--detailed-exitcode` 2 means that there is something to do, and wrong usage is 1; `status --exit-code` has 3 and 4
 * (problem-text.ts). Never throws.
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const session = new Session(io);
  const program = buildProgram(session);
  let exitCode = 0;
  try {
    if (argv.length === 0) program.outputHelp();
    else if (argv[0] === "complete" && argv[1] === "--") await runComplete(io, program, argv.slice(2));
    else await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    exitCode = reportFailure(io, session.explain(error), {
      isJson: wantsJson(argv),
      sources: session.sources,
      seeAlso: seeAlso(program, argv),
    });
    // A script that asks whether there is something to do must not take a typing error for a yes.
    if (exitCode === 2 && argv.includes("--detailed-exitcode") && !(error instanceof SilentExit)) exitCode = 1;
  } finally {
    session.close();
  }
  return exitCode;
}

/** Read from the raw arguments, because a failure may be that they cannot be parsed. */
function wantsJson(argv: readonly string[]): boolean {
  return argv.some((argument, index) => {
    if (argument === "-ojson" || argument === "-o=json" || argument === "--output=json") return true;
    return (argument === "-o" || argument === "--output") && argv[index + 1] === "json";
  });
}

/** The help of the command that was meant. */
function seeAlso(program: Command, argv: readonly string[]): string {
  let command = program;
  const path = ["rackway"];
  for (const word of argv) {
    const next = command.commands.find((each) => each.name() === word);
    if (!next) continue;
    command = next;
    path.push(word);
  }
  return `see: ${path.join(" ")} --help`;
}
