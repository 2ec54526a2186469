import type { PacemakerState, RoamingRouterState, ServiceBridgeState, ServiceNamespaceState, ServiceVipSet } from "@rackway/schema";
import { proxiedVips, proxyCertificates, renderHaproxyConf } from "@rackway/services";

import { failoverPrimitive, linkPrimitive, linkWatchPrimitive, ownAddresses } from "./failover-resources.ts";
import type { Primitive, Resource } from "./resource.ts";
import { asClone, cloneMeta, migrate, monitor, ownedMeta, patient, startStop } from "./resource-parts.ts";
import { serviceDaemons } from "./service-daemon-resources.ts";
import type { HeldChunk } from "./service-ids.ts";
import { chunksHeld, isAnnounced, serviceBridgeId, serviceResourceIds } from "./service-ids.ts";
import type { VipChunk } from "./service-parameters.ts";
import { bytesInChunk, serviceInside, serviceOutside } from "./service-parameters.ts";

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
 * What failover VIPs have of their own is in `failover-resources.ts`; order and place are in `service-constraints.ts`.
 *
 * The resources of all service namespaces, bridge first; none without a namespace.
 */
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
    ...answeringPrimitives(service).map(asClone),
    asClone(checkPrimitive(service, held, drained)),
  ];
}

/** Of a namespace with announced VIPs there is one. */
function present(bridge: ServiceBridgeState | null): ServiceBridgeState {
  if (bridge === null) throw new Error("announced VIPs, and no bridge that their namespaces hang on");
  return bridge;
}

/** What answers in a namespace, on every host of it, and its way to upstreams. */
export function answeringPrimitives(service: ServiceNamespaceState): Primitive[] {
  const proxy = proxiedVips(service).length === 0 ? [] : [proxyPrimitive(service)];
  return [...serviceDaemons(service, serviceResourceIds(service)), ...programs(service), ...proxy];
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
  return { ...primitive, operations: [...primitive.operations, ...migrate] };
}

function roamingMeta({ overlap }: ServiceVipSet, takeover: PacemakerState["takeover"]): Primitive["meta"] {
  return {
    ...(overlap ? { "allow-migrate": "true" } : {}),
    ...ownedMeta(takeover),
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
