import type { ApiIssue } from "@rackway/schema";
import type { Paint } from "./paint.ts";
import { renderCount } from "./words.ts";

/** A document's file as it was sent, to show the line that an issue is about. */
export interface SourceFile {
  name: string;
  text: string;
}

const cropWidth = 100;
/** A caret under more than this points at nothing. */
const widestMark = 40;

/**
 * All issues, the way compilers print them, so that editors can jump to them:
 * `file:line:column: error[code]: message`, the source line with a caret, and what to do. Ends with the counts.
 */
export function renderIssues(issues: readonly ApiIssue[], sources: readonly SourceFile[], paint: Paint): string {
  if (issues.length === 0) return "";
  const lines = new Map(sources.map((source) => [source.name, source.text.split(/\r\n|\n|\r/)]));
  const shown = issues.map((issue) => renderIssue(issue, lines, paint)).join("\n");
  return `${shown}\n${renderCounts(issues)}\n`;
}

/** `2 errors, 1 warning`. */
export function renderCounts(issues: readonly ApiIssue[]): string {
  const errors = issues.filter((issue) => issue.severity === "error").length;
  return `${renderCount(errors, "error")}, ${renderCount(issues.length - errors, "warning")}`;
}

function renderIssue(issue: ApiIssue, sources: ReadonlyMap<string, string[]>, paint: Paint): string {
  const label = issue.severity === "error" ? paint.red(`error[${issue.code}]`) : paint.yellow(`warning[${issue.code}]`);
  const head = `${renderPlace(issue)}${label}: ${printable(issue.message)}`;
  const line = issue.line ? sources.get(issue.file ?? "")?.[issue.line - 1] : undefined;
  const excerpt = line === undefined || !issue.line ? [] : renderExcerpt(line, issue.line, issue.column ?? 1, paint);
  const hint = issue.hint ? [`  ${paint.cyan("hint")}: ${printable(issue.hint)}`] : [];
  return [head, ...excerpt, ...hint].map((text) => `${text}\n`).join("");
}

function renderPlace(issue: ApiIssue): string {
  const place = [issue.file, issue.line, issue.line ? issue.column : null].filter((part) => part !== null && part !== "");
  if (place.length > 0) return `${place.join(":")}: `;
  return issue.path ? `${issue.path}: ` : "";
}

function renderExcerpt(line: string, lineNumber: number, column: number, paint: Paint): string[] {
  const margin = String(lineNumber).padStart(5);
  // A line may be megabytes long: show what stands around the place.
  const start = line.length <= cropWidth ? 0 : Math.max(0, Math.min(column - 1 - cropWidth / 2, line.length - cropWidth));
  const shown = line.slice(start, start + cropWidth);
  const caretAt = Math.min(column - 1 - start, shown.length);
  const prefix = start > 0 ? "…" : "";
  const suffix = start + cropWidth < line.length ? "…" : "";
  const width = Math.max(1, Math.min(tokenLength(line.slice(column - 1)), shown.length - caretAt, widestMark));
  return [
    `${margin} | ${prefix}${printable(shown)}${suffix}`,
    `${" ".repeat(margin.length)} | ${" ".repeat(prefix.length + caretAt)}${paint.red("^".repeat(width))}`,
  ];
}

/** Length of the YAML scalar or key that begins here: as far as a reader takes it for one word. */
function tokenLength(rest: string): number {
  const match = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,\]}#]+)/.exec(rest.slice(0, cropWidth));
  const token = match?.[0] ?? "";
  return token.length > 1 && token.endsWith(":") ? token.length - 1 : token.length;
}

/** One column a character: control characters (a terminal's escapes among them) become a mark, tabs one space. */
function printable(text: string): string {
  return text.replaceAll("\t", " ").replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "\u{fffd}");
}
