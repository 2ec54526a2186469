import { excerpt, issue } from "@rackway/errors";
import type { Issue, Position } from "@rackway/errors";
import { Composer, LineCounter, Lexer, Parser, isScalar } from "yaml";
import type { CST, Document } from "yaml";

import type { Located } from "./located.ts";
import { TreeReader } from "./read-tree.ts";
import { syntaxIssueMaximum, syntaxIssues } from "./syntax-issues.ts";

/** What is refused before it can cost anything. */
export interface ReadLimits {
  /** Levels of mappings and lists within each other. */
  readonly depth: number;
}

/** The YAML documents of one text that hold something, and everything that is wrong with it. */
export interface YamlReading {
  readonly documents: readonly Located[];
  readonly issues: readonly Issue[];
}

/** `merge` off, no YAML 1.1 tags, keys as text; duplicate keys are found here, because the composer compares each with each. */
const composerOptions = {
  version: "1.2",
  schema: "core",
  merge: false,
  resolveKnownTags: false,
  stringKeys: true,
  uniqueKeys: false,
} as const;

/**
 * Reads one file of YAML 1.2. Never throws, and recurses no deeper than `limits.depth`: nesting is counted on the parser's own stack while
 * the text is cut into tokens, before anything recursive sees it. Aliases are refused, so nothing can expand.
 */
export function readYaml(file: string, text: string, limits: ReadLimits): YamlReading {
  const lines = new LineCounter();
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const tokens = readTokens(text, lines, positionOf, limits);
  if (!tokens.ok) return { documents: [], issues: [tokens.issue] };
  // Not spread into push: garbage can make more issues than a call takes arguments.
  let issues: Issue[] = tokens.tokens.flatMap((token) => directiveIssue(token, positionOf));
  const documents: Located[] = [];
  const reader = new TreeReader(positionOf);
  for (const document of composeDocuments(tokens.tokens, text.length)) {
    const faults = syntaxIssues(document, text, tokens.unclosed, positionOf);
    issues = issues.concat(faults);
    // A tree that the composer had to guess at would only bring follow-on errors.
    if (faults.length === 0 && !isEmpty(document)) documents.push(reader.read(document.contents));
  }
  return { documents, issues: issues.concat(reader.issues) };
}

/** `unclosed`: where the innermost bracket begins that the text's end leaves open; null where there is none. */
type Tokens =
  { readonly ok: true; readonly tokens: CST.Token[]; readonly unclosed: number | null } | { readonly ok: false; readonly issue: Issue };

function readTokens(text: string, lines: LineCounter, positionOf: (offset: number) => Position, limits: ReadLimits): Tokens {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  lines.addNewLine(0);
  let errorCount = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      tokens.push(token);
      if (token.type === "error") errorCount++;
    }
    // What is read so far holds more errors than are told.
    if (errorCount > syntaxIssueMaximum) break;
    // The document itself is on the stack, and the scalar that is being read.
    if (parser.stack.length > limits.depth && collectionsOf(parser) > limits.depth) {
      return { ok: false, issue: issue("document-too-deep", { limit: limits.depth }, { position: positionOf(parser.offset) }) };
    }
  }
  const unclosed = parser.stack.findLast(({ type }) => type === "flow-collection")?.offset ?? null;
  for (const token of parser.end()) tokens.push(token);
  return { ok: true, tokens, unclosed };
}

function collectionsOf(parser: Parser): number {
  return parser.stack.filter(({ type }) => type === "block-map" || type === "block-seq" || type === "flow-collection").length;
}

function directiveIssue(token: CST.Token, positionOf: (offset: number) => Position): Issue[] {
  if (token.type !== "directive" || /^%YAML\s+1\.2(\s|$)/.test(token.source)) return [];
  return [issue("document-directive", { directive: excerpt(token.source) }, { position: positionOf(token.offset) })];
}

/** The composer makes an `Error` for each fault; on garbage, half a million stack traces would take seconds, and nobody sees one. */
function composeDocuments(tokens: CST.Token[], length: number): Document.Parsed[] {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return [...new Composer(composerOptions).compose(tokens, true, length)] as Document.Parsed[];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function isEmpty(document: Document.Parsed): boolean {
  const { contents } = document;
  return contents === null || (isScalar(contents) && contents.value === null && (contents.source ?? "") === "");
}
