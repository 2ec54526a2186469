import type { ReservationIndex } from "@rackway/ipam";
import type { DnsSpec, HostSpec, HostState } from "@rackway/schema";

import type { ClusterIndex, RackIndex } from "./cluster-index.ts";
import { families, networkOf } from "./cluster-index.ts";
import { domainOf } from "./compile-router-services.ts";
import { hasPublicAddress, insideAddress, leadingRouter } from "./compile-routes.ts";
import { reservedAddresses } from "./vip-addresses.ts";

/** One address to ask, and the name service behind it. */
interface Asked {
  readonly address: string;
  readonly dns: DnsSpec | undefined;
}

/**
 * Whom a member asks for names and the time: the service VIPs that its rack names, else the routers that lead it out, where they serve that. A
 * controller keeps its own: it is what the others ask, and must come up without them. So does a member with an interface on the public network, unless the document says otherwise.
 */
export function compileClients(
  index: ClusterIndex,
  host: HostSpec,
  rack: RackIndex,
  reservations: ReservationIndex,
): Pick<HostState, "resolver" | "time"> {
  if (host.role !== "member") return { resolver: null, time: null };
  const isPublic = families.some((family) => hasPublicAddress(host, rack, family));
  const { dns = !isPublic, ntp = !isPublic } = host.useRouter ?? {};
  const asked = (kind: "dns" | "ntp"): Asked[] => {
    const named = rack.rack.useVips?.[kind];
    return named === undefined ? routersOf(host, rack, kind, reservations) : vipsOf(index, named, host, reservations);
  };
  const [names, clocks] = [asked("dns"), asked("ntp")];
  const search = searchDomains(index.document.metadata.name, rack, names);
  return {
    resolver: dns && names.length > 0 ? { nameservers: names.map(({ address }) => address), search, options: [] } : null,
    time: ntp && clocks.length > 0 ? { servers: clocks.map(({ address }) => address) } : null,
  };
}

function routersOf(host: HostSpec, rack: RackIndex, kind: "dns" | "ntp", reservations: ReservationIndex): Asked[] {
  return families.flatMap((family) => {
    const router = leadingRouter(host, rack, family);
    if (router?.[kind] === undefined) return [];
    const address = insideAddress(router, rack, networkOf(rack, router.managementNetwork), family, reservations);
    return address === null ? [] : [{ address, dns: router.dns }];
  });
}

/** IPv4 first; only what the host has addresses of its own for. */
function vipsOf(index: ClusterIndex, names: readonly string[], host: HostSpec, reservations: ReservationIndex): Asked[] {
  const chosen = [...new Set(names)].flatMap((name) => index.vips.get(name) ?? []);
  const asked = chosen.flatMap((vip) => reservedAddresses(vip, reservations, index).map((each) => ({ ...each, dns: vip.dns })));
  return families
    .filter((family) => speaks(host, family))
    .flatMap((family) => asked.filter((each) => each.family === family).map(({ address, dns }) => ({ address, dns })));
}

/** The host has an address of the family in one of its networks. */
export function speaks({ addresses }: Pick<HostSpec, "addresses">, family: 4 | 6): boolean {
  return Object.values(addresses).some((list) => list.some((address) => address.includes(":") === (family === 6)));
}

/** Hosts of the own rack by their name alone; other racks', routers and VIPs by what stands before the domain. */
function searchDomains(cluster: string, rack: RackIndex, names: readonly Asked[]): string[] {
  const domains = names.flatMap(({ dns }) => {
    const domain = domainOf({ dns }, cluster);
    return dns?.names === "none" ? [] : [`${rack.rack.name}.${domain}`, domain];
  });
  return [...new Set(domains)];
}
