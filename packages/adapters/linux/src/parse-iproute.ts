import type {
  AddressObservation,
  BridgeObservation,
  LinkObservation,
  NextHop,
  RouteEncapsulation,
  RouteObservation,
} from "./observation.ts";
import { aliasPrefix, defaultDestination } from "./observation.ts";
import type { Family, HostLink } from "@rackway/schema";

/**
 * Readers of iproute2's JSON (`ip -j`), which names things differently from version to version only by adding. What is not there reads
 * as null or as the kernel's default. Each throws where the text is no JSON list: that is iproute2 failing, not an empty host.
 */
type Json = Readonly<Record<string, unknown>>;

/** `ip -d -j address show`: links with their addresses. */
export function parseLinks(text: string): LinkObservation[] {
  return parseList(text).flatMap((entry) => {
    const name = stringOf(entry.ifname);
    if (name === null) return [];
    const info = objectOf(entry.linkinfo);
    const data = objectOf(info.info_data);
    const kind = stringOf(info.info_kind);
    return [
      {
        name,
        kind,
        alias: stringOf(entry.ifalias),
        mac: stringOf(entry.address),
        mtu: numberOf(entry.mtu) ?? 0,
        up: listOf(entry.flags).includes("UP"),
        master: stringOf(entry.master),
        bridge: kind === "bridge" ? bridgeOf(data) : null,
        vlanId: kind === "vlan" ? numberOf(data.id) : null,
        ...(kind === "vxlan" ? { vxlan: { port: numberOf(data.port) ?? 0, isBare: data.gpe === true && data.external === true } } : {}),
        addresses: objectsOf(entry.addr_info).flatMap(addressOf),
      },
    ];
  });
}

/**
 * The same, or without addresses: what a document could name. Left out are the loopback and the host's ends of our routers' veth pairs.
 * IFF_LOWER_UP says whether there is a signal from the other end, but not of a link that is down.
 */
export function parseHostLinks(text: string): HostLink[] {
  return parseList(text)
    .flatMap((entry): HostLink[] => {
      const name = stringOf(entry.ifname);
      const alias = stringOf(entry.ifalias) ?? "";
      if (name === null || name === "lo" || alias.startsWith(`${aliasPrefix}netns/`)) return [];
      const flags = listOf(entry.flags);
      const carrier = flags.includes("UP") ? flags.includes("LOWER_UP") : null;
      return [{ name, kind: stringOf(objectOf(entry.linkinfo).info_kind), carrier, ours: alias.startsWith(aliasPrefix) }];
    })
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

function bridgeOf(data: Json): BridgeObservation {
  return {
    stp: numberOf(data.stp_state) !== 0,
    forwardDelayCs: numberOf(data.forward_delay) ?? 1500,
    multicastSnooping: numberOf(data.mcast_snooping) !== 0,
  };
}

function addressOf(entry: Json): AddressObservation[] {
  const family: Family | null = entry.family === "inet" ? 4 : entry.family === "inet6" ? 6 : null;
  const address = stringOf(entry.local);
  if (family === null || address === null) return [];
  return [
    {
      family,
      address,
      prefixLength: numberOf(entry.prefixlen) ?? (family === 4 ? 32 : 128),
      scope: stringOf(entry.scope) ?? "global",
      broadcast: stringOf(entry.broadcast),
      label: stringOf(entry.label),
      dynamic: entry.dynamic === true,
      noPrefixRoute: entry.noprefixroute === true,
    },
  ];
}

/** `ip -4 -j route show table main` (or `-6`): unicast routes only. */
export function parseRoutes(text: string, family: Family): RouteObservation[] {
  return parseList(apart(text)).flatMap((entry) => {
    const destination = stringOf(entry.dst);
    const encap = encapsulationOf(entry);
    const type = stringOf(entry.type) ?? "unicast";
    const nextHops = nextHopsOf(entry);
    if (destination === null || type !== "unicast" || nextHops.length === 0) return [];
    return [
      {
        family,
        to: destinationOf(destination, family),
        nextHops,
        metric: numberOf(entry.metric) ?? 0,
        protocol: stringOf(entry.protocol) ?? "boot",
        scope: stringOf(entry.scope),
        source: stringOf(entry.prefsrc),
        mtu: numberOf(objectsOf(entry.metrics)[0]?.mtu),
        ...(encap === null ? {} : { encap }),
      },
    ];
  });
}

/** iproute2 writes a tunnel's far end into the same object under the name of the route's own destination, `dst`. */
function apart(text: string): string {
  return text.replaceAll(
    /"encap":"(ip6?)","id":(\d+),"src":"([^"]*)","dst":"([^"]*)"/g,
    '"encap":"$1","encapId":$2,"encapSource":"$3","encapDestination":"$4"',
  );
}

function encapsulationOf(entry: Json): RouteEncapsulation | null {
  const [id, source, destination] = [numberOf(entry.encapId), stringOf(entry.encapSource), stringOf(entry.encapDestination)];
  return id === null || source === null || destination === null ? null : { id, source, destination };
}

function nextHopsOf(entry: Json): NextHop[] {
  const hops = Array.isArray(entry.nexthops) ? objectsOf(entry.nexthops) : [entry];
  return hops.flatMap((hop) => {
    const device = stringOf(hop.dev);
    if (device === null) return [];
    const via = stringOf(hop.gateway) ?? stringOf(objectOf(hop.via).host);
    return [{ via, device, weight: numberOf(hop.weight) ?? 1, onLink: listOf(hop.flags).includes("onlink") }];
  });
}

function destinationOf(text: string, family: Family): string {
  if (text === "default") return defaultDestination(family);
  return text.includes("/") ? text : `${text}/${family === 4 ? 32 : 128}`;
}

function parseList(text: string): Json[] {
  if (text.trim() === "") return []; // iproute2 prints nothing at all where there is nothing to list.
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) throw new Error("iproute2: not a JSON list");
  return objectsOf(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function objectsOf(value: unknown): Json[] {
  return listOf(value).filter((entry): entry is Json => typeof entry === "object" && entry !== null);
}

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function stringOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
