import type { FieldPath, Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import { hasVips } from "@rackway/ipam";
import type { HostSpec } from "@rackway/schema";

import type { RackIndex } from "./cluster-index.ts";
import { families } from "./cluster-index.ts";
import { leadingRouter } from "./compile-routes.ts";
import type { RuleContext } from "./rule-context.ts";

/** Each host is where its part needs it to be: in Corosync's network, in its router's networks. */
export function* hostRules(context: RuleContext): Generator<Issue> {
  const corosyncNetwork = new Map<string, string>();
  for (const { settings, controllers } of context.index.pacemaker) {
    for (const host of controllers) corosyncNetwork.set(host.name, settings.network);
  }
  for (const [index, host] of context.document.spec.hosts.entries()) {
    const rack = context.index.racks.get(host.rack);
    if (rack === undefined) continue;
    const needs = new Map<string, string>();
    const network = corosyncNetwork.get(host.name);
    if (network !== undefined) needs.set(network, "for Corosync");
    for (const [name, purpose] of host.role === "controller" ? controllerNeeds(rack) : memberNeeds(rack, host)) {
      if (!needs.has(name)) needs.set(name, purpose);
    }
    yield* missing(host, rack, needs, ["spec", "hosts", index, "addresses"]);
    yield* useIssues(host, rack, ["spec", "hosts", index, "useRouter"]);
  }
}

function* missing(host: HostSpec, rack: RackIndex, needs: ReadonlyMap<string, string>, path: FieldPath): Generator<Issue> {
  for (const [network, purpose] of needs) {
    if (host.addresses[network] !== undefined || !rack.networks.has(network)) continue;
    yield issue("host-address-missing", { host: host.name, network, purpose }, { path });
  }
}

/** A router without VIPs lives on its controller's own addresses. */
function controllerNeeds(rack: RackIndex): [string, string][] {
  return rack.routers
    .filter((router) => !hasVips(router))
    .flatMap((router) => {
      const purpose = `because the router "${router.name}" has no VIPs`;
      return [router.managementNetwork, router.publicNetwork].map((network): [string, string] => [network, purpose]);
    });
}

/** One router is enough; it is asked for only where none can be reached. */
function memberNeeds(rack: RackIndex, host: HostSpec): [string, string][] {
  const networks = rack.routers.map(({ managementNetwork }) => managementNetwork);
  const [first] = networks;
  if (first === undefined || networks.some((network) => host.addresses[network] !== undefined)) return [];
  return [[first, "to reach its router"]];
}

/** A host that is to ask its router for something is a member, and has one that serves it. */
function* useIssues(host: HostSpec, rack: RackIndex, path: FieldPath): Generator<Issue> {
  if (host.useRouter === undefined) return;
  if (host.role === "controller") {
    yield issue("use-router-controller", { host: host.name }, { path });
    return;
  }
  const leading = families.map((family) => leadingRouter(host, rack, family));
  for (const field of ["dns", "ntp"] as const) {
    if (
      host.useRouter[field] !== true ||
      rack.rack.useVips?.[field] !== undefined ||
      leading.some((router) => router?.[field] !== undefined)
    )
      continue;
    yield issue("use-router-unserved", { host: host.name, field }, { path: [...path, field] });
  }
}
