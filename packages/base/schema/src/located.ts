import type { Position } from "@rackway/errors";

/**
 * A value of a document with the place where it stands: what is left of YAML once it is read. `at` is the value's first character,
 * `keyAt` the first character of the key that it belongs to (null for list items and the root).
 */
export type Located = LocatedScalar | LocatedMapping | LocatedList;

interface Placed {
  readonly at: Position;
  readonly keyAt: Position | null;
}

export interface LocatedScalar extends Placed {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
}

export interface LocatedMapping extends Placed {
  readonly kind: "mapping";
  readonly entries: ReadonlyMap<string, Located>;
}

export interface LocatedList extends Placed {
  readonly kind: "list";
  readonly items: readonly Located[];
}

/** The value alone. Mappings have no prototype, so that no key can mean something to JavaScript. */
export function plainValue(node: Located): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plainValue);
  const object = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of node.entries) object[key] = plainValue(value);
  return object;
}

/** The node under a key or index; undefined where there is none. */
export function childOf(node: Located, segment: string | number): Located | undefined {
  if (node.kind === "mapping") return node.entries.get(String(segment));
  return node.kind === "list" && typeof segment === "number" ? node.items[segment] : undefined;
}
