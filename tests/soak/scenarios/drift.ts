import { setTimeout as sleep } from "node:timers/promises";
import type { Ownership } from "../../harness/ownership.ts";
import type { Run, Scenario } from "../../harness/scenario.ts";
import { diffSnapshots, renderDifferences, takeSnapshot, type Snapshot } from "../../harness/snapshot.ts";
import { Stand } from "../../harness/stand.ts";
import { startUdpProbe, type UdpProbe } from "../../harness/udp-probe.ts";
import { VipWatch } from "../../harness/vip-watch.ts";
import { driftKinds, type DriftKind, type Role, type Target } from "./drift-kinds.ts";
import { leftovers } from "./steering.ts";
import { memberOf } from "./traffic.ts";

/** What was hit is back within this, or the run has failed: the slowest monitor comes every 10 s. */
const backWithinMs = 60_000;

/** Those who live as long as nobody hits them, by their command lines. */
const daemons: Record<string, RegExp> = {
  conntrackd: /^conntrackd -C \S+$/,
  corosync: /^corosync /,
  pacemaker: /^(pacemakerd|\/usr\/lib\/pacemaker\/)/,
  radvd: /^radvd /,
  agent: /rackway-agent\.mjs run/,
};

/** What a host has in files for its own book-keeping, with process ids in it or rewritten by whoever works there. */
const ownBooks = [
  "^/run/rackway/guard",
  "^/run/rackway/members$",
  "^/run/rackway/takeover-after$",
  "^/run/rackway/rw-[^/]*/(announcers|output|found|found\\.new|link|sync|sync\\.new|alive|pid|daemon\\.pid|radvd\\.pid)$",
  "^/run/rackway/rw-[^/]*-sync/conntrackd\\.(ctl|lock)$",
  "^/run/rackway/rw-[^/]*-ntp/(chrony/|doorman$|open$)",
  "^/var/lib/rackway/",
  "^/run/rackway-lab/",
];

/**
 * Comes and goes on a host that is well: what the watch and the agent ask, and each other process that one look can catch
 * (daemons are counted on their own); and what a member has learnt from a router's advertisements, which lapses and comes again.
 */
const comesAndGoes = /^process: (?!conntrackd -C \S+$|radvd |corosync |pacemakerd|send_)|^route -6: .*"protocol":"ra"/;

/** What an owner has and another has not: the VIPs and all that comes with an address, an open gate, the VIPs' folder. */
const ownership =
  /^(address|route -[46]): rw-vr-a .*\b(mgmt|public)\b|^nft: rw-vr-a inet .*rackway-gate\b|^file: \/run\/rackway\/rw-vr-a-vips\b/;

/** One thing on one kind of host. */
export type Hit = { kind: DriftKind; role: Role };

type Drift = { hits: readonly Hit[]; random: () => number };
type Aimed = { kind: DriftKind; target: Target };

/**
 * Takes something away, on one host or on several at once, by hand and at a random moment, under a 1 kHz probe over each family and with a
 * watch on who answers for the VIPs. It must come back by itself; there is never a second owner; and afterwards every host is what it
 * was, with the same daemons.
 */
export async function drift(stand: Stand, { hits, random }: Drift): Promise<Run> {
  if (hits.some(({ kind, role }) => kind.failsVips === true && role === "active")) await forgetFailures(stand);
  await stand.mend();
  const owner = await stand.owner();
  const aimed: Aimed[] = [];
  for (const { kind, role } of hits) aimed.push({ kind, target: await aim(stand, owner, role, random) });
  const before = await look(stand);
  const macs = await hostsOfMacs(stand);
  const watches = await watchOwners(stand);
  const probes: UdpProbe[] = [];
  try {
    probes.push(...(await startProbes(stand)));
    await sleep(200 + Math.floor(random() * 2000));
    const backMs = Math.max(...(await Promise.all(aimed.map(hitAndWait))));
    await stand.mend();
    const { carrier, after } = await lookAtRest(stand);
    const seen = await Promise.all(probes.map((probe) => probe.stop()));
    const owned = (await Promise.all(watches.map((watch) => watch.stop()))).flatMap(({ byAddress }) => Object.values(byAddress));
    const mayLeave = hits.some(({ kind }) => kind.mayLeave === true);
    const failures = [
      ...owned.flatMap((watched) => secondOwners(watched, carrier === owner ? watched.twoOwners : watched.twoAnswerers, macs)),
      ...owned.filter(({ tenures }) => tenures.length === 0).map(({ address }) => `nobody was ever seen to answer for ${address}`),
      ...whatElseChanged(aimed, before, after, carrier === owner ? [] : [owner, carrier]),
      ...(await leftovers(stand)).map((fact) => `left behind: ${fact}`),
      ...(carrier === owner || mayLeave ? [] : [`the router has left ${owner} for ${carrier}`]),
    ];
    const outward = seen.reduce((sum, { toServer }) => sum + (toServer?.lost ?? 0), 0);
    const inward = seen.reduce((sum, { toClient }) => sum + toClient.lost, 0);
    const nobodyMs = Math.max(...owned.map(({ longestNobodyMs }) => longestNobodyMs));
    const longestGapMs = Math.max(...seen.map((probe) => probe.longestGapMs));
    return {
      group: hits.map(({ kind, role }) => `${kind.name}, ${role}`).join("; "),
      values: { backMs, lostProbes: outward + inward, longestGapMs, nobodyMs },
      failures,
      details: {
        hit: aimed.map(({ kind, target }) => `${target.host}: ${kind.hit(target)}`),
        outward,
        inward,
        owner,
        carrier,
        handover: owned.flatMap((watched) => secondOwners(watched, watched.twoOwners, macs)),
      },
    };
  } catch (error) {
    for (const instrument of [...watches, ...probes]) instrument.abandon();
    throw error;
  }
}

