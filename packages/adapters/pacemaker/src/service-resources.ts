import { roamingHealth } from "@rackway/schema";
import type { PacemakerState, ServiceBridgeState, ServiceNamespaceState, ServiceVipSet } from "@rackway/schema";

import type { Constraint, Operation, Primitive, Resource } from "./resource.ts";
import { asClone, banFrom, cloneMeta, monitor, rule, startStop, failureTimeout } from "./resource-parts.ts";
import { drainedAttribute, scores } from "./router-resources.ts";
import type { VipChunk } from "./service-parameters.ts";
import { chunksOf, serviceOutside } from "./service-parameters.ts";

/**
 * Anycast and roaming VIPs in the CIB: the host-local bridge, and for each service namespace the namespace itself, its VIPs in chunks (a
 * thousand VIPs are not a thousand resources), and the one checker, which announces and withdraws.
 *
 *     rw-any ─(optional)─▶ rw-NS-ns ─▶ rw-NS-vips-1 … k, rw-NS-roam-GROUP.1 ─(optional)─▶ rw-NS-check
 *
 * What a clone holds may be everywhere at once, so nothing of it asks for quorum. A set of roaming VIPs is a primitive, which does.
 */
export const serviceBridgeId = "rw-any";

/**
 * Ids of a namespace's resources; the ids are also the names of their folders under /run/rackway. Pacemaker's XML has one space of ids, to
 * which more is appended with hyphens: names of racks and groups, which have hyphens themselves, end with a dot.
 */
export function serviceResourceIds({ name }: Pick<ServiceNamespaceState, "name">) {
  const base = `rw-${name}`;
  return {
    namespace: `${base}-ns`,
    vips: (set: Pick<ServiceVipSet, "mode" | "name">, chunk: Pick<VipChunk, "name">) =>
      `${base}-${set.mode === "anycast" ? "vips" : "roam"}-${set.name === null ? "" : `${set.name}.`}${chunk.name}`,
    check: `${base}-check`,
  } as const;
}

/** Node attribute by which an operator moves a group of roaming VIPs; in the status section only. */
export function roamingPreference({ name }: Pick<ServiceNamespaceState, "name">, group: string): string {
  return `rw-${name}-roam-${group}-prefer`;
}

/** Node attribute of a host that has let its anycast VIPs go, at the end of a drain; in the status section only. Its own agent sets it. */
export const releasedAttribute = "rackway-released";

/** One resource of VIPs. */
interface HeldChunk {
  readonly id: string;
  readonly set: ServiceVipSet;
  readonly chunk: VipChunk;
}

/** The resources of all service namespaces, bridge first; none without a namespace. */
export function serviceResources(pacemaker: PacemakerState): Resource[] {
  const { services, serviceBridge } = pacemaker;
  if (serviceBridge === null || services.length === 0) return [];
  return [asClone(bridgePrimitive(serviceBridge)), ...services.flatMap((service) => namespaceResources(service, serviceBridge, pacemaker))];
}

function namespaceResources(
  service: ServiceNamespaceState,
  bridge: ServiceBridgeState,
  { takeover, nodes }: Pick<PacemakerState, "takeover" | "nodes">,
): Resource[] {
  const drained = nodes.filter((node) => node.drained).map(({ name }) => name);
  const held = chunksHeld(service);
  return [
    ...(service.existing ? [] : [asClone(namespacePrimitive(service))]),
    ...held.map(({ id, set, chunk }): Resource => {
      const parameters = vipsParameters(service, bridge, set, chunk);
      if (set.mode === "anycast") return asClone(vipsPrimitive(id, parameters, cloneMeta, 10_000));
      return { kind: "primitive", primitive: roamingPrimitive(vipsPrimitive(id, parameters, roamingMeta(set, takeover), 2_000)) };
    }),
    asClone(checkPrimitive(service, held, drained)),
  ];
}

/** A roaming group is one resource where its numbers lie in one chunk; else several, which are kept together. */
function chunksHeld(service: ServiceNamespaceState): HeldChunk[] {
  const ids = serviceResourceIds(service);
  return service.sets.flatMap((set) =>
    chunksOf(set.vips, service.checks).map((chunk): HeldChunk => ({ id: ids.vips(set, chunk), set, chunk })),
  );
}

