import { LabError, type HostChild } from "@rackway/lab";

import type { Stand } from "./stand.ts";

export interface RoamingWatchOptions {
  readonly hosts: readonly string[];
  /** Top-of-rack routers: each is asked which of its own hosts it sends to. */
  readonly routers: readonly string[];
  readonly namespace: string;
  readonly vip: Readonly<Record<4 | 6, string>>;
}

export interface OwnerSample {
  /** Hosts whose kernel has an address of the VIP. */
  readonly holders: readonly string[];
  /** Hosts to which a router has a route by a cable of its own: they announce. */
  readonly announcers: readonly string[];
}

/** Milliseconds since 1970. */
interface Tenure {
  readonly host: string;
  readonly from: number;
  readonly to: number;
}

export interface RoamingReport {
  /** Each time that two hosts had an address at once, in words; to the microsecond, for all hosts of a lab have one clock. */
  readonly twoOwners: readonly string[];
  /** The same of what hosts announce. */
  readonly twoAnnouncers: readonly string[];
  /** The longest time that nobody had it, and that nobody announced it. */
  readonly summary: { readonly nobodyHoldsMs: number; readonly nobodyAnnouncesMs: number; readonly owners: readonly string[] };
}

/** Who has a roaming VIP and who announces it, by what the hosts' kernels tell of each change (rtnetlink(7)). */
export class RoamingWatch {
  readonly #stand: Stand;
  readonly #options: RoamingWatchOptions;
  readonly #children = new Map<string, { readonly child: HostChild; endedAt: number }>();
  #before: OwnerSample = { holders: [], announcers: [] };
  #startedAt = 0;

  constructor(stand: Stand, options: RoamingWatchOptions) {
    this.#stand = stand;
    this.#options = options;
  }

  /** Asks once, hosts and routers. */
  async sample(): Promise<OwnerSample> {
    const { hosts, routers } = this.#options;
    const [held, announced] = await Promise.all([
      Promise.all(hosts.map(async (host) => ((await this.#holds(host)) ? [host] : []))),
      Promise.all(routers.map((router) => this.#nextHops(router))),
    ]);
    return { holders: held.flat(), announcers: [...new Set(announced.flat())].filter((name) => hosts.includes(name)).toSorted() };
  }

  /** Nothing may be on the move while it starts. */
  async start(): Promise<this> {
    const { namespace, hosts } = this.#options;
    const script = `ip -n ${namespace} -ts monitor address & ip -ts monitor route & sleep 0.3; echo ready; wait`;
    for (const host of hosts.filter((name) => this.#stand.lab.isOn(name))) {
      const child = this.#stand.lab.spawn(host, ["sh", "-c", script]);
      const entry = { child, endedAt: Number.POSITIVE_INFINITY };
      void child.ended.then(() => (entry.endedAt = Math.min(entry.endedAt, Date.now())));
      this.#children.set(host, entry);
    }
    await Promise.all([...this.#children.values()].map(({ child }) => child.waitFor(/ready/)));
    this.#before = await this.sample();
    this.#startedAt = Date.now();
    return this;
  }

  async stop(): Promise<RoamingReport> {
    const endedAt = Date.now();
    await Promise.all([...this.#children.values()].map(({ child }) => child.stop()));
    const texts = new Map(
      [...this.#children].map(([host, { child, endedAt: until }]) => [host, { text: child.stdout, until: Math.min(until, endedAt) }]),
    );
    const { vip } = this.#options;
    const both = ([4, 6] as const).map((family) => {
      const address = `inet6? ${vip[family].replaceAll(".", "\\.")}/`;
      const route = `${vip[family].replaceAll(".", "\\.")} via \\S+ dev rw-any proto 82 metric 82`;
      return {
        held: this.#tenures(texts, new RegExp(`^(Deleted )?\\d+: rw-vip +${address}`), this.#before.holders),
        announced: this.#tenures(texts, new RegExp(`^(Deleted )?${route}`), this.#before.announcers),
      };
    });
    const longest = (kind: "held" | "announced"): number =>
      Math.round(Math.max(...both.map((one) => longestGap(one[kind], this.#startedAt, endedAt))));
    return {
      twoOwners: both.flatMap(({ held }) => overlaps(held)),
      twoAnnouncers: both.flatMap(({ announced }) => overlaps(announced)),
      summary: {
        nobodyHoldsMs: longest("held"),
        nobodyAnnouncesMs: longest("announced"),
        owners: [...new Set(both.flatMap(({ held }) => held.map(({ host }) => host)))],
      },
    };
  }

  #tenures(texts: ReadonlyMap<string, { text: string; until: number }>, pattern: RegExp, before: readonly string[]): Tenure[] {
    return [...texts]
      .flatMap(([host, { text, until }]) => {
        const tenures: Tenure[] = [];
        let since = before.includes(host) ? this.#startedAt : null;
        for (const [, at = "", what = ""] of text.matchAll(/^\[(\S+)\] (.*)$/gm)) {
          const match = pattern.exec(what);
          if (match === null) continue;
          // ip(8) writes local time; the lab's hosts have UTC.
          const time = Date.parse(`${at.slice(0, 23)}Z`) + Number(at.slice(23)) / 1_000;
          if (time < this.#startedAt) continue;
          if (match[1] === undefined) since ??= time;
          else if (since !== null) {
            tenures.push({ host, from: since, to: time });
            since = null;
          }
        }
        if (since !== null) tenures.push({ host, from: since, to: until });
        return tenures;
      })
      .toSorted((left, right) => left.from - right.from);
  }

  async #holds(host: string): Promise<boolean> {
    const { namespace, vip } = this.#options;
    const script = `ip -n ${namespace} -o address show dev rw-vip 2>/dev/null | grep -qE ' (${vip[4].replaceAll(".", "\\.")}|${vip[6]})/'`;
    return (await this.#answer(host, script)).code === 0;
  }

  async #nextHops(router: string): Promise<string[]> {
    const { vip } = this.#options;
    const { stdout } = await this.#answer(router, `ip -4 route show ${vip[4]}; ip -6 route show ${vip[6]}`);
    return [...stdout.matchAll(/ dev (?:f-)?(\S+)/g)].map(([, name]) => name ?? "");
  }

  async #answer(host: string, script: string): Promise<{ code: number; stdout: string }> {
    try {
      return await this.#stand.lab.sh(host, script);
    } catch (error) {
      // A host that is fenced in the moment of asking has nothing.
      if (error instanceof LabError && error.code === "host-off") return { code: 1, stdout: "" };
      throw error;
    }
  }
}

function overlaps(tenures: readonly Tenure[]): string[] {
  return tenures.flatMap((one, index) =>
    tenures.slice(index + 1).flatMap((other) => {
      const ms = Math.min(one.to, other.to) - other.from;
      return ms > 0 && one.host !== other.host ? [`${one.host} and ${other.host} for ${ms.toFixed(1)} ms`] : [];
    }),
  );
}

function longestGap(tenures: readonly Tenure[], from: number, to: number): number {
  let [longest, reached] = [0, from];
  for (const tenure of tenures) {
    longest = Math.max(longest, tenure.from - reached);
    reached = Math.max(reached, tenure.to);
  }
  return Math.max(longest, to - reached);
}
