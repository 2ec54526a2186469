import { createSocket, type RemoteInfo } from "node:dgram";
import { isIPv6 } from "node:net";
import { Arrivals, type ArrivalReport } from "./arrivals.ts";
import { monotonicMs } from "./clock.ts";
import { emit, endWithin, finish, listen, readParams, takeRealTime } from "./control.ts";
import { datagramKinds, parseDatagram, renderDatagram, type Datagram } from "./datagram.ts";
import { Pacer, type PacerReport } from "./pacer.ts";
import { countSocketDrops } from "./socket-drops.ts";

export type UdpProbeServerParams = {
  address: string;
  port: number;
  /** Most datagrams of one direction. */
  capacity: number;
  gapAfterMs: number;
  maxMs: number;
  /** The rate and count of the server's own datagrams to a client that said hello. */
  push: { rateHz: number; count: number };
};

export type UdpProbeServerResult = {
  session: number | null;
  /** Source addresses seen, in order, at most eight: more than one means that the path's translation changed under the flow. */
  sources: string[];
  received: ArrivalReport | null;
  pushed: PacerReport | null;
  socketDrops: number;
};

const params = readParams<UdpProbeServerParams>();
takeRealTime();
const socket = createSocket(isIPv6(params.address) ? "udp6" : "udp4");
const socketDrops = countSocketDrops();
const sources: string[] = [];
let session: number | null = null;
let arrivals: Arrivals | undefined;
let receipts = 0;
let pacer: Pacer | undefined;

function noteSource(from: RemoteInfo): void {
  const source = `${from.address} ${from.port}`;
  if (!sources.includes(source) && sources.length < 8) sources.push(source);
}

function answer(probe: Datagram, from: RemoteInfo): void {
  const now = monotonicMs();
  arrivals ??= new Arrivals(params.capacity, params.gapAfterMs);
  arrivals.note(probe.seq, now);
  const count = { serverCount: ++receipts, serverDistinct: arrivals.distinct, serverReceivedAt: now };
  socket.send(renderDatagram({ ...probe, kind: datagramKinds.answer, ...count }), from.port, from.address, () => {});
}

/** Server-first: after the client's hello only the server sends, to the source that it saw first. */
function startPushing(hello: Datagram, from: RemoteInfo): void {
  if (pacer !== undefined) return;
  pacer = new Pacer({
    ...params.push,
    onSlot: (seq, late) => {
      const now = monotonicMs();
      const count = { serverCount: 0, serverDistinct: 0, serverReceivedAt: now };
      const push: Datagram = { kind: datagramKinds.push, late, session: hello.session, seq, sentAt: now, ...count };
      socket.send(renderDatagram(push), from.port, from.address, () => {});
    },
    onDone: () => emit({ event: "pushed" }),
  });
  pacer.start();
}

socket.on("message", (bytes, from) => {
  const datagram = parseDatagram(bytes);
  if (datagram === undefined) return;
  session ??= datagram.session;
  if (datagram.session !== session) return;
  noteSource(from);
  if (datagram.kind === datagramKinds.probe) answer(datagram, from);
  else if (datagram.kind === datagramKinds.hello) startPushing(datagram, from);
});

function stop(): void {
  pacer?.stop();
  const result: UdpProbeServerResult = {
    session,
    sources,
    received: arrivals?.report() ?? null,
    pushed: pacer?.report() ?? null,
    socketDrops: socketDrops(),
  };
  finish(result);
}

endWithin(params.maxMs, stop);
listen((command) => {
  if (command === "stop-pushing") pacer?.stop();
  if (command === "stop") stop();
});
socket.on("error", (error) => {
  emit({ event: "failed", message: error.message });
  process.exit(1);
});
socket.bind(params.port, params.address, () => {
  socket.setRecvBufferSize(4 * 1024 * 1024);
  emit({ event: "ready" });
});
