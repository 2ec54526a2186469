import { excerpt, issue } from "@rackway/errors";
import type { Issue, Position } from "@rackway/errors";
import { isScalar, visit } from "yaml";
import type { Document, YAMLError } from "yaml";

/** One bracket too few breaks everything that follows: of a file's syntax errors, the first are told. */
export const syntaxIssueMaximum = 20;

type PositionOf = (offset: number) => Position;

/**
 * What the YAML library found wrong with one document, in an operator's words and at the place that must be mended. Errors that only
 * follow from another (more than one in a line, anything beside a tab or an open quote or bracket) are left out.
 */
export function syntaxIssues(document: Document.Parsed, text: string, unclosed: number | null, positionOf: PositionOf): Issue[] {
  const errors = document.errors.sort((a, b) => a.pos[0] - b.pos[0]).slice(0, syntaxIssueMaximum);
  const open = openIssue(document, errors, text, unclosed, positionOf);
  if (open !== null) return [open];
  const tabs = errors.filter(({ code }) => code === "TAB_AS_INDENT");
  const told = (tabs.length > 0 ? tabs : errors).map((error) => errorIssue(error, positionOf(skipSpaces(text, error.pos[0]))));
  const lines = new Set<number | null>();
  const first = told.filter(({ line }) => !lines.has(line) && lines.add(line));
  return [...first, ...document.warnings.slice(0, syntaxIssueMaximum).flatMap((warning) => tagIssue(warning, positionOf))];
}

/** A quote or bracket that the end of the text leaves open, at where it begins: the end says nothing about the cause. */
function openIssue(
  document: Document.Parsed,
  errors: readonly YAMLError[],
  text: string,
  unclosed: number | null,
  positionOf: PositionOf,
): Issue | null {
  const quote = errors.find(({ code, message }) => code === "MISSING_CHAR" && message.startsWith("Missing closing"));
  const start = quote === undefined ? unclosed : quotedAt(document, quote.pos[0]);
  if (start === null || errors.length === 0) return null;
  const what = { "[": "list", "{": "mapping" }[text.charAt(start)] ?? "quote";
  const reason = `the ${what} that begins here is not closed`;
  return issue("document-syntax", { reason, advice: "Close it; the file may have been cut off." }, { position: positionOf(start) });
}

/** The beginning of the last quoted text that reaches an offset. */
function quotedAt(document: Document.Parsed, offset: number): number | null {
  let start: number | null = null;
  const look = (node: unknown): void => {
    if (!isScalar(node) || !node.range || node.type === undefined || !node.type.startsWith("QUOTE_")) return;
    if (node.range[0] <= offset && node.range[1] >= offset) start = node.range[0];
  };
  visit(document, { Scalar: (_, node) => look(node) });
  return start;
}

/** What the library says most often, in words that name the cause, and what to do about it. */
const wordings: readonly { readonly matches: RegExp; readonly reason: string; readonly advice: string }[] = [
  { matches: /Tabs are not allowed/, reason: "a tab is used for indentation", advice: "Indent with spaces." },
  {
    matches: /Sequence item without - indicator|must start at the same column/,
    reason: "this line is indented neither like the lines above nor like what surrounds them",
    advice: "Items of one list, and fields of one mapping, begin in the same column.",
  },
  {
    matches: /Nested mappings are not allowed/,
    reason: "a second colon with a space follows in the same line",
    advice: "Quote the value, or begin a new line.",
  },
  {
    matches: /Implicit (map )?keys need/,
    reason: "this line is no field: there is no colon with a space after a name",
    advice: "Write `name: value`; a list's item begins with a hyphen and a space.",
  },
  {
    matches: /must be sufficiently indented and end with/,
    reason: "a bracket is not closed before this line",
    advice: "Close it, or indent what it holds.",
  },
];

const defaultAdvice = "The line and column tell where reading stopped making sense; the cause may stand just before.";

function errorIssue(error: YAMLError, position: Position): Issue {
  if (error.code === "NON_STRING_KEY") return issue("document-key", { found: "a list or a mapping" }, { position });
  const known = wordings.find(({ matches }) => matches.test(error.message));
  const { reason, advice } = known ?? { reason: asReason(error.message), advice: defaultAdvice };
  return issue("document-syntax", { reason, advice }, { position });
}

function tagIssue(warning: YAMLError, positionOf: PositionOf): Issue[] {
  const tag = /^Unresolved tag: (.*)$/.exec(warning.message)?.[1];
  // Other warnings are about directives, which are refused by themselves.
  return tag === undefined ? [] : [issue("document-tag", { tag: excerpt(tag) }, { position: positionOf(warning.pos[0]) })];
}

/** The library's sentence as a fragment. */
function asReason(message: string): string {
  const text = excerpt(message, 200);
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function skipSpaces(text: string, offset: number): number {
  let at = offset;
  while (text[at] === " ") at++;
  return at < text.length ? at : offset;
}
