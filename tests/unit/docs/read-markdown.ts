/** What a page of the documentation claims that can be checked: its links, headings, commands, paths and examples. Pure. */
export interface Page {
  readonly links: readonly { readonly target: string; readonly line: number }[];
  /** Anchors of its headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
  /** Fenced blocks. */
  readonly fences: readonly { readonly language: string; readonly text: string; readonly line: number }[];
  /** Code within prose. */
  readonly spans: readonly { readonly text: string; readonly line: number }[];
}

const fencePattern = /^ *```(\w*)[^\n]*\n([\s\S]*?)^ *```/gm;

export function readMarkdown(text: string): Page {
  const fences = [...text.matchAll(fencePattern)].map(({ 1: language = "", 2: body = "", index }) => ({
    language,
    text: body,
    line: lineAt(text, index),
  }));
  // Fences become empty lines, so that line numbers stay.
  const prose = text.replace(fencePattern, (fence) => fence.replace(/[^\n]/g, ""));
  const spans = [...prose.matchAll(/`([^`]+)`/g)].map(({ 1: body = "", index }) => ({
    text: body.replace(/\s+/g, " "),
    line: lineAt(prose, index),
  }));
  const links = [...prose.replace(/`[^`]+`/g, blank).matchAll(/\]\(([^)\s]+)\)/g)].map(({ 1: target = "", index }) => ({
    target,
    line: lineAt(prose, index),
  }));
  const anchors = new Set([...prose.matchAll(/^#+ +(.+)$/gm)].map(({ 1: heading = "" }) => anchorOf(heading)));
  return { links, anchors, fences, spans };
}

/** Same length, same lines, nothing in it. */
function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number} _-]/gu, "")
    .trim()
    .replace(/ /g, "-");
}

/** Command lines of a block or a span that begin with one of `programs`, without comments, redirections, what follows a pipe, and what is optional. */
export function commandLines(text: string, programs: RegExp): string[][] {
  return text
    .replace(/\\\n/g, " ")
    .split("\n")
    .flatMap((line) =>
      line
        .replace(/(^|\s)#.*$/, "")
        .replace(/\[[^\]]*\]/g, "")
        .split(/&&|\|\||[|;<>]|\$\(/),
    )
    .map((part) => splitWords(part.trim().replace(/^\$ /, "")))
    .filter(([program]) => program !== undefined && programs.test(program));
}

/** By blanks; what is quoted is one word. Quotes and a closing parenthesis are no part of it. */
function splitWords(text: string): string[] {
  return [...text.matchAll(/'[^']*'|"[^"]*"|\S+/g)].map(([word]) => word.replace(/^['"]+|['")]+$/g, "")).filter((word) => word !== "");
}
