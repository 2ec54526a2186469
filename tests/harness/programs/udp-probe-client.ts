import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { Arrivals, type ArrivalReport } from "./arrivals.ts";
import { epochMs, monotonicMs } from "./clock.ts";
import { emit, endWithin, finish, listen, readParams, takeRealTime } from "./control.ts";
import { datagramKinds, parseDatagram, renderDatagram, type DatagramKind } from "./datagram.ts";
import { Pacer, type PacerReport } from "./pacer.ts";
import { countSocketDrops } from "./socket-drops.ts";
import { summarise, type Summary } from "./summary.ts";

export type UdpProbeClientParams = {
  address: string;
  port: number;
  session: number;
  /** `echo`: the client sends, the server answers. `server-first`: the client only opens, then the server sends. */
  mode: "echo" | "server-first";
  rateHz: number;
  count: number;
  gapAfterMs: number;
  /** How long to wait for the last answers. */
  tailMs: number;
  maxMs: number;
};

export type UdpProbeClientResult = {
  startedAtMs: number;
  endedAtMs: number;
  sent: PacerReport;
  sendErrors: Record<string, number>;
  received: ArrivalReport;
  /** Answers that came twice although the server had received the probe once: duplicated on the way back. */
  duplicatedAnswers: number;
  /** The highest count that the server told of: how many different probes it had received by then. */
  serverDistinct: number;
  roundTripMs: Summary | null;
  socketDrops: number;
  isRealTime: boolean;
};

const params = readParams<UdpProbeClientParams>();
const isRealTime = takeRealTime();
const socket = createSocket(isIPv6(params.address) ? "udp6" : "udp4");
const socketDrops = countSocketDrops();
const sendErrors: Record<string, number> = {};
const answeredCounts = new Uint32Array(params.count);
const roundTripMs: number[] = [];
let arrivals: Arrivals | undefined;
let serverDistinct = 0;
let duplicatedAnswers = 0;
let startedAt = 0;
let finished = false;
let helloTimer: NodeJS.Timeout | undefined;

/** A pending ICMP error fails the *next* send, whose path may be fine: it is counted, and that datagram is sent again at once. */
function send(kind: DatagramKind, seq: number, late: boolean, attempt = 0): void {
  const sentAt = monotonicMs();
  const bytes = renderDatagram({
    kind,
    late,
    session: params.session,
    seq,
    sentAt,
    serverCount: 0,
    serverDistinct: 0,
    serverReceivedAt: 0,
  });
  socket.send(bytes, (error: (Error & { code?: string }) | null) => {
    if (error === null) return;
    const code = error.code ?? error.message;
    sendErrors[code] = (sendErrors[code] ?? 0) + 1;
    if (attempt === 0 && !finished) send(kind, seq, late, 1);
  });
}

const pacer = new Pacer({
  rateHz: params.rateHz,
  count: params.mode === "echo" ? params.count : 0,
  onSlot: (seq, late) => send(datagramKinds.probe, seq, late),
  onDone: () => void setTimeout(report, params.tailMs),
});

socket.on("message", (bytes) => {
  const datagram = parseDatagram(bytes);
  if (datagram === undefined || datagram.session !== params.session || arrivals === undefined) return;
  clearInterval(helloTimer);
  const now = monotonicMs();
  if (arrivals.note(datagram.seq, now)) {
    if (datagram.kind === datagramKinds.answer && !datagram.late) roundTripMs.push(now - datagram.sentAt);
    answeredCounts[datagram.seq] = datagram.serverCount;
  } else if (answeredCounts[datagram.seq] === datagram.serverCount && datagram.kind === datagramKinds.answer) {
    duplicatedAnswers++;
  }
  serverDistinct = Math.max(serverDistinct, datagram.serverDistinct);
});
socket.on("error", (error: Error & { code?: string }) => {
  const code = error.code ?? error.message;
  sendErrors[code] = (sendErrors[code] ?? 0) + 1;
});

function report(): void {
  if (finished) return;
  finished = true;
  const now = monotonicMs();
  const received = arrivals?.report(now - (params.mode === "echo" ? params.tailMs : 0));
  if (received === undefined) throw new Error("stopped before it was started");
  const result: UdpProbeClientResult = {
    startedAtMs: epochMs(startedAt),
    endedAtMs: epochMs(now),
    sent: pacer.report(),
    sendErrors,
    received,
    duplicatedAnswers,
    serverDistinct,
    roundTripMs: summarise(roundTripMs),
    socketDrops: socketDrops(),
    isRealTime,
  };
  finish(result);
}

function start(): void {
  startedAt = monotonicMs();
  arrivals = new Arrivals(params.count, params.gapAfterMs);
  emit({ event: "ready" });
  if (params.mode === "echo") return pacer.start();
  const hello = (): void => send(datagramKinds.hello, 0, false);
  hello();
  helloTimer = setInterval(hello, 200);
}

function stop(): void {
  if (params.mode === "echo") pacer.stop();
  else setTimeout(report, params.tailMs);
}

endWithin(params.maxMs, stop);
listen((command) => {
  if (command === "stop") stop();
});
socket.connect(params.port, params.address, () => {
  socket.setRecvBufferSize(4 * 1024 * 1024);
  start();
});
