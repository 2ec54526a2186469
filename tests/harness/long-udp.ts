import type { Place } from "./place.ts";
import { Program } from "./program.ts";
import type { LongUdpEnd, LongUdpParams } from "./programs/long-udp.ts";

export type LongUdpOptions = {
  client: Place;
  server: Place;
  address: string;
  port: number;
  /** Default 20 s: longer than an unanswered flow's timeout divided by two, shorter than an answered one's. */
  intervalMs?: number;
  /** Datagrams each way; default 10, so 180 s from the first to the last. */
  count?: number;
};

export type LongUdpResult = {
  toServer: { sent: number; received: number; lost: number };
  toClient: { sent: number; received: number; lost: number };
  /** The source that the server saw first, and what came from others: empty when it is one flow to the end. */
  source: string | null;
  foreign: { atMs: number; source: string }[];
  errors: Record<string, number>;
};

let sessions = 0;

/** One slow UDP flow. The server sends only to the source that it saw first, so a translation made anew shows as loss both ways. */
export async function startLongUdp(options: LongUdpOptions): Promise<{ result: Promise<LongUdpResult>; abandon: () => void }> {
  const { address, port } = options;
  const [intervalMs, count, tailMs] = [options.intervalMs ?? 20_000, options.count ?? 10, 1000];
  const maxMs = intervalMs * (count + 1) + tailMs + 5000;
  const params = { port, session: (process.pid * 1000 + 500 + ++sessions) >>> 0, intervalMs, count, tailMs };
  const serverParams: LongUdpParams = { ...params, role: "server", address: address.includes(":") ? "::" : "0.0.0.0", maxMs: maxMs + 5000 };
  const clientParams: LongUdpParams = { ...params, role: "client", address, maxMs };
  const server = Program.start<LongUdpEnd>(options.server, "long-udp.ts", serverParams);
  await server.ready();
  const client = Program.start<LongUdpEnd>(options.client, "long-udp.ts", clientParams);
  await client.ready();
  const result = client.result.then(async (atClient): Promise<LongUdpResult> => {
    const atServer = await server.stop();
    return {
      toServer: way(atClient, atServer),
      toClient: way(atServer, atClient),
      source: atServer.source,
      foreign: atServer.foreign,
      errors: { ...atServer.errors, ...atClient.errors },
    };
  });
  result.catch(() => {});
  return { result, abandon: () => [client, server].forEach((program) => program.abandon()) };
}

function way(from: LongUdpEnd, to: LongUdpEnd): { sent: number; received: number; lost: number } {
  return { sent: from.sent, received: to.received.distinct, lost: from.sent - to.received.distinct };
}
