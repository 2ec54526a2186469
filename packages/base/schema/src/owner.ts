import { excerpt } from "@rackway/errors";
import type { FieldPath } from "@rackway/errors";

/** Lists of a document whose items have names that are unique among them, and what one item is called. */
export const namedLists = [
  { path: ["spec", "pacemaker"], kind: "Pacemaker cluster" },
  { path: ["spec", "racks"], kind: "rack" },
  { path: ["spec", "racks", "*", "networks"], kind: "network" },
  { path: ["spec", "hosts"], kind: "host" },
  { path: ["spec", "virtualRouters"], kind: "virtual router" },
  { path: ["spec", "roamingRouters"], kind: "roaming router" },
  { path: ["spec", "virtualRouters", "*", "dns", "localDomains"], kind: "local domain" },
  { path: ["spec", "vipPools"], kind: "VIP pool" },
  { path: ["spec", "namespaces"], kind: "service namespace" },
  { path: ["spec", "vips"], kind: "VIP" },
] as const satisfies readonly { readonly path: FieldPath; readonly kind: string }[];

/** What a list's items are called; null where they have no names. */
export function kindOfList(path: FieldPath): string | null {
  const matches = (pattern: FieldPath): boolean =>
    pattern.length === path.length && pattern.every((segment, index) => segment === path[index] || typeof path[index] === "number");
  return namedLists.find(({ path: pattern }) => matches(pattern))?.kind ?? null;
}

/** ` in "ipv4" of network "management"`: what holds a field, with its leading space; "" where that has no name. */
export function renderOwner(path: FieldPath, root: unknown): string {
  let owner = "";
  let part = "";
  let current = root;
  for (const [index, segment] of path.entries()) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, segment)) break;
    current = (current as Record<string | number, unknown>)[segment];
    const kind = typeof segment === "number" ? kindOfList(path.slice(0, index)) : null;
    if (kind === null) {
      if (typeof segment === "string") part = ` in "${excerpt(segment)}"`;
      continue;
    }
    const name = typeof current === "object" && current !== null ? (current as Record<string, unknown>).name : undefined;
    owner = typeof name === "string" ? `${kind} "${excerpt(name)}"` : `this ${kind}`;
    part = "";
  }
  return owner === "" ? part : part === "" ? ` in ${owner}` : `${part} of ${owner}`;
}
