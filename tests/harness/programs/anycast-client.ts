import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { Arrivals, type Gap } from "./arrivals.ts";
import { epochMs, monotonicMs } from "./clock.ts";
import { emit, endWithin, finish, listen, readParams, takeRealTime } from "./control.ts";
import { Pacer, type Stall } from "./pacer.ts";

export type AnycastClientParams = {
  address: string;
  port: number;
  /** Sockets, each with a source port of its own: what routers tell apart. */
  flows: number;
  /** Datagrams a second of each flow. */
  rateHz: number;
  /** Most datagrams of each flow. */
  count: number;
  gapAfterMs: number;
  tailMs: number;
  maxMs: number;
};

export type AnycastFlow = {
  sent: number;
  /** Numbered datagrams that were answered, each counted once. */
  answered: number;
  duplicates: number;
  longestGapMs: number;
  gaps: Gap[];
  /** When, in milliseconds since the epoch, the first hundred of those were to be sent that nobody answered. */
  lostAtMs: number[];
  /** Who answered, from when on, in order: one entry means that the flow stayed where it was. */
  servers: { place: number; fromMs: number; lastMs: number }[];
};

export type AnycastClientResult = {
  flows: AnycastFlow[];
  sendErrors: Record<string, number>;
  longestStallMs: number;
  stalls: Stall[];
  isRealTime: boolean;
};

const params = readParams<AnycastClientParams>();
const isRealTime = takeRealTime();
const sendErrors: Record<string, number> = {};
let isFinished = false;

class Flow {
  readonly #socket: Socket;
  readonly #servers: AnycastFlow["servers"] = [];
  #arrivals: Arrivals | undefined;
  #beganAtMs = 0;
  #sent = 0;

  constructor() {
    this.#socket = createSocket(isIPv6(params.address) ? "udp6" : "udp4");
    this.#socket.on("message", (bytes) => this.#receive(bytes));
    this.#socket.on("error", noteError);
  }

  connect(): Promise<void> {
    return new Promise((resolve) => this.#socket.connect(params.port, params.address, resolve));
  }

  begin(): void {
    this.#arrivals = new Arrivals(params.count, params.gapAfterMs);
    this.#beganAtMs = epochMs(monotonicMs());
  }

  /** A pending ICMP error fails the *next* send, whose path may be fine: it is counted, and that datagram is sent again at once. */
  send(seq = this.#sent++, attempt = 0): void {
    const bytes = new Uint8Array(64);
    new DataView(bytes.buffer).setUint32(0, seq);
    this.#socket.send(bytes, (error) => {
      if (error === null) return;
      noteError(error);
      if (attempt === 0 && !isFinished) this.send(seq, 1);
    });
  }

  #receive(bytes: Uint8Array): void {
    const place = bytes[0];
    if (bytes.length !== 65 || place === undefined || this.#arrivals === undefined) return;
    const now = monotonicMs();
    this.#arrivals.note(new DataView(bytes.buffer, bytes.byteOffset).getUint32(1), now);
    const last = this.#servers.at(-1);
    if (last?.place === place) last.lastMs = epochMs(now);
    else if (this.#servers.length < 1_000) this.#servers.push({ place, fromMs: epochMs(now), lastMs: epochMs(now) });
  }

  report(now: number): AnycastFlow {
    const received = this.#arrivals?.report(now);
    if (received === undefined) throw new Error("stopped before it was started");
    const { distinct: answered, duplicates, longestGapMs, gaps } = received;
    const missing = this.#arrivals?.missing(this.#sent, 100) ?? [];
    const lostAtMs = missing.map((seq) => Math.round(this.#beganAtMs + (seq * 1000) / params.rateHz));
    return { sent: this.#sent, answered, duplicates, longestGapMs, gaps, lostAtMs, servers: this.#servers };
  }
}

function noteError(error: Error & { code?: string }): void {
  const code = error.code ?? error.message;
  sendErrors[code] = (sendErrors[code] ?? 0) + 1;
}

const flows = Array.from({ length: params.flows }, () => new Flow());
const pacer = new Pacer({
  rateHz: params.rateHz * params.flows,
  count: params.count * params.flows,
  onSlot: (slot) => flows[slot % flows.length]?.send(),
  onDone: () => void setTimeout(report, params.tailMs),
});

function report(): void {
  if (isFinished) return;
  isFinished = true;
  const end = monotonicMs() - params.tailMs;
  const { longestStallMs, stalls } = pacer.report();
  finish({ flows: flows.map((flow) => flow.report(end)), sendErrors, longestStallMs, stalls, isRealTime } satisfies AnycastClientResult);
}

endWithin(params.maxMs, () => pacer.stop());
listen((command) => {
  if (command === "stop") pacer.stop();
});
await Promise.all(flows.map((flow) => flow.connect()));
for (const flow of flows) flow.begin();
emit({ event: "ready" });
pacer.start();
