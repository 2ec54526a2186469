import type { HostSpec, NetworkSpec, ServiceNetwork } from "@rackway/schema";

import { families, familyNetwork } from "./cluster-index.ts";

/** Above the tables that distributions and administrators number; one network's table is this and a number made of its name. */
const firstTable = 65_536;
const insideLength = 13;

/**
 * A service namespace's link into a network. Names and table follow from the network's name alone, so that they stay whatever comes and goes
 * beside it: the interface is `n-` and the name, or as much of it as fits. `index` is the namespace's; `taken` has the numbers of its other networks
 * in the rack, of which two would rarely be the same, and gets this one's.
 */
export function serviceNetwork(
  index: number,
  rack: string,
  network: NetworkSpec,
  { controllers, taken }: { readonly controllers: readonly HostSpec[]; readonly taken: Set<number> },
): ServiceNetwork {
  const { name, bridge, mtu } = network;
  let number = shortHash(name);
  while (taken.has(number)) number = (number + 1) & 0xffff;
  taken.add(number);
  const digits = number.toString(16).padStart(4, "0");
  return {
    rack,
    network: name,
    controllers: controllers.map((host) => host.name),
    bridge,
    mtu,
    inside: name.length <= insideLength ? `n-${name}` : `n-${name.slice(0, insideLength - 5)}-${digits}`,
    outside: `rwl-${index}-${digits}`,
    table: firstTable + number,
    families: families.flatMap((family) => {
      const found = familyNetwork(network, family);
      return found === null ? [] : [{ family, cidr: found.cidr, gateway: found.gateway ?? null }];
    }),
  };
}

/** 16 bits of FNV-1a, folded (RFC 9923): the networks of a rack are few. */
export function shortHash(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return (hash >>> 16) ^ (hash & 0xffff);
}
