import type { Change, ClusterDocument } from "@rackway/schema";

import { compareText } from "./order.ts";

type Fields = Map<string, unknown>;

interface DocumentObject {
  readonly kind: string;
  readonly name: string;
  readonly fields: Fields;
}

/** Kinds in the order in which an operator reads a change: from the racks up to what runs on them. */
const kinds = ["cluster", "pacemaker", "rack", "network", "host", "router", "roaming-router", "pool", "namespace", "vip"] as const;

/**
 * What differs between two documents, object by object, field by field. Objects are matched by kind and name, never by their place in a
 * list, so a reordered document differs in nothing. Field paths are relative to the object. Sorted by kind, then name.
 */
export function diffDocuments(from: ClusterDocument | null, to: ClusterDocument): Change[] {
  const before = from === null ? new Map<string, DocumentObject>() : objectsOf(from);
  const after = objectsOf(to);
  const changes: Change[] = [];
  for (const [key, object] of after) {
    const old = before.get(key);
    if (old === undefined) changes.push(change("create", object, fieldChanges(new Map(), object.fields)));
    else {
      const fields = fieldChanges(old.fields, object.fields);
      if (fields.length > 0) changes.push(change("change", object, fields));
    }
  }
  for (const [key, object] of before) {
    if (!after.has(key)) changes.push(change("delete", object, fieldChanges(object.fields, new Map())));
  }
  return changes.sort((left, right) => rank(left) - rank(right) || compareText(left.name, right.name));
}

function change(action: Change["action"], object: DocumentObject, fields: Change["fields"]): Change {
  return { action, kind: object.kind, name: object.name, fields };
}

function rank(item: Change): number {
  return (kinds as readonly string[]).indexOf(item.kind);
}

function fieldChanges(from: Fields, to: Fields): Change["fields"] {
  const changes: Change["fields"] = [];
  for (const path of [...new Set([...from.keys(), ...to.keys()])].sort(compareText)) {
    const [before, after] = [from.get(path), to.get(path)];
    if (isListOf(path, before, to) || isListOf(path, after, from)) continue;
    if (JSON.stringify(before) !== JSON.stringify(after)) changes.push({ path, from: before ?? null, to: after ?? null });
  }
  return changes;
}

/** An empty list here whose items are fields of their own there: they say it already. */
function isListOf(path: string, value: unknown, other: Fields): boolean {
  return Array.isArray(value) && value.length === 0 && [...other.keys()].some((key) => key.startsWith(`${path}[`));
}

function objectsOf({ metadata, spec }: ClusterDocument): Map<string, DocumentObject> {
  const objects = new Map<string, DocumentObject>();
  const add = (kind: (typeof kinds)[number], name: string, value: object): void => {
    const fields: Fields = new Map();
    flatten(value, "", fields);
    objects.set(`${kind}/${name}`, { kind, name, fields });
  };
  add("cluster", metadata.name, metadata);
  for (const item of spec.pacemaker ?? []) add("pacemaker", item.name, item);
  for (const { networks, ...rack } of spec.racks) {
    add("rack", rack.name, rack);
    for (const network of networks) add("network", `${rack.name}/${network.name}`, network);
  }
  for (const item of spec.hosts) add("host", item.name, item);
  for (const item of spec.virtualRouters) add("router", item.name, item);
  for (const item of spec.roamingRouters ?? []) add("roaming-router", item.name, item);
  for (const item of spec.vipPools) add("pool", item.name, item);
  for (const item of spec.namespaces) add("namespace", item.name, item);
  for (const item of spec.vips) add("vip", item.name, item);
  return objects;
}

/** Objects become paths; a list of plain values stays one value, because its order and length are what an operator compares. */
function flatten(value: unknown, path: string, into: Fields): void {
  if (Array.isArray(value) && value.some((item) => typeof item === "object" && item !== null)) {
    for (const [index, item] of value.entries()) flatten(item, `${path}[${index}]`, into);
  } else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined && !(path === "" && key === "name")) flatten(item, path === "" ? key : `${path}.${key}`, into);
    }
  } else into.set(path, value);
}
