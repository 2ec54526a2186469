import type { ClusterDocument } from "@rackway/schema";
import type { StandOptions, TopologyText } from "./stand.ts";

/** Flows of the others stay where they are: resilient next-hop groups on the routers, which no routing daemon makes by itself. */
export function keepFlows(topology: TopologyText): void {
  for (const router of topology.routers) router.keepsFlows = true;
}

export const asns = { router: 65_100, hosts: 65_010 } as const;

/** Hosts of these racks speak BGP with their routers instead of OSPF, in the same BFD; all of them with one number. */
export function byBgp(
  racks: readonly string[],
  also: (topology: TopologyText) => void = () => undefined,
): Required<Pick<StandOptions, "edit" | "editTopology">> {
  return {
    editTopology: (topology) => {
      also(topology);
      for (const router of topology.routers) {
        if (racks.some((rack) => router.name === rack.replace("rack", "tor"))) router.towardsHosts = { protocol: "bgp", asn: asns.router };
      }
    },
    edit: (document) => {
      for (const host of document.spec.hosts) if (host.rack !== undefined && racks.includes(host.rack)) speakBgp(host);
    },
  };
}

type Host = ClusterDocument["spec"]["hosts"][number];

/** With whom it speaks OSPF. */
export function speakBgp({ routing }: Host): void {
  const ospf = routing?.ospf;
  if (routing === undefined || ospf?.gateways === undefined) return;
  const neighbors = ospf.gateways.map((address) => ({ address }));
  routing.bgp = { asn: asns.hosts, remoteAsn: asns.router, neighbors, interfaces: ospf.interfaces, communities: [], bfd: ospf.bfd };
  delete routing.ospf;
}
