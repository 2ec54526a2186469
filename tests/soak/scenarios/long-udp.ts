import { setTimeout as sleep } from "node:timers/promises";
import { startLongUdp, type LongUdpOptions } from "../../harness/long-udp.ts";
import type { Run, Scenario } from "../../harness/scenario.ts";
import { Stand, type StandOptions } from "../../harness/stand.ts";
import { memberOf } from "./traffic.ts";

export type LongUdp = Pick<LongUdpOptions, "intervalMs" | "count"> & {
  /**
   * When the power is cut, after the flow's first datagram: soon after one of the client's, so that the server's, half an interval later, is
   * the first that the heir sees. The client's own would make the same translation anew, and hide that it was lost.
   */
  cutAfterMs: number;
  /**
   * Sets `nf_conntrack_udp_timeout_stream` in the routers' namespaces, in seconds, so that a shorter flow than the kernel's 120 s shows the
   * same: without a refresh it would expire on the standbys before the cut.
   */
  streamTimeoutSeconds?: number;
  /** The negative control: the owner's watch stands still from the start on, and with it the refresh. */
  isRefreshStopped?: boolean;
};

/** One slow UDP flow over each family, alive on the owner only: its refreshes make no events. Then the owner loses its power. */
export async function outliveThePowerCut(stand: Stand, options: LongUdp): Promise<Run> {
  const { intervalMs = 20_000, count = 14 } = options;
  if (options.streamTimeoutSeconds !== undefined) await setStreamTimeout(stand, options.streamTimeoutSeconds);
  const [client, server] = [stand.place(memberOf(stand)), stand.place("internet")];
  const victim = await stand.owner();
  const startedAtMs = Date.now();
  const flows = await Promise.all(
    [
      { address: "198.51.100.2", port: 7801 },
      { address: "2001:db8:100::2", port: 7802 },
    ].map((to) => startLongUdp({ client, server, ...to, intervalMs, count })),
  );
  try {
    // The flow is established in both directions, and known everywhere; nothing new is told of it from now on.
    await sleep(0.6 * intervalMs);
    if (options.isRefreshStopped === true) await stand.lab.run(victim, ["sh", "-c", 'kill -STOP "$(cat /run/rackway/rw-vr-a-watch/pid)"']);
    await sleep(Math.max(0, startedAtMs + options.cutAfterMs - Date.now()));
    const failures = await missingOnStandbys(stand, victim);
    await stand.lab.powerOff(victim);
    await stand.ownerOtherThan(victim);
    const results = await Promise.all(flows.map(({ result }) => result));
    const lost = results.reduce((total, { toServer, toClient }) => total + toServer.lost + toClient.lost, 0);
    const foreign = results.reduce((total, result) => total + result.foreign.length, 0);
    if (foreign > 0) failures.push(`${foreign} datagrams came from another source: the translation was lost, and made anew`);
    if (lost > 0) failures.push(`${lost} datagrams were lost`);
    return { group: "power cut", values: { lost, foreign }, failures, details: { victim, results } };
  } finally {
    for (const flow of flows) flow.abandon();
    await stand.mend();
  }
}

/** Standbys whose kernels do not hold the flows. */
async function missingOnStandbys(stand: Stand, owner: string): Promise<string[]> {
  const list = "conntrack -L -f ipv4 -p udp --dport 7801; conntrack -L -f ipv6 -p udp --dport 7802";
  const standbys = stand.controllers().filter((host) => host !== owner && stand.lab.isOn(host));
  const held = await Promise.all(
    standbys.map(async (host) => (await stand.inRouter(host, list)).stdout.split("\n").filter(Boolean).length),
  );
  return standbys.flatMap((host, index) => (held[index] === 2 ? [] : [`${host} holds ${held[index]} of 2 flows before the cut`]));
}

async function setStreamTimeout(stand: Stand, seconds: number): Promise<void> {
  const script = `sysctl -qw net.netfilter.nf_conntrack_udp_timeout_stream=${seconds} net.netfilter.nf_conntrack_udp_timeout=${seconds}`;
  await Promise.all(stand.controllers().map((host) => stand.inRouter(host, script)));
}

/** The watch refreshes every 20 rounds: at the shortest interval that the document allows, every few seconds. */
export const watchFast: NonNullable<StandOptions["edit"]> = (document) => {
  for (const router of document.spec.virtualRouters) router.uplinkCheck.intervalMs = 200;
};

export const longUdp: Scenario = {
  name: "long-udp",
  summary: "A UDP flow that has been alive for 180 s, one packet every 20 s each way, outlives the power cut of its router",
  runs: 2,
  thresholds: [
    { value: "foreign", statistic: "max", atMost: 0 },
    { value: "lost", statistic: "max", atMost: 0 },
  ],
  async setUp(progress) {
    const stand = await Stand.up({ name: "soak-udp", racks: ["rack-a"], onProgress: progress });
    await stand.mend();
    // From 0 to 260 s: the flow has lived for 180 s when the power is cut.
    return { run: () => outliveThePowerCut(stand, { intervalMs: 20_000, count: 14, cutAfterMs: 185_000 }), tearDown: () => stand.down() };
  },
};
