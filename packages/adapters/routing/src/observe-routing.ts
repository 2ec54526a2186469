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

/** What is asked of one daemon, and what its answers mean: fewer than asked for where it does not run. */
interface Question<View> {
  readonly daemon: string;
  readonly commands: readonly string[];
  readonly read: (answers: readonly unknown[]) => View;
}

/** Asks the daemons that the routing state needs: one that is down does not silence the others. Changes nothing. */
export async function observeRouting(run: CommandRunner, routing: RoutingState): Promise<RoutingView> {
  const speaks = (family: Family): boolean => routing.families.includes(family);
  const hasBfd = (routing.ospf?.bfd ?? routing.bgp?.bfd ?? null) !== null;
  const questions = {
    ospf: routing.ospf !== null && speaks(4) ? askOspf() : null,
    ospf6: routing.ospf !== null && speaks(6) ? askOspf6(routing.routerId) : null,
    bgp4: routing.bgp !== null && speaks(4) ? askBgp(routing, 4) : null,
    bgp6: routing.bgp !== null && speaks(6) ? askBgp(routing, 6) : null,
  };
  const askBfd: Question<readonly unknown[]> = {
    daemon: "bfdd",
    commands: hasBfd ? ["show bfd peers json"] : [],
    read: (answers) => answers,
  };
  const asked = [...Object.values(questions).filter((question) => question !== null), askBfd];
  const { version, answers } = await askAll(run, asked);
  const viewOf = (question: Question<ProtocolView> | null): ProtocolView =>
    question === null ? nothingSeen : question.read(answers.get(question) ?? []);
  const [ospf, ospf6, bgp4, bgp6] = [viewOf(questions.ospf), viewOf(questions.ospf6), viewOf(questions.bgp4), viewOf(questions.bgp6)];
  const bfd = answers.get(askBfd) ?? [];
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
    version,
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

/**
 * A vtysh(1) costs a tenth of a second of a processor before it asks anything: one for all, as long as each question has its answer. Else, a daemon being
 * down or standing still, one for each daemon.
 */
async function askAll(
  run: CommandRunner,
  questions: readonly Question<unknown>[],
): Promise<{ readonly version: string | null; readonly answers: ReadonlyMap<Question<unknown>, readonly unknown[]> }> {
  const words = questions.flatMap(({ commands }) => commands).flatMap((command) => ["-c", command]);
  const { stdout } = await run(["vtysh", "-c", "show version", ...words], { timeoutMs: togetherMs });
  const documents = parseJsonSequence(stdout);
  if (stdout.startsWith("FRRouting ") && documents.length * 2 === words.length) {
    const rest = [...documents];
    const answers = new Map(questions.map((question) => [question, rest.splice(0, question.commands.length)]));
    return { version: parseVersion(stdout), answers };
  }
  const [about, ...each] = await Promise.all([
    run(["vtysh", "-d", "zebra", "-c", "show version"]),
    ...questions.map(({ daemon, commands }) => (commands.length === 0 ? [] : ask(run, daemon, commands))),
  ]);
  return { version: parseVersion(about.stdout), answers: new Map(questions.map((question, index) => [question, each[index] ?? []])) };
}

const togetherMs = 3000;

function parseVersion(text: string): string | null {
  return /^FRRouting (\S+)/m.exec(text)?.[1] ?? null;
}

/** The answers of one daemon, in order; fewer than asked for where it does not run. */
async function ask(run: CommandRunner, daemon: string, commands: readonly string[]): Promise<unknown[]> {
  const { stdout } = await run(["vtysh", "-d", daemon, ...commands.flatMap((command) => ["-c", command])]);
  return parseJsonSequence(stdout);
}

function askOspf(): Question<ProtocolView> {
  return {
    daemon: "ospfd",
    commands: ["show ip ospf neighbor detail json", "show ip ospf interface json", "show ip ospf database external json"],
    read: ([neighbors, interfaces, database]) => {
      const own = parseOspfDatabase(database);
      return {
        interfaces: parseOspfInterfaces(interfaces),
        neighbors: parseOspfNeighbors(neighbors),
        originated: (own?.externals ?? []).filter(({ router }) => router === own?.routerId).map(({ prefix }) => prefix),
      };
    },
  };
}

function askOspf6(routerId: string): Question<ProtocolView> {
  return {
    daemon: "ospf6d",
    commands: ["show ipv6 ospf6 neighbor json", "show ipv6 ospf6 interface json", "show ipv6 ospf6 database as-external json"],
    read: ([neighbors, interfaces, database]) => ({
      interfaces: parseOspf6Interfaces(interfaces),
      neighbors: parseOspf6Neighbors(neighbors),
      originated: (parseOspf6Database(database) ?? []).filter(({ router }) => router === routerId).map(({ prefix }) => prefix),
    }),
  };
}

function askBgp(routing: RoutingState, family: Family): Question<ProtocolView> {
  const name = family === 4 ? "ipv4" : "ipv6";
  const ours = (routing.bgp?.neighbors ?? []).filter((neighbor) => neighbor.kind === "interface" || neighbor.family === family);
  const told = ours.map((neighbor) => `show bgp ${name} unicast neighbors ${neighborName(neighbor)} advertised-routes json`);
  const wanted = new Set((routing.bgp?.neighbors ?? []).map(neighborName));
  return {
    daemon: "bgpd",
    commands: ["show bgp neighbors json", ...told],
    read: ([neighbors, ...rest]) => ({
      interfaces: [],
      neighbors: parseBgpNeighbors(neighbors)
        .filter((entry) => wanted.has(entry.name))
        .map(({ view }) => view),
      originated: [...new Set(rest.flatMap(parseAdvertised))],
    }),
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
