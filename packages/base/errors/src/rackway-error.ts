import { catalogue } from "./catalogue.ts";
import type { CatalogueEntry, ErrorCode, ErrorParameters, Retry } from "./catalogue.ts";
import type { Issue } from "./issue.ts";
import { renderTemplate } from "./template.ts";

export interface RackwayErrorOptions {
  /** The faults behind this error (a document's, say). */
  readonly issues?: readonly Issue[];
  /** For the log only; never sent, because it may hold a secret. */
  readonly cause?: unknown;
}

/** What is thrown: an answer that an operator can act on. Status, exit code and retry come from the catalogue. */
export class RackwayError extends Error {
  override readonly name = "RackwayError";
  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly issues: readonly Issue[];

  constructor(code: ErrorCode, message: string, hint: string | null, options: RackwayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = hint;
    this.issues = options.issues ?? [];
  }

  get entry(): CatalogueEntry {
    return catalogue[this.code];
  }

  /** HTTP status. */
  get status(): number {
    return this.entry.status;
  }

  /** Exit code of the command line: 1 failed, 2 wrong usage. */
  get exitCode(): 1 | 2 {
    return this.entry.exitCode;
  }

  get retry(): Retry {
    return this.entry.retry;
  }
}

/** Makes the error of a code, its text filled in: `throw rackwayError("not-found", { kind: "host", name })`. */
export function rackwayError<Code extends ErrorCode>(
  code: Code,
  parameters: ErrorParameters<Code>,
  options: RackwayErrorOptions = {},
): RackwayError {
  const entry: CatalogueEntry = catalogue[code];
  const hint = renderTemplate(entry.hint, parameters);
  return new RackwayError(code, renderTemplate(entry.text, parameters), hint === "" ? null : hint, options);
}
