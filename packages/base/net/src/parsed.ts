import { RackwayError } from "@rackway/errors";
import type { Issue } from "@rackway/errors";

/** The answer of a parser: the value, or why there is none. The issue has neither path nor position: the caller knows them. */
export type Parsed<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly issue: Issue };

export function accepted<Value>(value: Value): Parsed<Value> {
  return { ok: true, value };
}

export function refused<Value>(issue: Issue): Parsed<Value> {
  return { ok: false, issue };
}

/** The value, for text that was accepted before. Throws `RackwayError` otherwise: somebody skipped the parser. */
export function required<Value>(parsed: Parsed<Value>): Value {
  if (parsed.ok) return parsed.value;
  throw new RackwayError(parsed.issue.code, parsed.issue.message, parsed.issue.hint);
}
