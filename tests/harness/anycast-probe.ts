import type { Place } from "./place.ts";
import { Program } from "./program.ts";
import type { Gap } from "./programs/arrivals.ts";
import type { UdpProbeClientParams, UdpProbeClientResult } from "./programs/udp-probe-client.ts";
import type { UdpProbeServerParams, UdpProbeServerResult } from "./programs/udp-probe-server.ts";

export type AnycastProbeOptions = {
  client: Place;
  /** A server stands on each: whichever the routers choose answers. */
  servers: readonly Place[];
  /** The VIP; servers answer from it. */
  address: string;
  port: number;
  rateHz: number;
  /** Most datagrams to send: the probe ends there when nobody stops it before. */
  count: number;
  gapAfterMs?: number;
  tailMs?: number;
};

export type AnycastProbeResult = {
  sent: number;
  /** Numbered datagrams that were answered by any server, each counted once. */
  answered: number;
  lost: number;
  longestGapMs: number;
  gaps: Gap[];
  /** Different datagrams that each server has received, by place; null: it was gone before it could tell. */
  received: Record<string, number | null>;
  /** The client's own longest stall: what it says of a silence is not evidence against the network during that. */
  longestStallMs: number;
  isRealTime: boolean;
};

export type AnycastProbe = {
  result: Promise<AnycastProbeResult>;
  stop: () => Promise<AnycastProbeResult>;
  abandon: () => void;
};

let sessions = 500_000;

/** Servers of one address on several places; each answers every session's datagrams, and ends by itself after `maxMs`. */
export class AnycastServers {
  readonly #servers: { readonly place: Place; readonly program: Program<UdpProbeServerResult> }[] = [];

  static async start(options: Omit<AnycastProbeOptions, "client">): Promise<AnycastServers> {
    const { servers, address, port, rateHz, count } = options;
    const started = new AnycastServers();
    const maxMs = Math.ceil((count * 1000) / rateHz) + 30_000;
    const params: UdpProbeServerParams = { address, port, capacity: count, gapAfterMs: 20, maxMs, push: { rateHz, count } };
    for (const place of servers) {
      started.#servers.push({ place, program: Program.start<UdpProbeServerResult>(place, "udp-probe-server.ts", params) });
    }
    await Promise.all(started.#servers.map(({ program }) => program.ready()));
    return started;
  }

  async stop(): Promise<Record<string, number | null>> {
    const told = await Promise.all(
      this.#servers.map(async ({ place, program }) => {
        const result = await program.stop().catch(() => null);
        return [place.name, result === null ? null : (result.received?.distinct ?? 0)] as const;
      }),
    );
    return Object.fromEntries(told);
  }

  abandon(): void {
    for (const { program } of this.#servers) program.abandon();
  }
}

/** One numbered stream of datagrams to an anycast address, answered by whom the routers choose. Resolves once it runs. */
export async function startAnycastProbe(options: AnycastProbeOptions): Promise<AnycastProbe> {
  const { client: place, address, port, rateHz, count } = options;
  const [gapAfterMs, tailMs] = [options.gapAfterMs ?? 20, options.tailMs ?? 500];
  const session = (process.pid * 1000 + ++sessions) >>> 0;
  const maxMs = Math.ceil((count * 1000) / rateHz) + tailMs + 10_000;
  const params: UdpProbeClientParams = { address, port, session, mode: "echo", rateHz, count, gapAfterMs, tailMs, maxMs };
  const servers = await AnycastServers.start(options);
  const client = Program.start<UdpProbeClientResult>(place, "udp-probe-client.ts", params);
  await client.ready().catch((error: unknown) => {
    servers.abandon();
    throw error;
  });
  const collect = async (): Promise<AnycastProbeResult> => {
    const { sent, received, isRealTime } = await client.result;
    return {
      sent: sent.sent,
      answered: received.distinct,
      lost: sent.sent - received.distinct,
      longestGapMs: received.longestGapMs,
      gaps: received.gaps,
      received: await servers.stop(),
      longestStallMs: sent.longestStallMs,
      isRealTime,
    };
  };
  const result = collect();
  result.catch(() => {});
  const stop = (): Promise<AnycastProbeResult> => {
    client.command("stop");
    return result;
  };
  const abandon = (): void => {
    client.abandon();
    servers.abandon();
  };
  return { result, stop, abandon };
}
