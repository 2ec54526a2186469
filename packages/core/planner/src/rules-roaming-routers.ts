import type { FieldPath, Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import { addressSpace, networkLabel, poolScope, roamingRouterVip } from "@rackway/ipam";
import type { Family } from "@rackway/net";
import { addressOf } from "@rackway/net";
import type { RoamingRouterSpec, VipPoolSpec } from "@rackway/schema";

import { families, familyField, gatewayOf, hostAddress } from "./cluster-index.ts";
import { roamingRouterFamilies, tunnelOverhead } from "./compile-roaming-router.ts";
import { inSpaceIssue } from "./rules-addresses.ts";
import type { RuleContext } from "./rule-context.ts";
import { knownNames } from "./rule-context.ts";

const pairs = ["publicVip", "managementVip"] as const;

/** What an IPv6 link carries at least (RFC 8200, section 5). */
const ipv6Minimum = 1280;

/** As many as fit into four parameters of the resource agent, with IPv4 and IPv6 addresses. */
const mostMembers = 5000;

/** Roaming routers: names, racks, the pair, the way of their members' tunnels. Who may own them is a VIP's question (`rules-vips.ts`). */
export function* roamingRouterRules(context: RuleContext): Generator<Issue> {
  const { spec } = context.document;
  const routers = spec.roamingRouters ?? [];
  const servedBy = new Map<string, string>(spec.virtualRouters.map(({ rack, name }) => [rack, name]));
  for (const [place, router] of routers.entries()) {
    const path = ["spec", "roamingRouters", place];
    yield* nameIssues(context, router, path);
    yield* addressIssues(context, router, path);
    for (const [index, rack] of router.racks.entries()) {
      const at = [...path, "racks", index];
      const other = servedBy.get(rack);
      if (other !== undefined && other !== router.name) {
        yield issue("roaming-router-rack", { rack, other, router: router.name }, { path: at });
      }
      servedBy.set(rack, router.name);
      yield* rackIssues(context, router, rack, path, at);
    }
    if (router.connectionSync.enabled) yield issue("roaming-router-sync", { router: router.name }, { path: [...path, "connectionSync"] });
    const members = spec.hosts.filter(({ role, rack }) => role === "member" && router.racks.includes(rack)).length;
    if (members > mostMembers) {
      const what = `a roaming router with more than ${mostMembers} members (${members})`;
      yield issue("not-yet-supported", { field: "racks", what }, { path: [...path, "racks"] });
    }
  }
}

function* nameIssues({ document: { spec } }: RuleContext, { name }: RoamingRouterSpec, path: FieldPath): Generator<Issue> {
  const vips = new Set([roamingRouterVip(name, "public"), roamingRouterVip(name, "management")]);
  const vip = spec.vips.find((each) => vips.has(each.name));
  const inNamespace = spec.vips.find(({ namespace }) => namespace === name);
  const described = spec.namespaces.some((namespace) => namespace.name === name);
  const what =
    vip !== undefined
      ? `there is a VIP "${vip.name}"`
      : inNamespace !== undefined
        ? `the VIP "${inNamespace.name}" is in a service namespace of that name`
        : described
          ? "there is a service namespace of that name"
          : null;
  if (what !== null) yield issue("roaming-router-name", { router: name, what }, { path: [...path, "name"] });
}

function* addressIssues({ document }: RuleContext, router: RoamingRouterSpec, path: FieldPath): Generator<Issue> {
  const pools = document.spec.vipPools;
  const pool = pools.find(({ name }) => name === router.pool);
  if (pool === undefined) {
    const known = knownNames(
      router.pool,
      pools.map(({ name }) => name),
    );
    yield issue("pool-unknown", { pool: router.pool, ...known }, { path: [...path, "pool"] });
  }
  if (pairs.every((pair) => families.every((family) => router[pair][familyField(family)] === undefined))) {
    yield issue("vip-without-address", { vip: roamingRouterVip(router.name, "public") }, { path: [...path, "publicVip"] });
  }
  for (const family of families) {
    const field = familyField(family);
    const [outside, inside] = pairs.map((pair) => router[pair][field] !== undefined);
    if (outside !== inside) {
      const [present, absent] = outside === true ? (["public", "management"] as const) : (["management", "public"] as const);
      const parameters = { router: router.name, family, present, absent, field: `${absent}Vip` };
      yield issue("router-vips-unpaired", parameters, { path: [...path, `${present}Vip`, field] });
    }
    const wanted = pairs.flatMap((pair) => {
      const address = router[pair][field];
      return address === undefined ? [] : [{ at: [...path, pair, field], address }];
    });
    if (pool !== undefined) yield* inPoolIssues(pool, family, wanted);
  }
}

/** A family that the pool has not is one fault, not one for each address. */
function* inPoolIssues(
  pool: VipPoolSpec,
  family: Family,
  wanted: readonly { readonly at: FieldPath; readonly address: string }[],
): Generator<Issue> {
  const where = `pool "${pool.name}"`;
  const network = pool[familyField(family)];
  for (const { at, address } of wanted) {
    if (network === undefined) {
      yield issue("family-missing", { where, family, address }, { path: at });
      return;
    }
    const space = address === "auto" ? null : addressSpace(poolScope(pool.name), family, where, network);
    const found = space === null ? null : inSpaceIssue(addressOf(address), space, at);
    if (found !== null) yield found;
  }
}

/** What members of a rack need: the network, its gateway, by which the router's VIP is reached, and room for the tunnel. */
function* rackIssues(
  { document, index }: RuleContext,
  router: RoamingRouterSpec,
  rackName: string,
  path: FieldPath,
  at: FieldPath,
): Generator<Issue> {
  const rack = index.racks.get(rackName);
  if (rack === undefined) {
    yield issue("rack-unknown", { rack: rackName, ...knownNames(rackName, index.racks.keys()) }, { path: at });
    return;
  }
  const network = rack.networks.get(router.managementNetwork);
  if (network === undefined) {
    const parameters = { rack: rackName, network: router.managementNetwork, ...knownNames(router.managementNetwork, rack.networks.keys()) };
    yield issue("network-unknown", parameters, { path: [...path, "managementNetwork"] });
    return;
  }
  const where = networkLabel(rackName, network);
  const place = ["spec", "racks", document.spec.racks.indexOf(rack.rack), "networks", rack.rack.networks.indexOf(network)];
  const members = document.spec.hosts.filter((host) => host.rack === rackName && host.role === "member");
  const served = roamingRouterFamilies(router).filter((family: Family) =>
    members.some((host) => hostAddress(host, network.name, family) !== null),
  );
  for (const family of served) {
    if (gatewayOf(network, family) !== null) continue;
    yield issue("gateway-missing", { where, family, router: router.name }, { path: [...place, familyField(family)] });
  }
  const left = network.mtu - tunnelOverhead;
  if (left >= ipv6Minimum || !served.includes(6)) return;
  const parameters = { where, mtu: network.mtu, router: router.name, left, least: ipv6Minimum + tunnelOverhead };
  yield issue("roaming-router-mtu", parameters, { path: [...place, "mtu"] });
}
