import { setTimeout as wait } from "node:timers/promises";

import type { CommandRunner } from "@rackway/linux";

import type { Held, HeldAddress } from "./held-file.ts";

const protocol = "82";
const metric = "82";
const replyTable = "8200";
/** How long a gateway has for its answer. */
const neighborMs = 300;
const neighborStepMs = 50;

/** Next hop of an announcement that is there: `GATEWAY DEVICE`. */
export type Announced = ReadonlyMap<string, string>;

export interface RouteChange {
  readonly held: Held;
  readonly address: HeldAddress;
}

/** Null: it cannot be announced, the namespace has no end of that family on the bridge. */
export function nextHopOf({ held, address: { family } }: RouteChange): string | null {
  const via = held.via[family];
  return via === null ? null : `${via} ${held.bridge}`;
}

/**
 * The host's routes, from within the service's namespace: announcements are copies of the VIPs' routes in the main table, which the routing
 * daemon redistributes; replies leave by a table of their own.
 */
export class HostRoutes {
  readonly #run: CommandRunner;
  readonly #enter: readonly string[];

  /** `netns`: a path, the network namespace of the host. */
  constructor(run: CommandRunner, netns: string) {
    this.#run = run;
    this.#enter = ["nsenter", `--net=${netns}`, "--"];
  }

  /** Addresses that are announced now; null: ip(8) did not answer. */
  async readAnnounced(): Promise<Announced | null> {
    const found = new Map<string, string>();
    for (const family of [4, 6] as const) {
      const { code, stdout } = await this.#ip(family, ["-j", "route", "show", "table", "main", "proto", protocol]);
      if (code !== 0) return null;
      for (const { dst, metric: of, gateway, dev } of parse<KernelRoute>(stdout))
        if (of === Number(metric) && dst !== undefined) found.set(dst, `${gateway} ${dev}`);
    }
    return found;
  }

  /** One batch for each family; what is announced already, or gone already, is no fault. Returns what ip(8) complained about, or null. */
  async change(verb: "put" | "take", changes: readonly RouteChange[]): Promise<string | null> {
    const complaints: string[] = [];
    for (const family of [4, 6] as const) {
      const lines = changes.flatMap((change) => {
        const { address, held } = change;
        if (address.family !== family) return [];
        const route = `${address.address}/${family === 4 ? 32 : 128}`;
        // Whatever it leads to: an announcement must not outlive a change of the bridge.
        if (verb === "take") return [`route del ${route} proto ${protocol} metric ${metric}`];
        const via = held.via[family];
        if (via !== null) return [`route replace ${route} via ${via} dev ${held.bridge} proto ${protocol} metric ${metric}`];
        complaints.push(`${held.bridge} has no next hop of IPv${family} to ${address.address}`);
        return [];
      });
      if (lines.length === 0) continue;
      const { code, stderr } = await this.#ip(family, ["-force", "-batch", "-"], { input: `${lines.join("\n")}\n` });
      const said = stderr.split("\n").filter((line) => line !== "" && !/No such process|^Command failed/.test(line));
      if (code !== 0 && said.length > 0) complaints.push(said[0] ?? "");
    }
    return complaints.length === 0 ? null : complaints.join("; ");
  }

  /** Whether replies would leave, by family: at least one of the reply table's gateways answers to its address. */
  async hasWayBack(family: 4 | 6): Promise<boolean> {
    const { code, stdout } = await this.#ip(family, ["-j", "route", "show", "table", replyTable]);
    if (code !== 0) return false;
    const hops = parse<KernelRoute>(stdout).flatMap((route) => route.nexthops ?? [route]);
    const answers = hops.map(async ({ gateway, dev }) => gateway !== undefined && dev !== undefined && this.#answers(family, gateway, dev));
    return (await Promise.all(answers)).includes(true);
  }

  /**
   * The kernel asks (ARP, RFC 826; neighbour discovery, RFC 4861). What it knows from before (STALE, DELAY) proves nothing: a router that has
   * died is in its cache for minutes, so it is made to ask again, and its answer is waited for.
   */
  async #answers(family: 4 | 6, gateway: string, dev: string): Promise<boolean> {
    for (let leftMs = neighborMs; ; leftMs -= neighborStepMs) {
      const { stdout } = await this.#ip(family, ["-j", "neigh", "show", "to", gateway, "dev", dev]);
      const states = parse<{ readonly state?: readonly string[] }>(stdout).flatMap(({ state }) => state ?? []);
      if (states.some((state) => state === "REACHABLE" || state === "PERMANENT" || state === "NOARP")) return true;
      if (leftMs <= 0) return false;
      if (leftMs === neighborMs) {
        const isKnown = states.some((state) => state === "STALE" || state === "DELAY");
        const verb = isKnown ? ["change", gateway, "dev", dev, "nud", "probe"] : ["replace", gateway, "dev", dev, "use"];
        if (!states.includes("PROBE")) await this.#ip(family, ["neigh", ...verb]);
      }
      await wait(neighborStepMs);
    }
  }

  #ip(family: 4 | 6, words: readonly string[], options: { readonly input?: string } = {}) {
    return this.#run([...this.#enter, "ip", `-${family}`, ...words], options);
  }
}

interface KernelRoute {
  readonly dst?: string;
  readonly metric?: number;
  readonly gateway?: string;
  readonly dev?: string;
  readonly nexthops?: readonly { readonly gateway?: string; readonly dev?: string }[];
}

/** ip(8) that has failed half way prints half a list. */
function parse<T>(text: string): readonly T[] {
  try {
    return text.trim() === "" ? [] : (JSON.parse(text) as T[]);
  } catch {
    return [];
  }
}
