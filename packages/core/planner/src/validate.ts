import type { Issue } from "@rackway/errors";
import type { ClusterDocument } from "@rackway/schema";

import type { Rule } from "./rule-context.ts";
import { ruleContext } from "./rule-context.ts";
import { addressRules } from "./rules-addresses.ts";
import { hostRules } from "./rules-hosts.ts";
import { nameServiceRules } from "./rules-name-service.ts";
import { namespaceRules } from "./rules-namespaces.ts";
import { bridgeRules, networkRules, sharedNetworkRules } from "./rules-networks.ts";
import { pacemakerRules } from "./rules-pacemaker.ts";
import { proxyRules } from "./rules-proxies.ts";
import { referenceRules } from "./rules-references.ts";
import { roamingRouterRules } from "./rules-roaming-routers.ts";
import { routerRules } from "./rules-routers.ts";
import { routingRules } from "./rules-routing.ts";
import { serviceDaemonRules } from "./rules-service-daemons.ts";
import { supportRules } from "./rules-support.ts";
import { timeServiceRules } from "./rules-time-service.ts";
import { vipRules } from "./rules-vips.ts";

const rules: readonly Rule[] = [
  referenceRules,
  networkRules,
  sharedNetworkRules,
  bridgeRules,
  addressRules,
  hostRules,
  routerRules,
  roamingRouterRules,
  pacemakerRules,
  nameServiceRules,
  timeServiceRules,
  supportRules,
  routingRules,
  namespaceRules,
  vipRules,
  proxyRules,
  serviceDaemonRules,
];

/**
 * Everything that is wrong between the fields of a parsed document, errors and warnings, all at once, each with its path. Empty: it can be
 * allocated and compiled. Pure; the order is that of the rules, and whoever knows positions sorts by them.
 */
export function validate(document: ClusterDocument): Issue[] {
  const context = ruleContext(document);
  return rules.flatMap((rule) => [...rule(context)]);
}
