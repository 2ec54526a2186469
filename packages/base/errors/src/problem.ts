import { catalogue, isErrorCode, titleOf } from "./catalogue.ts";
import type { Retry } from "./catalogue.ts";
import type { Issue } from "./issue.ts";
import { RackwayError, rackwayError } from "./rackway-error.ts";

/** An error on the wire: RFC 9457 members, then ours (`code`, `hint`, `retry`, `issues`). */
export interface Problem {
  /** `urn:rackway:error:CODE`. */
  readonly type: string;
  /** The same for every occurrence of a code. */
  readonly title: string;
  readonly status: number;
  /** This occurrence, in words. */
  readonly detail: string;
  readonly code: string;
  readonly hint: string | null;
  readonly retry: Retry;
  readonly issues: readonly Issue[];
}

/** Media type of a `Problem` (RFC 9457, section 3). */
export const problemMediaType = "application/problem+json";

const typePrefix = "urn:rackway:error:";

/** Any thrown thing as a problem. What is not a `RackwayError` becomes `internal-error`, and says nothing of its message or stack. */
export function toProblem(error: unknown): Problem {
  const known = error instanceof RackwayError ? error : rackwayError("internal-error", {});
  return {
    type: typePrefix + known.code,
    title: titleOf(known.code),
    status: known.status,
    detail: known.message,
    code: known.code,
    hint: known.hint,
    retry: known.retry,
    issues: known.issues,
  };
}

/**
 * A received body as the error that it was. A body that is no problem of ours, or that has a code which this version does not know
 * (a newer server), becomes `server-answer-unknown` with what can be said of it.
 */
export function fromProblem(body: unknown, status: number): RackwayError {
  const members: Record<string, unknown> = typeof body === "object" && body !== null ? { ...body } : {};
  const detail = typeof members.detail === "string" ? members.detail : typeof members.title === "string" ? members.title : "no explanation";
  const issues = Array.isArray(members.issues) ? members.issues.flatMap(readIssue) : [];
  if (typeof members.code !== "string" || !isErrorCode(members.code)) {
    return rackwayError("server-answer-unknown", { status, detail }, { issues });
  }
  return new RackwayError(members.code, detail, typeof members.hint === "string" ? members.hint : null, { issues });
}

function readIssue(value: unknown): Issue[] {
  if (typeof value !== "object" || value === null) return [];
  const members: Record<string, unknown> = { ...value };
  if (typeof members.message !== "string") return [];
  const text = (key: string): string | null => (typeof members[key] === "string" ? members[key] : null);
  const count = (key: string): number | null => (typeof members[key] === "number" ? members[key] : null);
  const code = typeof members.code === "string" && isErrorCode(members.code) ? members.code : "server-answer-unknown";
  return [
    {
      code,
      severity: members.severity === "warning" ? "warning" : catalogue[code].severity,
      message: members.message,
      hint: text("hint"),
      path: text("path"),
      file: text("file"),
      line: count("line"),
      column: count("column"),
    },
  ];
}
