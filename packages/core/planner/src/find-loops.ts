import type { FieldPath } from "@rackway/errors";
import type { ClusterDocument, VipSpec, VirtualRouterSpec } from "@rackway/schema";

/** An address that queries are sent to, from where they come back. */
export interface NameLoop {
  /** The router, or the service VIP, whose queries they are. */
  readonly router: string;
  readonly address: string;
  /** The router whose VIP the address is, or the service VIP. */
  readonly owner: string;
  readonly path: FieldPath;
}

/** Addresses that are known. */
export interface KnownAddresses {
  readonly ofRouter: (router: VirtualRouterSpec) => readonly string[];
  readonly ofVip: (vip: VipSpec) => readonly string[];
}

/** One that asks: a router, or a service VIP. VIPs of one namespace are one daemon, so they are one place. */
interface Server {
  readonly name: string;
  readonly place: string;
  readonly path: FieldPath;
  readonly addresses: readonly string[];
  readonly dns: VirtualRouterSpec["dns"];
  readonly ntp: VirtualRouterSpec["ntp"];
}

/** Where one server sends queries of one domain. */
interface Way {
  /** The place that they come to. */
  readonly owner: string;
  readonly ownerName: string;
  readonly address: string;
  readonly path: FieldPath;
}

/**
 * Where name services would ask themselves, at once or by way of each other: domain by domain, for each server may know another
 * as the one to ask; and where a time service would follow itself. Each field once. Pure.
 */
export function findLoops(document: ClusterDocument, known: KnownAddresses): NameLoop[] {
  const servers = serversOf(document, known);
  const owners = new Map(servers.flatMap((server) => server.addresses.map((address) => [address, server])));
  const domains = new Set(["", ...servers.flatMap(({ dns }) => dns?.localDomains.map(({ name }) => name.toLowerCase()) ?? [])]);
  const found = new Map<string, NameLoop>();
  // Who follows whom for the time is seen to by NTP itself (RFC 5905, reference id); a server's own VIP would only ever be dead weight.
  for (const { name, place, ntp, path } of servers) {
    for (const [index, upstream] of (ntp?.upstreams ?? []).entries()) {
      const address = typeof upstream === "string" ? upstream : upstream.server;
      const owner = owners.get(address);
      if (owner?.place !== place) continue;
      const at = [...path, "ntp", "upstreams", index];
      found.set(at.join("."), { router: name, address, owner: owner.name, path: at });
    }
  }
  for (const domain of domains) {
    const ways = new Map<string, Way[]>();
    const own = servers.map((server) => ({ ...server, ways: waysOf(server, domain, owners) }));
    for (const server of own) ways.set(server.place, [...(ways.get(server.place) ?? []), ...server.ways]);
    for (const server of own) {
      for (const { owner, ownerName, address, path } of server.ways) {
        if (!leadsTo(owner, server.place, ways)) continue;
        found.set(path.join("."), { router: server.name, address, owner: ownerName, path });
      }
    }
  }
  return [...found.values()];
}

function serversOf({ spec }: ClusterDocument, { ofRouter, ofVip }: KnownAddresses): Server[] {
  return [
    ...spec.virtualRouters.map((router, index) => ({
      ...router,
      place: `router ${router.name}`,
      path: ["spec", "virtualRouters", index],
      addresses: ofRouter(router),
    })),
    ...spec.vips.flatMap((vip, index) => {
      if (vip.dns === undefined && vip.ntp === undefined) return [];
      const { name, dns, ntp } = vip;
      return [{ name, dns, ntp, place: `namespace ${vip.namespace}`, path: ["spec", "vips", index], addresses: ofVip(vip) }];
    }),
  ].map(({ name, dns, ntp, place, path, addresses }) => ({ name, dns, ntp, place, path, addresses }));
}

function waysOf({ dns, path: at }: Server, domain: string, owners: ReadonlyMap<string, Server>): Way[] {
  if (dns === undefined) return [];
  const path = [...at, "dns"];
  const matching = dns.localDomains
    .map(({ name, servers }, index) => ({ name: name.toLowerCase(), servers, path: [...path, "localDomains", index, "servers"] }))
    .filter(({ name }) => domain === name || domain.endsWith(`.${name}`))
    .sort((left, right) => right.name.length - left.name.length)[0];
  const upstreams = dns.upstreams.map((upstream) => (typeof upstream === "string" ? upstream : upstream.address));
  const asked = matching ?? { servers: upstreams, path: [...path, "upstreams"] };
  return asked.servers.flatMap((address, index) => {
    const owner = owners.get(address);
    return owner === undefined ? [] : [{ owner: owner.place, ownerName: owner.name, address, path: [...asked.path, index] }];
  });
}

/** Whether `to` is reached by ways that begin at `from`, which may be itself. Pure. */
export function leadsTo(from: string, to: string, ways: ReadonlyMap<string, readonly { readonly owner: string }[]>): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let router = open.pop(); router !== undefined; router = open.pop()) {
    if (router === to) return true;
    if (seen.has(router)) continue;
    seen.add(router);
    open.push(...(ways.get(router) ?? []).map(({ owner }) => owner));
  }
  return false;
}
