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
    if (router.dns !== undefined) yield issue("served-later", { field: "dns" }, { path: [...path, "dns"] });
    if (router.ntp !== undefined) yield issue("served-later", { field: "ntp" }, { path: [...path, "ntp"] });
    if (router.routerAdvertisements?.enabled === true && !hasVips(router)) {
      const parameters = { field: "routerAdvertisements", what: "sending them from a router without VIPs" };
      yield issue("not-yet-supported", parameters, { path: [...path, "routerAdvertisements"] });
    }
  }
  for (const [index, vip] of spec.vips.entries()) {
    if (isAnnounced(vip)) continue;
    const parameters = { field: "vips", what: `a service VIP (mode ${vip.mode})` };
    yield issue("not-yet-supported", parameters, { path: ["spec", "vips", index, "mode"] });
  }
}
