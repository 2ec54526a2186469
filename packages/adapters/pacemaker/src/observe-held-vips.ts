import type { CommandResult, CommandRunner } from "@rackway/linux";
import { parseRoutes } from "@rackway/linux";
import { familyBits } from "@rackway/net";
import type { AnycastState, FailoverNamespace, Family } from "@rackway/schema";

/** Table of the host's routes to its VIPs, as `ocf:rackway:anycast` makes it. */
const vipTable = "8201";
const inside = "rw-vip";

/** What of one service namespace's VIPs is in the kernel. */
export type NamespaceSight =
  | {
      readonly kind: "seen";
      /** Addresses on `rw-vip` that the kernel answers for. */
      readonly addresses: ReadonlySet<string>;
      /** Addresses that the host has a route to, into this namespace. */
      readonly routed: ReadonlySet<string>;
    }
  /** There is no such network namespace, or there is no `rw-vip` in it that is up. */
  | { readonly kind: "no-namespace" }
  | { readonly kind: "no-link" }
  /** ip(8) did not answer. */
  | { readonly kind: "unknown" };

/**
 * What this host holds of anycast and roaming VIPs, by namespace: seen in the kernel. One call for each namespace and one for each family of
 * the host's routes, however many VIPs there are. Changes nothing.
 */
export async function observeHeldVips(run: CommandRunner, anycast: AnycastState): Promise<ReadonlyMap<string, NamespaceSight>> {
  const has = (family: Family): boolean => anycast.namespaces.some(({ vips }) => vips.some((vip) => vip.family === family));
  const [ipv4, ipv6, shown] = await Promise.all([
    has(4) ? observeRoutes(run, 4) : noRoutes,
    has(6) ? observeRoutes(run, 6) : noRoutes,
    Promise.all(anycast.namespaces.map(({ netns }) => observeAddresses(run, netns))),
  ]);
  return new Map(
    anycast.namespaces.map(({ name, linkIpv4, linkIpv6 }, index): [string, NamespaceSight] => {
      const addresses = shown[index] ?? "unknown";
      if (addresses === "unknown" || ipv4 === null || ipv6 === null) return [name, { kind: "unknown" }];
      if (typeof addresses === "string") return [name, { kind: addresses }];
      // A route to another namespace's end is no way into this one.
      const ways = [ipv4.get(wayTo(anycast.bridge, linkIpv4)), ipv6.get(wayTo(anycast.bridge, linkIpv6))];
      return [name, { kind: "seen", addresses, routed: new Set(ways.flatMap((way) => way ?? []).map(({ address }) => address)) }];
    }),
  );
}

/** What of one service namespace's failover VIPs is in the kernel: addresses by the interface that they are on, and that is up. */
export type FailoverSight =
  | { readonly kind: "seen"; readonly addresses: ReadonlyMap<string, ReadonlySet<string>> }
  | { readonly kind: "no-namespace" }
  | { readonly kind: "unknown" };

/** One call for each namespace. Changes nothing. */
export async function observeFailoverVips(
  run: CommandRunner,
  namespaces: readonly FailoverNamespace[],
): Promise<ReadonlyMap<string, FailoverSight>> {
  const seen = namespaces.map(async ({ name, netns }): Promise<[string, FailoverSight]> => {
    const { code, stdout, stderr } = await run(["ip", "-n", netns, "-j", "address", "show", "up"], { timeoutMs: 5_000 });
    if (isNoNamespace(stderr)) return [name, { kind: "no-namespace" }];
    const links = code === 0 ? orNull(() => JSON.parse(stdout || "[]") as readonly LinkEntry[]) : null;
    if (links === null) return [name, { kind: "unknown" }];
    return [name, { kind: "seen", addresses: new Map(links.map((link) => [link.ifname ?? "", answeredAddresses(link)])) }];
  });
  return new Map(await Promise.all(seen));
}

interface VipRoute {
  readonly address: string;
  readonly way: string;
}

const noRoutes: ReadonlyMap<string, readonly VipRoute[]> = new Map();

function wayTo(device: string, via: string | null): string {
  return `${via} ${device}`;
}

/** Routes by next hop; null: ip(8) did not answer. */
async function observeRoutes(run: CommandRunner, family: Family): Promise<ReadonlyMap<string, readonly VipRoute[]> | null> {
  const { code, stdout, stderr } = await run(["ip", `-${family}`, "-j", "route", "show", "table", vipTable], { timeoutMs: 5_000 });
  // A table without a route is none to the kernel.
  if (/FIB table does not exist/.test(stderr)) return noRoutes;
  const routes = code === 0 ? orNull(() => parseRoutes(stdout, family)) : null;
  if (routes === null) return null;
  const host = `/${familyBits(family)}`;
  const ways = routes
    .filter(({ to }) => to.endsWith(host))
    .flatMap(({ to, nextHops }) => nextHops.map(({ via, device }) => ({ address: to.slice(0, -host.length), way: wayTo(device, via) })));
  return Map.groupBy(ways, ({ way }) => way);
}

async function observeAddresses(run: CommandRunner, netns: string): Promise<ReadonlySet<string> | Exclude<NamespaceSight["kind"], "seen">> {
  return readAddresses(await run(["ip", "-n", netns, "-j", "address", "show", "dev", inside], { timeoutMs: 5_000 }));
}

interface LinkEntry {
  readonly ifname?: string;
  readonly flags?: readonly string[];
  readonly addr_info?: readonly { readonly local?: string; readonly tentative?: boolean; readonly dadfailed?: boolean }[];
}

function readAddresses({ code, stdout, stderr }: CommandResult): ReadonlySet<string> | Exclude<NamespaceSight["kind"], "seen"> {
  if (isNoNamespace(stderr)) return "no-namespace";
  if (/Device .* does not exist|Cannot find device/.test(stderr)) return "no-link";
  const links = code === 0 ? orNull(() => JSON.parse(stdout || "[]") as readonly LinkEntry[]) : null;
  if (links === null) return "unknown";
  const [link] = links;
  if (link?.flags?.includes("UP") !== true) return "no-link";
  return answeredAddresses(link);
}

/** The second: a name that is left over from a namespace that is gone. */
function isNoNamespace(stderr: string): boolean {
  return /Cannot open network namespace|setting the network namespace .* failed/.test(stderr);
}

/** RFC 4862 5.4: an address that is not known to be the only one of its kind is not answered for. */
function answeredAddresses({ addr_info: infos = [] }: LinkEntry): ReadonlySet<string> {
  return new Set(infos.flatMap((entry) => (entry.local !== undefined && !entry.tentative && !entry.dadfailed ? [entry.local] : [])));
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
