import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "@rackway/lab";
import type { PacemakerState } from "@rackway/schema";
import { stringify } from "yaml";
import type { Ownership } from "../../harness/ownership.ts";
import type { Stand } from "../../harness/stand.ts";
import { VipWatch } from "../../harness/vip-watch.ts";

/** How a rack's Pacemaker cluster treats a host that it has lost. */
export type Takeover = { takeover: PacemakerState["takeover"]; fencing: "on" | "off" };

export const takeovers = {
  "quorum, fencing on": { takeover: "quorum", fencing: "on" },
  "quorum, fencing off": { takeover: "quorum", fencing: "off" },
  fenced: { takeover: "fenced", fencing: "on" },
} as const satisfies Record<string, Takeover>;

/**
 * What docs/one-owner.md promises for `takeover: quorum`: two hosts answer for an address no longer than this. The guard needs some 20 ms from
 * Corosync's word to the last answer, and the host that takes over waits for it.
 */
export const twoOwnersBoundMs = 50;

/** Applies the document with another takeover, and waits until Pacemaker has it. */
export async function setTakeover(stand: Stand, { takeover, fencing }: Takeover): Promise<void> {
  const document = structuredClone(stand.document);
  for (const cluster of document.spec.pacemaker ?? []) {
    cluster.takeover = takeover;
    if (fencing === "off") cluster.fencing = [];
  }
  await stand.controlPlane.apply("takeover.yaml", stringify(document));
  const [host] = stand.controllers();
  const agent = fencing === "off" ? null : takeover === "fenced" ? "fence_rackway_lab" : "fence_rackway";
  await stand.until(`Pacemaker has ${takeover}, fencing ${fencing}`, 60_000, async () => {
    const devices = await stand.lab.sh(host!, "cibadmin --query --xpath '//primitive[@class=\"stonith\"]'");
    return (agent === null ? devices.code !== 0 : devices.stdout.includes(`type="${agent}"`)) ? true : undefined;
  });
  await stand.mend();
}

export type OwnerReport = {
  twoOwnersMs: number;
  nobodyMs: number;
  /** The coarsest of the watches: nothing shorter can be told apart. */
  resolutionMs: number;
  owned: Ownership[];
  /** Of two owners, if there were: which hosts, when after the start of the watch, how long. */
  inWords: string[];
  /** What makes the watch itself doubtful. */
  failures: string[];
  /** When a host last answered for any of the addresses after `sinceMs` and before somebody else did; epoch milliseconds. */
  lastAnswerOf: (host: string) => number | undefined;
};

/** All VIPs of a router, both families, on its two segments, by the capture and the asker of `VipWatch`. */
export class OwnerWatch {
  readonly #watches: readonly VipWatch[];
  readonly #macs: ReadonlyMap<string, string>;
  readonly startedAtMs = Date.now();

  private constructor(watches: readonly VipWatch[], macs: ReadonlyMap<string, string>) {
    this.#watches = watches;
    this.#macs = macs;
  }

  static async start(stand: Stand, router = "vr-a", tor = "tor-a"): Promise<OwnerWatch> {
    const vips = await stand.vips(router);
    const macs = await macsOfRouter(stand, router);
    const watches = await Promise.all(
      (["management", "public"] as const).map((network) =>
        VipWatch.start({
          place: stand.place(tor),
          interface: `br-${network}`,
          addresses: [vips[network].ipv4, vips[network].ipv6],
          maxMs: 300_000,
        }),
      ),
    );
    return new OwnerWatch(watches, macs);
  }

  abandon(): void {
    for (const watch of this.#watches) watch.abandon();
  }

  async stop(): Promise<OwnerReport> {
    const reports = await Promise.all(this.#watches.map((watch) => watch.stop()));
    const owned = reports.flatMap((report) => Object.values(report.byAddress));
    const most = (pick: (ownership: Ownership) => number): number => Math.max(0, ...owned.map(pick));
    const nameOf = (mac: string): string => this.#macs.get(mac) ?? mac;
    const inWords = owned.flatMap(({ address, twoOwners }) =>
      twoOwners.map(({ macs, startedAtMs, lengthMs }) => {
        const after = Math.round(startedAtMs - this.startedAtMs);
        return `${address}: ${macs.map(nameOf).join(" and ")} for ${lengthMs} ms, ${after} ms after the watch began`;
      }),
    );
    const failures = [
      ...(reports.some(({ isFull }) => isFull) ? ["a capture was full before the end"] : []),
      ...owned.filter(({ tenures }) => tenures.length === 0).map(({ address }) => `nobody was seen to answer for ${address}`),
    ];
    const lastAnswerOf = (host: string): number | undefined => {
      const ends = owned.flatMap(({ tenures }) =>
        tenures
          .filter(({ mac }) => nameOf(mac) === host)
          .slice(0, 1)
          .map(({ toMs }) => toMs),
      );
      return ends.length === 0 ? undefined : Math.max(...ends);
    };
    return {
      twoOwnersMs: most(({ longestTwoOwnersMs }) => longestTwoOwnersMs),
      nobodyMs: most(({ longestNobodyMs }) => longestNobodyMs),
      resolutionMs: most(({ resolutionMs }) => resolutionMs),
      owned,
      inWords,
      failures,
      lastAnswerOf,
    };
  }
}

/** A router's link-layer addresses are a function of host and link: they stay over power cuts. */
async function macsOfRouter(stand: Stand, router: string): Promise<Map<string, string>> {
  const hosts = stand.controllers(stand.document.spec.virtualRouters.find(({ name }) => name === router)?.rack);
  const macs = new Map<string, string>();
  for (const host of hosts) {
    const { stdout } = await stand.inRouter(host, "ip -json link show", router);
    for (const link of JSON.parse(stdout) as { address: string }[]) macs.set(link.address, host);
  }
  return macs;
}

export type GuardTimes = { quorumLostAtMs?: number; gaveUpAtMs?: number };

/** When Corosync on a host said that quorum was lost, and when the guard had acted; epoch milliseconds, first ones after `sinceMs`. */
export async function guardTimes(lab: Lab, host: string, sinceMs: number): Promise<GuardTimes> {
  // Their logs are on disk, and outlive the power cut of a fence.
  const { stdout: corosync } = await lab.sh(host, "grep -h 'within the non-primary component' /var/log/corosync/* | tail -n 20");
  const { stdout: guard } = await lab.sh(host, "grep -h 'gave up' /var/log/rackway-guard/* | tail -n 20");
  const year = new Date().getUTCFullYear();
  const lost = [...corosync.matchAll(/([A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d\.\d{3})/g)].map(([, text]) => Date.parse(`${year} ${text}Z`));
  const gaveUp = [...guard.matchAll(/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) gave up/g)].map(([, text]) => Date.parse(text ?? ""));
  const first = (times: number[]): number | undefined => times.filter((time) => time >= sinceMs).toSorted((a, b) => a - b)[0];
  const [quorumLostAtMs, gaveUpAtMs] = [first(lost), first(gaveUp)];
  return { ...(quorumLostAtMs === undefined ? {} : { quorumLostAtMs }), ...(gaveUpAtMs === undefined ? {} : { gaveUpAtMs }) };
}

/** The world must not change for a while: what is watched meanwhile is what counts. */
export async function watchFor(ms: number): Promise<void> {
  await sleep(ms);
}
