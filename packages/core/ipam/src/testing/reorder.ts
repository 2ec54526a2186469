import type { ClusterDocument } from "@rackway/schema";

/** The same document with every list in another order. `random` gives numbers from 0 to just under 1. */
export function reorder(document: ClusterDocument, random: () => number): ClusterDocument {
  const shuffle = <Item>(items: readonly Item[]): Item[] =>
    items
      .map((item): [number, Item] => [random(), item])
      .sort(([left], [right]) => left - right)
      .map(([, item]) => item);
  const { spec } = document;
  return {
    ...document,
    spec: {
      ...spec,
      ...(spec.pacemaker === undefined
        ? {}
        : {
            pacemaker: shuffle(spec.pacemaker).map((entry) => ({ ...entry, racks: shuffle(entry.racks), fencing: shuffle(entry.fencing) })),
          }),
      racks: shuffle(spec.racks).map((rack) => ({ ...rack, networks: shuffle(rack.networks) })),
      hosts: shuffle(spec.hosts).map((host) => ({
        ...host,
        addresses: Object.fromEntries(shuffle(Object.entries(host.addresses)).map(([name, list]) => [name, shuffle(list)])),
      })),
      virtualRouters: shuffle(spec.virtualRouters).map((router) => ({ ...router, inbound: shuffle(router.inbound) })),
      vipPools: shuffle(spec.vipPools),
      namespaces: shuffle(spec.namespaces),
      vips: shuffle(spec.vips),
    },
  };
}
