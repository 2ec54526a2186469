import type { Issue } from "@rackway/errors";
import { renderSuggestion } from "@rackway/errors";
import type { PacemakerCluster } from "@rackway/ipam";
import { announcersByRack, pacemakerClustersOf } from "@rackway/ipam";
import type { ClusterDocument, HostSpec } from "@rackway/schema";

import type { ClusterIndex } from "./cluster-index.ts";
import { indexCluster } from "./cluster-index.ts";

/**
 * What a rule looks at. A rule says only what is its own to say: where a reference leads nowhere, `rules-references.ts` reports it once,
 * and every other rule passes over what hangs on it.
 */
export interface RuleContext {
  readonly document: ClusterDocument;
  readonly index: ClusterIndex;
  /** Every Pacemaker cluster described, also those without anything to do. */
  readonly pacemaker: readonly PacemakerCluster[];
  readonly hosts: ReadonlyMap<string, HostSpec>;
  /** Place in `spec.hosts`. */
  readonly hostIndex: ReadonlyMap<string, number>;
  /** Controllers that announce, by rack. */
  readonly announcers: ReadonlyMap<string, readonly HostSpec[]>;
  /** `RACK/NETWORK` of every network in which a member has an address. */
  readonly memberNetworks: ReadonlySet<string>;
}

export type Rule = (context: RuleContext) => Iterable<Issue>;

export function ruleContext(document: ClusterDocument): RuleContext {
  return {
    document,
    index: indexCluster(document),
    pacemaker: pacemakerClustersOf(document),
    hosts: new Map(document.spec.hosts.map((host) => [host.name, host])),
    hostIndex: new Map(document.spec.hosts.map(({ name }, index) => [name, index])),
    announcers: announcersByRack(document),
    memberNetworks: new Set(document.spec.hosts.flatMap(memberNetworksOf)),
  };
}

function memberNetworksOf({ role, rack, addresses }: HostSpec): string[] {
  return role === "member" ? Object.keys(addresses).map((network) => `${rack}/${network}`) : [];
}

/** Parameters `known` and `suggestion` of the codes for names that lead nowhere. */
export function knownNames(wrong: string, names: Iterable<string>): { readonly known: string; readonly suggestion: string } {
  const all = [...names];
  const listed = all.slice(0, 10).join(", ") + (all.length > 10 ? ` and ${all.length - 10} more` : "");
  return { known: all.length === 0 ? "none" : listed, suggestion: renderSuggestion(wrong, all) };
}
