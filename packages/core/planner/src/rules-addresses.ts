import type { FieldPath, Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import type { AddressSpace } from "@rackway/ipam";
import { addressDemandsOf, addressSpacesOf, fixedAddressesOf, networkLabel, networkScope, spaceKey } from "@rackway/ipam";
import type { Address, Family } from "@rackway/net";
import { addressOf, broadcastAddress, contains, networkAddress } from "@rackway/net";

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
  const spaces = addressSpacesOf(context.document);
  yield* hostAddressRules(context, spaces);
  yield* vipAddressRules(context, spaces);
  yield* duplicateRules(context);
}

function* hostAddressRules({ document, index }: RuleContext, spaces: ReadonlyMap<string, AddressSpace>): Generator<Issue> {
  for (const [hostIndex, host] of document.spec.hosts.entries()) {
    for (const [name, addresses] of Object.entries(host.addresses)) {
      const network = index.racks.get(host.rack)?.networks.get(name);
      if (network === undefined) continue;
      for (const [place, text] of addresses.entries()) {
        const address = addressOf(text);
        const path = ["spec", "hosts", hostIndex, "addresses", name, place];
        const found = issueOf(
          address,
          spaces.get(spaceKey(networkScope(host.rack, network), address.family)),
          networkLabel(host.rack, network),
          path,
        );
        if (found !== null) yield found;
      }
    }
  }
}

/** The pairs of virtual routers. A service VIP is refused as a whole (`rules-support.ts`). */
function* vipAddressRules({ document, index }: RuleContext, spaces: ReadonlyMap<string, AddressSpace>): Generator<Issue> {
  for (const demand of addressDemandsOf(document)) {
    const space = spaces.get(spaceKey(demand.scope, demand.family));
    const [, list, place, field] = demand.path;
    if (list !== "virtualRouters" || typeof place !== "number") continue;
    const router = document.spec.virtualRouters[place];
    const name = field === "publicVip" ? router?.publicNetwork : router?.managementNetwork;
    const network = index.racks.get(router?.rack ?? "")?.networks.get(name ?? "");
    if (router === undefined || network === undefined) continue;
    const where = networkLabel(router.rack, network);
    if (demand.chosen !== null) {
      const found = issueOf(addressOf(demand.chosen), space, where, demand.path);
      if (found !== null) yield found;
    } else if (space === undefined) yield missingFamily(where, demand.family, "auto", demand.path);
  }
}

function issueOf(address: Address, space: AddressSpace | undefined, where: string, path: FieldPath): Issue | null {
  return space === undefined ? missingFamily(where, address.family, address.text, path) : inSpaceIssue(address, space, path);
}

function missingFamily(where: string, family: Family, address: string, path: FieldPath): Issue {
  return issue("family-missing", { where, family, address }, { path });
}

/** Networks do not overlap, so equal text is the same address. The gateway of a shared network is written in each of its racks. */
function* duplicateRules({ document, index }: RuleContext): Generator<Issue> {
  const holders = new Map<string, string>();
  for (const { address, holder, path } of fixedAddressesOf(document)) {
    const other = holders.get(address);
    if (other === undefined) holders.set(address, holder);
    else if (!isSharedGateway(index, path)) yield issue("address-duplicate", { address, holder: other }, { path });
  }
  for (const { chosen, owner, path } of addressDemandsOf(document)) {
    if (chosen === null) continue;
    const other = holders.get(chosen);
    if (other === undefined) holders.set(chosen, vipText(owner));
    else yield issue("address-duplicate", { address: chosen, holder: other }, { path });
  }
}

function isSharedGateway({ document }: RuleContext["index"], path: FieldPath): boolean {
  const [, list, rack, , network] = path;
  if (list !== "racks" || typeof rack !== "number" || typeof network !== "number") return false;
  return document.spec.racks[rack]?.networks[network]?.shared === true;
}

/** `router/vr-a/public/4` as an operator would say it. */
function vipText(owner: string): string {
  const [kind, name, vip] = owner.split("/");
  return kind === "router" ? `the ${vip} VIP of router "${name}"` : `the VIP "${name}"`;
}
