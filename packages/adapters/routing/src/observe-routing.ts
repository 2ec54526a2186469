import type { CommandRunner } from "@rackway/linux";
import type { Family, RoutingObservation, RoutingState } from "@rackway/schema";

import { announceable } from "./announce-list.ts";
import {
  countBgpUnsent,
  parseAdvertised,
  parseBfdPeers,
  parseBgpNeighbors,
  parseOspf6Database,
  parseOspf6Interfaces,
  parseOspf6Neighbors,
  parseOspfDatabase,
  parseOspfInterfaces,
  parseOspfNeighbors,
} from "./frr-json.ts";
import type { NeighborView, OspfInterfaceView } from "./frr-json.ts";
import { parseJsonSequence } from "./json-sequence.ts";
import { neighborName } from "./render-frr.ts";

/** What FRR knows of the fabric at this moment, with what it takes to say why something is not as it should be. */
export interface RoutingView {
  readonly version: string | null;
  readonly interfaces: readonly OspfInterfaceView[];
  readonly neighbors: readonly NeighborView[];
  readonly bfd: RoutingObservation["bfd"];
  readonly announced: RoutingObservation["announced"];
}

interface ProtocolView {
  readonly interfaces: readonly OspfInterfaceView[];
  readonly neighbors: readonly NeighborView[];
  /** Prefixes that this host has put into the database, or told a neighbour. */
  readonly originated: readonly string[];
}

const nothingSeen: ProtocolView = { interfaces: [], neighbors: [], originated: [] };

/** Asks the daemons that the routing state needs, each by itself: one that is down does not silence the others. Changes nothing. */
export async function observeRouting(run: CommandRunner, routing: RoutingState): Promise<RoutingView> {
  const speaks = (family: Family): boolean => routing.families.includes(family);
  const hasBfd = (routing.ospf?.bfd ?? routing.bgp?.bfd ?? null) !== null;
  const [about, ospf, ospf6, bgp4, bgp6, bfd] = await Promise.all([
    run(["vtysh", "-d", "zebra", "-c", "show version"]),
    routing.ospf !== null && speaks(4) ? observeOspf(run) : nothingSeen,
    routing.ospf !== null && speaks(6) ? observeOspf6(run, routing.routerId) : nothingSeen,
    routing.bgp !== null && speaks(4) ? observeBgp(run, routing, 4) : nothingSeen,
    routing.bgp !== null && speaks(6) ? observeBgp(run, routing, 6) : nothingSeen,
    hasBfd ? ask(run, "bfdd", ["show bfd peers json"]) : [],
  ]);
  const peers = parseBfdPeers(bfd[0]);
  const ipv4 = [ospf, bgp4];
  const ipv6 = [ospf6, bgp6];
  const announced = ([4, 6] as const).flatMap((family) => {
    const originated = new Set((family === 4 ? ipv4 : ipv6).flatMap((view) => view.originated));
    return announceable(routing.announce, family)
      .filter((prefix) => originated.has(prefix))
      .map((prefix) => ({ family, prefix }));
  });
  // A BGP session carries both families, and is one neighbour.
  const bgpNeighbors = bgp4.neighbors.length > 0 ? bgp4.neighbors : bgp6.neighbors;
  return {
    version: /^FRRouting (\S+)/m.exec(about.stdout)?.[1] ?? null,
    interfaces: [...ospf.interfaces, ...ospf6.interfaces],
    neighbors: [...ospf.neighbors, ...ospf6.neighbors, ...bgpNeighbors].map((neighbor) => withBfd(neighbor, peers)),
    bfd: peers,
    announced,
  };
}

/** The part of a view that goes into a host's report. */
export function renderRoutingReport({ version, neighbors, bfd, announced }: RoutingView): RoutingObservation {
  const plain = neighbors.map(({ stateForMs: _, lastReset: __, ...neighbor }) => neighbor);
  return { version, neighbors: plain, bfd: [...bfd], announced: [...announced] };
}

