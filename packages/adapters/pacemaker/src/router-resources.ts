import type { PacemakerState, RouterState } from "@rackway/schema";
import { routerResourceIds } from "@rackway/schema";
import { routerNameServer } from "@rackway/services";
import { renderConntrackdConf } from "./conntrackd-conf.ts";
import type { Constraint, Primitive, Resource } from "./resource.ts";
import { namePrimitive, timePrimitive, wayOutPrimitive } from "./name-time-resources.ts";
import {
  asClone,
  asOneLine,
  banFrom,
  cloneMeta,
  drainedAttribute,
  migrate,
  monitor,
  ownedMeta,
  rule,
  scores,
  startStop,
} from "./resource-parts.ts";
import { linkLocalVip, renderRadvdConf } from "./radvd-conf.ts";
import { renderRouterRuleset } from "./router-ruleset.ts";
import { routerWayOut } from "./way-out.ts";

/** Names of the node attributes that the watch and a planned move set (attrd_updater(8)); they are in the status section only. */
export function routerAttributes(router: Pick<RouterState, "name">) {
  const base = `rw-${router.name}`;
  return { prefix: base, uplink: `${base}-uplink`, inStep: `${base}-instep`, prefer: `${base}-prefer` } as const;
}

/** The resources of one router: clones for what every controller has, one primitive for what one controller has. */
export function routerResources(router: RouterState, takeover: PacemakerState["takeover"]): Resource[] {
  const ids = routerResourceIds(router);
  const wayOut = routerWayOut(router);
  const clones = [
    namespacePrimitive(router),
    routerPrimitive(router),
    wayOutPrimitive(ids.wayOut, router.netns, wayOut, { gateways: `4 ${wayOut.hostIpv4} 1000;6 ${wayOut.hostIpv6} 2000` }),
  ];
  if (router.connectionSync) clones.push(syncPrimitive(router));
  clones.push(watchPrimitive(router));
  if (advertises(router)) clones.push(advertisementsPrimitive(router));
  const { netns, index } = router;
  if (router.dns) {
    const place = { id: ids.dns, netns, operations: [...startStop, monitor(5_000)] };
    clones.push(namePrimitive(place, routerNameServer(router.dns, router)));
  }
  if (router.ntp) {
    const place = { id: ids.ntp, netns, operations: [...startStop, monitor(10_000)] };
    clones.push(timePrimitive(place, { ...router.ntp, index }, router.dns !== null));
  }
  const resources = clones.map(asClone);
  if (router.vips.length > 0) resources.push({ kind: "primitive", primitive: vipsPrimitive(router, ids.vips, takeover) });
  return resources;
}

function namespacePrimitive(router: RouterState): Primitive {
  return {
    id: routerResourceIds(router).namespace,
    agent: "ocf:rackway:namespace",
    parameters: {
      netns: router.netns,
      links: [...routerLinks(router).map((link) => link.outside), routerWayOut(router).link].join(" "),
      tables: routerWayOut(router).table,
    },
    meta: cloneMeta,
    operations: [...startStop, monitor(10_000)],
  };
}

/** To conntrackd's parser a line break is white space; its comments end with one, so they go. */
function oneLineOfWords(config: string): string {
  return config
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "")
    .join(" ");
}

type Link = { readonly inside: string; readonly bridge: string; readonly outside: string; readonly mtu: number };

function routerLinks(router: RouterState): Link[] {
  const { index, management, connectionSync, ntp } = router;
  const links: Link[] = [
    { inside: "mgmt", bridge: management.bridge, outside: `rwm-${index}`, mtu: management.mtu },
    { inside: "public", bridge: router.public.bridge, outside: `rwp-${index}`, mtu: router.public.mtu },
  ];
  const among = connectionSync ?? (ntp !== null && ntp.peers.length > 0 ? ntp.link : null);
  if (among) links.push({ inside: "sync", bridge: among.bridge, outside: `rws-${index}`, mtu: among.mtu });
  return links;
}

const routerSysctls: readonly (readonly [string, string])[] = [
  ["net/ipv4/ip_forward", "1"],
  ["net/ipv6/conf/all/forwarding", "1"],
  ["net/ipv4/conf/all/rp_filter", "0"],
  ["net/ipv4/conf/default/rp_filter", "0"],
  ["net/ipv4/conf/all/arp_ignore", "1"],
  ["net/ipv4/conf/all/arp_announce", "2"],
  ["net/ipv4/conf/all/send_redirects", "0"],
  ["net/ipv4/conf/default/send_redirects", "0"],
  ["net/ipv4/conf/all/accept_redirects", "0"],
  ["net/ipv6/conf/all/accept_ra", "0"],
  ["net/ipv6/conf/default/accept_ra", "0"],
  ["net/ipv6/conf/default/accept_dad", "0"],
  ["net/ipv4/ip_nonlocal_bind", "1"],
  ["net/ipv6/ip_nonlocal_bind", "1"],
];

function routerPrimitive(router: RouterState): Primitive {
  return {
    id: routerResourceIds(router).router,
    agent: "ocf:rackway:router",
    parameters: {
      netns: router.netns,
      links: routerLinks(router)
        .map((link) => `${link.inside} ${link.bridge} ${link.outside} ${link.mtu}`)
        .join(";"),
      sysctls: routerSysctls.map(([key, value]) => `${key} ${value}`).join(";"),
      ruleset: asOneLine(renderRouterRuleset(router)),
      vips_resource: router.vips.length > 0 ? routerResourceIds(router).vips : "",
    },
    meta: cloneMeta,
    operations: [...startStop, monitor(5_000)],
  };
}

