import type { HostRouting } from "@rackway/ipam";
import { routingOf } from "@rackway/ipam";
import type { Family } from "@rackway/net";
import { addressOf } from "@rackway/net";
import type { BgpSpec, HostSpec } from "@rackway/schema";
import { splitFabricGateway } from "@rackway/schema";

import type { RackIndex } from "./cluster-index.ts";
import { families, gatewayOf } from "./cluster-index.ts";
import { compareText } from "./order.ts";

/** A next hop in the fabric. */
export interface FabricGateway {
  readonly family: Family;
  readonly via: string;
  /** Null: several interfaces, and nothing says which. Validation refuses that. */
  readonly device: string | null;
}

/** A controller's place in the fabric: how it speaks, by which interfaces, and where replies go. */
export interface Fabric {
  readonly routing: HostRouting;
  readonly interfaces: readonly string[];
  /** Sorted by family, then as text. */
  readonly gateways: readonly FabricGateway[];
}

/** Null for hosts that announce nothing. */
export function fabricOf(host: HostSpec, rack: RackIndex): Fabric | null {
  const routing = routingOf(host, rack.rack);
  if (routing === null) return null;
  const interfaces = fabricInterfaces(routing);
  const gateways = writtenGateways(routing, interfaces) ?? networkGateways(rack, interfaces);
  return { routing, interfaces, gateways: gateways.sort((a, b) => a.family - b.family || compareText(a.via, b.via)) };
}

export function fabricInterfaces(routing: HostRouting): string[] {
  const { settings } = routing;
  if (settings.interfaces !== undefined) return [...new Set(settings.interfaces)];
  return [...new Set((settings as BgpSpec).neighbors.flatMap((neighbor) => neighbor.interface ?? []))];
}

/** As the document names them: as gateways, or as BGP neighbours; null where it names none. */
function writtenGateways({ protocol, settings }: HostRouting, interfaces: readonly string[]): FabricGateway[] | null {
  const neighbors = protocol === "bgp" ? settings.neighbors.flatMap(({ address }) => address ?? []) : [];
  const written = settings.gateways ?? neighbors;
  if (written.length === 0) return null;
  const only = interfaces.length === 1 ? (interfaces[0] ?? null) : null;
  const found = new Map(written.map((text) => [text, splitFabricGateway(text)]));
  return [...found.values()].map(({ via, device }) => ({ family: addressOf(via).family, via, device: device ?? only }));
}

/** The gateways of networks that are themselves the fabric. */
function networkGateways(rack: RackIndex, interfaces: readonly string[]): FabricGateway[] {
  return [...rack.networks.values()].flatMap((network) => {
    if (!interfaces.includes(network.bridge)) return [];
    return families.flatMap((family): FabricGateway[] => {
      const gateway = gatewayOf(network, family);
      return gateway === null ? [] : [{ family, via: gateway.text, device: network.bridge }];
    });
  });
}

/** The router id of a host: what the document chose, else an IPv4 address of its own, `network`'s before others. Null: it has none. */
export function routerIdOf(host: HostSpec, network: string): string | null {
  if (host.routing?.routerId !== undefined) return host.routing.routerId;
  const names = Object.keys(host.addresses).sort(
    (left, right) => Number(right === network) - Number(left === network) || compareText(left, right),
  );
  return names.flatMap((name) => host.addresses[name] ?? []).find((text) => !text.includes(":")) ?? null;
}
