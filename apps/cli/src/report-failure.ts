import { RackwayError, suggest } from "@rackway/errors";
import { CommanderError } from "commander";
import { SilentExit } from "./failure.ts";
import type { Io } from "./io.ts";
import { renderIssues, type SourceFile } from "./issue-text.ts";
import { paintFor } from "./paint.ts";

/** How failures are told: `json` on standard output for programs, words on standard error for people. */
export interface FailureStyle {
  isJson: boolean;
  /** The document's files, where the command read some. */
  sources: readonly SourceFile[];
  /** Where wrong usage is explained: `see: rackway move --help`. */
  seeAlso: string;
}

/** Tells what went wrong, and gives the exit code. Stacks only with RACKWAY_DEBUG=1. */
export function reportFailure(io: Io, error: unknown, style: FailureStyle): number {
  if (error instanceof SilentExit) return error.exitCode;
  if (error instanceof CommanderError) return reportUsage(io, error, style);
  if (io.env.RACKWAY_DEBUG === "1" && error instanceof Error) io.stderr.write(`${error.stack ?? error.message}\n`);
  const known = error instanceof RackwayError ? error : unknownFailure(error);
  if (style.isJson) writeJson(io, known.code, known.message, known.hint, known.issues);
  else if (known.issues.length > 0) io.stderr.write(renderIssues(known.issues, style.sources, paintFor(io, io.stderr)));
  else writeWords(io, known.message, known.hint);
  return known.exitCode;
}

/** Commander's own word on an argument list. Help and version come this way too, with nothing left to say. */
function reportUsage(io: Io, error: CommanderError, style: FailureStyle): number {
  if (error.exitCode === 0) return 0;
  if (error.code === "commander.help") return 2;
  const { message, hint } = rewordUsage(error.message);
  if (style.isJson) writeJson(io, "usage-invalid", message, hint ?? style.seeAlso, []);
  else writeWords(io, message, hint ?? style.seeAlso);
  return 2;
}

/** Commander's messages, with what was probably meant as a hint of its own. */
export function rewordUsage(text: string): { message: string; hint: string | null } {
  const [first = "", ...rest] = text.replace(/^error: /, "").split("\n");
  const meant = /\(Did you mean (?:one of )?(.*)\?\)/s.exec(rest.join(" "))?.[1];
  if (meant !== undefined) return { message: first, hint: `did you mean ${meant}?` };
  const choice = /(?:argument|value) '(.*)' is invalid(?: for argument '(.*)')?\. Allowed choices are (.*)\.$/s.exec(first);
  if (!choice) return { message: first, hint: null };
  const [, typed = "", argument, list = ""] = choice;
  const near = suggest(typed, list.split(", "));
  const place = argument === undefined ? (/^option '(.*?)'/.exec(first)?.[1] ?? "option") : `<${argument}>`;
  return { message: `"${typed}" is not possible for ${place}`, hint: `${near === null ? "" : `did you mean ${near}? `}there is: ${list}` };
}

function unknownFailure(error: unknown): RackwayError {
  const message = error instanceof Error ? error.message : String(error);
  return new RackwayError("internal-error", `the command line failed: ${message.split("\n")[0] ?? ""}`, "RACKWAY_DEBUG=1 shows where", {
    cause: error,
  });
}

function writeWords(io: Io, message: string, hint: string | null): void {
  const paint = paintFor(io, io.stderr);
  io.stderr.write(`${paint.red("error")}: ${message}\n${hint === null ? "" : `${paint.cyan("hint")}: ${hint}\n`}`);
}

function writeJson(io: Io, code: string, message: string, hint: string | null, issues: readonly unknown[]): void {
  io.stdout.write(`${JSON.stringify({ error: { code, message, hint, issues } }, null, 2)}\n`);
}
