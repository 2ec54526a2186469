import { ownerHealth } from "@rackway/schema";
import type { PacemakerState, RoamingRouterState, ServiceBridgeState, ServiceNamespaceState, ServiceVipSet } from "@rackway/schema";
import { proxiedVips, proxyCertificates, renderHaproxyConf } from "@rackway/services";

import {
  failoverIds,
  failoverPlacement,
  failoverPrimitive,
  linkPrimitive,
  linkWatchPrimitive,
  networksOf,
  ownAddresses,
} from "./failover-resources.ts";
import type { Constraint, Operation, Primitive, Resource } from "./resource.ts";
import { asClone, banFrom, cloneMeta, monitor, patient, rule, startStop, failureTimeout } from "./resource-parts.ts";
import { drainedAttribute, scores } from "./router-resources.ts";
import { serviceDaemons } from "./service-daemon-resources.ts";
import type { VipChunk } from "./service-parameters.ts";
import { bytesInChunk, chunksOf, serviceInside, serviceOutside } from "./service-parameters.ts";

/**
 * Service VIPs in the CIB: the host-local bridge of those that are announced, and for each service namespace the namespace itself, its VIPs in chunks (a
 * thousand VIPs are not a thousand resources), Unbound, chronyd, HAProxy and the administrator's programs where VIPs have them, and the one
 * checker, which announces and withdraws.
 *
 *     rw-any ─(optional)─▶ rw-NS-ns ─▶ rw-NS-vips-1 … k, rw-NS-roam-GROUP.1, rw-NS-run-NAME.1, rw-NS-proxy ─(optional)─▶ rw-NS-check
 *                                ├──▶ rw-NS-out ─(optional)─▶ rw-NS-dns, rw-NS-ntp ─(optional)─▶ rw-NS-check
 *                                └──▶ rw-NS-tunnel, of a roaming router ─(optional)─▶ its VIPs
 *
 * What a clone holds may be everywhere at once, so nothing of it asks for quorum. A set of roaming or failover VIPs is a primitive, which does.
 * What failover VIPs have of their own is in `failover-resources.ts`.
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
      `${base}-${setWords[set.mode]}-${set.name === null ? "" : `${set.name}.`}${chunk.name}`,
    wayOut: `${base}-out`,
    dns: `${base}-dns`,
    ntp: `${base}-ntp`,
    program: (name: string) => `${base}-run-${name}.1`,
    proxy: `${base}-proxy`,
    check: `${base}-check`,
    tunnel: `${base}-tunnel`,
    watch: `${base}-watch`,
    uplink: `${base}-uplink`,
    failover: failoverIds(base),
  } as const;
}

const setWords = { anycast: "vips", roaming: "roam", failover: "lan" } as const;

/** Node attribute by which an operator moves a group of roaming or failover VIPs; in the status section only. */
export function setPreference(
  { name: namespace }: Pick<ServiceNamespaceState, "name">,
  { mode, name }: Pick<ServiceVipSet, "mode" | "name">,
): string {
  return `rw-${namespace}-${setWords[mode]}-${name ?? ""}-prefer`;
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
  const ground = serviceBridge === null || services.length === 0 ? [] : [asClone(bridgePrimitive(serviceBridge))];
  return [...ground, ...services.flatMap((service) => namespaceResources(service, serviceBridge, pacemaker))];
}

function namespaceResources(
  service: ServiceNamespaceState,
  bridgeOrNone: ServiceBridgeState | null,
  { takeover, nodes }: Pick<PacemakerState, "takeover" | "nodes">,
): Resource[] {
  const ids = serviceResourceIds(service);
  const drained = nodes.filter((node) => node.drained).map(({ name }) => name);
  const held = chunksHeld(service);
  const bridge = (): ServiceBridgeState => present(bridgeOrNone);
  return [
    ...(service.existing ? [] : [asClone(namespacePrimitive(service))]),
    ...(service.router === undefined
      ? []
      : [asClone(tunnelPrimitive(service, service.router, bridge())), asClone(watchPrimitive(service, service.router, bridge()))]),
    ...(service.networks ?? []).flatMap((network): Resource[] => {
      const watch = linkWatchPrimitive(ids.failover.watch(network), service, network);
      return [asClone(linkPrimitive(ids.failover.link(network), service, network)), ...(watch === null ? [] : [asClone(watch)])];
    }),
    ...held.map(({ id, set, chunk }): Resource => {
      if (set.mode === "failover") return { kind: "primitive", primitive: failoverPrimitive(id, service, { set, chunk }, takeover) };
      const parameters = vipsParameters(service, bridge(), set, chunk);
      if (set.mode === "anycast") return asClone(vipsPrimitive(id, parameters, cloneMeta, 10_000));
      return { kind: "primitive", primitive: roamingPrimitive(vipsPrimitive(id, parameters, roamingMeta(set, takeover), 2_000)) };
    }),
    ...serviceDaemons(service, ids).map(asClone),
    ...programs(service).map(asClone),
    ...(hasProxy(service) ? [asClone(proxyPrimitive(service))] : []),
    asClone(checkPrimitive(service, held, drained)),
  ];
}

