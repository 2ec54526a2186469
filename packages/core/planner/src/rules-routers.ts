import type { FieldPath, Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import { hasVips, networkLabel } from "@rackway/ipam";
import type { Family, Prefix } from "@rackway/net";
import { addressOf, contains, overlaps, prefixOf } from "@rackway/net";
import type { VirtualRouterSpec } from "@rackway/schema";
import { nameHolder } from "@rackway/schema";

import type { RackIndex } from "./cluster-index.ts";
import { families, familyField, gatewayOf, prefixOfNetwork, routerFamilies } from "./cluster-index.ts";
import type { RuleContext } from "./rule-context.ts";

const privateIpv4 = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map((cidr) => prefixOf(cidr));

/** Each router in its rack: controllers, pair, networks, ways in and out. */
export function* routerRules(context: RuleContext): Generator<Issue> {
  yield* nameIssues(context);
  for (const [place, router] of context.document.spec.virtualRouters.entries()) {
    const path = ["spec", "virtualRouters", place];
    const rack = context.index.racks.get(router.rack);
    if (rack === undefined) continue;
    if (router.managementNetwork === router.publicNetwork) {
      const field = router.publicNetwork === "public" ? "managementNetwork" : "publicNetwork";
      yield issue("router-networks-equal", { router: router.name, network: router.publicNetwork }, { path: [...path, field] });
    }
    yield* pairIssues(router, rack, path);
    const served = routerFamilies(router, rack.controllers);
    yield* gatewayIssues(context, router, rack, served);
    if (hasVips(router) && router.routerAdvertisements?.enabled === true && !served.includes(6)) {
      yield issue("router-advertisements-without-ipv6", { router: router.name }, { path: [...path, "routerAdvertisements"] });
    }
    yield* inboundIssues(router, rack, served, path);
    yield* routedIssues(router, rack, served, path);
    yield* secondRouterIssues(context, router, rack, served, path);
  }
}

function* nameIssues({ document }: RuleContext): Generator<Issue> {
  const names = document.spec.virtualRouters.map(({ name }) => name);
  for (const [place, router] of names.entries()) {
    const holder = nameHolder(router, names);
    if (holder === null) continue;
    const parameters = { router, holder: holder === "" ? "Rackway itself" : `the router "${holder}"` };
    yield issue("router-name-clash", parameters, { path: ["spec", "virtualRouters", place, "name"] });
  }
}

function* pairIssues(router: VirtualRouterSpec, rack: RackIndex, path: FieldPath): Generator<Issue> {
  const count = rack.controllers.length;
  if (count === 0) {
    yield issue("router-without-controllers", { router: router.name, rack: router.rack }, { path: [...path, "rack"] });
    return;
  }
  if (!hasVips(router)) {
    if (count > 1) yield issue("router-needs-vips", { router: router.name, rack: router.rack, count }, { path });
    else if (routerFamilies(router, rack.controllers).length === 0) yield* familyIssues(router, rack, path);
    return;
  }
  for (const family of families) {
    const field = familyField(family);
    const [outside, inside] = [router.publicVip?.[field] !== undefined, router.managementVip?.[field] !== undefined];
    if (outside === inside) continue;
    const [present, absent, absentField] = outside ? ["public", "management", "managementVip"] : ["management", "public", "publicVip"];
    const at = [...path, outside ? "publicVip" : "managementVip", field];
    yield issue("router-vips-unpaired", { router: router.name, family, present, absent, field: absentField }, { path: at });
  }
}

/** Silent where an address is missing altogether: `rules-hosts.ts` says so. */
function* familyIssues(router: VirtualRouterSpec, rack: RackIndex, path: FieldPath): Generator<Issue> {
  const networks = [router.managementNetwork, router.publicNetwork];
  if (networks.every((network) => rack.controllers[0]?.addresses[network] !== undefined)) {
    yield issue("router-without-family", { router: router.name }, { path });
  }
}

function* gatewayIssues(context: RuleContext, router: VirtualRouterSpec, rack: RackIndex, served: readonly Family[]): Generator<Issue> {
  const network = rack.networks.get(router.publicNetwork);
  if (network === undefined) return;
  for (const family of served) {
    if (prefixOfNetwork(network, family) === null || gatewayOf(network, family) !== null) continue;
    const parameters = { where: networkLabel(rack.rack.name, network), family, router: router.name };
    const place = [context.document.spec.racks.indexOf(rack.rack), "networks", rack.rack.networks.indexOf(network)];
    yield issue("gateway-missing", parameters, { path: ["spec", "racks", ...place, familyField(family)] });
  }
}

function* inboundIssues(router: VirtualRouterSpec, rack: RackIndex, served: readonly Family[], path: FieldPath): Generator<Issue> {
  const network = rack.networks.get(router.managementNetwork);
  const inside = network === undefined ? [] : served.flatMap((family) => prefixOfNetwork(network, family) ?? []);
  for (const [index, rule] of router.inbound.entries()) {
    const at = [...path, "inbound", index];
    if (rule.ports !== undefined && rule.protocol !== "tcp" && rule.protocol !== "udp") {
      yield issue("inbound-ports", { protocol: rule.protocol }, { path: [...at, "ports"] });
    }
    if (inside.length === 0 || inside.some((prefix) => isInside(prefix, rule.to))) continue;
    const parameters = { to: rule.to, router: router.name, inside: inside.map(({ text }) => text).join(", ") };
    yield issue("inbound-outside", parameters, { path: [...at, "to"] });
  }
}

function isInside(prefix: Prefix, to: string): boolean {
  return contains(prefix, to.includes("/") ? prefixOf(to) : addressOf(to));
}

function* routedIssues(router: VirtualRouterSpec, rack: RackIndex, served: readonly Family[], path: FieldPath): Generator<Issue> {
  const network = rack.networks.get(router.managementNetwork);
  const prefix = network === undefined ? null : prefixOfNetwork(network, 4);
  if (router.nat.ipv4 !== "routed" || prefix === null || !served.includes(4)) return;
  if (!privateIpv4.some((space) => overlaps(space, prefix))) return;
  yield issue("router-routed-private", { router: router.name, cidr: prefix.text }, { path: [...path, "nat", "ipv4"] });
}

/** Members take the first router by name, so a second on the same network serves none of them, family by family. */
function* secondRouterIssues(
  context: RuleContext,
  router: VirtualRouterSpec,
  rack: RackIndex,
  served: readonly Family[],
  path: FieldPath,
): Generator<Issue> {
  if (!context.memberNetworks.has(`${router.rack}/${router.managementNetwork}`)) return;
  for (const family of served) {
    const first = rack.routers.find(
      (other) => other.managementNetwork === router.managementNetwork && routerFamilies(other, rack.controllers).includes(family),
    );
    if (first === undefined || first.name === router.name) continue;
    yield issue("router-second", { rack: router.rack, first: first.name, family, router: router.name }, { path });
  }
}
