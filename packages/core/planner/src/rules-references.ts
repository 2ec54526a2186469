import type { FieldPath, Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";

import type { RuleContext } from "./rule-context.ts";
import { knownNames } from "./rule-context.ts";

/** Every name in the document that must lead somewhere: racks and networks. Hosts of fence devices are in `rules-pacemaker.ts`. */
export function* referenceRules(context: RuleContext): Generator<Issue> {
  const { spec } = context.document;
  for (const [index, host] of spec.hosts.entries()) {
    const path = ["spec", "hosts", index];
    yield* rackIssues(context, host.rack, [...path, "rack"]);
    for (const field of ["addresses", "interfaces"] as const) {
      for (const network of Object.keys(host[field] ?? {})) yield* networkIssues(context, host.rack, network, [...path, field, network]);
    }
  }
  for (const [index, router] of spec.virtualRouters.entries()) {
    const path = ["spec", "virtualRouters", index];
    yield* rackIssues(context, router.rack, [...path, "rack"]);
    yield* networkIssues(context, router.rack, router.managementNetwork, [...path, "managementNetwork"]);
    yield* networkIssues(context, router.rack, router.publicNetwork, [...path, "publicNetwork"]);
    const sync = router.connectionSync.network;
    if (sync !== undefined) yield* networkIssues(context, router.rack, sync, [...path, "connectionSync", "network"]);
  }
  for (const [index, { racks }] of (spec.pacemaker ?? []).entries()) {
    for (const [place, rack] of racks.entries()) yield* rackIssues(context, rack, ["spec", "pacemaker", index, "racks", place]);
  }
  yield* corosyncNetworkRules(context);
}

/** Corosync's network must be there in every rack of its cluster that has controllers, where Corosync runs at all. */
function* corosyncNetworkRules(context: RuleContext): Generator<Issue> {
  for (const { settings, specIndex, controllers } of context.index.pacemaker) {
    for (const rack of new Set(controllers.map((host) => host.rack))) {
      const rackIndex = context.document.spec.racks.findIndex(({ name }) => name === rack);
      const path = specIndex === null ? ["spec", "racks", rackIndex, "networks"] : ["spec", "pacemaker", specIndex, "network"];
      yield* networkIssues(context, rack, settings.network, path);
    }
  }
}

function* rackIssues({ index }: RuleContext, rack: string, path: FieldPath): Generator<Issue> {
  if (!index.racks.has(rack)) yield issue("rack-unknown", { rack, ...knownNames(rack, index.racks.keys()) }, { path });
}

/** Silent about racks that do not exist: that has been said. */
function* networkIssues({ index }: RuleContext, rack: string, network: string, path: FieldPath): Generator<Issue> {
  const networks = index.racks.get(rack)?.networks;
  if (networks === undefined || networks.has(network)) return;
  yield issue("network-unknown", { rack, network, ...knownNames(network, networks.keys()) }, { path });
}
