import type { FieldPath } from "@rackway/errors";
import type { Family } from "@rackway/net";
import { addressOf, isAssignable } from "@rackway/net";
import { splitFabricGateway } from "@rackway/schema";
import type { BgpSpec, ClusterDocument, HostSpec, NetworkSpec, OspfSpec, RackSpec, VipSpec } from "@rackway/schema";

import { runningPacemakerClusters } from "./pacemaker-cluster.ts";
import {
  hostOwner,
  namespaceIndexScope,
  namespaceOwner,
  namespaceScope,
  networkScope,
  pacemakerScope,
  poolScope,
  routerIndexScope,
  routerOwner,
  routerVipOwner,
  vipNumberOwner,
  vipOwner,
} from "./reservation.ts";
import { announcedVips, serviceVips } from "./roaming-router.ts";

/** An address that the document asks for. `chosen` is canonical; null means `auto`. */
export interface AddressDemand {
  readonly owner: string;
  readonly scope: string;
  readonly family: Family;
  readonly chosen: string | null;
  readonly path: FieldPath;
}

/** A small number that stays with its owner. */
export interface NumberDemand {
  readonly kind: "node-id" | "router-index" | "namespace-index" | "vip-number";
  readonly owner: string;
  readonly scope: string;
  readonly path: FieldPath;
}

/** An address that the document gives to a host or gateway: nobody else can have it. */
export interface FixedAddress {
  readonly address: string;
  /** Gateways may be named more than once: as a network's, and as where replies go. */
  readonly isGateway: boolean;
  readonly holder: string;
  readonly path: FieldPath;
}

type WithGateways = Readonly<Partial<Record<"ipv4" | "ipv6", { readonly gateway?: string | undefined } | undefined>>>;
type Pair = { readonly ipv4?: string | undefined; readonly ipv6?: string | undefined };

/** Every VIP of a document, sorted by owner. References lead somewhere: the document is validated. */
export function addressDemandsOf(document: ClusterDocument): AddressDemand[] {
  const { spec } = document;
  const racks = new Map(spec.racks.map((rack) => [rack.name, rack]));
  const demands: AddressDemand[] = [];
  const add = (pair: Pair | undefined, scope: string | null, owner: (family: Family) => string, path: FieldPath): void => {
    if (scope === null) return;
    for (const [family, field] of [
      [4, "ipv4"],
      [6, "ipv6"],
    ] as const) {
      const wanted = pair?.[field];
      if (wanted === undefined) continue;
      const chosen = wanted === "auto" ? null : addressOf(wanted, family).text;
      demands.push({ owner: owner(family), scope, family, chosen, path: [...path, field] });
    }
  };
  for (const [index, router] of spec.virtualRouters.entries()) {
    for (const [vip, field, network] of [
      ["public", "publicVip", router.publicNetwork],
      ["management", "managementVip", router.managementNetwork],
    ] as const) {
      const scope = scopeOf(racks.get(router.rack), network);
      add(router[field], scope, (family) => routerVipOwner(router.name, vip, family), ["spec", "virtualRouters", index, field]);
    }
  }
  for (const [index, vip] of spec.vips.entries()) {
    add(vip.address, scopeOfVip(vip, racks.get(vip.rack ?? "")?.networks ?? []), (family) => vipOwner(vip.name, family), [
      "spec",
      "vips",
      index,
      "address",
    ]);
  }
  for (const { vip, addressPath, router } of announcedVips(document)) {
    if (router !== null) add(vip.address, poolScope(router.pool), (family) => vipOwner(vip.name, family), addressPath);
  }
  return demands.sort(byOwner);
}

/** Where the addresses of a service VIP are reserved: its pool, or the network of its rack, whose networks are handed in. Null: the document says neither. */
export function scopeOfVip(
  { pool, rack, network }: Pick<VipSpec, "pool" | "rack" | "network">,
  networks: Iterable<NetworkSpec>,
): string | null {
  if (pool !== undefined) return poolScope(pool);
  const found = [...networks].find(({ name }) => name === network);
  return rack === undefined || found === undefined ? null : networkScope(rack, found);
}

function scopeOf(rack: RackSpec | undefined, name: string): string | null {
  const network = rack?.networks.find((candidate) => candidate.name === name);
  return rack === undefined || network === undefined ? null : networkScope(rack.name, network);
}

