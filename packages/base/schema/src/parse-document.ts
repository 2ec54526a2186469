import { issue, sortIssues } from "@rackway/errors";
import type { Issue } from "@rackway/errors";

import { clusterDocumentSchema } from "./document.ts";
import type { ClusterDocument } from "./document.ts";
import { duplicateNameIssues } from "./duplicate-names.ts";
import { joinDocuments } from "./join-documents.ts";
import type { Located } from "./located.ts";
import { plainValue } from "./located.ts";
import { Positions } from "./positions.ts";
import { readYaml } from "./read-yaml.ts";
import { shapeIssues } from "./shape-issues.ts";

/** One file of a document. `name` is what positions call it: a path, or `-` for standard input. */
export interface DocumentText {
  readonly name: string;
  readonly text: string;
}

/** What is refused unread. Bytes are those of UTF-8, of all files together. */
export interface DocumentLimits {
  readonly bytes: number;
  readonly depth: number;
}

export const defaultDocumentLimits: DocumentLimits = { bytes: 1024 * 1024, depth: 64 };

/** At most so many issues are listed. */
export const issueMaximum = 1000;

/** The document, with all defaults in place and every address canonical, or everything that is wrong with it, in order of reading. */
export type ParsedDocument =
  | { readonly ok: true; readonly document: ClusterDocument; readonly positions: Positions }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/**
 * Reads a cluster document from YAML files (`apply -f FILE…`, `-f DIR`). Never throws on what a user may write, and costs no more than in
 * proportion to `limits`. Files that are not YAML are all named before anything else is said; then shape, values and names at once.
 */
export function parseDocument(files: readonly DocumentText[], limits: DocumentLimits = defaultDocumentLimits): ParsedDocument {
  const names = files.map(({ name }) => name);
  const refuse = (issues: readonly Issue[]): ParsedDocument => ({ ok: false, issues: truncate(sortIssues(issues, names)) });
  const tooLarge = sizeIssue(files, limits.bytes);
  if (tooLarge !== null) return refuse([tooLarge]);

  const readings = files.map(({ name, text }) => readYaml(name, text, limits));
  const syntax = readings.flatMap(({ issues }) => issues);
  if (syntax.length > 0) return refuse(syntax);
  const documents = readings.flatMap((reading) => reading.documents);
  if (documents.length === 0) return refuse([emptyIssue(names)]);

  const { root, issues } = joinDocuments(documents);
  if (root === null) return refuse(issues);
  return shapeDocument(root, names, issues, refuse);
}

function shapeDocument(
  root: Located,
  names: readonly string[],
  issues: readonly Issue[],
  refuse: (issues: readonly Issue[]) => ParsedDocument,
): ParsedDocument {
  const positions = new Positions(root, names);
  const value = plainValue(root);
  const shaped = clusterDocumentSchema.safeParse(value);
  const found = [...issues, ...duplicateNameIssues(root), ...(shaped.success ? [] : shapeIssues(shaped.error.issues, value, positions))];
  return shaped.success && found.length === 0 ? { ok: true, document: shaped.data, positions } : refuse(found);
}

function sizeIssue(files: readonly DocumentText[], limitBytes: number): Issue | null {
  let bytes = 0;
  for (const { name, text } of files) {
    // A UTF-16 code unit is one byte at least: no need to encode what is too large anyhow.
    bytes += bytes + text.length > limitBytes ? text.length : new TextEncoder().encode(text).length;
    if (bytes > limitBytes) return issue("document-too-large", { limitBytes }, { position: { file: name, line: 1, column: 1 } });
  }
  return null;
}

function emptyIssue(names: readonly string[]): Issue {
  const [file] = names;
  const shown = names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
  const position = file === undefined ? null : { file, line: 1, column: 1 };
  return issue("document-empty", { files: shown === "" ? "no files" : shown }, { position });
}

function truncate(issues: readonly Issue[]): readonly Issue[] {
  if (issues.length <= issueMaximum) return issues;
  const shown = issues.slice(0, issueMaximum);
  const { file = null, line, column } = shown.at(-1) ?? {};
  const position = file === null ? null : { file, line: line ?? 1, column: column ?? 1 };
  return [...shown, issue("issues-truncated", { hidden: issues.length - issueMaximum }, { position })];
}
