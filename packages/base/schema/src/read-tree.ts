import { excerpt, issue, renderPosition } from "@rackway/errors";
import type { FieldPath, Issue, Position } from "@rackway/errors";
import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { Alias, ParsedNode, YAMLMap } from "yaml";

import type { Located, LocatedScalar } from "./located.ts";

/** Turns composed nodes into located values; collects what YAML allows and a cluster document does not. */
export class TreeReader {
  readonly issues: Issue[] = [];
  readonly #positionOf: (offset: number) => Position;
  #hasAlias = false;

  constructor(positionOf: (offset: number) => Position) {
    this.#positionOf = positionOf;
  }

  /** Recurses as deep as the tree: the caller has counted. */
  read(node: unknown, keyAt: Position | null = null, path: FieldPath = []): Located {
    const at = this.#at(node) ?? keyAt ?? this.#positionOf(0);
    if (isMap(node)) return { kind: "mapping", at, keyAt, entries: this.#entries(node, path) };
    if (isSeq(node)) return { kind: "list", at, keyAt, items: node.items.map((item, index) => this.read(item, null, [...path, index])) };
    if (isAlias(node)) this.#refuseAlias(node, at, path);
    if (!isScalar(node)) return { kind: "scalar", at, keyAt, value: null };
    // A value that is not there (`name:`) stands, for a reader, where its key stands.
    const isAbsent = node.value === null && (node.source ?? "") === "";
    return { kind: "scalar", at: isAbsent ? (keyAt ?? at) : at, keyAt, value: scalarValue(node.value) };
  }

  #entries(map: YAMLMap, path: FieldPath): ReadonlyMap<string, Located> {
    const entries = new Map<string, Located>();
    for (const pair of map.items) {
      const keyAt = this.#at(pair.key) ?? this.#at(pair.value) ?? this.#at(map) ?? this.#positionOf(0);
      const key = this.#key(pair.key, keyAt, path);
      const value = this.read(pair.value, keyAt, [...path, key ?? "?"]);
      if (key === null) continue;
      const first = entries.get(key)?.keyAt ?? null;
      if (first === null) entries.set(key, value);
      else {
        const parameters = { key: excerpt(key), first: renderPosition(first) ?? "" };
        this.issues.push(issue("document-duplicate-key", parameters, { path: [...path, key], position: keyAt }));
      }
    }
    return entries;
  }

  /** The key as text; null, and an issue about the mapping that it is in, where it is not plain text. */
  #key(key: unknown, position: Position, path: FieldPath): string | null {
    const refuse = (found: string): null => {
      this.issues.push(issue("document-key", { found }, { path, position }));
      return null;
    };
    if (!isScalar(key)) return refuse(isAlias(key) ? "an alias" : "a list or a mapping");
    if (typeof key.value !== "string") return refuse(String(key.value));
    return key.value === "<<" || key.value === "__proto__" ? refuse(`"${key.value}"`) : key.value;
  }

  /** A bomb has hundreds of aliases; the first of a file says it all. */
  #refuseAlias(alias: Alias, position: Position, path: FieldPath): void {
    if (!this.#hasAlias) this.issues.push(issue("document-alias", { name: excerpt(alias.source, 30) }, { path, position }));
    this.#hasAlias = true;
  }

  #at(node: unknown): Position | null {
    const range = (node as ParsedNode | null | undefined)?.range;
    return range === undefined || range === null ? null : this.#positionOf(range[0]);
  }
}

function scalarValue(value: unknown): LocatedScalar["value"] {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}
