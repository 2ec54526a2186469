import type { FieldPath, Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import { isAnnounced } from "@rackway/ipam";

import type { RuleContext } from "./rule-context.ts";
import { knownNames } from "./rule-context.ts";

/** Service namespaces: their names on the hosts, and in the Pacemaker cluster. */
export function* namespaceRules({ document }: RuleContext): Generator<Issue> {
  const { spec } = document;
  const used = new Map<string, FieldPath>();
  for (const [index, vip] of spec.vips.entries()) {
    if (isAnnounced(vip) && !used.has(vip.namespace)) used.set(vip.namespace, ["spec", "vips", index, "namespace"]);
  }
  const holders = new Map<string, string>();
  for (const [index, { name, existing, netns }] of spec.namespaces.entries()) {
    const path = ["spec", "namespaces", index];
    if (!used.has(name))
      yield issue("namespace-unused", { namespace: name, ...knownNames(name, used.keys()) }, { path: [...path, "name"] });
    used.set(name, [...path, "name"]);
    if (!existing) {
      if (netns !== undefined) yield issue("namespace-netns", { namespace: name }, { path: [...path, "netns"] });
      continue;
    }
    const real = netns ?? name;
    const at = [...path, netns === undefined ? "name" : "netns"];
    const other = holders.get(real);
    if (real.startsWith("rw-")) {
      const remedy = "Names that begin with rw- are those that Rackway makes.";
      yield issue("namespace-clash", { namespace: name, what: `the network namespace ${real} for an existing one`, remedy }, { path: at });
    } else if (other !== undefined) {
      const what = `the network namespace ${real}, which is that of "${other}" already`;
      yield issue("namespace-clash", { namespace: name, what, remedy: "Put the VIPs of both into one service namespace." }, { path: at });
    } else holders.set(real, name);
  }
  yield* idRules(
    used,
    spec.virtualRouters.map(({ name }) => name),
  );
}

/** `rw-` and the name, and what is appended to it, must lead to one object. `rw-any` is the bridge. */
function* idRules(used: ReadonlyMap<string, FieldPath>, routers: readonly string[]): Generator<Issue> {
  for (const [namespace, path] of used) {
    const what = idClash(namespace, used, routers);
    if (what !== null) yield issue("namespace-clash", { namespace, what, remedy: "Rename one of the two." }, { path });
  }
}

function idClash(namespace: string, used: ReadonlyMap<string, unknown>, routers: readonly string[]): string | null {
  if (namespace === "any") return 'the name "any": the hosts\' bridge is rw-any';
  if (routers.includes("any")) return 'its VIPs on the bridge rw-any, because a virtual router is named "any"';
  if (routers.includes(namespace)) return "the name of a virtual router";
  const router = routers.find((name) => isDerived(name, namespace) || isDerived(namespace, name));
  const other = router ?? [...used.keys()].find((name) => isDerived(namespace, name));
  if (other === undefined) return null;
  const kind = router === undefined ? "service namespace" : "virtual router";
  return `this name beside the ${kind} "${other}": what belongs to the one would be named like the other`;
}

/** What is appended to the names of routers and namespaces in ids (`router-resources.ts`, `service-resources.ts` of the Pacemaker adapter). */
const suffixes = /^(ns|out|sync|watch|ra|vips|vips-.+|check|roam-.+)$/;

function isDerived(name: string, from: string): boolean {
  return name.startsWith(`${from}-`) && suffixes.test(name.slice(from.length + 1));
}
