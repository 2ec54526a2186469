import { setTimeout as wait } from "node:timers/promises";

import type { CommandRunner } from "@rackway/linux";
import { familyBits } from "@rackway/net";
import { spareMetric } from "@rackway/routing";

import type { Held, HeldAddress } from "./held-file.ts";

const protocol = "82";
/** Of an announcement, by whether routers should prefer every other to it: the routing daemon's policy makes it so (`rw-anycast-F`). */
const metrics = { plain: "82", spare: spareMetric } as const;
const replyTable = "8200";
/** How long a gateway has for its answer. */
const neighborMs = 300;
const neighborStepMs = 50;

export interface Announcement {
  readonly nextHop: string;
  readonly isSpare: boolean;
}

/** By address. */
export type Announced = ReadonlyMap<string, Announcement>;

export interface RouteChange {
  readonly held: Held;
  readonly address: HeldAddress;
  /** Routers should prefer every other announcement to this one. */
  readonly isSpare: boolean;
}

/** Whether it is announced as it should be. */
export function isAsWanted({ held, address: { family }, isSpare }: RouteChange, is: Announcement | undefined): boolean {
  const via = held.via[family];
  return via !== null && is?.nextHop === `${via} ${held.bridge}` && is.isSpare === isSpare;
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

  /** What is announced now; null: ip(8) did not answer. */
  async readAnnounced(): Promise<Announced | null> {
    const found = new Map<string, Announcement>();
    for (const family of [4, 6] as const) {
      const { code, stdout } = await this.#ip(family, ["-j", "route", "show", "table", "main", "proto", protocol]);
      if (code !== 0) return null;
      for (const { dst, metric, gateway, dev } of parse<KernelRoute>(stdout)) {
        const isSpare = metric === Number(metrics.spare);
        if (dst === undefined || (!isSpare && metric !== Number(metrics.plain))) continue;
        // Where both are there, the plain one counts, as with the routing daemon.
        if (!isSpare || !found.has(dst)) found.set(dst, { nextHop: `${gateway} ${dev}`, isSpare });
      }
    }
    return found;
  }

  /** One batch for each family; what is announced already, or gone already, is no fault. Returns what ip(8) complained about, or null. */
  async change(verb: "put" | "take", changes: readonly RouteChange[]): Promise<string | null> {
    const complaints: string[] = [];
    for (const family of [4, 6] as const) {
      const lines = changes.flatMap((change) => {
        const { address, held, isSpare } = change;
        if (address.family !== family) return [];
        const route = `${address.address}/${familyBits(family)}`;
        const take = (of: keyof typeof metrics): string => `route del ${route} proto ${protocol} metric ${metrics[of]}`;
        // Whatever it leads to: an announcement must not outlive a change of the bridge.
        if (verb === "take") return [take("plain"), take("spare")];
        const via = held.via[family];
        const [put, other] = isSpare ? (["spare", "plain"] as const) : (["plain", "spare"] as const);
        // One of the two is there at any moment.
        if (via !== null)
          return [`route replace ${route} via ${via} dev ${held.bridge} proto ${protocol} metric ${metrics[put]}`, take(other)];
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
