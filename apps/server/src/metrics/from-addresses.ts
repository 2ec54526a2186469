import { addressSpacesOf, networkScope, spaceKey } from "@rackway/ipam";
import { addressOf } from "@rackway/net";

import type { CurrentView } from "../current-view.ts";
import type { Samples } from "./samples.ts";

type Current = NonNullable<CurrentView["current"]>;

interface Use {
  readonly scope: string;
  readonly family: "ipv4" | "ipv6";
  readonly size: number;
  readonly used: number;
}

/** A revision's reservations do not change, and there may be ten thousand. */
const known = new WeakMap<Current, readonly Use[]>();

/** How much of each network's and pool's ranges is taken. A shared network is one, whatever the number of its racks. */
export function writeAddresses(samples: Samples, { current }: Pick<CurrentView, "current">): void {
  if (current === null) return;
  const uses = known.get(current) ?? addressUse(current);
  known.set(current, uses);
  for (const { scope, family, size, used } of uses) {
    samples.add("rackway_addresses", { scope, family }, size);
    samples.add("rackway_addresses_used", { scope, family }, used);
  }
}

function addressUse({ document, reservations }: Current): Use[] {
  const taken = new Map<string, Set<string>>();
  const take = (scope: string, text: string): void => {
    const address = addressOf(text);
    const key = spaceKey(scope, address.family);
    const texts = taken.get(key) ?? new Set();
    taken.set(key, texts.add(address.text));
  };
  for (const { kind, scope, value } of reservations) if (kind === "address") take(scope, value);
  for (const { rack, addresses } of document.spec.hosts) {
    const networks = document.spec.racks.find(({ name }) => name === rack)?.networks ?? [];
    for (const network of networks) for (const text of addresses[network.name] ?? []) take(networkScope(rack, network), text);
  }
  return [...addressSpacesOf(document)].map(([key, { scope, family, candidates }]) => ({
    scope,
    family: family === 4 ? "ipv4" : "ipv6",
    size: Number(candidates.size),
    used: [...(taken.get(key) ?? [])].filter((text) => candidates.has(addressOf(text))).length,
  }));
}
