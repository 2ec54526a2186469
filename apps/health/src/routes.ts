import type { CommandRunner } from "@rackway/linux";

import type { Held, HeldAddress } from "./held-file.ts";

/**
 * The announcements of this host, in the kernel: for each a copy of the VIP's route, in the main table, which the routing daemon redistributes.
 * The checker lives in the service's namespace; the host's is that of its first process.
 */
const hostNamespace = ["nsenter", "--net=/proc/1/ns/net", "--"] as const;
const protocol = "82";
const metric = "82";
const replyTable = "8200";

/** Addresses that are announced now; null: ip(8) did not answer. */
export async function readAnnounced(run: CommandRunner): Promise<ReadonlySet<string> | null> {
  const found = new Set<string>();
  for (const family of ["-4", "-6"]) {
    const { code, stdout } = await run([...hostNamespace, "ip", family, "-j", "route", "show", "table", "main", "proto", protocol]);
    if (code !== 0) return null;
    for (const { dst, metric: of } of parse(stdout)) if (of === Number(metric) && dst !== undefined) found.add(dst);
  }
  return found;
}

interface KernelRoute {
  readonly dst?: string;
  readonly metric?: number;
  readonly gateway?: string;
  readonly dev?: string;
  readonly nexthops?: readonly { readonly gateway?: string; readonly dev?: string }[];
}

function parse(text: string): readonly KernelRoute[] {
  return text.trim() === "" ? [] : (JSON.parse(text) as KernelRoute[]);
}

export interface RouteChange {
  readonly held: Held;
  readonly address: HeldAddress;
}

/** One batch for each family and direction; what goes first goes for all. Returns what ip(8) complained about, or null. */
export async function changeRoutes(run: CommandRunner, verb: "put" | "take", changes: readonly RouteChange[]): Promise<string | null> {
  const complaints: string[] = [];
  for (const family of [4, 6] as const) {
    const lines = changes.flatMap(({ held, address }) => {
      const via = held.via[family];
      if (address.family !== family || via === null) return [];
      const route = `${address.address}/${family === 4 ? 32 : 128} via ${via} dev ${held.bridge} proto ${protocol} metric ${metric}`;
      return [verb === "put" ? `route replace ${route}` : `route del ${route}`];
    });
    if (lines.length === 0) continue;
    const { code, stderr } = await run([...hostNamespace, "ip", `-${family}`, "-force", "-batch", "-"], { input: `${lines.join("\n")}\n` });
    // What was gone already is gone.
    const said = stderr.split("\n").filter((line) => line !== "" && !/No such process|^Command failed/.test(line));
    if (code !== 0 && said.length > 0) complaints.push(said[0] ?? "");
  }
  return complaints.length === 0 ? null : complaints.join("; ");
}

/**
 * Whether replies would leave, by family: at least one of the reply table's gateways answers to its address (ARP, RFC 826; neighbour
 * discovery, RFC 4861). A ping nudges the kernel to ask; whether the gateway answers pings does not matter.
 */
export async function hasWayBack(run: CommandRunner, family: 4 | 6): Promise<boolean> {
  const { code, stdout } = await run([...hostNamespace, "ip", `-${family}`, "-j", "route", "show", "table", replyTable]);
  if (code !== 0) return false;
  const hops = parse(stdout).flatMap((route) => route.nexthops ?? [route]);
  const answers = hops.map(async ({ gateway, dev }) => gateway !== undefined && dev !== undefined && isThere(run, family, gateway, dev));
  return (await Promise.all(answers)).includes(true);
}

async function isThere(run: CommandRunner, family: 4 | 6, gateway: string, dev: string): Promise<boolean> {
  await run([...hostNamespace, "ping", `-${family}`, "-n", "-q", "-c", "1", "-W", "0.3", "-I", dev, gateway], { timeoutMs: 1_000 });
  const { stdout } = await run([...hostNamespace, "ip", `-${family}`, "-j", "neigh", "show", "to", gateway, "dev", dev]);
  const states = parse(stdout).flatMap((entry) => (entry as { readonly state?: readonly string[] }).state ?? []);
  return states.some(
    (state) => state === "REACHABLE" || state === "STALE" || state === "DELAY" || state === "PROBE" || state === "PERMANENT",
  );
}
