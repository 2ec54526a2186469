import { catalogue } from "./catalogue.ts";
import type { CatalogueEntry, ErrorCode, ErrorParameters, Severity } from "./catalogue.ts";
import { renderPath } from "./field-path.ts";
import type { FieldPath } from "./field-path.ts";
import { renderTemplate } from "./template.ts";

/** Where in a file something stands. Lines and columns count from 1; columns count UTF-16 code units, as editors do. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * A user's fault (or a warning), as a value. `path` is the field (`spec.hosts[2].addresses.management[0]`); null where no field is meant.
 * `file`, `line` and `column` are null together, until somebody who knows the text has located the path.
 */
export interface Issue {
  readonly code: ErrorCode;
  readonly severity: Severity;
  readonly message: string;
  readonly hint: string | null;
  readonly path: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
}

/** What an issue is about: a field, a position, both or neither. */
export interface IssuePlace {
  readonly path?: FieldPath | string | null;
  readonly position?: Position | null;
}

/** Makes an issue from its catalogue entry; severity, text and hint come from there. */
export function issue<Code extends ErrorCode>(code: Code, parameters: ErrorParameters<Code>, place: IssuePlace = {}): Issue {
  const entry: CatalogueEntry = catalogue[code];
  const path = place.path ?? null;
  const hint = renderTemplate(entry.hint, parameters);
  return {
    code,
    severity: entry.severity,
    message: renderTemplate(entry.text, parameters),
    hint: hint === "" ? null : hint,
    path: path === null || typeof path === "string" ? path : renderPath(path),
    file: place.position?.file ?? null,
    line: place.position?.line ?? null,
    column: place.position?.column ?? null,
  };
}

/** The issue, at this place. What the place leaves out stays. */
export function issueAt(found: Issue, place: IssuePlace): Issue {
  const path =
    place.path === undefined ? found.path : typeof place.path === "object" && place.path !== null ? renderPath(place.path) : place.path;
  const { position } = place;
  if (position === undefined) return { ...found, path };
  return { ...found, path, file: position?.file ?? null, line: position?.line ?? null, column: position?.column ?? null };
}

/** Order of reading: line, column, then errors before warnings. Files stay in the order given; issues without position come last. */
export function sortIssues(issues: readonly Issue[], files: readonly string[] = []): Issue[] {
  const order = new Map(files.map((file, index) => [file, index]));
  const rank = (found: Issue): readonly number[] => [
    found.file === null ? Infinity : (order.get(found.file) ?? files.length),
    found.line ?? Infinity,
    found.column ?? Infinity,
    found.severity === "error" ? 0 : 1,
  ];
  const ranked = issues.map((found) => ({ found, rank: rank(found) }));
  ranked.sort((a, b) => {
    for (const [index, left] of a.rank.entries()) {
      const right = b.rank[index] ?? 0;
      if (left !== right) return left < right ? -1 : 1;
    }
    return 0;
  });
  return ranked.map(({ found }) => found);
}

/** `file:line:column`, or null where the position is not known. */
export function renderPosition(found: Pick<Issue, "file" | "line" | "column">): string | null {
  if (found.file === null) return null;
  return found.line === null ? found.file : `${found.file}:${found.line}:${found.column ?? 1}`;
}

/** One line for logs and plain terminals: `a.yaml:3:7: error[address-invalid]: message`. */
export function renderIssue(found: Issue): string {
  const position = renderPosition(found);
  const field = position === null && found.path !== null && found.path !== "" ? `${found.path}: ` : "";
  return `${position === null ? "" : `${position}: `}${found.severity}[${found.code}]: ${field}${found.message}`;
}