/** Of a namespace with announced VIPs there is one. */
function present(bridge: ServiceBridgeState | null): ServiceBridgeState {
  if (bridge === null) throw new Error("announced VIPs, and no bridge that their namespaces hang on");
  return bridge;
}

function hasProxy(service: ServiceNamespaceState): boolean {
  return proxiedVips(service).length > 0;
}

/** Programs of the host's administrator, on every host of the namespace. */
function programs({ name, netns, programs: names = [] }: ServiceNamespaceState): Primitive[] {
  return names.map((program) => ({
    id: serviceResourceIds({ name }).program(program),
    agent: "ocf:rackway:service",
    parameters: { netns, namespace: name, program },
    meta: cloneMeta,
    operations: patient(5_000),
  }));
}

/** All proxies of a namespace are one HAProxy, on every host of the namespace. Its text changes by a reload, which loses no connection. */
function proxyPrimitive(service: ServiceNamespaceState): Primitive {
  return {
    id: serviceResourceIds(service).proxy,
    agent: "ocf:rackway:haproxy",
    parameters: {
      netns: service.netns,
      // Pacemaker 2.1.5 does not keep line breaks.
      config: renderHaproxyConf(service)
        .trimEnd()
        .split("\n")
        .map((line) => line.trimStart())
        .join(";"),
      certificates: proxyCertificates(service)
        .map(({ name, certificate, key }) => `${name} ${certificate} ${key}`)
        .join(";"),
    },
    meta: cloneMeta,
    operations: patient(5_000),
  };
}

/** A roaming group is one resource where its numbers lie in one chunk; else several, which are kept together. */
export function chunksHeld(service: ServiceNamespaceState): HeldChunk[] {
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

function isAnnounced({ sets }: ServiceNamespaceState): boolean {
  return sets.some(({ mode }) => mode !== "failover");
}

function namespacePrimitive(service: ServiceNamespaceState): Primitive {
  return {
    id: serviceResourceIds(service).namespace,
    agent: "ocf:rackway:namespace",
    parameters: {
      netns: service.netns,
      ...(isAnnounced(service) ? { links: serviceOutside(service) } : {}),
      ...(service.networks === undefined ? {} : { addresses: ownAddresses(service) }),
    },
    meta: cloneMeta,
    operations: [...startStop, monitor(10_000)],
  };
}

function tunnelPrimitive(service: ServiceNamespaceState, router: RoamingRouterState, bridge: ServiceBridgeState): Primitive {
  const { port, vni, mtu, ends, members } = router;
  return {
    id: serviceResourceIds(service).tunnel,
    agent: "ocf:rackway:tunnel",
    parameters: {
      netns: service.netns,
      outside: serviceInside,
      link_addresses: linkAddresses(service, bridge),
      port: String(port),
      vni: String(vni),
      mtu: String(mtu),
      ends: ends.map(({ family, management, public: outside }) => `${family} ${management} ${outside}`).join(";"),
      ...tunnelMembers(members.map(({ address }) => address)),
    },
    meta: cloneMeta,
    operations: [...startStop, monitor(5_000)],
  };
}

/** A router's host must be reached by the fabric. In the families that it serves, each host asks its own gateways there. */
function watchPrimitive(service: ServiceNamespaceState, router: RoamingRouterState, bridge: ServiceBridgeState): Primitive {
  const ids = serviceResourceIds(service);
  const served = new Set(router.ends.map(({ family }) => family));
  const targets = bridge.hosts.flatMap((host) =>
    host.gateways.filter(({ family }) => served.has(family)).map(({ via, device }) => `${host.name} ${device} ${via}`),
  );
  return {
    id: ids.watch,
    agent: "ocf:rackway:uplink",
    parameters: { netns: "", host_targets: targets.join(";"), attribute: `rw-${service.name}` },
    meta: cloneMeta,
    operations: [...startStop, monitor(10_000)],
  };
}

/** As many parameters as it takes, each short enough for one: a member that comes or goes changes the list, which is a reload. */
function tunnelMembers(addresses: readonly string[]): Primitive["parameters"] {
  const lists: string[] = [];
  for (const address of addresses) {
    const last = lists.at(-1);
    if (last === undefined || last.length + address.length >= bytesInChunk) lists.push(address);
    else lists[lists.length - 1] = `${last};${address}`;
  }
  return Object.fromEntries(lists.map((list, index) => [`members_${index + 1}`, list]));
}

function linkAddresses(service: ServiceNamespaceState, bridge: ServiceBridgeState): string {
  return `${service.linkIpv4}/${bridge.ipv4Length} ${service.linkIpv6}/${bridge.ipv6Length}`;
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
    link_addresses: linkAddresses(service, bridge),
    gateways: `4 ${bridge.hostIpv4};6 ${bridge.hostIpv6}`,
    sources: service.existing ? bridge.replySources.join(";") : "",
    vips: chunk.vips,
    checks: chunk.checks,
  };
}

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
  const names = nodes.map(({ name }) => name);
  const speakers = serviceBridge?.hosts.map(({ name }) => name) ?? [];
  const ofBridge = serviceBridge === null || services.length === 0 ? [] : barred(clone(serviceBridgeId), names, speakers);
  return [...ofBridge, ...services.flatMap((service) => namespaceConstraints(service, names))];
}

