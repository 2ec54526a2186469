import type { ReservationIndex } from "@rackway/ipam";
import { networkScope, routerIndexScope, routerOwner, routerVipOwner } from "@rackway/ipam";
import type { Family } from "@rackway/net";
import type { HostRouterState, HostSpec, NetworkSpec, RouterState, RouterVip, VirtualRouterSpec } from "@rackway/schema";

import type { RackIndex } from "./cluster-index.ts";
import { gatewayOf, hostAddress, networkOf, prefixOfNetwork, routerFamilies } from "./cluster-index.ts";
import type { NameTable } from "./compile-names.ts";
import { compileDns, compileNtp } from "./compile-router-services.ts";
import { compareText } from "./order.ts";

/** What name and time servers of a document have in common, a router's and a service namespace's. */
export interface SharedServices {
  readonly cluster: string;
  /** Prefixes that may ask. */
  readonly clients: readonly string[];
  readonly names: NameTable;
}

/** What a document's routers serve beside the way out. */
export interface RouterServices extends SharedServices {
  /** A controller's number in its Pacemaker cluster. */
  readonly nodeId: (host: string) => number;
}

/** A router with a pair of VIPs, as every controller of its Pacemaker cluster has it in its state. */
export function compileRouter(
  router: VirtualRouterSpec,
  rack: RackIndex,
  reservations: ReservationIndex,
  services: RouterServices,
): RouterState {
  const families = routerFamilies(router, rack.controllers);
  const management = networkOf(rack, router.managementNetwork);
  const outside = networkOf(rack, router.publicNetwork);
  const { intervalMs, fall, rise } = router.uplinkCheck;
  return {
    name: router.name,
    netns: `rw-${router.name}`,
    index: Number(reservations.value("router-index", routerIndexScope, routerOwner(router.name))),
    controllers: rack.controllers.map(({ name }) => name),
    management: { bridge: management.bridge, mtu: management.mtu, cidrs: cidrsOf(management, families) },
    public: { bridge: outside.bridge, mtu: outside.mtu, cidrs: cidrsOf(outside, families), gateways: gatewaysOf(outside, families) },
    vips: families.flatMap((family) => [
      compileVip(router, rack, "public", outside, family, reservations),
      compileVip(router, rack, "management", management, family, reservations),
    ]),
    nat: { ipv4: router.nat.ipv4, ipv6: router.nat.ipv6 },
    inbound: compileInbound(router),
    routerAdvertisements:
      router.routerAdvertisements?.enabled === true ? { lifetimeSeconds: router.routerAdvertisements.lifetimeSeconds } : null,
    connectionSync: compileConnectionSync(router, rack),
    uplink: {
      intervalMs,
      fall,
      rise,
      targets: [
        ...gatewaysOf(outside, families).map((gateway) => ({ link: "public" as const, ...gateway })),
        ...gatewaysOf(management, families).map((gateway) => ({ link: "management" as const, ...gateway })),
      ],
    },
    dns: compileDns(router, services.cluster, services.clients, services.names),
    ntp: compileNtp(
      router,
      services.clients,
      rack.controllers.map(({ name }) => ({ host: name, nodeId: services.nodeId(name) })),
      syncNetwork(router, rack),
    ),
  };
}

/** A router without VIPs, on the one controller of its rack. */
export function compileHostRouter(router: VirtualRouterSpec, rack: RackIndex, controller: HostSpec): HostRouterState {
  const families = routerFamilies(router, [controller]);
  const management = networkOf(rack, router.managementNetwork);
  const outside = networkOf(rack, router.publicNetwork);
  return {
    name: router.name,
    management: { bridge: management.bridge, cidrs: cidrsOf(management, families) },
    public: {
      bridge: outside.bridge,
      addresses: families.flatMap((family) => hostAddress(controller, outside.name, family)?.text ?? []),
    },
    nat: { ipv4: router.nat.ipv4, ipv6: router.nat.ipv6 },
    inbound: compileInbound(router),
  };
}

function compileVip(
  router: VirtualRouterSpec,
  rack: RackIndex,
  name: RouterVip["name"],
  network: NetworkSpec,
  family: Family,
  reservations: ReservationIndex,
): RouterVip {
  const address = reservations.value("address", networkScope(rack.rack.name, network), routerVipOwner(router.name, name, family));
  const prefix = prefixOfNetwork(network, family);
  if (prefix === null) throw new Error(`the document was not validated: network ${network.name} has no IPv${family}`);
  return { name, family, address, prefixLength: prefix.length };
}

function compileInbound(router: VirtualRouterSpec): RouterState["inbound"] {
  const rules = router.inbound.map(({ to, protocol, ports }) => ({
    family: to.includes(":") ? (6 as const) : (4 as const),
    to,
    protocol,
    ports: (ports ?? []).map(String).sort(compareText),
  }));
  return rules.sort((left, right) => compareText(JSON.stringify(left), JSON.stringify(right)));
}

/** Nobody to keep in step with where one controller is alone. */
function compileConnectionSync(router: VirtualRouterSpec, rack: RackIndex): RouterState["connectionSync"] {
  if (!router.connectionSync.enabled || rack.controllers.length < 2) return null;
  return syncNetwork(router, rack);
}

function syncNetwork(router: VirtualRouterSpec, rack: RackIndex): NonNullable<RouterState["connectionSync"]> {
  const { bridge, mtu } = networkOf(rack, router.connectionSync.network ?? router.managementNetwork);
  return { bridge, mtu };
}

function cidrsOf(network: NetworkSpec, families: readonly Family[]): string[] {
  return families.flatMap((family) => prefixOfNetwork(network, family)?.text ?? []);
}

function gatewaysOf(network: NetworkSpec, families: readonly Family[]): { family: Family; address: string }[] {
  return families.flatMap((family) => {
    const gateway = gatewayOf(network, family);
    return gateway === null ? [] : [{ family, address: gateway.text }];
  });
}