function bridgePrimitive(bridge: ServiceBridgeState): Primitive {
  const { name, hostIpv4, hostIpv6, ipv4Length, ipv6Length, replyTable, replySources, hosts } = bridge;
  return {
    id: serviceBridgeId,
    agent: "ocf:rackway:anycast-bridge",
    parameters: {
      bridge: name,
      addresses: `${hostIpv4}/${ipv4Length} ${hostIpv6}/${ipv6Length}`,
      table: String(replyTable),
      sources: replySources.join(";"),
      gateways: hosts
        .flatMap((host) => host.gateways.map(({ family, via, device }) => `${host.name} ${family} ${via} ${device}`))
        .join(";"),
      interfaces: hosts.flatMap((host) => host.interfaces.map((device) => `${host.name} ${device}`)).join(";"),
    },
    meta: cloneMeta,
    operations: patient(10_000),
  };
}

function namespacePrimitive(service: ServiceNamespaceState): Primitive {
  return {
    id: serviceResourceIds(service).namespace,
    agent: "ocf:rackway:namespace",
    parameters: { netns: service.netns, links: serviceOutside(service) },
    meta: cloneMeta,
    operations: [...startStop, monitor(10_000)],
  };
}

function vipsParameters(
  service: ServiceNamespaceState,
  bridge: ServiceBridgeState,
  set: ServiceVipSet,
  chunk: VipChunk,
): Primitive["parameters"] {
  return {
    netns: service.netns,
    existing: service.existing ? "1" : "",
    namespace: service.name,
    mode: set.mode,
    bridge: bridge.name,
    outside: serviceOutside(service),
    link_addresses: `${service.linkIpv4}/${bridge.ipv4Length} ${service.linkIpv6}/${bridge.ipv6Length}`,
    gateways: `4 ${bridge.hostIpv4};6 ${bridge.hostIpv6}`,
    sources: service.existing ? bridge.replySources.join(";") : "",
    vips: chunk.vips,
    checks: chunk.checks,
  };
}

/**
 * Stopping waits until the neighbours have heard of it: longer than what a stop takes elsewhere. And a recovery withdraws: that a look takes
 * long on a busy host is no reason for one.
 */
const patient = (monitorMs: number): Operation[] => [
  { name: "start", intervalMs: 0, timeoutMs: 60_000 },
  { name: "stop", intervalMs: 0, timeoutMs: 60_000 },
  { name: "monitor", intervalMs: monitorMs, timeoutMs: 60_000 },
];

function vipsPrimitive(id: string, parameters: Primitive["parameters"], meta: Primitive["meta"], monitorMs: number): Primitive {
  return { id, agent: "ocf:rackway:anycast", parameters, meta, operations: patient(monitorMs) };
}

/** Both sides wait for neighbours: longer than what a move takes elsewhere. */
function roamingPrimitive(primitive: Primitive): Primitive {
  const moves = ["migrate_to", "migrate_from"].map((name): Operation => ({ name, intervalMs: 0, timeoutMs: 20_000 }));
  return { ...primitive, operations: [...primitive.operations, ...moves] };
}

function roamingMeta({ overlap }: ServiceVipSet, takeover: PacemakerState["takeover"]): Primitive["meta"] {
  return {
    ...(overlap ? { "allow-migrate": "true" } : {}),
    requires: takeover === "fenced" ? "fencing" : "quorum",
    "resource-stickiness": String(scores.stickiness),
    "migration-threshold": "3",
    "failure-timeout": failureTimeout,
  };
}

/**
 * Its parameters do not change with the document's VIPs: it follows what the VIPs' resources leave in their folders. Who is drained is among
 * them, so that a drained host announces nothing whatever becomes of its agent.
 */
function checkPrimitive(service: ServiceNamespaceState, held: readonly HeldChunk[], drained: readonly string[]): Primitive {
  return {
    id: serviceResourceIds(service).check,
    agent: "ocf:rackway:health",
    parameters: {
      netns: service.netns,
      namespace: service.name,
      instances: held.map(({ id }) => id).join(" "),
      drained: drained.join(" "),
    },
    meta: cloneMeta,
    operations: patient(5_000),
  };
}