function namespaceConstraints(service: ServiceNamespaceState, nodes: readonly string[]): Constraint[] {
  const ids = serviceResourceIds(service);
  const held = chunksHeld(service);
  const hosts = nodes.filter((node) => service.sets.some(({ controllers }) => controllers.includes(node)));
  const [ground, mode] = service.existing ? ([serviceBridgeId, "Optional"] as const) : ([ids.namespace, "Mandatory"] as const);
  return [
    ...(service.existing
      ? []
      : [
          ...(isAnnounced(service) ? [order(clone(serviceBridgeId), clone(ids.namespace), "Optional")] : []),
          ...barred(clone(ids.namespace), nodes, hosts),
        ]),
    ...networkConstraints(service, nodes),
    ...held.flatMap(({ id, set, chunk }): Constraint[] => {
      const resource = set.mode === "anycast" ? clone(id) : id;
      return [
        order(clone(ground), resource, mode),
        order(resource, clone(ids.check), "Optional"),
        ...(set.mode === "anycast" ? [released(resource)] : ownerPlacement(id, clone(ground), setPreference(service, set))),
        ...(set.mode === "failover" ? failoverPlacement(id, service, networksOf(service, set, chunk), ids.failover) : []),
        ...barred(resource, nodes, set.controllers),
      ];
    }),
    ...setTogether(held),
    ...(service.router === undefined ? [] : tunnelConstraints(service, nodes, hosts, held)),
    // They stop after everything is withdrawn.
    ...[...serviceDaemons(service, ids), ...programs(service), ...(hasProxy(service) ? [proxyPrimitive(service)] : [])].flatMap(
      ({ id }): Constraint[] => [
        order(clone(ground), clone(id), mode),
        ...(id === ids.wayOut ? [] : [order(clone(id), clone(ids.check), "Optional"), ...answered(held, clone(id))]),
        ...(id === ids.dns || id === ids.ntp ? [order(clone(ids.wayOut), clone(id), "Optional")] : []),
        ...barred(clone(id), nodes, hosts),
      ],
    ),
    order(clone(ground), clone(ids.check), mode),
    ...barred(clone(ids.check), nodes, hosts),
  ];
}

/** Nobody withdraws a failover VIP from a host that is shut down: it goes before what answers on it, and comes after. */
function answered(held: readonly HeldChunk[], daemon: string): Constraint[] {
  return held.flatMap(({ id, set }) => (set.mode === "failover" ? [order(daemon, id, "Optional")] : []));
}

/** Links and watches of failover VIPs, on the controllers of their rack. */
function networkConstraints(service: ServiceNamespaceState, nodes: readonly string[]): Constraint[] {
  const ids = serviceResourceIds(service);
  return (service.networks ?? []).flatMap((network): Constraint[] => {
    const [link, watch] = [ids.failover.link(network), ids.failover.watch(network)];
    const isWatched = linkWatchPrimitive(watch, service, network) !== null;
    return [
      order(clone(ids.namespace), clone(link), "Mandatory"),
      ...barred(clone(link), nodes, network.controllers),
      ...(isWatched
        ? [
            order(clone(ids.namespace), clone(watch), "Mandatory"),
            order(clone(link), clone(watch), "Optional"),
            ...barred(clone(watch), nodes, network.controllers),
          ]
        : []),
    ];
  });
}

/** The VIPs are where the tunnel's end is, and where the fabric is; one that is put right does not take them down. */
function tunnelConstraints(
  service: ServiceNamespaceState,
  nodes: readonly string[],
  hosts: readonly string[],
  held: readonly HeldChunk[],
): Constraint[] {
  const ids = serviceResourceIds(service);
  const tunnel = clone(ids.tunnel);
  return [
    order(clone(ids.namespace), tunnel, "Mandatory"),
    ...held.flatMap(({ id }): Constraint[] => [
      order(tunnel, id, "Optional"),
      { kind: "colocation", id: `${id}-with-tunnel`, resource: id, with: tunnel, score: "INFINITY" },
    ]),
    ...held.map(({ id }) => rule(id, "uplink", { attribute: ids.uplink }, { attribute: ids.uplink, operation: "defined" })),
    ...barred(tunnel, nodes, hosts),
    ...barred(clone(ids.watch), nodes, hosts),
  ];
}

function released(resource: string): Constraint {
  return rule(resource, "released", { fixed: "-INFINITY" }, { attribute: releasedAttribute, operation: "eq", value: "true" });
}

function ownerPlacement(id: string, ground: string, prefer: string): Constraint[] {
  const health = ownerHealth(id);
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
function setTogether(held: readonly HeldChunk[]): Constraint[] {
  return [
    ...Map.groupBy(
      held.filter(({ set }) => set.mode !== "anycast"),
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