/** Sessions are between addresses, neighbours of OSPFv3 have none in FRR's list: on a link with one session it is its. */
function withBfd(neighbor: NeighborView, peers: RoutingObservation["bfd"]): NeighborView {
  if (neighbor.bfd !== null) return neighbor;
  const near = peers.filter((peer) =>
    neighbor.address === null ? peer.interface === neighbor.interface && peer.peer.startsWith("fe80:") : peer.peer === neighbor.address,
  );
  const [only] = near;
  return near.length === 1 && only !== undefined ? { ...neighbor, bfd: only.status === "up" ? "up" : "down" } : neighbor;
}

/** The answers of one daemon, in order; fewer than asked for where it does not run. */
async function ask(run: CommandRunner, daemon: string, commands: readonly string[]): Promise<unknown[]> {
  const { stdout } = await run(["vtysh", "-d", daemon, ...commands.flatMap((command) => ["-c", command])]);
  return parseJsonSequence(stdout);
}

async function observeOspf(run: CommandRunner): Promise<ProtocolView> {
  const [neighbors, interfaces, database] = await ask(run, "ospfd", [
    "show ip ospf neighbor detail json",
    "show ip ospf interface json",
    "show ip ospf database external json",
  ]);
  const own = parseOspfDatabase(database);
  return {
    interfaces: parseOspfInterfaces(interfaces),
    neighbors: parseOspfNeighbors(neighbors),
    originated: (own?.externals ?? []).filter(({ router }) => router === own?.routerId).map(({ prefix }) => prefix),
  };
}

async function observeOspf6(run: CommandRunner, routerId: string): Promise<ProtocolView> {
  const [neighbors, interfaces, database] = await ask(run, "ospf6d", [
    "show ipv6 ospf6 neighbor json",
    "show ipv6 ospf6 interface json",
    "show ipv6 ospf6 database as-external json",
  ]);
  return {
    interfaces: parseOspf6Interfaces(interfaces),
    neighbors: parseOspf6Neighbors(neighbors),
    originated: (parseOspf6Database(database) ?? []).filter(({ router }) => router === routerId).map(({ prefix }) => prefix),
  };
}

async function observeBgp(run: CommandRunner, routing: RoutingState, family: Family): Promise<ProtocolView> {
  const name = family === 4 ? "ipv4" : "ipv6";
  const ours = (routing.bgp?.neighbors ?? []).filter((neighbor) => neighbor.kind === "interface" || neighbor.family === family);
  const told = ours.map((neighbor) => `show bgp ${name} unicast neighbors ${neighborName(neighbor)} advertised-routes json`);
  const [neighbors, ...rest] = await ask(run, "bgpd", ["show bgp neighbors json", ...told]);
  const wanted = new Set((routing.bgp?.neighbors ?? []).map(neighborName));
  return {
    interfaces: [],
    neighbors: parseBgpNeighbors(neighbors)
      .filter((entry) => wanted.has(entry.name))
      .map(({ view }) => view),
    originated: [...new Set(rest.flatMap(parseAdvertised))],
  };
}

/** How many announcements and withdrawals OSPF's neighbours have yet to acknowledge, and BGP has yet to send. */
export async function unacknowledged(run: CommandRunner): Promise<number> {
  const [ospf, ospf6, bgp] = await Promise.all([
    ask(run, "ospfd", ["show ip ospf neighbor detail json"]),
    ask(run, "ospf6d", ["show ipv6 ospf6 interface json"]),
    ask(run, "bgpd", ["show bgp summary json"]),
  ]);
  const waiting = parseOspfNeighbors(ospf[0]).reduce((sum, neighbor) => sum + (neighbor.unacknowledged ?? 0), 0);
  const pending = Object.values((ospf6[0] ?? {}) as Record<string, { readonly pendingLsaLsUpdateCount?: number }>);
  return countBgpUnsent(bgp[0]) + waiting + pending.reduce((sum, entry) => sum + (entry.pendingLsaLsUpdateCount ?? 0), 0);
}
