import type { Place } from "./place.ts";
import { Program } from "./program.ts";
import type { ArrivalReport, Gap } from "./programs/arrivals.ts";
import type { PacerReport, Stall } from "./programs/pacer.ts";
import type { Summary } from "./programs/summary.ts";
import type { UdpProbeClientParams, UdpProbeClientResult } from "./programs/udp-probe-client.ts";
import type { UdpProbeServerParams, UdpProbeServerResult } from "./programs/udp-probe-server.ts";

export type UdpProbeOptions = {
  client: Place;
  server: Place;
  /** The server's address as the client reaches it; the server listens on all addresses of that family. */
  address: string;
  port: number;
  rateHz: number;
  /** Most datagrams to send: the probe ends there when nobody stops it before. */
  count: number;
  /** `echo` (default): the client sends, the server answers. `server-first`: the client only opens, then the server sends. */
  mode?: "echo" | "server-first";
  /** Silences longer than this are listed. */
  gapAfterMs?: number;
  tailMs?: number;
};

/** One direction of the path. `lost` counts datagrams that were sent and never arrived within the tail. */
export type Direction = {
  sent: number;
  received: number;
  lost: number;
  duplicates: number;
  reordered: number;
  longestGapMs: number;
  gaps: Gap[];
};

export type UdpProbeResult = {
  mode: "echo" | "server-first";
  rateHz: number;
  startedAtMs: number;
  endedAtMs: number;
  /** Client to server: null in server-first mode. */
  toServer: Direction | null;
  /** Server to client; in echo mode the answers, so `sent` is what the server had received. */
  toClient: Direction;
  /** Longest gap between answers: the blackout as the client sees it, both directions together. */
  longestGapMs: number;
  gaps: Gap[];
  /** Null in server-first mode, and when nothing was answered. */
  roundTripMs: Summary | null;
  sources: string[];
  sendErrors: Record<string, number>;
  /** The instrument's own weakness: what it says during these times is not evidence against the network. */
  instrument: {
    lateSends: number;
    longestStallMs: number;
    stalls: Stall[];
    socketDrops: number;
    serverReport: "present" | "absent";
    /** The client ran in a real-time class; without one its stalls grow with the machine's load. */
    isRealTime: boolean;
  };
};

export type UdpProbe = {
  /** Ends by itself at `count`. */
  result: Promise<UdpProbeResult>;
  /** Ends the probe now, waits for the tail, and gives the result. */
  stop: () => Promise<UdpProbeResult>;
  abandon: () => void;
};

let sessions = 0;

/** Starts a numbered stream of datagrams and resolves once it runs. Both directions are counted on their own. */
export async function startUdpProbe(options: UdpProbeOptions): Promise<UdpProbe> {
  const { rateHz, count, port, address } = options;
  const mode = options.mode ?? "echo";
  const [gapAfterMs, tailMs] = [options.gapAfterMs ?? 20, options.tailMs ?? 500];
  const maxMs = Math.ceil((count * 1000) / rateHz) + tailMs + 10_000;
  const session = (process.pid * 1000 + ++sessions) >>> 0;
  const listenOn = address.includes(":") ? "::" : "0.0.0.0";
  const serverParams: UdpProbeServerParams = {
    address: listenOn,
    port,
    capacity: count,
    gapAfterMs,
    maxMs: maxMs + 5000,
    push: { rateHz, count },
  };
  const clientParams: UdpProbeClientParams = { address, port, session, mode, rateHz, count, gapAfterMs, tailMs, maxMs };
  const server = Program.start<UdpProbeServerResult>(options.server, "udp-probe-server.ts", serverParams);
  await server.ready();
  const client = Program.start<UdpProbeClientResult>(options.client, "udp-probe-client.ts", clientParams);
  await client.ready().catch((error: unknown) => {
    server.abandon();
    throw error;
  });
  if (mode === "server-first") {
    server
      .waitFor("pushed")
      .then(() => client.command("stop"))
      .catch(() => {});
  }
  const result = collect(mode, rateHz, client, server);
  result.catch(() => {});
  const stop = (): Promise<UdpProbeResult> => {
    if (mode === "echo") client.command("stop");
    else server.command("stop-pushing");
    return result;
  };
  return { result, stop, abandon: () => [client, server].forEach((program) => program.abandon()) };
}

async function collect(
  mode: "echo" | "server-first",
  rateHz: number,
  client: Program<UdpProbeClientResult>,
  server: Program<UdpProbeServerResult>,
): Promise<UdpProbeResult> {
  const fromClient = await client.result;
  // The server's host may have lost its power: then the client's knowledge is all there is.
  const fromServer = await server.stop().catch(() => null);
  return mergeUdpReports(mode, rateHz, fromClient, fromServer);
}

/** Puts both ends' books together. Without the server's, its counts are what its last answer told. */
export function mergeUdpReports(
  mode: "echo" | "server-first",
  rateHz: number,
  client: UdpProbeClientResult,
  server: UdpProbeServerResult | null,
): UdpProbeResult {
  const sender = mode === "echo" ? client.sent : (server?.pushed ?? emptyPacer);
  const atServer: ArrivalReport = server?.received ?? { ...emptyArrivals, distinct: client.serverDistinct };
  const answersSent = mode === "echo" ? atServer.distinct : sender.sent;
  const back = direction(answersSent, client.received);
  return {
    mode,
    rateHz,
    startedAtMs: client.startedAtMs,
    endedAtMs: client.endedAtMs,
    toServer: mode === "echo" ? direction(client.sent.sent, atServer) : null,
    toClient: mode === "echo" ? { ...back, duplicates: client.duplicatedAnswers } : back,
    longestGapMs: client.received.longestGapMs,
    gaps: client.received.gaps,
    roundTripMs: client.roundTripMs,
    sources: server?.sources ?? [],
    sendErrors: client.sendErrors,
    instrument: {
      lateSends: sender.lateSends,
      longestStallMs: sender.longestStallMs,
      stalls: sender.stalls,
      socketDrops: client.socketDrops + (server?.socketDrops ?? 0),
      isRealTime: client.isRealTime,
      serverReport: server === null ? "absent" : "present",
    },
  };
}

const emptyPacer: PacerReport = { sent: 0, lateSends: 0, longestStallMs: 0, stalls: [] };
const emptyArrivals: ArrivalReport = { distinct: 0, duplicates: 0, reordered: 0, longestGapMs: 0, gaps: [] };

function direction(sent: number, arrivals: ArrivalReport): Direction {
  const { distinct, duplicates, reordered, longestGapMs, gaps } = arrivals;
  return { sent, received: distinct, lost: sent - distinct, duplicates, reordered, longestGapMs, gaps };
}
