import type { Place } from "./place.ts";
import { Program } from "./program.ts";
import type { AnycastClientParams, AnycastClientResult, AnycastFlow as FlowOfClient } from "./programs/anycast-client.ts";
import type { AnycastServerParams, AnycastServerResult } from "./programs/anycast-server.ts";
import type { Gap } from "./programs/arrivals.ts";

export type AnycastFlowsOptions = {
  clients: readonly Place[];
  /** A server stands on each: whichever the routers choose answers. At most 256. */
  servers: readonly Place[];
  /** The VIP; servers answer from it. */
  address: string;
  port: number;
  /** Of each client: as many source ports. */
  flows: number;
  /** Datagrams a second of each flow. */
  rateHz: number;
  /** The flows end there when nobody stops them before. */
  maxSeconds: number;
  /** Silences longer than this are listed. */
  gapAfterMs?: number;
  tailMs?: number;
};

/** One flow: `lost` counts datagrams that were sent and never answered within the tail. */
export type AnycastFlow = {
  client: string;
  sent: number;
  answered: number;
  lost: number;
  duplicates: number;
  longestGapMs: number;
  gaps: Gap[];
  /** When, in milliseconds since the epoch, the first hundred lost were sent. */
  lostAtMs: number[];
  /** Names of the servers that answered, in order, with the times (milliseconds since the epoch) of each one's first and last answer. */
  servers: { name: string; fromMs: number; lastMs: number }[];
};

export type AnycastFlowsResult = {
  flows: AnycastFlow[];
  sent: number;
  lost: number;
  longestGapMs: number;
  sendErrors: Record<string, number>;
  /** The instrument's own weakness: a silence during a stall is not evidence against the network. */
  instrument: { longestStallMs: number; isRealTime: boolean };
};

/**
 * Many numbered streams of datagrams to one address that several servers have: who answers, from when to when, and what is lost on the
 * way. Servers remember nothing, so a flow that is sent elsewhere goes on there.
 */
export class AnycastFlows {
  readonly #options: AnycastFlowsOptions;
  readonly #servers: readonly Program<AnycastServerResult>[];
  readonly #clients: readonly Program<AnycastClientResult>[];

  /** Resolves once all flows run. */
  static async start(options: AnycastFlowsOptions): Promise<AnycastFlows> {
    const { address, port, flows, rateHz, maxSeconds } = options;
    const [gapAfterMs, tailMs] = [options.gapAfterMs ?? 20, options.tailMs ?? 500];
    const maxMs = maxSeconds * 1000 + tailMs + 10_000;
    const servers = options.servers.map((place, index) =>
      Program.start<AnycastServerResult>(place, "anycast-server.ts", {
        address,
        port,
        place: index,
        maxMs: maxMs + 5000,
      } satisfies AnycastServerParams),
    );
    const count = Math.ceil(maxSeconds * rateHz);
    const params: AnycastClientParams = { address, port, flows, rateHz, count, gapAfterMs, tailMs, maxMs };
    let clients: Program<AnycastClientResult>[] = [];
    try {
      await Promise.all(servers.map((server) => server.ready()));
      clients = options.clients.map((place) => Program.start<AnycastClientResult>(place, "anycast-client.ts", params));
      await Promise.all(clients.map((client) => client.ready()));
    } catch (error) {
      for (const program of [...servers, ...clients]) program.abandon();
      throw error;
    }
    return new AnycastFlows(options, servers, clients);
  }

  private constructor(
    options: AnycastFlowsOptions,
    servers: readonly Program<AnycastServerResult>[],
    clients: readonly Program<AnycastClientResult>[],
  ) {
    this.#options = options;
    this.#servers = servers;
    this.#clients = clients;
  }

  /** Ends the flows now, waits for the tail, and gives the result. */
  async stop(): Promise<AnycastFlowsResult> {
    for (const client of this.#clients) client.command("stop");
    const results = await Promise.all(this.#clients.map((client) => client.result));
    // A server's host may have lost its power.
    await Promise.all(this.#servers.map((server) => server.stop().catch(() => null)));
    const flows = results.flatMap((result, index) => result.flows.map((flow) => this.#named(flow, index)));
    const sendErrors: Record<string, number> = {};
    for (const result of results)
      for (const [code, times] of Object.entries(result.sendErrors)) sendErrors[code] = (sendErrors[code] ?? 0) + times;
    const sum = (of: (flow: AnycastFlow) => number): number => flows.reduce((total, flow) => total + of(flow), 0);
    return {
      flows,
      sent: sum(({ sent }) => sent),
      lost: sum(({ lost }) => lost),
      longestGapMs: Math.max(...flows.map(({ longestGapMs }) => longestGapMs)),
      sendErrors,
      instrument: {
        longestStallMs: Math.max(...results.map(({ longestStallMs }) => longestStallMs)),
        isRealTime: results.every(({ isRealTime }) => isRealTime),
      },
    };
  }

  abandon(): void {
    for (const program of [...this.#clients, ...this.#servers]) program.abandon();
  }

  #named({ servers, ...flow }: FlowOfClient, client: number): AnycastFlow {
    return {
      ...flow,
      client: this.#options.clients[client]?.name ?? "",
      lost: flow.sent - flow.answered,
      servers: servers.map(({ place, ...times }) => ({ name: hostOf(this.#options.servers[place]), ...times })),
    };
  }
}

/** `ctl-a1` of `ctl-a1/rw-web`. */
function hostOf(place: Place | undefined): string {
  return place?.name.split("/")[0] ?? "";
}
