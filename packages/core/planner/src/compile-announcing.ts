import { addressOf, familyBits } from "@rackway/net";
import type { AnycastState, HealthState, HeldVip, HostSpec, HostState, PacemakerState, RoutingState, ServiceVipSet } from "@rackway/schema";

import type { RackIndex } from "./cluster-index.ts";
import { families } from "./cluster-index.ts";
import type { Fabric } from "./fabric.ts";
import { fabricOf, routerIdOf } from "./fabric.ts";

type Announcing = Pick<HostState, "anycast" | "routing" | "health">;

/** What hosts with the same sets of VIPs have in common; thousands of VIPs are written down once, not once a host. */
interface Held {
  readonly namespaces: AnycastState["namespaces"];
  readonly announce: RoutingState["announce"];
  readonly health: HealthState[];
}

/** The host's own view of the VIPs that its Pacemaker cluster may put on it, and of whom it announces them to. */
export class AnnouncingHosts {
  readonly #held = new WeakMap<PacemakerState, Map<string, Held>>();

  /** `network` is the one that Corosync talks over. */
  of(host: HostSpec, rack: RackIndex, pacemaker: PacemakerState | null, network: string): Announcing {
    const fabric = fabricOf(host, rack);
    const held = pacemaker === null ? nothingHeld : this.#heldBy(host.name, pacemaker);
    if (fabric === null) return { anycast: null, routing: null, health: held.health };
    return { anycast: anycastState(host.name, pacemaker, held), routing: routingState(host, fabric, network, held), health: held.health };
  }

  #heldBy(host: string, pacemaker: PacemakerState): Held {
    const mine = (set: ServiceVipSet): boolean => set.controllers.includes(host);
    const key = pacemaker.services.flatMap(({ sets }) => sets.map((set) => (mine(set) ? "1" : "0"))).join("");
    const tables = this.#held.get(pacemaker) ?? new Map<string, Held>();
    this.#held.set(pacemaker, tables);
    const known = tables.get(key) ?? heldOf(pacemaker, mine);
    tables.set(key, known);
    return known;
  }
}

const nothingHeld: Held = { namespaces: [], announce: [], health: [] };

function heldOf({ services }: PacemakerState, mine: (set: ServiceVipSet) => boolean): Held {
  const held: Held = { namespaces: [], announce: [], health: [] };
  for (const { name: namespace, netns, existing, index, linkIpv4, linkIpv6, checks, sets } of services) {
    const vips: HeldVip[] = [];
    for (const { mode, vips: members } of sets.filter(mine)) {
      for (const { name, addresses, check } of members) {
        const terms = check === null ? undefined : checks[check];
        if (terms !== undefined) held.health.push({ namespace, vip: name, ...terms });
        if (mode === "failover") continue;
        for (const { family, address } of addresses) {
          vips.push({ name, family, address, mode });
          held.announce.push({ family, prefix: `${address}/${familyBits(family)}`, vip: name, namespace });
        }
      }
    }
    if (vips.length > 0) held.namespaces.push({ name: namespace, netns, existing, index, linkIpv4, linkIpv6, vips });
  }
  return held;
}

function anycastState(host: string, pacemaker: PacemakerState | null, { namespaces }: Held): AnycastState | null {
  const bridge = pacemaker?.serviceBridge ?? null;
  if (bridge === null || namespaces.length === 0) return null;
  const { name, hosts, ...link } = bridge;
  const own = hosts.find((entry) => entry.name === host);
  return { bridge: name, ...link, interfaces: own?.interfaces ?? [], gateways: own?.gateways ?? [], namespaces };
}

/** Null where there is no family in which replies could leave: then there is nothing to announce either. */
function routingState(host: HostSpec, { routing, gateways }: Fabric, network: string, { announce }: Held): RoutingState | null {
  const spoken = families.filter((family) => gateways.some((gateway) => gateway.family === family));
  const routerId = routerIdOf(host, network);
  if (spoken.length === 0 || routerId === null) return null;
  return { routerId, families: spoken, ...protocolState(routing), announce };
}

function protocolState(routing: Fabric["routing"]): Pick<RoutingState, "ospf" | "bgp"> {
  if (routing.protocol === "ospf") {
    const { area, interfaces, networkType, cost, helloSeconds, deadSeconds, authentication, bfd } = routing.settings;
    const own = { area, interfaces: [...new Set(interfaces)], networkType, cost, helloSeconds, deadSeconds };
    return { ospf: { ...own, authentication: authentication ?? null, bfd: bfd ?? null }, bgp: null };
  }
  const { asn, remoteAsn, neighbors, communities, authentication, bfd } = routing.settings;
  return {
    ospf: null,
    bgp: {
      asn,
      remoteAsn,
      neighbors: neighbors.map(({ address, interface: device }) =>
        address === undefined
          ? { kind: "interface", interface: device ?? "" }
          : { kind: "address", family: addressOf(address).family, address },
      ),
      communities,
      authentication: authentication ?? null,
      bfd: bfd ?? null,
    },
  };
}