/** How long it took to come back, in milliseconds. */
async function hitAndWait({ kind, target }: Aimed): Promise<number> {
  const { stand, host, role } = target;
  const hitAtMs = Date.now();
  await stand.lab.run(host, ["sh", "-c", kind.hit(target)]);
  return stand.until(`${kind.name} of ${host} (${role}) is back`, backWithinMs, async () =>
    (await stand.lab.sh(host, kind.isBack(target))).code === 0 ? Date.now() - hitAtMs : undefined,
  );
}

/** As an operator does who has mended something: or one more failure would move the VIPs, or leave them without a host. */
async function forgetFailures(stand: Stand): Promise<void> {
  const [host = ""] = stand.controllers();
  await stand.lab.run(host, ["crm_resource", "--cleanup", "--resource", "rw-vr-a-vips"], { timeoutMs: 60_000 });
  await stand.until("failures of the VIPs to be forgotten", 30_000, async () =>
    /<resource_history id="rw-vr-a-vips"[^>]*fail-count=/.test(
      await stand.lab.run(host, ["crm_mon", "--one-shot", "--failcounts", "--output-as=xml"]),
    )
      ? undefined
      : true,
  );
}

async function aim(stand: Stand, owner: string, role: Role, random: () => number): Promise<Target> {
  const standbys = stand.controllers().filter((host) => host !== owner);
  const standby = standbys[Math.floor(random() * standbys.length)] ?? "";
  const host = role === "active" ? owner : role === "standby" ? standby : memberOf(stand);
  const index = Number(/rwp-(\d+)/.exec(await stand.lab.run(owner, ["ip", "-o", "link", "show"]))?.[1]);
  return { stand, host, role, vips: await stand.vips("vr-a"), index, choice: random() };
}

async function watchOwners(stand: Stand): Promise<VipWatch[]> {
  const vips = await stand.vips("vr-a");
  const place = stand.place("tor-a");
  return Promise.all(
    (["management", "public"] as const).map((network) =>
      VipWatch.start({ place, interface: `br-${network}`, addresses: Object.values(vips[network]), intervalMs: 10, maxMs: 240_000 }),
    ),
  );
}

function startProbes(stand: Stand): Promise<UdpProbe[]> {
  const [client, server] = [stand.place(memberOf(stand)), stand.place("internet")];
  const paths = [
    { address: "198.51.100.2", port: 7001 },
    { address: "2001:db8:100::2", port: 7401 },
  ];
  return Promise.all(paths.map((path) => startUdpProbe({ client, server, ...path, rateHz: 1000, count: 220_000, tailMs: 1000 })));
}

type Looked = { facts: Snapshot; daemons: string[] };

async function look(stand: Stand): Promise<Map<string, Looked>> {
  const hosts = [...stand.controllers(), memberOf(stand)];
  const entries = await Promise.all(
    hosts.map(
      async (host) =>
        [host, { facts: await takeSnapshot(stand.place(host), { ignored: ownBooks }), daemons: await listDaemons(stand, host) }] as const,
    ),
  );
  return new Map(entries);
}

/**
 * The hosts, and who carries the router while they are looked at. An uplink that was lost for some seconds may move the router when it is back
 * already: that decision takes a while.
 */
async function lookAtRest(stand: Stand): Promise<{ carrier: string; after: Map<string, Looked> }> {
  for (let tries = 1; tries <= 3; tries += 1) {
    const carrier = await stand.ownerOtherThan(null);
    const after = await look(stand);
    if ((await stand.owners()).join() === carrier) return { carrier, after };
    await stand.mend();
  }
  throw new Error("the router does not come to rest: it moved in each of three looks");
}

