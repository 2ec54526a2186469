import type { PacemakerState, ServiceNamespaceState, ServiceNetwork, ServiceVipSet } from "@rackway/schema";

import type { Constraint, Primitive } from "./resource.ts";
import { cloneMeta, migrate, monitor, ownedMeta, rule, startStop } from "./resource-parts.ts";
import type { VipChunk } from "./service-parameters.ts";

/**
 * Failover VIPs in the CIB: on every controller of their rack a link from the namespace into each of their networks, and a watch on the gateways
 * there; for each group of VIPs one primitive, which is where its links are. VIPs of one namespace may so be on different hosts.
 *
 *     rw-NS-ns ─▶ rw-NS-net-RACK.NETWORK.1 ─(optional)─▶ rw-NS-lan-GROUP.1
 *            └──▶ rw-NS-watch-RACK.NETWORK.1
 */
export interface FailoverIds {
  readonly link: (network: ServiceNetwork) => string;
  readonly watch: (network: ServiceNetwork) => string;
}

export function failoverIds(base: string): FailoverIds {
  const of = (word: string) => (network: ServiceNetwork) => `${base}-${word}-${network.rack}.${network.network}.1`;
  return { link: of("net"), watch: of("watch") };
}

/** Addresses of the namespace that are its own on every host: the checker asks by them while another host has the VIP. On its loopback. */
export function ownAddresses({ linkIpv4, linkIpv6 }: Pick<ServiceNamespaceState, "linkIpv4" | "linkIpv6">): string {
  return `${linkIpv4}/32 ${linkIpv6}/128`;
}

export function linkPrimitive(id: string, { netns }: ServiceNamespaceState, network: ServiceNetwork): Primitive {
  const { inside, bridge, outside, mtu, table, families } = network;
  return {
    id,
    agent: "ocf:rackway:link",
    parameters: {
      netns,
      inside,
      outside,
      bridge,
      mtu: String(mtu),
      table: String(table),
      networks: families.map(({ family, cidr, gateway }) => `${family} ${cidr} ${gateway ?? "-"}`).join(";"),
    },
    meta: cloneMeta,
    operations: [...startStop, monitor(5_000)],
  };
}

/** Prefix of the node attributes that the watch sets. */
function uplinkPrefix({ name }: Pick<ServiceNamespaceState, "name">, { rack, network }: ServiceNetwork): string {
  return `rw-${name}-net-${rack}-${network}`;
}

/** The node attribute that says how many of a network's gateways answer a host. */
export function linkUplink(service: Pick<ServiceNamespaceState, "name">, network: ServiceNetwork): string {
  return `${uplinkPrefix(service, network)}-uplink`;
}

/** Null: the network has no gateway that could be asked. */
export function linkWatchPrimitive(id: string, service: ServiceNamespaceState, network: ServiceNetwork): Primitive | null {
  const targets = network.families.flatMap(({ gateway }) => (gateway === null ? [] : [`${network.inside} ${gateway}`]));
  if (targets.length === 0) return null;
  return {
    id,
    agent: "ocf:rackway:uplink",
    parameters: { netns: service.netns, targets: targets.join(";"), attribute: uplinkPrefix(service, network) },
    meta: cloneMeta,
    operations: [...startStop, monitor(10_000)],
  };
}

/** Where a planned move has both hosts ready, and one that answers. */
export function failoverPrimitive(
  id: string,
  service: ServiceNamespaceState,
  { set, chunk }: { readonly set: ServiceVipSet; readonly chunk: VipChunk },
  takeover: PacemakerState["takeover"],
): Primitive {
  const addresses = chunk.members.flatMap((vip) => {
    const network = networkOf(service, set, vip.network);
    return vip.addresses.map(({ address }) => `${network.inside} ${network.table} ${address}`);
  });
  return {
    id,
    agent: "ocf:rackway:failover",
    parameters: {
      netns: service.netns,
      addresses: addresses.join(";"),
      via: `${service.linkIpv4} ${service.linkIpv6}`,
      vips: chunk.vips,
      checks: chunk.checks,
    },
    meta: { "allow-migrate": "true", ...ownedMeta(takeover) },
    operations: [...startStop, ...migrate, monitor(2_000)],
  };
}

/** The networks that VIPs of a chunk are in, each once. */
export function networksOf(service: ServiceNamespaceState, set: ServiceVipSet, chunk: VipChunk): ServiceNetwork[] {
  return [...new Set(chunk.members.map(({ network }) => networkOf(service, set, network)))];
}

function networkOf({ networks = [] }: ServiceNamespaceState, { rack }: ServiceVipSet, name: string | undefined): ServiceNetwork {
  const found = networks.find((each) => each.rack === rack && each.network === name);
  if (found === undefined)
    throw new Error(`a failover VIP is in network ${name ?? "?"} of rack ${rack ?? "?"}, which its namespace has no link to`);
  return found;
}

/** A link that is put right does not take the VIPs down (optional); one that cannot be put right lets them go elsewhere. */
export function failoverPlacement(
  id: string,
  service: ServiceNamespaceState,
  networks: readonly ServiceNetwork[],
  ids: FailoverIds,
): Constraint[] {
  return networks.flatMap((network): Constraint[] => {
    const link = `${ids.link(network)}-clone`;
    const uplink = linkUplink(service, network);
    return [
      { kind: "order", id: `${id}-after-${link}`, first: link, then: id, mode: "Optional", symmetrical: true },
      { kind: "colocation", id: `${id}-with-${network.network}`, resource: id, with: link, score: "INFINITY" },
      rule(id, `uplink-${network.network}`, { attribute: uplink }, { attribute: uplink, operation: "defined" }),
    ];
  });
}
