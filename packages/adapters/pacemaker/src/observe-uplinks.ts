import { readFile } from "node:fs/promises";
import type { CommandRunner } from "@rackway/linux";
import type { PacemakerState, RouterState } from "@rackway/schema";
import { routerResourceIds } from "@rackway/schema";

/** Something that keeps a router on this host from the world. `since` is an instant in ISO 8601, or null where nobody wrote it down. */
export type UplinkLack =
  | { readonly kind: "no-carrier"; readonly router: string; readonly link: "public" | "management"; readonly bridge: string }
  | {
      readonly kind: "silent";
      readonly router: string;
      readonly link: "public" | "management";
      readonly address: string;
      readonly since: string | null;
    };

/** How this reads the files of the watches; tests put their own in. Null: there is none. */
export type ReadText = (path: string) => Promise<string | null>;

const readText: ReadText = (path) =>
  readFile(path, "utf8").then(
    (text) => text,
    () => null,
  );

/**
 * What is wrong with the routers' links on `host`, this one: a bridge whose cables are all without carrier (from the kernel), and gateways
 * that do not answer, as ocf:rackway:uplink has found. A gateway behind a link without carrier is not told of beside it. Where no watch has
 * spoken, nothing is known of gateways, and nothing is said.
 */
export async function observeUplinks(
  run: CommandRunner,
  pacemaker: Pick<PacemakerState, "routers">,
  host: string,
  read: ReadText = readText,
): Promise<UplinkLack[]> {
  const mine = pacemaker.routers.filter(({ controllers }) => controllers.includes(host));
  if (mine.length === 0) return [];
  const { code, stdout } = await run(["ip", "-j", "link", "show"], { timeoutMs: 5_000 });
  const links = code === 0 ? (JSON.parse(stdout || "[]") as LinkEntry[]) : [];
  const lacks = await Promise.all(mine.map(async (router) => findLacks(router, links, await read(foundFile(router)))));
  return lacks.flat();
}

function foundFile(router: RouterState): string {
  return `/run/rackway/${routerResourceIds(router).watch}/found`;
}

/** Of `ip -j link show` (ip-link(8)) what is read here. */
export interface LinkEntry {
  readonly ifname: string;
  readonly flags?: readonly string[];
  readonly master?: string;
  readonly ifalias?: string;
}

/** Pure. `found`: the watch's file, lines of SINCE INTERFACE ADDRESS answers|silent; null: the watch has said nothing. */
export function findLacks(router: RouterState, links: readonly LinkEntry[], found: string | null): UplinkLack[] {
  const lacks: UplinkLack[] = [];
  const cut = new Set<string>();
  for (const link of ["public", "management"] as const) {
    const { bridge } = router[link];
    if (!hasLostCarrier(bridge, links)) continue;
    cut.add(link);
    lacks.push({ kind: "no-carrier", router: router.name, link, bridge });
  }
  for (const line of (found ?? "").split("\n")) {
    const [since, inside, address, word] = line.split(" ");
    if (word !== "silent" || address === undefined) continue;
    const link = inside === "public" ? "public" : "management";
    if (cut.has(link)) continue;
    const isInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(since ?? "");
    lacks.push({ kind: "silent", router: router.name, link, address, since: isInstant ? (since ?? null) : null });
  }
  return lacks;
}

/**
 * A bridge's cables are its ports beside our own, which lead into namespaces of this host. Where others have such ports, too, these have
 * carrier whatever the cables have, and the gateways tell. No cable at all says nothing.
 */
function hasLostCarrier(bridge: string, links: readonly LinkEntry[]): boolean {
  const cables = links.filter(({ master, ifalias }) => master === bridge && !(ifalias ?? "").startsWith("rackway:netns/"));
  return cables.length > 0 && cables.every(({ flags }) => !(flags ?? []).includes("LOWER_UP"));
}
