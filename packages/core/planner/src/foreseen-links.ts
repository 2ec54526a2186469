import type { FieldPath, Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import type { ClusterDocument, HostBridge, HostLink, HostState } from "@rackway/schema";

import { compareText } from "./order.ts";

/** More links than an operator reads. */
const listed = 10;

interface Lack {
  readonly code: "interface-missing" | "bridge-unmade";
  /** What is looked for. */
  readonly name: string;
  readonly what: string;
  readonly links: string;
  readonly path: FieldPath;
}

/**
 * What the hosts of a validated document will lack: interfaces and bridges that their states stand on and that they do not report. `links` has
 * the hosts that have said lately what they have; of others nothing is known, and nothing is said. Hosts that lack the same in the same way
 * are told together. Pure.
 */
export function foreseeLinks(
  document: ClusterDocument,
  states: ReadonlyMap<string, HostState>,
  links: ReadonlyMap<string, readonly HostLink[]>,
): Issue[] {
  const lacks = new Map<string, { readonly lack: Lack; readonly hosts: string[] }>();
  for (const [host, state] of states) {
    const has = links.get(host);
    if (has === undefined) continue;
    for (const lack of lacksOf(document, state, has)) {
      const key = JSON.stringify(lack);
      const known = lacks.get(key) ?? { lack, hosts: [] };
      known.hosts.push(host);
      lacks.set(key, known);
    }
  }
  return [...lacks.values()].map(({ lack, hosts }) => asIssue(lack, hosts));
}

function asIssue({ code, name, what, links, path }: Lack, hosts: readonly string[]): Issue {
  const where = hosts.length <= listed ? hosts.join(", ") : `${hosts.slice(0, listed).join(", ")} and ${hosts.length - listed} more`;
  return code === "interface-missing"
    ? issue(code, { interface: name, hosts: where, what, links }, { path })
    : issue(code, { bridge: name, hosts: where, what, links }, { path });
}

function* lacksOf(document: ClusterDocument, state: HostState, has: readonly HostLink[]): Generator<Lack> {
  const names = new Set(has.map(({ name }) => name));
  for (const bridge of state.bridges) {
    const present = has.find(({ name }) => name === bridge.name);
    // Somebody else's bridge is used as it is, whatever interface the document names.
    if (present !== undefined && (!present.ours || bridge.port === null)) continue;
    if (bridge.port !== null && names.has(bridge.port)) continue;
    const what = `network "${bridge.network}"`;
    const path = pathOf(document, state, bridge);
    yield bridge.port === null
      ? { code: "bridge-unmade", name: bridge.name, what, links: listOf(has.filter(isBridge)), path }
      : { code: "interface-missing", name: bridge.port, what, links: listOf(has.filter(isNoBridge)), path };
  }
  const made = new Set(state.bridges.map(({ name }) => name));
  for (const name of spokenOn(state)) {
    if (names.has(name) || made.has(name)) continue;
    const what = state.routing?.bgp === null ? "OSPF" : "BGP";
    yield { code: "interface-missing", name, what, links: listOf(has), path: routingPath(document, state) };
  }
}

function isBridge({ kind }: HostLink): boolean {
  return kind === "bridge" || kind === "openvswitch";
}

function isNoBridge(link: HostLink): boolean {
  return !isBridge(link) && !link.ours;
}

/** Hardware first: that is what a network's interface mostly is, and containers have many of the other kinds. */
function listOf(links: readonly HostLink[]): string {
  if (links.length === 0) return "none";
  const sorted = links.toSorted(
    (left, right) => Number(left.kind !== null) - Number(right.kind !== null) || compareText(left.name, right.name),
  );
  const texts = sorted.slice(0, listed).map(({ name, carrier }) => `${name}${carrier === false ? " (no carrier)" : ""}`);
  return texts.join(", ") + (sorted.length > listed ? ` and ${sorted.length - listed} more` : "");
}

function spokenOn({ routing }: HostState): string[] {
  if (routing === null) return [];
  const peers = routing.bgp?.neighbors.flatMap((neighbor) => (neighbor.kind === "interface" ? [neighbor.interface] : [])) ?? [];
  return [...new Set([...(routing.ospf?.interfaces ?? []), ...peers])];
}

/** Where the document names it: at the host, at the network; a network without an interface is found by its bridge. */
function pathOf({ spec }: ClusterDocument, { host }: HostState, { network, port }: HostBridge): FieldPath {
  const place = spec.hosts.findIndex(({ name }) => name === host.name);
  if (spec.hosts[place]?.interfaces?.[network] !== undefined) return ["spec", "hosts", place, "interfaces", network];
  const rack = spec.racks.findIndex(({ name }) => name === host.rack);
  const index = spec.racks[rack]?.networks.findIndex(({ name }) => name === network) ?? 0;
  return ["spec", "racks", rack, "networks", index, port === null ? "bridge" : "interface"];
}

function routingPath({ spec }: ClusterDocument, { host, routing }: HostState): FieldPath {
  const place = spec.hosts.findIndex(({ name }) => name === host.name);
  const protocol = routing?.bgp === null ? "ospf" : "bgp";
  if (spec.hosts[place]?.routing?.[protocol] !== undefined) return ["spec", "hosts", place, "routing", protocol];
  return ["spec", "racks", spec.racks.findIndex(({ name }) => name === host.rack), protocol];
}
