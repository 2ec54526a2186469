import type { FieldPath, Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import { addressKind, addressOf } from "@rackway/net";
import type { BgpSpec, HostSpec, OspfSpec } from "@rackway/schema";
import { splitFabricGateway } from "@rackway/schema";

import type { RackIndex } from "./cluster-index.ts";
import { fabricInterfaces, routerIdOf } from "./fabric.ts";
import type { RuleContext } from "./rule-context.ts";

/** How hosts speak with their top-of-rack routers: what a rack says, what a host says otherwise, and who they are there. */
export function* routingRules(context: RuleContext): Generator<Issue> {
  const { spec } = context.document;
  for (const [index, rack] of spec.racks.entries()) {
    const found = context.index.racks.get(rack.name);
    if (found !== undefined) yield* speakerIssues(rack, `rack "${rack.name}"`, found, null, ["spec", "racks", index]);
  }
  for (const [index, host] of spec.hosts.entries()) {
    if (host.routing === undefined) continue;
    const path = ["spec", "hosts", index, "routing"];
    const rack = context.index.racks.get(host.rack);
    if (host.role === "member") yield issue("routing-on-member", { host: host.name }, { path });
    else if (rack !== undefined) yield* speakerIssues(host.routing, `host "${host.name}"`, rack, host, path);
  }
  yield* routerIdRules(context);
}

interface Speaker {
  readonly ospf?: OspfSpec | undefined;
  readonly bgp?: BgpSpec | undefined;
}

function* speakerIssues({ ospf, bgp }: Speaker, where: string, rack: RackIndex, host: HostSpec | null, path: FieldPath): Generator<Issue> {
  if (ospf !== undefined && bgp !== undefined) yield issue("routing-both", { where }, { path: [...path, "bgp"] });
  if (ospf !== undefined) {
    const { helloSeconds, deadSeconds } = ospf;
    if (deadSeconds <= helloSeconds) {
      yield issue("ospf-dead-interval", { helloSeconds, deadSeconds }, { path: [...path, "ospf", "deadSeconds"] });
    }
    yield* fabricIssues(ospf, fabricInterfaces({ protocol: "ospf", settings: ospf }), rack, host, [...path, "ospf"]);
  }
  if (bgp !== undefined) {
    const interfaces = fabricInterfaces({ protocol: "bgp", settings: bgp });
    yield* neighborIssues(bgp, interfaces, [...path, "bgp"]);
    yield* fabricIssues(bgp, interfaces, rack, host, [...path, "bgp"]);
  }
}

function* fabricIssues(
  settings: OspfSpec | BgpSpec,
  interfaces: readonly string[],
  rack: RackIndex,
  host: HostSpec | null,
  path: FieldPath,
): Generator<Issue> {
  for (const name of interfaces) {
    const owner = [...rack.networks.values()].find((network) => (host?.interfaces?.[network.name] ?? network.interface) === name);
    if (owner === undefined || owner.bridge === name) continue;
    const place = settings.interfaces?.indexOf(name) ?? -1;
    const at = place < 0 ? [...path, "neighbors"] : [...path, "interfaces", place];
    yield issue("fabric-interface-port", { interface: name, bridge: owner.bridge }, { path: at });
  }
  for (const [place, gateway] of (settings.gateways ?? []).entries()) {
    const { via, device } = splitFabricGateway(gateway);
    const at = [...path, "gateways", place];
    const kind = addressKind(addressOf(via));
    if (kind !== "unicast" && kind !== "link-local") {
      yield issue("address-not-assignable", { address: via, what: `a ${kind} address` }, { path: at });
    } else yield* deviceIssues(via, device, interfaces, at);
  }
}

function* deviceIssues(via: string, device: string | null, interfaces: readonly string[], path: FieldPath): Generator<Issue> {
  const parameters = (problem: string) => ({ gateway: via, address: via, problem, interfaces: interfaces.join(", ") });
  if (device !== null && !interfaces.includes(device)) {
    yield issue("gateway-interface", parameters(`is said to be behind ${device}, which is no interface to the fabric here`), { path });
  } else if (device === null && interfaces.length > 1) {
    yield issue("gateway-interface", parameters(`could be behind any of ${interfaces.length} interfaces`), { path });
  }
}

function* neighborIssues(bgp: BgpSpec, interfaces: readonly string[], path: FieldPath): Generator<Issue> {
  if (interfaces.length === 0) yield issue("bgp-interfaces-missing", {}, { path });
  const seen = new Set<string>();
  for (const [place, { address, interface: device }] of bgp.neighbors.entries()) {
    const at = [...path, "neighbors", place];
    if ((address === undefined) === (device === undefined)) {
      const found = address === undefined ? "neither `address` nor `interface`" : "both `address` and `interface`";
      yield issue("bgp-neighbor-form", { found }, { path: at });
      continue;
    }
    const neighbor = address ?? device ?? "";
    if (seen.has(neighbor)) yield issue("bgp-neighbor-twice", { neighbor }, { path: at });
    seen.add(neighbor);
    // Where replies go is only taken from the neighbours while nothing else says it.
    if (address !== undefined && bgp.gateways === undefined) yield* deviceIssues(address, null, interfaces, [...at, "address"]);
  }
}

function* routerIdRules({ document, announcers, pacemaker, hostIndex }: RuleContext): Generator<Issue> {
  const networks = new Map(pacemaker.flatMap(({ settings }) => settings.racks.map((rack) => [rack, settings.network])));
  const holders = new Map<string, string>();
  for (const host of [...announcers.values()].flat()) {
    const index = hostIndex.get(host.name) ?? 0;
    const path = ["spec", "hosts", index];
    const routerId = routerIdOf(host, networks.get(host.rack) ?? "management");
    if (routerId === null) {
      if (Object.keys(host.addresses).length > 0) yield issue("router-id-missing", { host: host.name }, { path });
      continue;
    }
    const other = holders.get(routerId);
    const at = document.spec.hosts[index]?.routing?.routerId === undefined ? path : [...path, "routing", "routerId"];
    if (other !== undefined) yield issue("router-id-duplicate", { routerId, host: host.name, other }, { path: at });
    holders.set(routerId, host.name);
  }
}
