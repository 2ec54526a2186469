import type { FieldPath, Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import { serviceVips } from "@rackway/ipam";
import { nameHolder } from "@rackway/schema";

import type { RuleContext } from "./rule-context.ts";
import { knownNames } from "./rule-context.ts";

/** Service namespaces: their names on the hosts, and in the Pacemaker cluster. */
export function* namespaceRules({ document }: RuleContext): Generator<Issue> {
  const { spec } = document;
  const used = new Map<string, FieldPath>();
  for (const { vip, namespacePath } of serviceVips(document)) {
    if (!used.has(vip.namespace)) used.set(vip.namespace, namespacePath);
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
  if (namespace === bridge) return `the name "${bridge}": the hosts' bridge is rw-${bridge}`;
  const onBridge = routers.find((name) => name === bridge || nameHolder(name, [bridge]) === bridge);
  if (onBridge !== undefined) return `its VIPs on the bridge rw-${bridge}, because a virtual router is named "${onBridge}"`;
  if (routers.includes(namespace)) return "the name of a virtual router";
  const holder = nameHolder(namespace, [bridge, ...routers, ...used.keys()]);
  const derived = routers.find((name) => nameHolder(name, [namespace]) === namespace);
  const other = holder ?? derived;
  if (other === undefined) return null;
  if (other === "" || other === bridge) return `this name: something of Rackway's own is called rw-${namespace}`;
  const kind = routers.includes(other) ? "virtual router" : "service namespace";
  return `this name beside the ${kind} "${other}": what belongs to the one would be named like the other`;
}

/** The host-local bridge is a resource `rw-any` of its own, beside those that are named after namespaces and routers. */
const bridge = "any";
