import type { FieldPath, Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import { addressSpace, announcedVips, isAnnounced, networkLabel, networkScope, poolScope, racksOfVip } from "@rackway/ipam";
import { addressOf } from "@rackway/net";
import type { VipPoolSpec, VipSpec } from "@rackway/schema";

import { families, familyField, familyNetwork, rackOf } from "./cluster-index.ts";
import { fabricOf } from "./fabric.ts";
import { healthKinds } from "./health-terms.ts";
import { inSpaceIssue } from "./rules-addresses.ts";
import type { RuleContext } from "./rule-context.ts";
import { knownNames } from "./rule-context.ts";

/** Service VIPs: pool or network and addresses, where they may be held, who announces them there, and how they are checked. */
export function* vipRules(context: RuleContext): Generator<Issue> {
  const pools = new Map(context.document.spec.vipPools.map((pool) => [pool.name, pool]));
  for (const [index, vip] of context.document.spec.vips.entries()) {
    const path = ["spec", "vips", index];
    yield* fieldIssues(vip, path);
    yield* healthIssues(vip, path);
    if (!isAnnounced(vip)) {
      yield* failoverIssues(context, vip, path);
      continue;
    }
    yield* addressIssues(vip, pools, path);
    yield* placementIssues(context, vip, path);
  }
  for (const { vip, path, router } of announcedVips(context.document)) {
    if (router === null || vip.name.endsWith("-management")) continue;
    yield* placementIssues(context, vip, path);
  }
  yield* groupRules(context);
  yield* replyRules(context);
}

const fieldOwners = {
  network: ["failover"],
  rack: ["failover"],
  pool: ["anycast", "roaming"],
  racks: ["anycast", "roaming"],
  group: ["roaming", "failover"],
  overlap: ["roaming"],
} as const satisfies Partial<Record<keyof VipSpec, readonly VipSpec["mode"][]>>;

function* fieldIssues(vip: VipSpec, path: FieldPath): Generator<Issue> {
  for (const [field, owners] of Object.entries(fieldOwners) as [keyof typeof fieldOwners, readonly VipSpec["mode"][]][]) {
    if (vip[field] === undefined || owners.includes(vip.mode)) continue;
    yield issue("vip-field-foreign", { field, mode: vip.mode, owners: owners.join(" and ") }, { path: [...path, field] });
  }
}

/** The document's word by default: a VIP that says nothing of it is not told that it means nothing. */
function* lastIssues({ mode, withdrawLast }: VipSpec, path: FieldPath): Generator<Issue> {
  if (mode !== "failover" || !withdrawLast) return;
  yield issue("vip-field-foreign", { field: "withdrawLast", mode, owners: "anycast and roaming" }, { path: [...path, "withdrawLast"] });
}

/** Where a failover VIP is: a network of a rack that has controllers, with its families. */
function* failoverIssues({ index }: RuleContext, vip: VipSpec, path: FieldPath): Generator<Issue> {
  yield* lastIssues(vip, path);
  const wanted = families.filter((family) => vip.address[familyField(family)] !== undefined);
  if (wanted.length === 0) yield issue("vip-without-address", { vip: vip.name }, { path: [...path, "address"] });
  if (vip.rack === undefined || vip.network === undefined) {
    const missing = vip.rack === undefined ? "rack" : "network";
    yield issue("vip-network-missing", { vip: vip.name, missing }, { path });
    return;
  }
  const { rack: name, network: of } = vip;
  const rack = index.racks.get(name);
  if (rack === undefined) {
    yield issue("rack-unknown", { rack: name, ...knownNames(name, index.racks.keys()) }, { path: [...path, "rack"] });
    return;
  }
  if (rack.controllers.length === 0) yield issue("vip-rack-empty", { vip: vip.name, rack: name }, { path: [...path, "rack"] });
  const network = rack.networks.get(of);
  if (network === undefined) {
    yield issue("network-unknown", { rack: name, network: of, ...knownNames(of, rack.networks.keys()) }, { path: [...path, "network"] });
    return;
  }
  const where = networkLabel(name, network);
  for (const family of wanted) {
    const field = familyField(family);
    const address = vip.address[field] ?? "auto";
    const found = familyNetwork(network, family);
    const at = [...path, "address", field];
    if (found === null) yield issue("family-missing", { where, family, address }, { path: at });
    else if (address !== "auto") {
      const wrong = inSpaceIssue(addressOf(address), addressSpace(networkScope(name, network), family, where, found), at);
      if (wrong !== null) yield wrong;
    }
  }
}

function* healthIssues(vip: VipSpec, path: FieldPath): Generator<Issue> {
  const { health } = vip;
  if (health === undefined) return;
  const given = healthKinds.filter((kind) => health[kind] !== undefined);
  if (given.length === 1) return;
  const found = given.length === 0 ? "no kind" : given.join(" and ");
  yield issue("health-kind", { vip: vip.name, found, kinds: healthKinds.join(", ") }, { path: [...path, "health"] });
}

function* addressIssues(vip: VipSpec, pools: ReadonlyMap<string, VipPoolSpec>, path: FieldPath): Generator<Issue> {
  const wanted = families.filter((family) => vip.address[familyField(family)] !== undefined);
  if (wanted.length === 0) yield issue("vip-without-address", { vip: vip.name }, { path: [...path, "address"] });
  if (vip.pool === undefined) {
    yield issue("vip-pool-missing", { vip: vip.name, mode: vip.mode }, { path });
    return;
  }
  const pool = pools.get(vip.pool);
  if (pool === undefined) {
    yield issue("pool-unknown", { pool: vip.pool, ...knownNames(vip.pool, pools.keys()) }, { path: [...path, "pool"] });
    return;
  }
  for (const family of wanted) {
    const field = familyField(family);
    const address = vip.address[field] ?? "auto";
    const network = pool[field];
    const at = [...path, "address", field];
    const where = `pool "${pool.name}"`;
    if (network === undefined) yield issue("family-missing", { where, family, address }, { path: at });
    else if (address !== "auto") {
      const found = inSpaceIssue(addressOf(address), addressSpace(poolScope(pool.name), family, where, network), at);
      if (found !== null) yield found;
    }
  }
}

function* placementIssues({ index, announcers, pacemaker }: RuleContext, vip: VipSpec, path: FieldPath): Generator<Issue> {
  const racks = racksOfVip(vip, announcers);
  if (racks.length === 0) yield issue("vip-nowhere", { vip: vip.name }, { path });
  for (const [place, rack] of (vip.racks ?? []).entries()) {
    const at = [...path, "racks", place];
    if (!index.racks.has(rack)) yield issue("rack-unknown", { rack, ...knownNames(rack, index.racks.keys()) }, { path: at });
    else if (!announcers.has(rack)) yield issue("routing-missing", { rack, vip: vip.name }, { path: at });
  }
  if (vip.mode !== "roaming") return;
  const clusters = new Set(
    pacemaker.filter(({ controllers }) => controllers.some((host) => racks.includes(host.rack))).map(({ settings }) => settings.name),
  );
  if (clusters.size < 2) return;
  const at = vip.racks === undefined ? path : [...path, "racks"];
  yield issue("roaming-clusters", { vip: vip.name, clusters: [...clusters].join(", ") }, { path: at });
}

function* groupRules({ document, announcers }: RuleContext): Generator<Issue> {
  const first = new Map<string, VipSpec>();
  for (const [index, vip] of document.spec.vips.entries()) {
    if (vip.mode === "anycast") continue;
    const group = vip.group ?? vip.name;
    const key = `${vip.mode} ${vip.namespace} ${group}`;
    const other = first.get(key);
    if (other === undefined) first.set(key, vip);
    else if (vip.mode === "failover") {
      const path = ["spec", "vips", index, "rack"];
      if (vip.rack !== other.rack) yield issue("failover-group-rack", { vip: vip.name, group, other: other.name }, { path });
    } else if (racksOfVip(other, announcers).sort().join(" ") !== racksOfVip(vip, announcers).sort().join(" ")) {
      const path = ["spec", "vips", index, ...(vip.racks === undefined ? [] : ["racks"])];
      yield issue("roaming-group-racks", { vip: vip.name, group, other: other.name }, { path });
    }
  }
}

/** Once for each place in the document that describes a way to the fabric, with the first VIP that needs more of it. */
function* replyRules({ document, index, announcers, hostIndex }: RuleContext): Generator<Issue> {
  const needs = new Map<string, string>();
  for (const { vip } of announcedVips(document)) {
    for (const family of families) {
      if (vip.address[familyField(family)] === undefined) continue;
      for (const rack of racksOfVip(vip, announcers)) if (!needs.has(`${rack} ${family}`)) needs.set(`${rack} ${family}`, vip.name);
    }
  }
  const said = new Set<string>();
  for (const [rackName, hosts] of announcers) {
    const rackPath = ["spec", "racks", document.spec.racks.findIndex(({ name }) => name === rackName)];
    for (const host of hosts) {
      const fabric = fabricOf(host, rackOf(index, rackName));
      if (fabric === null) continue;
      const { protocol } = fabric.routing;
      const isOwn = host.routing?.[protocol] === fabric.routing.settings;
      const path = [...(isOwn ? ["spec", "hosts", hostIndex.get(host.name) ?? 0, "routing"] : rackPath), protocol];
      for (const family of families) {
        const vip = needs.get(`${rackName} ${family}`);
        const key = `${path.join(".")} ${family}`;
        if (vip === undefined || said.has(key) || fabric.gateways.some((gateway) => gateway.family === family)) continue;
        said.add(key);
        yield issue(
          "reply-gateway-missing",
          { where: isOwn ? `such as "${host.name}"` : `of rack "${rackName}"`, family, vip, protocol },
          { path },
        );
      }
    }
  }
}
