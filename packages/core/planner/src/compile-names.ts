import type { ReservationIndex } from "@rackway/ipam";
import { hasVips, networkScope, routerVipOwner } from "@rackway/ipam";
import type { DnsSpec, DnsState, HostSpec, VirtualRouterSpec } from "@rackway/schema";

import type { ClusterIndex, RackIndex } from "./cluster-index.ts";
import { networkOf, rackOf, routerFamilies } from "./cluster-index.ts";
import { byName, compareText } from "./order.ts";
import { reservedAddresses } from "./vip-addresses.ts";

type Names = DnsState["names"];

/** Labels under which routers and VIPs are, beside those of racks: so no rack may be called so. */
export const routerLabel = "router";
export const vipLabel = "vip";

/**
 * The names that a router's name service makes from the document, relative to its domain:
 *
 * - `HOST.RACK`: a host's addresses in a network of the name that the router's management network has
 * - `HOST.NETWORK.RACK`: in any other network
 * - `ROUTER.router` and `ROUTER.public.router`: a router's two VIPs
 * - `VIP.vip`: a service VIP
 *
 * Every address has one name. What is the same for several routers is made once.
 */
export class NameTable {
  readonly #index: ClusterIndex;
  readonly #reservations: ReservationIndex;
  readonly #made = new Map<string, Names>();

  constructor(index: ClusterIndex, reservations: ReservationIndex) {
    this.#index = index;
    this.#reservations = reservations;
  }

  of({ dns, rack, managementNetwork }: VirtualRouterSpec): Names {
    const scope = dns?.names ?? "none";
    return scope === "none" ? [] : this.#known(scope === "rack" ? rack : null, managementNetwork);
  }

  /** Those of a name service that is no rack's, in whose eyes hosts are at home in the network `management`. */
  ofCluster(scope: DnsSpec["names"]): Names {
    return scope === "none" ? [] : this.#known(null, "management");
  }

  #known(onlyRack: string | null, inside: string): Names {
    const key = `${onlyRack ?? "*"} ${inside}`;
    let names = this.#made.get(key);
    if (names === undefined) this.#made.set(key, (names = this.#make(onlyRack, inside)));
    return names;
  }

  #make(onlyRack: string | null, inside: string): Names {
    const { hosts, virtualRouters, vips } = this.#index.document.spec;
    const isTold = ({ rack }: { readonly rack: string }): boolean => onlyRack === null || rack === onlyRack;
    return [
      ...byName(hosts.filter(isTold)).flatMap((host) => namesOfHost(host, inside)),
      ...byName(virtualRouters.filter(isTold).filter(hasVips)).flatMap((router) => this.#namesOfRouter(router)),
      ...(onlyRack === null ? byName(vips).map((vip) => this.#nameOfVip(vip)) : []),
    ];
  }

  #namesOfRouter(router: VirtualRouterSpec): Names {
    const rack = rackOf(this.#index, router.rack);
    return (
      [
        ["management", router.managementNetwork, `${router.name}.${routerLabel}`],
        ["public", router.publicNetwork, `${router.name}.public.${routerLabel}`],
      ] as const
    ).map(([vip, network, name]) => ({ name, addresses: this.#routerAddresses(router, rack, vip, network) }));
  }

  #routerAddresses(router: VirtualRouterSpec, rack: RackIndex, vip: "public" | "management", network: string): string[] {
    const scope = networkScope(router.rack, networkOf(rack, network));
    return routerFamilies(router, rack.controllers).map((family) =>
      this.#reservations.value("address", scope, routerVipOwner(router.name, vip, family)),
    );
  }

  #nameOfVip(vip: ClusterIndex["document"]["spec"]["vips"][number]): Names[number] {
    const addresses = reservedAddresses(vip, this.#reservations, this.#index).map(({ address }) => address);
    return { name: `${vip.name}.${vipLabel}`, addresses };
  }
}

function namesOfHost({ name, rack, addresses }: HostSpec, inside: string): Names {
  const networks = Object.keys(addresses).sort(compareText);
  return networks.map((network) => ({
    name: network === inside ? `${name}.${rack}` : `${name}.${network}.${rack}`,
    addresses: addresses[network] ?? [],
  }));
}