function syncPrimitive(router: RouterState): Primitive {
  return {
    id: routerResourceIds(router).sync,
    agent: "ocf:rackway:conntrackd",
    parameters: { netns: router.netns, config: oneLineOfWords(renderConntrackdConf(router)), link: "sync" },
    meta: cloneMeta,
    operations: [...startStop, monitor(10_000)],
  };
}

/** Advertisements need an address to speak from that is where the pair is, and a prefix to speak of. */
function advertises(router: RouterState): boolean {
  return router.routerAdvertisements !== null && router.vips.some((vip) => vip.name === "management" && vip.family === 6);
}

function advertisementsPrimitive(router: RouterState): Primitive {
  return {
    id: routerResourceIds(router).advertisements,
    agent: "ocf:rackway:radvd",
    parameters: { netns: router.netns, config: oneLineOfWords(renderRadvdConf(router)) },
    meta: cloneMeta,
    operations: [...startStop, monitor(10_000)],
  };
}

function watchPrimitive(router: RouterState): Primitive {
  const ids = routerResourceIds(router);
  const { uplink } = router;
  return {
    id: ids.watch,
    agent: "ocf:rackway:uplink",
    parameters: {
      netns: router.netns,
      targets: uplink.targets.map((target) => `${target.link === "public" ? "public" : "mgmt"} ${target.address}`).join(";"),
      attribute: routerAttributes(router).prefix,
      interval_ms: String(uplink.intervalMs),
      fall: String(uplink.fall),
      rise: String(uplink.rise),
      vips_resource: router.vips.length > 0 ? ids.vips : "",
      sync_resource: router.connectionSync ? ids.sync : "",
    },
    meta: cloneMeta,
    operations: [...startStop, monitor(10_000)],
  };
}

function vipsPrimitive(router: RouterState, id: string, takeover: PacemakerState["takeover"]): Primitive {
  const linkOf = (name: "public" | "management"): string => (name === "public" ? "public" : "mgmt");
  const ownRoutes = router.public.gateways.flatMap((gateway) => {
    const source = router.vips.find((vip) => vip.name === "public" && vip.family === gateway.family);
    return source ? [`${gateway.family} ${gateway.address} public ${source.address}`] : [];
  });
  return {
    id,
    agent: "ocf:rackway:vips",
    parameters: {
      netns: router.netns,
      addresses: [
        ...router.vips.map((vip) => `${linkOf(vip.name)} ${vip.address}/${vip.prefixLength}`),
        ...(advertises(router) ? [`mgmt ${linkLocalVip(router)}/64`] : []),
      ].join(";"),
      routes: ownRoutes.join(";"),
    },
    meta: { "allow-migrate": "true", ...ownedMeta(takeover) },
    operations: [...startStop, ...migrate, monitor(2_000)],
  };
}

/**
 * Order and place. Everything stands on the namespace (mandatory: a rebuilt namespace restarts it). On the router resource
 * the VIPs are ordered only when both are acted upon in one transition (optional): a router that is put right does not take the VIPs down.
 */
export function routerConstraints(router: RouterState, nodes: readonly string[]): Constraint[] {
  const ids = routerResourceIds(router);
  const clone = (id: string): string => `${id}-clone`;
  const constraints: Constraint[] = [];
  const order = (first: string, then: string, mode: "Mandatory" | "Optional"): void => {
    constraints.push({ kind: "order", id: `${then}-after-${first}`, first, then, mode, symmetrical: mode === "Mandatory" });
  };
  const dependents = [
    ids.router,
    ids.wayOut,
    ...(router.connectionSync ? [ids.sync] : []),
    ids.watch,
    ...(advertises(router) ? [ids.advertisements] : []),
    ...(router.dns ? [ids.dns] : []),
    ...(router.ntp ? [ids.ntp] : []),
  ];
  for (const id of dependents) order(clone(ids.namespace), clone(id), "Mandatory");
  for (const id of dependents.slice(1)) order(clone(ids.router), clone(id), "Optional");
  if (router.vips.length > 0) {
    order(clone(ids.namespace), ids.vips, "Mandatory");
    order(clone(ids.router), ids.vips, "Optional");
    if (router.connectionSync) order(clone(ids.sync), ids.vips, "Optional");
    constraints.push({ kind: "colocation", id: `${ids.vips}-with-router`, resource: ids.vips, with: clone(ids.router), score: "INFINITY" });
    constraints.push(...placementRules(router, ids.vips));
  }
  const resources = [clone(ids.namespace), ...dependents.map(clone), ...(router.vips.length > 0 ? [ids.vips] : [])];
  const barred = nodes.filter((node) => !router.controllers.includes(node));
  if (barred.length > 0) for (const resource of resources) constraints.push(banFrom(resource, barred));
  return constraints;
}

function placementRules(router: RouterState, vips: string): Constraint[] {
  const attributes = routerAttributes(router);
  return [
    rule(vips, "drained", { fixed: scores.drained }, { attribute: drainedAttribute, operation: "eq", value: "true" }),
    // `defined`: without it, a host whose watch has not spoken yet would be banned (a missing score attribute counts as -INFINITY).
    rule(vips, "uplink", { attribute: attributes.uplink }, { attribute: attributes.uplink, operation: "defined" }),
    rule(vips, "instep", { fixed: scores.inStep }, { attribute: attributes.inStep, operation: "eq", value: "1" }),
    rule(vips, "prefer", { attribute: attributes.prefer }, { attribute: attributes.prefer, operation: "defined" }),
  ];
}
