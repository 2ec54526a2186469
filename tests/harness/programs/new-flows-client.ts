import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { epochMs, monotonicMs, roundMs } from "./clock.ts";
import { emit, endWithin, finish, listen, readParams } from "./control.ts";
import { Pacer, type Stall } from "./pacer.ts";
import { summarise, type Summary } from "./summary.ts";

export type NewFlowsClientParams = {
  address: string;
  port: number;
  tcpPerSecond: number;
  udpPerSecond: number;
  /** Most flows of each protocol. */
  count: number;
  /** A flow that is not done by then has failed; above 1 s, or a lost SYN is not given its retransmission. */
  timeoutMs: number;
  /** A flow that takes longer than this is reported as delayed: a SYN or an answer was lost and sent again. */
  delayedAfterMs: number;
  maxMs: number;
};

/** Kinds: an errno (`ECONNREFUSED`, `ECONNRESET`, `EHOSTUNREACH` …), `connect-timeout`, `answer-timeout`, or `EOF`. */
export type FlowFailure = { kind: string; startedAtMs: number; tookMs: number; localPort: number };

export type NewFlowsReport = {
  started: number;
  done: number;
  failures: Record<string, number>;
  delayed: number;
  /** The first two hundred that failed or were delayed (kind `delayed`). */
  listed: FlowFailure[];
  /** Of those done. */
  tookMs: Summary | null;
  stalls: Stall[];
};

export type NewFlowsResult = { tcp: NewFlowsReport; udp: NewFlowsReport };

const params = readParams<NewFlowsClientParams>();
const message = Buffer.from("one flow");

class Tally {
  readonly report: NewFlowsReport = { started: 0, done: 0, failures: {}, delayed: 0, listed: [], tookMs: null, stalls: [] };
  readonly #took: number[] = [];
  #open = 0;
  #onEmpty: (() => void) | undefined;

  run(flow: (over: (kind: string, localPort: number) => void) => void): void {
    const startedAt = monotonicMs();
    let isOver = false;
    this.report.started++;
    this.#open++;
    flow((kind, localPort) => {
      if (isOver) return;
      isOver = true;
      this.#note(kind, localPort, startedAt);
      if (--this.#open === 0) this.#onEmpty?.();
    });
  }

  #note(kind: string, localPort: number, startedAt: number): void {
    const took = monotonicMs() - startedAt;
    const listed = { startedAtMs: epochMs(startedAt), tookMs: roundMs(took), localPort };
    if (kind === "done") {
      this.report.done++;
      this.#took.push(took);
      if (took <= params.delayedAfterMs) return;
      this.report.delayed++;
      kind = "delayed";
    } else this.report.failures[kind] = (this.report.failures[kind] ?? 0) + 1;
    if (this.report.listed.length < 200) this.report.listed.push({ kind, ...listed });
  }

  async settled(stalls: Stall[]): Promise<NewFlowsReport> {
    if (this.#open > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
    return { ...this.report, tookMs: summarise(this.#took), stalls };
  }
}

/** One connection: connect, one message each way, close with a reset so that no TIME_WAIT holds the port. */
function connectOnce(over: (kind: string, localPort: number) => void): void {
  const socket = connect({ host: params.address, port: params.port, noDelay: true });
  let isConnected = false;
  const end = (kind: string): void => {
    clearTimeout(timer);
    over(kind, socket.localPort ?? 0);
    socket.resetAndDestroy();
  };
  const timer = setTimeout(() => end(isConnected ? "answer-timeout" : "connect-timeout"), params.timeoutMs);
  socket.on("connect", () => {
    isConnected = true;
    socket.write(message);
  });
  socket.on("data", () => end("done"));
  socket.on("end", () => end("EOF"));
  socket.on("error", (error: Error & { code?: string }) => end(error.code ?? error.message));
}

/** One datagram and its answer, from a port of its own. */
function sendOnce(over: (kind: string, localPort: number) => void): void {
  const socket = createSocket(params.address.includes(":") ? "udp6" : "udp4");
  let port = 0;
  let isClosed = false;
  const end = (kind: string): void => {
    if (isClosed) return;
    isClosed = true;
    clearTimeout(timer);
    socket.close();
    over(kind, port);
  };
  const timer = setTimeout(() => end("answer-timeout"), params.timeoutMs);
  socket.on("message", () => end("done"));
  socket.on("error", (error: Error & { code?: string }) => end(error.code ?? error.message));
  socket.connect(params.port, params.address, () => {
    port = socket.address().port;
    socket.send(message, (error: (Error & { code?: string }) | null) => {
      if (error !== null) end(error.code ?? error.message);
    });
  });
}

const [tcp, udp] = [new Tally(), new Tally()];
let pacing = 0;
const pacers = [
  { rateHz: params.tcpPerSecond, tally: tcp, flow: connectOnce },
  { rateHz: params.udpPerSecond, tally: udp, flow: sendOnce },
]
  .filter(({ rateHz }) => rateHz > 0)
  .map(
    ({ rateHz, tally, flow }) => new Pacer({ rateHz, count: params.count, onSlot: () => tally.run(flow), onDone: () => void pacingDone() }),
  );

async function pacingDone(): Promise<void> {
  if (--pacing > 0) return;
  const stalls = pacers[0]?.report().stalls ?? [];
  const result: NewFlowsResult = { tcp: await tcp.settled(stalls), udp: await udp.settled(stalls) };
  finish(result);
}

const stop = (): void => pacers.forEach((pacer) => pacer.stop());
endWithin(params.maxMs, stop);
listen((command) => {
  if (command === "stop") stop();
});
pacing = pacers.length;
emit({ event: "ready" });
for (const pacer of pacers) pacer.start();