/**
 * Order and place. A rebuilt namespace restarts what is in it (mandatory); a bridge that is put right restarts nothing. The checker is ordered behind the VIPs only where both are acted upon
 * in one transition (optional): it stops first, so that everything is withdrawn before addresses go; a chunk that is recovered does
 * not take the announcements of a whole namespace down. A clone is never ordered behind one that is barred from its host: Pacemaker
 * would keep it from starting there.
 */
export function serviceConstraints({ services, serviceBridge, nodes }: PacemakerState): Constraint[] {
  if (serviceBridge === null || services.length === 0) return [];
  const names = nodes.map(({ name }) => name);
  const speakers = serviceBridge.hosts.map(({ name }) => name);
  return [...barred(clone(serviceBridgeId), names, speakers), ...services.flatMap((service) => namespaceConstraints(service, names))];
}

function namespaceConstraints(service: ServiceNamespaceState, nodes: readonly string[]): Constraint[] {
  const ids = serviceResourceIds(service);
  const held = chunksHeld(service);
  const hosts = nodes.filter((node) => service.sets.some(({ controllers }) => controllers.includes(node)));
  const [ground, mode] = service.existing ? ([serviceBridgeId, "Optional"] as const) : ([ids.namespace, "Mandatory"] as const);
  return [
    ...(service.existing
      ? []
      : [order(clone(serviceBridgeId), clone(ids.namespace), "Optional"), ...barred(clone(ids.namespace), nodes, hosts)]),
    ...held.flatMap(({ id, set }): Constraint[] => {
      const resource = set.mode === "anycast" ? clone(id) : id;
      return [
        order(clone(ground), resource, mode),
        order(resource, clone(ids.check), "Optional"),
        ...(set.mode === "roaming"
          ? roamingPlacement(id, clone(ground), roamingPreference(service, set.name ?? ""))
          : [released(resource)]),
        ...barred(resource, nodes, set.controllers),
      ];
    }),
    ...roamingTogether(held),
    order(clone(ground), clone(ids.check), mode),
    ...barred(clone(ids.check), nodes, hosts),
  ];
}

function released(resource: string): Constraint {
  return rule(resource, "released", { fixed: "-INFINITY" }, { attribute: releasedAttribute, operation: "eq", value: "true" });
}

function roamingPlacement(id: string, ground: string, prefer: string): Constraint[] {
  const health = roamingHealth(id);
  return [
    { kind: "colocation", id: `${id}-with-ground`, resource: id, with: ground, score: "INFINITY" },
    rule(id, "drained", { fixed: scores.drained }, { attribute: drainedAttribute, operation: "eq", value: "true" }),
    rule(id, "prefer", { attribute: prefer }, { attribute: prefer, operation: "defined" }),
    // Only ever in favour of a host: what is less than nothing stops a resource that has nowhere else to go.
    rule(id, "well", { fixed: scores.wellPlace }, { attribute: health, operation: "not_defined" }),
    rule(id, "health", { attribute: health }, { attribute: health, operation: "defined" }),
  ];
}

/** Resources of one group stay with its first. */
function roamingTogether(held: readonly HeldChunk[]): Constraint[] {
  return [
    ...Map.groupBy(
      held.filter(({ set }) => set.mode === "roaming"),
      ({ set }) => set,
    ).values(),
  ].flatMap(([first, ...others]) =>
    others.map(({ id }): Constraint => ({
      kind: "colocation",
      id: `${id}-with-group`,
      resource: id,
      with: first?.id ?? id,
      score: "INFINITY",
    })),
  );
}

function barred(resource: string, nodes: readonly string[], allowed: readonly string[]): Constraint[] {
  const hosts = nodes.filter((node) => !allowed.includes(node));
  return hosts.length === 0 ? [] : [banFrom(resource, hosts)];
}

function order(first: string, then: string, mode: "Mandatory" | "Optional"): Constraint {
  return { kind: "order", id: `${then}-after-${first}`, first, then, mode, symmetrical: true };
}

function clone(id: string): string {
  return `${id}-clone`;
}
