import type { FieldPath, Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import type { AddressSpace } from "@rackway/ipam";
import { addressDemandsOf, addressSpace, fixedAddressesOf, networkLabel, networkScope } from "@rackway/ipam";
import type { Address, Family } from "@rackway/net";
import { addressOf, broadcastAddress, contains, networkAddress } from "@rackway/net";
import type { NetworkSpec } from "@rackway/schema";

import { families, familyField, familyNetwork } from "./cluster-index.ts";
import type { RuleContext } from "./rule-context.ts";

/** Why an address cannot be used in a network or pool; null where it can. */
export function inSpaceIssue(address: Address, space: AddressSpace, path: FieldPath): Issue | null {
  const { prefix } = space;
  if (!contains(prefix, address)) {
    return issue("address-outside-network", { address: address.text, cidr: prefix.text, where: space.label }, { path });
  }
  const what =
    networkAddress(prefix)?.text === address.text
      ? `the ${prefix.family === 4 ? "network" : "subnet-router anycast"} address of ${prefix.text}`
      : broadcastAddress(prefix)?.text === address.text
        ? `the broadcast address of ${prefix.text}`
        : null;
  return what === null ? null : issue("address-not-assignable", { address: address.text, what }, { path });
}

/** Addresses that are written in the document lie where they belong, and are each written once. */
export function* addressRules(context: RuleContext): Generator<Issue> {
  yield* hostAddressRules(context);
  yield* vipAddressRules(context);
  yield* duplicateRules(context);
}

function* hostAddressRules({ document, index }: RuleContext): Generator<Issue> {
  const spaceOf = spacesByNetwork();
  for (const [hostIndex, host] of document.spec.hosts.entries()) {
    for (const [name, addresses] of Object.entries(host.addresses)) {
      const network = index.racks.get(host.rack)?.networks.get(name);
      if (network === undefined) continue;
      for (const [place, text] of addresses.entries()) {
        const address = addressOf(text);
        const path = ["spec", "hosts", hostIndex, "addresses", name, place];
        const space = spaceOf(host.rack, network, address.family);
        const found = space === null ? missingFamily(host.rack, network, address.family, text, path) : inSpaceIssue(address, space, path);
        if (found !== null) yield found;
      }
    }
  }
}

/** The pairs of virtual routers. A service VIP is refused as a whole (`rules-support.ts`). */
function* vipAddressRules({ document, index }: RuleContext): Generator<Issue> {
  const spaceOf = spacesByNetwork();
  for (const [place, router] of document.spec.virtualRouters.entries()) {
    for (const [vip, name] of [
      ["publicVip", router.publicNetwork],
      ["managementVip", router.managementNetwork],
    ] as const) {
      const network = index.racks.get(router.rack)?.networks.get(name);
      if (network === undefined) continue;
      for (const family of families) {
        const wanted = router[vip]?.[familyField(family)];
        if (wanted === undefined) continue;
        const path = ["spec", "virtualRouters", place, vip, familyField(family)];
        const space = spaceOf(router.rack, network, family);
        if (space === null) yield missingFamily(router.rack, network, family, wanted, path);
        else if (wanted !== "auto") {
          const found = inSpaceIssue(addressOf(wanted), space, path);
          if (found !== null) yield found;
        }
      }
    }
  }
}

/** Each network's space is made once; racks have few networks and many hosts. */
function spacesByNetwork(): (rack: string, network: NetworkSpec, family: Family) => AddressSpace | null {
  const made = new Map<string, AddressSpace>();
  return (rack, network, family) => {
    const found = familyNetwork(network, family);
    if (found === null) return null;
    const key = `${rack}/${network.name}/${family}`;
    const space = made.get(key) ?? addressSpace(networkScope(rack, network), family, networkLabel(rack, network), found);
    made.set(key, space);
    return space;
  };
}

function missingFamily(rack: string, network: NetworkSpec, family: Family, address: string, path: FieldPath): Issue {
  return issue("family-missing", { where: networkLabel(rack, network), family, address }, { path });
}

/**
 * Networks do not overlap, so equal text is the same address. Two gateways are equal only in a shared network, or where networks overlap
 * (which is said there).
 */
function* duplicateRules({ document }: RuleContext): Generator<Issue> {
  const holders = new Map<string, { readonly text: string; readonly isGateway: boolean }>();
  for (const { address, isGateway, holder, path } of fixedAddressesOf(document)) {
    const other = holders.get(address);
    if (other === undefined) holders.set(address, { text: holder, isGateway });
    else if (!(isGateway && other.isGateway)) yield issue("address-duplicate", { address, holder: other.text }, { path });
  }
  for (const { chosen, owner, path } of addressDemandsOf(document)) {
    if (chosen === null) continue;
    const other = holders.get(chosen);
    if (other === undefined) holders.set(chosen, { text: vipText(owner), isGateway: false });
    else yield issue("address-duplicate", { address: chosen, holder: other.text }, { path });
  }
}

/** `router/vr-a/public/4` as an operator would say it. */
function vipText(owner: string): string {
  const [kind, name, vip] = owner.split("/");
  return kind === "router" ? `the ${vip} VIP of router "${name}"` : `the VIP "${name}"`;
}