/** One line for each daemon that lives long, with its process id: the same line later is the same process. */
async function listDaemons(stand: Stand, host: string): Promise<string[]> {
  const script =
    'for p in /proc/[0-9]*; do line=$(tr "\\0" " " 2>/dev/null <"$p/cmdline") && echo "${p#/proc/} $line"; done 2>/dev/null; exit 0';
  const lines = (await stand.lab.run(host, ["sh", "-c", script])).split("\n").flatMap((line) => {
    const [, pid, commandLine] = /^(\d+) (.*?) *$/.exec(line) ?? [];
    const name = Object.keys(daemons).find((each) => daemons[each]?.test(commandLine ?? "") === true);
    return name === undefined ? [] : [`${name} ${pid}`];
  });
  const watch = await stand.lab.sh(host, "cat /run/rackway/rw-vr-a-watch/pid 2>/dev/null");
  return [...lines, ...(watch.stdout === "" ? [] : [`watch ${watch.stdout.trim()}`])];
}

/** `movers`: hosts between which the router moved; that one is the owner and the other is not, is no surprise there. */
function whatElseChanged(
  aimed: readonly Aimed[],
  before: ReadonlyMap<string, Looked>,
  after: ReadonlyMap<string, Looked>,
  movers: readonly string[],
): string[] {
  return [...before].flatMap(([host, was]) => {
    const ends = aimed.flatMap(({ kind, target }) => (target.host === host ? (kind.restarts ?? []) : []));
    const now = after.get(host) ?? { facts: {}, daemons: [] };
    const differences = diffSnapshots(was.facts, now.facts).filter(
      ({ fact }) => !comesAndGoes.test(fact) && !(movers.includes(host) && ownership.test(fact)),
    );
    const isSpared = (line: string): boolean => !ends.some((name) => line.startsWith(`${name} `));
    const gone = was.daemons.filter((line) => isSpared(line) && !now.daemons.includes(line));
    return [
      ...(differences.length === 0 ? [] : [`${host} is other than before:\n${renderDifferences(differences)}`]),
      ...gone.map((line) => `${host}: ${line} has ended, and was not hit`),
    ];
  });
}

/** Which host has which link-layer address, in its root namespace or in the router's. */
async function hostsOfMacs(stand: Stand): Promise<Map<string, string>> {
  const entries = await Promise.all(
    stand.controllers().map(async (host) => {
      const links = await stand.lab.run(host, ["sh", "-c", "ip -o link show; ip -n rw-vr-a -o link show"]);
      return [...links.matchAll(/link\/ether (\S+)/g)].map(([, mac = ""]) => [mac, host] as const);
    }),
  );
  return new Map(entries.flat());
}

/**
 * Times when two hosts showed themselves as the owner. Two addresses of one host are one owner: what an owner that has lost its own default
 * route still sends for established connections leaves by the host's own link.
 */
function secondOwners({ address, tenures }: Ownership, overlaps: Ownership["twoOwners"], hosts: ReadonlyMap<string, string>): string[] {
  return overlaps.flatMap(({ macs, lengthMs }) => {
    const owners = new Set(macs.map((mac) => hosts.get(mac) ?? mac));
    if (owners.size < 2) return [];
    const seen = tenures.map(({ mac, fromMs, toMs, sightings }) => ({ host: hosts.get(mac) ?? mac, ms: toMs - fromMs, ...sightings }));
    return [`${address} had two owners for ${lengthMs} ms: ${[...owners].join(", ")}; ${JSON.stringify(seen)}`];
  });
}

/** A small generator of numbers from 0 to below 1 (mulberry32): the same seed makes the same run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Each thing on each kind of host that has it. */
const single: readonly Hit[] = driftKinds.flatMap((kind) => kind.roles.map((role) => ({ kind, role })));

/**
 * Each thing on every kind of host that has it, at once, which takes half the time when what each costs by itself is not asked. Where the router
 * may have to go to another host, that one is left whole.
 */
export const driftTogether: readonly (readonly Hit[])[] = driftKinds.flatMap((kind) => {
  const hits = kind.roles.map((role) => ({ kind, role }));
  return kind.failsVips === true && kind.mayLeave === true ? hits.map((hit) => [hit]) : [hits];
});

const rounds = 10;
const seed = 20260401;

/** Every thing on every kind of host, ten times, in rounds, so that failures of one resource lie apart. */
export const driftScenario: Scenario = {
  name: "drift",
  summary:
    "One thing is taken away by hand, on the active and on a standby host (ten times each): it comes back, with one owner throughout, and nothing else changes",
  runs: single.length * rounds,
  thresholds: [{ value: "backMs", statistic: "max", atMost: backWithinMs }],
  async setUp(progress) {
    const stand = await Stand.up({ name: "soak-drift", racks: ["rack-a"], onProgress: progress });
    const random = seeded(seed);
    return {
      run: (index) => drift(stand, { hits: single.slice(index % single.length).slice(0, 1), random }),
      tearDown: () => stand.down(),
    };
  },
};
