import { excerpt, issue, renderPosition } from "@rackway/errors";
import type { FieldPath, Issue, Position } from "@rackway/errors";

import { childOf } from "./located.ts";
import type { Located } from "./located.ts";
import { namedLists } from "./owner.ts";

/** Names that stand twice in a list of named things, over all files; each with the place of the first. */
export function duplicateNameIssues(root: Located): Issue[] {
  return namedLists.flatMap(({ path, kind }) => listsAt(root, path, []).flatMap(({ list, at }) => duplicatesIn(list, at, kind)));
}

interface FoundList {
  readonly list: Located;
  readonly at: FieldPath;
}

/** The lists that a path with `*` for "every item" leads to. */
function listsAt(node: Located, pattern: FieldPath, at: FieldPath): FoundList[] {
  const [segment, ...rest] = pattern;
  if (segment === undefined) return [{ list: node, at }];
  if (segment === "*") return node.kind === "list" ? node.items.flatMap((item, index) => listsAt(item, rest, [...at, index])) : [];
  const child = childOf(node, segment);
  return child === undefined ? [] : listsAt(child, rest, [...at, segment]);
}

function duplicatesIn(list: Located, path: FieldPath, kind: string): Issue[] {
  if (list.kind !== "list") return [];
  const seen = new Map<string, Position>();
  return list.items.flatMap((item, index) => {
    const name = childOf(item, "name");
    if (name?.kind !== "scalar" || typeof name.value !== "string") return [];
    const first = seen.get(name.value);
    if (first === undefined) {
      seen.set(name.value, name.at);
      return [];
    }
    const parameters = { kind, name: excerpt(name.value), first: renderPosition(first) ?? "" };
    return [issue("name-duplicate", parameters, { path: [...path, index, "name"], position: name.at })];
  });
}
