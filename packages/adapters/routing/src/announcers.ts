import type { CommandRunner } from "@rackway/linux";
import type { Family } from "@rackway/schema";
import { z } from "zod";

import { parseOspf6Database, parseOspfDatabase } from "./frr-json.ts";
import { parseJsonSequence } from "./json-sequence.ts";
import { names } from "./render-frr.ts";

/**
 * Prefixes that other routers announce and that can be reached there, by family; null: no daemon of that family says. A router that has
 * died without a word stays in the link-state database for up to an hour (MaxAge, RFC 2328 appendix B): what it announced counts only
 * while the shortest-path tree leads to it.
 */
export type OthersAnnouncements = Readonly<Record<Family, ReadonlySet<string> | null>> & {
  /**
   * By BGP: a router tells its neighbours of its best path alone (RFC 4271, 9.1.3), and what is ours comes back to us or not at all. Who
   * is not seen may be there. In a link-state database everybody is.
   */
  readonly bestOnly: boolean;
};

/** Asks the routing daemons that run. Changes nothing. */
export async function observeOthers(run: CommandRunner): Promise<OthersAnnouncements> {
  const [ospf, ospf6, borders, bgp, own] = await Promise.all([
    ask(run, "ospfd", ["show ip ospf database external json", "show ip ospf route json"]),
    ask(run, "ospf6d", ["show ipv6 ospf6 json", "show ipv6 ospf6 database as-external json"]),
    run(["vtysh", "-d", "ospf6d", "-c", "show ipv6 ospf6 border-routers"]),
    ask(run, "bgpd", ["show bgp ipv4 unicast json", "show bgp ipv6 unicast json"]),
    // There where it is BGP that we announce by: an operator's own does not count.
    run(["vtysh", "-d", "bgpd", "-c", `show bgp large-community-list ${names.ownMark} detail`]),
  ]);
  const byBgp = { 4: othersInBgp(bgp[0]), 6: othersInBgp(bgp[1]) };
  return {
    4: joined(othersInOspf(ospf), byBgp[4]),
    6: joined(othersInOspf6(ospf6, borders.stdout), byBgp[6]),
    bestOnly: own.code === 0 && own.stdout.includes(`list ${names.ownMark}\n`),
  };
}

async function ask(run: CommandRunner, daemon: string, commands: readonly string[]): Promise<unknown[]> {
  const { code, stdout } = await run(["vtysh", "-d", daemon, ...commands.flatMap((command) => ["-c", command])]);
  return code === 0 ? parseJsonSequence(stdout) : [];
}

function joined(one: ReadonlySet<string> | null, other: ReadonlySet<string> | null): ReadonlySet<string> | null {
  return one === null || other === null ? (one ?? other) : new Set([...one, ...other]);
}

const ospfRoutes = z.record(z.string(), z.object({ routeType: z.string() }));

/** The border routers of the routing table (RFC 2328, 11) are those that can be reached. */
function othersInOspf([database, routes]: readonly unknown[]): ReadonlySet<string> | null {
  const parsed = parseOspfDatabase(database);
  const reachable = ospfRoutes.safeParse(routes);
  if (parsed === null || !reachable.success) return null;
  const routers = new Set(Object.entries(reachable.data).flatMap(([id, { routeType }]) => (routeType.trim() === "R" ? [id] : [])));
  return new Set(parsed.externals.filter(({ router }) => router !== parsed.routerId && routers.has(router)).map(({ prefix }) => prefix));
}

const ospf6 = z.object({ routerId: z.string() });

function othersInOspf6([about, database]: readonly unknown[], borders: string): ReadonlySet<string> | null {
  const own = ospf6.safeParse(about);
  const externals = parseOspf6Database(database);
  if (!own.success || externals === null) return null;
  const routers = new Set(borders.split("\n").flatMap((line) => /^(\d+\.\d+\.\d+\.\d+)\s/.exec(line)?.[1] ?? []));
  return new Set(externals.filter(({ router }) => router !== own.data.routerId && routers.has(router)).map(({ prefix }) => prefix));
}

const bgpTable = z.object({
  routes: z.record(z.string(), z.array(z.object({ valid: z.boolean().optional(), peerId: z.string().optional() }))),
});

/** What bgpd has of its own has no peer: `(unspec)`. */
function othersInBgp(table: unknown): ReadonlySet<string> | null {
  const parsed = bgpTable.safeParse(table);
  if (!parsed.success) return null;
  return new Set(
    Object.entries(parsed.data.routes)
      .filter(([, paths]) => paths.some(({ valid, peerId }) => valid === true && peerId !== undefined && peerId !== "(unspec)"))
      .map(([prefix]) => prefix),
  );
}
