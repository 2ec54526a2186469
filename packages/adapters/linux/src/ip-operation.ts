import type { AddressObservation, RouteObservation } from "./observation.ts";
import { defaultDestination } from "./observation.ts";
import type { DefaultRoute, TunnelState } from "@rackway/schema";

/**
 * One change of the root namespace's links, addresses or routes: the vocabulary between planning and `ip -batch`. Typed, so that what
 * a plan leads to can be computed (`simulate.ts`) as well as run.
 */
export type IpOperation =
  | { readonly do: "add-bridge"; readonly name: string; readonly alias: string }
  | { readonly do: "add-vlan"; readonly name: string; readonly parent: string; readonly id: number; readonly alias: string }
  | { readonly do: "add-tunnel"; readonly name: string; readonly mtu: number; readonly port: number; readonly alias: string }
  | { readonly do: "delete-link"; readonly name: string }
  | { readonly do: "set-bridge-options"; readonly name: string }
  | { readonly do: "set-alias"; readonly name: string; readonly alias: string }
  /** No IPv6 address by itself. */
  | { readonly do: "set-bare"; readonly name: string }
  | { readonly do: "set-mac"; readonly name: string; readonly mac: string }
  | { readonly do: "set-mtu"; readonly name: string; readonly mtu: number }
  | { readonly do: "set-up"; readonly name: string; readonly up: boolean }
  | { readonly do: "set-master"; readonly name: string; readonly master: string | null }
  | { readonly do: "add-address"; readonly device: string; readonly address: AddressObservation }
  | { readonly do: "delete-address"; readonly device: string; readonly address: AddressObservation }
  | { readonly do: "add-route"; readonly route: RouteObservation }
  /** Puts the route in the place of the one with the same destination and metric, without a moment that has neither. */
  | { readonly do: "replace-route"; readonly route: RouteObservation }
  | { readonly do: "delete-route"; readonly route: RouteObservation };

/** Lines for `ip -batch -` (ip(8)). */
export function renderIpBatch(operations: readonly IpOperation[]): string {
  return operations.map((operation) => `${renderIpOperation(operation)}\n`).join("");
}

/** One line of an `ip` batch: the words after `ip`. */
export function renderIpOperation(operation: IpOperation): string {
  switch (operation.do) {
    case "add-bridge":
      return `link add name ${operation.name} type bridge ${bridgeOptions}`;
    case "add-vlan":
      return `link add link ${operation.parent} name ${operation.name} type vlan id ${operation.id}`;
    case "add-tunnel":
      return `link add name ${operation.name} mtu ${operation.mtu} type vxlan external gpe dstport ${operation.port} nolearning`;
    case "delete-link":
      return `link delete dev ${operation.name}`;
    case "set-bridge-options":
      return `link set dev ${operation.name} type bridge ${bridgeOptions}`;
    case "set-alias":
      return `link set dev ${operation.name} alias ${operation.alias}`;
    case "set-bare":
      return `link set dev ${operation.name} addrgenmode none`;
    case "set-mac":
      return `link set dev ${operation.name} address ${operation.mac}`;
    case "set-mtu":
      return `link set dev ${operation.name} mtu ${operation.mtu}`;
    case "set-up":
      return `link set dev ${operation.name} ${operation.up ? "up" : "down"}`;
    case "set-master":
      return operation.master === null
        ? `link set dev ${operation.name} nomaster`
        : `link set dev ${operation.name} master ${operation.master}`;
    case "add-address":
      return `address add ${addressWords(operation.address)} dev ${operation.device}${addressOptions(operation.device, operation.address)}`;
    case "delete-address":
      return `address delete ${addressWords(operation.address)} dev ${operation.device}`;
    case "add-route":
      return `route add ${routeWords(operation.route)}`;
    case "replace-route":
      return `route replace ${routeWords(operation.route)}`;
    case "delete-route":
      return `route delete ${routeWords(operation.route)}`;
  }
}

/** No spanning tree, so no seconds of silence after a port comes up; no snooping, so that neighbour discovery needs no querier. */
const bridgeOptions = "stp_state 0 forward_delay 0 mcast_snooping 0";

