import type { Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import { hasVips, isAnnounced } from "@rackway/ipam";

import type { RuleContext } from "./rule-context.ts";

/** What the document's format has already and this version does not carry out: refused where silence would mislead, else a warning. */
export function* supportRules({ document }: RuleContext): Generator<Issue> {
  const { spec } = document;
  for (const [rackIndex, rack] of spec.racks.entries()) {
    const path = ["spec", "racks", rackIndex];
    for (const [index, network] of rack.networks.entries()) {
      if (network.driver === "linux") continue;
      const parameters = { field: "driver", what: "Open vSwitch" };
      yield issue("not-yet-supported", parameters, { path: [...path, "networks", index, "driver"] });
    }
  }
  for (const [index, router] of spec.virtualRouters.entries()) {
    const path = ["spec", "virtualRouters", index];
    if (router.routerAdvertisements?.enabled === true && !hasVips(router)) {
      const parameters = { field: "routerAdvertisements", what: "sending them from a router without VIPs" };
      yield issue("not-yet-supported", parameters, { path: [...path, "routerAdvertisements"] });
    }
  }
  yield* failoverRules(document);
}

/** What failover VIPs may not share a namespace with: somebody else's own ways, and VIPs that leave by the fabric. Once a namespace. */
function* failoverRules({ spec }: RuleContext["document"]): Generator<Issue> {
  const existing = new Set(spec.namespaces.filter((namespace) => namespace.existing).map(({ name }) => name));
  const announced = new Set([
    ...spec.vips.filter(isAnnounced).map(({ namespace }) => namespace),
    ...(spec.roamingRouters ?? []).map(({ name }) => name),
  ]);
  for (const [index, vip] of spec.vips.entries()) {
    if (isAnnounced(vip)) continue;
    const what = existing.has(vip.namespace)
      ? "a failover VIP in a namespace that is there already"
      : announced.has(vip.namespace)
        ? "a failover VIP in one namespace with announced ones"
        : null;
    if (what !== null) yield issue("not-yet-supported", { field: "namespace", what }, { path: ["spec", "vips", index, "namespace"] });
  }
}
