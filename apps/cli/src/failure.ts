import { type cliErrors, RackwayError, suggest } from "@rackway/errors";

/** The codes of the catalogue that are the command line's own. */
export type CliErrorCode = keyof typeof cliErrors;

/** A failure of the command line, in the words of the place that found it. Never shown with a stack. */
export function cliFailure(code: CliErrorCode, message: string, options: { hint?: string | null; cause?: unknown } = {}): RackwayError {
  return new RackwayError(code, message, options.hint ?? null, { cause: options.cause });
}

/** Wrong usage: exit 2. */
export function usageFailure(message: string, hint: string | null = null): RackwayError {
  return cliFailure("usage-invalid", message, { hint });
}

/** A name that is not known: exit 2, with the name that was probably meant, or all of them where they are few. */
export function nameFailure(kind: string, name: string, known: readonly string[]): RackwayError {
  const near = suggest(name, known) ?? known.find((candidate) => name.length >= 2 && candidate.startsWith(name));
  const all = known.length === 0 ? `there is no ${kind} at all` : known.length <= 24 ? `there is: ${known.join(", ")}` : null;
  return cliFailure("name-unknown", `there is no ${kind} "${name}"`, { hint: near ? `did you mean ${near}?` : all });
}

/** All has been printed already; only the exit code is left to give. */
export class SilentExit extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super("");
    this.name = "SilentExit";
    this.exitCode = exitCode;
  }
}
