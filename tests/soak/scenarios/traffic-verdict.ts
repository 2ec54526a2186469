import type { ExchangeReport } from "../../harness/programs/flow-book.ts";
import type { UdpProbeResult } from "../../harness/udp-probe.ts";
import type { TrafficResult } from "./traffic.ts";

/** What the promises say about traffic, in numbers. */
export type TrafficFigures = {
  /** Longest gap between answers, of the worse family. */
  blackoutMs: number;
  blackoutIpv4Ms: number;
  blackoutIpv6Ms: number;
  probesSent: number;
  lostOutward: number;
  lostInward: number;
  clientFirstAlive: number;
  clientFirstDead: number;
  serverFirstAlive: number;
  serverFirstDead: number;
  downloadsRight: number;
  downloadsOther: number;
  newFlows: number;
  newFlowsFailed: number;
  /** UDP flows, one question each, that had no answer: nobody asks again. `newFlowsFailed` is TCP's alone. */
  newUdpUnanswered: number;
};

export function figuresOf({ probes, flows, downloads, newFlows }: TrafficResult): TrafficFigures {
  const both = [probes.ipv4, probes.ipv6];
  const alive = (kind: "clientFirst" | "serverFirst"): number => flows.ipv4[kind].alive + flows.ipv6[kind].alive;
  const dead = (kind: "clientFirst" | "serverFirst"): number => deadOf(flows.ipv4[kind]) + deadOf(flows.ipv6[kind]);
  const [tcp, udp] = [newFlows.map((report) => report.tcp), newFlows.map((report) => report.udp)];
  const failed = (reports: typeof tcp): number => sum(reports.map(({ failures }) => sum(Object.values(failures))));
  return {
    blackoutMs: Math.max(...both.map(({ longestGapMs }) => longestGapMs)),
    blackoutIpv4Ms: probes.ipv4.longestGapMs,
    blackoutIpv6Ms: probes.ipv6.longestGapMs,
    probesSent: sum(both.map((probe) => probe.toServer?.sent ?? 0)),
    lostOutward: sum(both.map(lostOutward)),
    lostInward: sum(both.map((probe) => probe.toClient.lost)),
    clientFirstAlive: alive("clientFirst"),
    clientFirstDead: dead("clientFirst"),
    serverFirstAlive: alive("serverFirst"),
    serverFirstDead: dead("serverFirst"),
    downloadsRight: sum(downloads.map(({ right }) => right)),
    downloadsOther: sum(downloads.map(({ expected, right }) => expected - right)),
    newFlows: sum([...tcp, ...udp].map(({ started }) => started)),
    newFlowsFailed: failed(tcp),
    newUdpUnanswered: failed(udp),
  };
}

/** Every established flow lives, and every download is what the server sent. */
export function checkConnections(figures: TrafficFigures): string[] {
  const failures: string[] = [];
  if (figures.clientFirstDead > 0) failures.push(`${figures.clientFirstDead} client-first flows have died`);
  if (figures.serverFirstDead > 0) failures.push(`${figures.serverFirstDead} server-first flows have died`);
  if (figures.downloadsOther > 0) failures.push(`${figures.downloadsOther} downloads did not end with the right hash`);
  return failures;
}

/**
 * Nothing was lost of what is sent by the millisecond, in either direction, and no new TCP flow failed. New UDP flows are counted apart
 * (`newUdpUnanswered`): what a host tells the others of a connection is half a millisecond on its way, more on a busy machine. When a flow's
 * first packet takes the old way in that moment and its answer the new one, the answer matches no state. TCP sends again.
 */
export function checkLossless(figures: TrafficFigures): string[] {
  const failures: string[] = [];
  const lost = figures.lostOutward + figures.lostInward;
  if (lost > 0)
    failures.push(`${lost} of ${figures.probesSent} probes were lost (${figures.lostOutward} outward, ${figures.lostInward} inward)`);
  if (figures.newFlowsFailed > 0) failures.push(`${figures.newFlowsFailed} new TCP flows failed, of ${figures.newFlows} new flows`);
  return failures;
}

/** What helps to tell the instruments' own weakness from the router's. */
export function instrumentsOf({ probes, newFlows }: TrafficResult): unknown {
  const failed = newFlows.flatMap(({ tcp, udp }) => [tcp.failures, udp.failures]);
  return { ipv4: probes.ipv4.instrument, ipv6: probes.ipv6.instrument, gaps: [probes.ipv4.gaps, probes.ipv6.gaps], newFlowsFailed: failed };
}

function lostOutward(probe: UdpProbeResult): number {
  return probe.toServer?.lost ?? 0;
}

function deadOf(report: ExchangeReport): number {
  return report.expected - report.alive;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
