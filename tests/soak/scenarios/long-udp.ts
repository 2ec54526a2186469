import { setTimeout as sleep } from "node:timers/promises";
import { startLongUdp, type LongUdpOptions } from "../../harness/long-udp.ts";
import type { Run, Scenario, Session } from "../../harness/scenario.ts";
import { Stand, type StandOptions } from "../../harness/stand.ts";
import { memberOf } from "./traffic.ts";

export type LongUdp = Required<Pick<LongUdpOptions, "intervalMs" | "count">> & {
  /**
   * When the power is cut, after the flow's first datagram: soon after one of the client's, so that the server's, half an interval later, is
   * the first that the heir sees. The client's own would make the same translation anew, and hide that it was lost. What is sent during the
   * takeover may be lost, so nothing is.
   */
  cutAfterMs: number;
  /**
   * Sets `nf_conntrack_udp_timeout_stream` in the routers' namespaces, in seconds, so that a shorter flow than the kernel's 120 s shows the
   * same: without a refresh it would expire on the standbys before the cut.
   */
  streamTimeoutSeconds?: number;
  /**
   * The negative control: from the last event of the flow on, the owner tells nobody anything. Not by a watch that stands still: its
   * monitor has it restarted, and it would tell of the flow anew.
   */
  isOwnerSilent?: boolean;
};

/**
 * One slow UDP flow over each family, alive on the owner only: its refreshes make no events. Then the owner loses its power. The flow lives,
 * and the heir tells of it: those that stand by for the heir hold it when it ends.
 */
export async function outliveThePowerCut(stand: Stand, options: LongUdp): Promise<Run> {
  const { intervalMs, count, cutAfterMs } = options;
  if (options.streamTimeoutSeconds !== undefined) await setStreamTimeout(stand, options.streamTimeoutSeconds);
  const [client, server] = [stand.place(memberOf(stand)), stand.place("internet")];
  const victim = await stand.owner();
  const flows = await Promise.all(
    [
      { address: "198.51.100.2", port: 7801 },
      { address: "2001:db8:100::2", port: 7802 },
    ].map((to) => startLongUdp({ client, server, ...to, intervalMs, count })),
  );
  const startedAtMs = Date.now();
  const until = (afterMs: number): Promise<void> => sleep(Math.max(0, startedAtMs + afterMs - Date.now()));
  try {
    // The client's second datagram has made it an established flow; nothing new is told of it from now on.
    await until(1.25 * intervalMs);
    if (options.isOwnerSilent === true) await silence(stand, victim);
    await until(cutAfterMs);
    const failures = await missingOnStandbys(stand, victim, "before the cut");
    await stand.lab.powerOff(victim);
    const heir = await stand.ownerOtherThan(victim);
    const takenOverAfterMs = Date.now() - startedAtMs;
    const nextAfterMs = (Math.ceil(cutAfterMs / intervalMs - 0.5) + 0.5) * intervalMs;
    if (takenOverAfterMs > nextAfterMs)
      failures.push(`taken over ${takenOverAfterMs} ms after the start, and the server sent at ${nextAfterMs} ms`);
    const results = await Promise.all(flows.map(({ result }) => result));
    failures.push(...(await missingOnStandbys(stand, heir, "when it ends")));
    const lost = results.reduce((total, { toServer, toClient }) => total + toServer.lost + toClient.lost, 0);
    const foreign = results.reduce((total, result) => total + result.foreign.length, 0);
    if (foreign > 0) failures.push(`${foreign} datagrams came from another source: the translation was lost, and made anew`);
    if (lost > 0) failures.push(`${lost} datagrams were lost`);
    const group = options.isOwnerSilent === true ? "power cut of a silent owner" : "power cut";
    return { group, values: { lost, foreign }, failures, details: { victim, heir, takenOverAfterMs, results } };
  } finally {
    for (const flow of flows) flow.abandon();
    await stand.mend();
  }
}

/** Nothing leaves the owner by its synchronisation link any more. Gone with its power. */
async function silence(stand: Stand, owner: string): Promise<void> {
  const rules = "table inet silence { chain output { type filter hook output priority 0; oifname sync drop; }; }";
  const { code, stderr } = await stand.inRouter(owner, `nft "${rules}"`);
  if (code !== 0) throw new Error(`${owner} could not be silenced: ${stderr}`);
}

/** Standbys whose kernels do not hold the flows. */
async function missingOnStandbys(stand: Stand, owner: string, when: string): Promise<string[]> {
  const list = "conntrack -L -f ipv4 -p udp --dport 7801; conntrack -L -f ipv6 -p udp --dport 7802";
  const standbys = stand.controllers().filter((host) => host !== owner && stand.lab.isOn(host));
  const held = await Promise.all(
    standbys.map(async (host) => (await stand.inRouter(host, list)).stdout.split("\n").filter(Boolean).length),
  );
  return standbys.flatMap((host, index) => (held[index] === 2 ? [] : [`${host} holds ${held[index]} of 2 flows ${when}`]));
}

async function setStreamTimeout(stand: Stand, seconds: number): Promise<void> {
  const script = `sysctl -qw net.netfilter.nf_conntrack_udp_timeout_stream=${seconds} net.netfilter.nf_conntrack_udp_timeout=${seconds}`;
  await Promise.all(stand.controllers().map((host) => stand.inRouter(host, script)));
}

/** The watch refreshes every 20 rounds: at the shortest interval that the document allows, every few seconds. */
export const watchFast: NonNullable<StandOptions["edit"]> = (document) => {
  for (const router of document.spec.virtualRouters) router.uplinkCheck.intervalMs = 200;
};

/** From 0 to 260 s: the flow has lived for 180 s when the power is cut. */
const slowFlow: LongUdp = { intervalMs: 20_000, count: 14, cutAfterMs: 185_000 };

export const longUdp: Scenario = {
  name: "long-udp",
  summary: "A UDP flow that has been alive for 180 s, one packet every 20 s each way, outlives the power cut of its router",
  runs: 2,
  thresholds: [
    { value: "foreign", statistic: "max", atMost: 0 },
    { value: "lost", statistic: "max", atMost: 0 },
  ],
  setUp: (progress) => setUp("soak-udp", progress, (stand) => outliveThePowerCut(stand, slowFlow)),
};

/** The negative control: with a silent owner the flow must be lost. */
export const longUdpSilent: Scenario = {
  name: "long-udp-silent",
  summary: "The negative control of long-udp: when the owner tells nobody of the flow again, the server's next datagram must be lost",
  runs: 1,
  thresholds: [{ value: "lost", statistic: "min", atLeast: 2 }],
  setUp: (progress) =>
    setUp("soak-udpn", progress, async (stand) => ({
      ...(await outliveThePowerCut(stand, { ...slowFlow, isOwnerSilent: true })),
      failures: [],
    })),
};

async function setUp(name: string, progress: (text: string) => void, run: (stand: Stand) => Promise<Run>): Promise<Session> {
  const stand = await Stand.up({ name, racks: ["rack-a"], onProgress: progress });
  await stand.mend();
  return { run: () => run(stand), tearDown: () => stand.down() };
}
