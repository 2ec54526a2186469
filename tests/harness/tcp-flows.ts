import type { Place } from "./place.ts";
import { Program } from "./program.ts";
import type { ExchangeReport } from "./programs/flow-book.ts";
import type { OpenReport, TcpFlowsClientParams } from "./programs/tcp-flows-client.ts";
import type { TcpFlowsServerParams } from "./programs/tcp-flows-server.ts";

export type TcpFlowsOptions = {
  client: Place;
  server: Place;
  /** The server's address as the client reaches it. */
  address: string;
  /** First of a row of ports: one for each 20,000 flows of each kind. */
  firstPort: number;
  clientFirst: number;
  serverFirst: number;
  perSecond?: number;
  /** A flow that has not answered its nonce by then is dead. */
  deadlineMs?: number;
  maxMs: number;
};

/** `clientFirst` as the client saw it, `serverFirst` as the server saw it: the end that asks keeps the book. */
export type TcpFlowsResult = { clientFirst: ExchangeReport; serverFirst: ExchangeReport };

/** Established TCP connections that lie idle until `exchange` asks each for a sign of life. */
export class TcpFlows {
  readonly opened: OpenReport;
  readonly #client: Program<{ rssBytes: number }>;
  readonly #server: Program<{ rssBytes: number }>;
  #round = 0;

  /**
   * Opens all flows at a bounded pace and resolves when each has had a welcome from the server. The caller checks `opened.failed`.
   * Server-first flows are silent on the client's side until the server speaks: after a failover only a router that knows their state
   * lets them live, whatever `nf_conntrack_tcp_loose` says.
   */
  static async open(options: TcpFlowsOptions): Promise<TcpFlows> {
    const { clientFirst, serverFirst, address, maxMs } = options;
    const [perSecond, deadlineMs] = [options.perSecond ?? 4000, options.deadlineMs ?? 10_000];
    const ports = (flows: number, first: number): number[] =>
      Array.from({ length: Math.max(1, Math.ceil(flows / 20_000)) }, (_, n) => first + n);
    const clientFirstPorts = ports(clientFirst, options.firstPort);
    const serverFirstPorts = ports(serverFirst, options.firstPort + clientFirstPorts.length);
    const common = { clientFirstPorts, serverFirstPorts, perSecond, deadlineMs, maxMs };
    const serverParams: TcpFlowsServerParams = { ...common, address: address.includes(":") ? "::" : "0.0.0.0" };
    const limits = { openWindow: 256, openTimeoutMs: 10_000, localPortRange: [10_000, 65_000] as [number, number] };
    const clientParams: TcpFlowsClientParams = { ...common, ...limits, address, clientFirst, serverFirst };
    const server = Program.start<{ rssBytes: number }>(options.server, "tcp-flows-server.ts", serverParams);
    const client = Program.start<{ rssBytes: number }>(options.client, "tcp-flows-client.ts", clientParams);
    try {
      await Promise.all([server.ready(), client.ready()]);
      const event = await client.ask("open", "opened");
      return new TcpFlows(event["report"] as OpenReport, client, server);
    } catch (error) {
      for (const program of [client, server]) program.abandon();
      throw error;
    }
  }

  private constructor(opened: OpenReport, client: Program<{ rssBytes: number }>, server: Program<{ rssBytes: number }>) {
    this.opened = opened;
    this.#client = client;
    this.#server = server;
  }

  /** Asks every flow once; may be repeated, after each of several moves say. */
  async exchange(): Promise<TcpFlowsResult> {
    const round = ++this.#round;
    const [client, server] = await Promise.all([this.#client, this.#server].map((end) => end.ask(`exchange ${round}`, "exchanged")));
    return { clientFirst: client!["report"] as ExchangeReport, serverFirst: server!["report"] as ExchangeReport };
  }

  /** Resets all flows and ends both programs; tells how much memory each held. */
  async close(): Promise<{ clientRssBytes: number; serverRssBytes: number }> {
    const [client, server] = await Promise.all([this.#client.stop(), this.#server.stop()]);
    return { clientRssBytes: client.rssBytes, serverRssBytes: server.rssBytes };
  }

  abandon(): void {
    for (const program of [this.#client, this.#server]) program.abandon();
  }
}
