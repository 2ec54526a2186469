import { createSocket } from "node:dgram";
import { Arrivals, type ArrivalReport } from "./arrivals.ts";
import { epochMs, monotonicMs } from "./clock.ts";
import { emit, endWithin, finish, listen, readParams } from "./control.ts";
import { datagramKinds, parseDatagram, renderDatagram } from "./datagram.ts";

export type LongUdpParams = {
  role: "client" | "server";
  address: string;
  port: number;
  session: number;
  /** One datagram each way in every interval; the server's lie half an interval after the client's. */
  intervalMs: number;
  count: number;
  tailMs: number;
  maxMs: number;
};

export type LongUdpEnd = {
  sent: number;
  received: ArrivalReport;
  /** Server: the source that it saw first and sends to ever after. */
  source: string | null;
  /** Server: datagrams of this session from another source: the flow's translation was lost and made anew. */
  foreign: { atMs: number; source: string }[];
  errors: Record<string, number>;
};

/** Either end of one slow flow that must be the same flow to the end, as QUIC, WireGuard or SIP would want it. */
const params = readParams<LongUdpParams>();
const socket = createSocket(params.address.includes(":") ? "udp6" : "udp4");
const arrivals = new Arrivals(params.count, params.intervalMs * 1.8);
const foreign: LongUdpEnd["foreign"] = [];
const errors: Record<string, number> = {};
let source: string | null = null;
let sent = 0;
let timer: NodeJS.Timeout | undefined;

function noteError(error: (Error & { code?: string }) | null): void {
  if (error !== null) errors[error.code ?? error.message] = (errors[error.code ?? error.message] ?? 0) + 1;
}

function send(kind: 1 | 4, to?: { port: number; address: string }): void {
  const now = monotonicMs();
  const bytes = renderDatagram({
    kind,
    late: false,
    session: params.session,
    seq: sent++,
    sentAt: now,
    serverCount: 0,
    serverDistinct: 0,
    serverReceivedAt: 0,
  });
  if (to === undefined) socket.send(bytes, noteError);
  else socket.send(bytes, to.port, to.address, noteError);
  if (sent < params.count) return;
  clearInterval(timer);
  if (params.role === "client") setTimeout(stop, params.tailMs + params.intervalMs / 2);
}

function stop(): void {
  const end: LongUdpEnd = { sent, received: arrivals.report(), source, foreign, errors };
  finish(end);
}

socket.on("message", (bytes, from) => {
  const datagram = parseDatagram(bytes);
  if (datagram === undefined || datagram.session !== params.session) return;
  const sender = `${from.address} ${from.port}`;
  if (params.role === "server" && source === null) {
    source = sender;
    setTimeout(() => {
      send(datagramKinds.push, from);
      if (params.count > 1) timer = setInterval(() => send(datagramKinds.push, from), params.intervalMs);
    }, params.intervalMs / 2);
  }
  if (params.role === "server" && sender !== source) foreign.push({ atMs: epochMs(monotonicMs()), source: sender });
  else arrivals.note(datagram.seq);
});
socket.on("error", noteError);
endWithin(params.maxMs, stop);
listen((command) => {
  if (command === "stop") stop();
});

if (params.role === "server") socket.bind(params.port, params.address, () => emit({ event: "ready" }));
else {
  socket.connect(params.port, params.address, () => {
    emit({ event: "ready" });
    timer = setInterval(() => send(datagramKinds.probe), params.intervalMs);
    send(datagramKinds.probe);
  });
}