function addressWords(address: AddressObservation): string {
  return `${address.address}/${address.prefixLength}`;
}

function addressOptions(device: string, address: AddressObservation): string {
  const words: string[] = [];
  if (address.broadcast !== null) words.push(`broadcast ${address.broadcast}`);
  // A label begins with its own device's name; one that was made for another device does not fit here.
  if (address.label?.startsWith(device) === true && address.label !== device) words.push(`label ${address.label}`);
  if (address.scope !== "global") words.push(`scope ${address.scope}`);
  if (address.noPrefixRoute) words.push("noprefixroute");
  // Duplicate address detection would hold a moved address back for a second or more; it was the host's own already.
  if (address.family === 6) words.push("nodad");
  return words.map((word) => ` ${word}`).join("");
}

function routeWords(route: RouteObservation): string {
  const words = [route.to, ...encapWords(route), `proto ${route.protocol}`];
  if (route.metric !== 0) words.push(`metric ${route.metric}`);
  if (route.source !== null) words.push(`src ${route.source}`);
  const [first, ...others] = route.nextHops;
  if (others.length === 0 && first !== undefined) {
    if (first.via !== null) words.push(viaWords(route, first.via));
    words.push(`dev ${first.device}`);
    if (first.via === null && route.family === 4 && route.scope !== null) words.push(`scope ${route.scope}`);
    if (first.onLink) words.push("onlink");
  }
  if (route.mtu !== null) words.push(`mtu ${route.mtu}`);
  if (others.length > 0) words.push(...route.nextHops.map((hop) => nextHopWords(route, hop)));
  return words.join(" ");
}

/** Outer packets of IPv6 need a checksum to be taken (RFC 8200 8.1). */
function encapWords({ encap }: RouteObservation): string[] {
  if (encap === undefined) return [];
  const { id, source, destination } = encap;
  const ends = `id ${id} src ${source} dst ${destination}`;
  return [destination.includes(":") ? `encap ip6 ${ends} hoplimit 64 csum` : `encap ip ${ends} ttl 64`];
}

/** An IPv4 route can have an IPv6 next hop (RFC 5549). */
function viaWords(route: RouteObservation, via: string): string {
  return route.family === 4 && via.includes(":") ? `via inet6 ${via}` : `via ${via}`;
}

function nextHopWords(route: RouteObservation, hop: RouteObservation["nextHops"][number]): string {
  const via = hop.via === null ? "" : ` ${viaWords(route, hop.via)}`;
  return `nexthop${via} dev ${hop.device} weight ${hop.weight}${hop.onLink ? " onlink" : ""}`;
}

/** A static route of ours as the kernel would list it. */
export function ourRoute(wanted: DefaultRoute & { readonly to?: string }): RouteObservation {
  return {
    family: wanted.family,
    to: wanted.to ?? defaultDestination(wanted.family),
    nextHops: [{ via: wanted.via, device: wanted.device, weight: 1, onLink: false }],
    metric: wanted.metric,
    protocol: "82",
    scope: null,
    source: null,
    mtu: null,
  };
}

/** The default routes into a tunnel. */
export function tunnelRoutes({ device, vni, metric, ends }: TunnelState): RouteObservation[] {
  return ends.map(({ family, local, remote }) => ({
    ...ourRoute({ family, via: "", device, metric }),
    nextHops: [{ via: null, device, weight: 1, onLink: false }],
    // The device has no address: without one, the kernel would take that of any other interface, which the router does not know.
    source: local,
    encap: { id: vni, source: local, destination: remote },
  }));
}

/** A route in the words of an operator: `203.0.113.1 dev br-ex metric 20`. */
export function routeText(route: RouteObservation): string {
  const hops = route.nextHops.map((hop) => `${hop.via === null ? "" : `${hop.via} `}dev ${hop.device}`).join(", ");
  const { encap } = route;
  const tunnel = encap === undefined ? "" : `${route.source ?? "any"} by tunnel ${encap.id} from ${encap.source} to ${encap.destination} `;
  return `${tunnel}${hops} metric ${route.metric}`;
}