/** A node id for each controller of a Pacemaker cluster that runs, and an index for each router; sorted by owner. */
export function numberDemandsOf(document: ClusterDocument): NumberDemand[] {
  const hostIndex = new Map(document.spec.hosts.map((host, index) => [host.name, index]));
  const nodes = runningPacemakerClusters(document).flatMap(({ settings, controllers }) =>
    controllers.map(({ name }: HostSpec): NumberDemand => ({
      kind: "node-id",
      owner: hostOwner(name),
      scope: pacemakerScope(settings.name),
      path: ["spec", "hosts", hostIndex.get(name) ?? 0],
    })),
  );
  const routers = document.spec.virtualRouters.map(({ name }, index): NumberDemand => ({
    kind: "router-index",
    owner: routerOwner(name),
    scope: routerIndexScope,
    path: ["spec", "virtualRouters", index],
  }));
  return [...nodes, ...routers, ...namespaceDemandsOf(document), ...vipNumberDemandsOf(document)].sort(byOwner);
}

/** An index for each service namespace that is used. */
function namespaceDemandsOf(document: ClusterDocument): NumberDemand[] {
  const described = new Map(document.spec.namespaces.map(({ name }, index) => [name, ["spec", "namespaces", index]]));
  const used = new Map<string, FieldPath>();
  for (const { vip, namespacePath } of serviceVips(document)) {
    if (!used.has(vip.namespace)) used.set(vip.namespace, namespacePath);
  }
  return [...used].map(([name, path]) => ({
    kind: "namespace-index",
    owner: namespaceOwner(name),
    scope: namespaceIndexScope,
    path: described.get(name) ?? path,
  }));
}

/** A number for each VIP in its namespace, so that adding one moves no other from chunk to chunk. */
function vipNumberDemandsOf(document: ClusterDocument): NumberDemand[] {
  return serviceVips(document).map(({ vip, path }): NumberDemand => {
    return { kind: "vip-number", owner: vipNumberOwner(vip.name), scope: namespaceScope(vip.namespace), path };
  });
}

/** What hosts and gateways hold, in the order of the document. A pool has a gateway only where somebody wrote one. */
export function fixedAddressesOf(document: ClusterDocument): FixedAddress[] {
  const { spec } = document;
  const fixed: FixedAddress[] = [];
  const gateways = (owner: WithGateways, holder: string, path: FieldPath): void => {
    for (const field of ["ipv4", "ipv6"] as const) {
      const gateway = owner[field]?.gateway;
      if (gateway !== undefined)
        fixed.push({ address: addressOf(gateway).text, isGateway: true, holder, path: [...path, field, "gateway"] });
    }
  };
  for (const [rackIndex, rack] of spec.racks.entries()) {
    for (const [index, network] of rack.networks.entries()) {
      const label = `the gateway of network "${network.name}" of rack "${rack.name}"`;
      gateways(network, label, ["spec", "racks", rackIndex, "networks", index]);
    }
  }
  for (const [rackIndex, rack] of spec.racks.entries())
    fixed.push(...fabricAddresses(rack, `rack "${rack.name}"`, ["spec", "racks", rackIndex]));
  for (const [index, host] of spec.hosts.entries()) {
    fixed.push(...fabricAddresses(host.routing ?? {}, `host "${host.name}"`, ["spec", "hosts", index, "routing"]));
  }
  for (const [index, pool] of spec.vipPools.entries()) gateways(pool, `the gateway of pool "${pool.name}"`, ["spec", "vipPools", index]);
  for (const [index, host] of spec.hosts.entries()) {
    for (const [network, addresses] of Object.entries(host.addresses)) {
      for (const [place, address] of addresses.entries()) {
        const path = ["spec", "hosts", index, "addresses", network, place];
        fixed.push({ address: addressOf(address).text, isGateway: false, holder: `an address of host "${host.name}"`, path });
      }
    }
  }
  return fixed;
}

function byOwner(
  left: { readonly owner: string; readonly scope: string },
  right: { readonly owner: string; readonly scope: string },
): number {
  if (left.owner !== right.owner) return left.owner < right.owner ? -1 : 1;
  return left.scope < right.scope ? -1 : 1;
}

/** Top-of-rack routers that are named by address. Link-local ones are everybody's own. */
function* fabricAddresses(
  { ospf, bgp }: { readonly ospf?: OspfSpec | undefined; readonly bgp?: BgpSpec | undefined },
  where: string,
  path: FieldPath,
): Generator<FixedAddress> {
  const holder = `a top-of-rack router of ${where}`;
  for (const [protocol, settings] of [
    ["ospf", ospf],
    ["bgp", bgp],
  ] as const) {
    for (const [index, gateway] of (settings?.gateways ?? []).entries()) {
      const address = addressOf(splitFabricGateway(gateway).via);
      if (isAssignable(address)) yield { address: address.text, isGateway: true, holder, path: [...path, protocol, "gateways", index] };
    }
  }
  for (const [index, { address }] of (bgp?.neighbors ?? []).entries()) {
    if (address === undefined || !isAssignable(addressOf(address))) continue;
    yield { address: addressOf(address).text, isGateway: true, holder, path: [...path, "bgp", "neighbors", index, "address"] };
  }
}
