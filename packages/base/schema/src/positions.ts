import { issueAt, parsePath, sortIssues } from "@rackway/errors";
import type { FieldPath, Issue, Position } from "@rackway/errors";

import { childOf } from "./located.ts";
import type { Located } from "./located.ts";

/** Where each field of a document stands, over all of its files. */
export class Positions {
  readonly #root: Located;
  readonly #files: readonly string[];

  constructor(root: Located, files: readonly string[]) {
    this.#root = root;
    this.#files = files;
  }

  /**
   * Where an operator looks for a field: at the value where it is a single one, at the key where it is a list or a mapping, at the first
   * character of a list's item. A field that is not there is looked for in what should hold it, so there is always an answer.
   */
  locate(path: FieldPath | string): Position {
    const { node } = this.#find(path);
    return node.kind === "scalar" ? node.at : (node.keyAt ?? node.at);
  }

  /** The first character of the value itself. */
  locateValue(path: FieldPath | string): Position {
    return this.#find(path).node.at;
  }

  /** The key of a field; the value where it has no key or is not there. */
  locateKey(path: FieldPath | string): Position {
    const { node, isExact } = this.#find(path);
    return isExact ? (node.keyAt ?? node.at) : node.at;
  }

  /** The issues with their positions, from their paths, in order of reading. Those that have a position keep it. */
  locateIssues(issues: readonly Issue[]): Issue[] {
    const placed = issues.map((found) => (found.file === null ? issueAt(found, { position: this.locate(found.path ?? []) }) : found));
    return sortIssues(placed, this.#files);
  }

  #find(path: FieldPath | string): { node: Located; isExact: boolean } {
    let node = this.#root;
    for (const segment of typeof path === "string" ? (parsePath(path) ?? []) : path) {
      const child = childOf(node, segment);
      if (child === undefined) return { node, isExact: false };
      node = child;
    }
    return { node, isExact: true };
  }
}
