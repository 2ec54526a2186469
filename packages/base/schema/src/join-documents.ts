import { excerpt, issue, renderPosition } from "@rackway/errors";
import type { FieldPath, Issue, Position } from "@rackway/errors";

import { describeLocated } from "./describe-value.ts";
import type { Located, LocatedMapping } from "./located.ts";

/** One document made of several, or null where there is none to go on with. */
export interface Joined {
  readonly root: LocatedMapping | null;
  readonly issues: readonly Issue[];
}

/**
 * Joins YAML documents, of one file or several, into one cluster document: lists in `spec` are put one after the other, everything else may
 * be given once. A document of another kind, version or cluster is named and left out.
 */
export function joinDocuments(documents: readonly Located[]): Joined {
  const issues: Issue[] = [];
  let root: LocatedMapping | null = null;
  for (const document of documents) {
    if (document.kind !== "mapping") {
      const parameters = { field: "the document", wanted: "a mapping", found: describeLocated(document), advice: documentStart };
      issues.push(issue("field-type", parameters, { path: [], position: document.at }));
      continue;
    }
    const faults = headIssues(document);
    const mismatch = root === null ? null : nameMismatch(root, document);
    issues.push(...faults, ...(mismatch === null ? [] : [mismatch]));
    if (faults.length > 0 || mismatch !== null) continue;
    root = root === null ? document : joinMappings(root, document, [], issues);
  }
  return { root, issues };
}

const documentStart = "A document begins with `apiVersion: rackway/v1` and `kind: Cluster`.";

/** What makes a YAML document one of ours: looked at first, because nothing else makes sense without. */
function headIssues(document: LocatedMapping): Issue[] {
  const heads = [
    { field: "apiVersion", value: "rackway/v1", code: "document-version" },
    { field: "kind", value: "Cluster", code: "document-kind" },
  ] as const;
  return heads.flatMap(({ field, value, code }) => {
    const found = document.entries.get(field);
    if (found === undefined) {
      return [issue("field-missing", { field, where: "", wanted: `\`${field}: ${value}\`` }, { path: [field], position: document.at })];
    }
    if (found.kind === "scalar" && found.value === value) return [];
    return [issue(code, { found: describeLocated(found) }, { path: [field], position: found.at })];
  });
}

function nameMismatch(root: LocatedMapping, document: LocatedMapping): Issue | null {
  const [first, second] = [nameOf(root), nameOf(document)];
  if (first === null || second === null || first.value === second.value) return null;
  const parameters = { name: excerpt(second.value), other: excerpt(first.value), first: renderAt(first.at) };
  return issue("document-name-mismatch", parameters, { path: ["metadata", "name"], position: second.at });
}

function nameOf(document: LocatedMapping): { value: string; at: Position } | null {
  const metadata = document.entries.get("metadata");
  const name = metadata?.kind === "mapping" ? metadata.entries.get("name") : undefined;
  return name?.kind === "scalar" && typeof name.value === "string" ? { value: name.value, at: name.at } : null;
}

/** `metadata` and `spec` are joined field by field, and `spec`'s lists are put together. */
function joinMappings(first: LocatedMapping, second: LocatedMapping, path: FieldPath, issues: Issue[]): LocatedMapping {
  const entries = new Map(first.entries);
  for (const [key, value] of second.entries) {
    const known = entries.get(key);
    const isSection = path.length === 0 && (key === "metadata" || key === "spec");
    if (known === undefined) entries.set(key, value);
    else if (isSection && known.kind === "mapping" && value.kind === "mapping") {
      entries.set(key, joinMappings(known, value, [...path, key], issues));
    } else if (path[0] === "spec" && known.kind === "list" && value.kind === "list") {
      entries.set(key, { ...known, items: [...known.items, ...value.items] });
    } else if (!isSameScalar(known, value)) {
      const parameters = { field: excerpt(key), first: renderAt(known.keyAt ?? known.at) };
      issues.push(issue("document-field-twice", parameters, { path: [...path, key], position: value.keyAt ?? value.at }));
    }
  }
  return { ...first, entries };
}

function isSameScalar(a: Located, b: Located): boolean {
  return a.kind === "scalar" && b.kind === "scalar" && a.value === b.value;
}

function renderAt(position: Position): string {
  return renderPosition(position) ?? "";
}
