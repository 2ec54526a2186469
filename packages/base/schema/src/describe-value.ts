import { excerpt } from "@rackway/errors";

import type { Located } from "./located.ts";

/** A value from a document in words, for "must be …, not WORDS". */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "empty";
  if (typeof value === "string") return value === "" ? "an empty text" : `"${excerpt(value)}"`;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return excerpt(String(value));
  return Array.isArray(value) ? "a list" : "a mapping";
}

export function describeLocated(node: Located): string {
  return node.kind === "scalar" ? describeValue(node.value) : `a ${node.kind}`;
}

/** `a, b or c`. */
export function renderChoice(choices: readonly string[]): string {
  return choices.length < 2 ? (choices[0] ?? "") : `${choices.slice(0, -1).join(", ")} or ${choices.at(-1) ?? ""}`;
}
