import type { DnsState, ServiceNamespaceState, ServiceNtpState } from "@rackway/schema";
import type { NameServer, TimeServer } from "@rackway/services";

import { namePrimitive, timePrimitive, wayOutPrimitive } from "./name-time-resources.ts";
import type { Primitive } from "./resource.ts";
import { patient } from "./resource-parts.ts";
import { serviceWayOut } from "./way-out.ts";

/** Ids of the resources by which a service namespace serves names and the time. */
export interface ServiceDaemonIds {
  readonly wayOut: string;
  readonly dns: string;
  readonly ntp: string;
}

/** Number of the table, and preference of the rules that lead to it, in the namespace. */
const wayOutTable = 8202;

/**
 * Unbound and chronyd of a service namespace, on every host of it, and their way to upstreams: none without a VIP that has them. They ask from an
 * address that is this host's alone: what answers a VIP's question comes to whichever host is nearest.
 */
export function serviceDaemons(service: ServiceNamespaceState, ids: ServiceDaemonIds): Primitive[] {
  const { netns, dns, ntp } = service;
  if (dns === undefined && ntp === undefined) return [];
  const way = serviceWayOut(service);
  const gateways = `4 ${way.hostIpv4} 1000;6 ${way.hostIpv6} 1000`;
  return [
    wayOutPrimitive(ids.wayOut, netns, way, { gateways, sourceTable: wayOutTable }),
    ...(dns === undefined ? [] : [namePrimitive({ id: ids.dns, netns, operations: patient(5_000) }, nameServer(service, dns))]),
    ...(ntp === undefined
      ? []
      : [timePrimitive({ id: ids.ntp, netns, operations: patient(10_000) }, timeServer(service, ntp), dns !== undefined)]),
  ];
}

function nameServer(service: ServiceNamespaceState, dns: DnsState): NameServer {
  const listen = askedAt(service, "dns");
  return { ...dns, listen, clients: [...dns.clients, ...listen.map(prefixOf)], askFrom: ownAddresses(service) };
}

function timeServer(service: ServiceNamespaceState, ntp: ServiceNtpState): TimeServer {
  const { index } = service;
  const clients = [...ntp.clients, ...askedAt(service, "ntp").map(prefixOf)];
  return { ...ntp, index, peers: [], clients, askFrom: ownAddresses(service) };
}

/** The VIPs, and the namespace's own addresses: the checker asks by these, from inside, while another host has a VIP. */
function askedAt({ linkIpv4, linkIpv6, sets }: ServiceNamespaceState, kind: "dns" | "ntp"): string[] {
  const vips = sets
    .flatMap(({ vips: members }) => members)
    .filter((vip) => vip[kind] !== undefined)
    .sort((left, right) => left.number - right.number);
  return [linkIpv4, linkIpv6, ...vips.flatMap(({ addresses }) => addresses.map(({ address }) => address))];
}

function ownAddresses(service: ServiceNamespaceState): string[] {
  const { netnsIpv4, netnsIpv6 } = serviceWayOut(service);
  return [netnsIpv4, netnsIpv6];
}

function prefixOf(address: string): string {
  return `${address}/${address.includes(":") ? 128 : 32}`;
}
