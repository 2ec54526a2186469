import { connect, type Socket } from "node:net";
import { monotonicMs, roundMs } from "./clock.ts";
import { emit, endWithin, finish, listen, readParams } from "./control.ts";
import { FlowBook, type FlowDeaths } from "./flow-book.ts";
import { answerTo, FrameReader, frameKinds, renderFrame } from "./flow-frame.ts";
import { setWhileRunning } from "./namespace-sysctl.ts";

export type TcpFlowsClientParams = {
  address: string;
  clientFirstPorts: number[];
  serverFirstPorts: number[];
  /** How many flows of each kind. */
  clientFirst: number;
  serverFirst: number;
  /** Flows opened a second, and how many may be half open at once. */
  perSecond: number;
  openWindow: number;
  openTimeoutMs: number;
  deadlineMs: number;
  /** Written to net.ipv4.ip_local_port_range of the client's namespace, and put back at the end. */
  localPortRange: [number, number];
  maxMs: number;
};

export type OpenReport = { opened: number; failed: FlowDeaths; tookMs: number };

const params = readParams<TcpFlowsClientParams>();
const book = new FlowBook(params.perSecond);
/** Read buffers are shared: ten thousand idle flows would hold 64 KiB each. */
const sharedBuffer = Buffer.alloc(4096);
const failed: FlowDeaths = {};
const sockets = new Set<Socket>();
let opened = 0;

function open(flow: number, port: number, isServerFirst: boolean): Promise<void> {
  return new Promise((resolve) => {
    const reader = new FrameReader();
    let isOpen = false;
    const onFrames = (count: number): boolean => {
      for (const frame of reader.read(sharedBuffer.subarray(0, count))) {
        if (frame.kind === frameKinds.welcome) {
          isOpen = true;
          opened++;
          clearTimeout(timer);
          resolve();
        } else if (frame.kind === frameKinds.ask) socket.write(renderFrame(frameKinds.answer, flow, answerTo(frame.nonce)));
        else if (frame.kind === frameKinds.answer) book.answered(flow, frame.nonce);
      }
      return true;
    };
    const socket = connect({ host: params.address, port, noDelay: true, onread: { buffer: sharedBuffer, callback: onFrames } });
    sockets.add(socket);
    const over = (code: string): void => {
      clearTimeout(timer);
      sockets.delete(socket);
      if (isOpen) return book.died(flow, code);
      failed[code] = (failed[code] ?? 0) + 1;
      socket.destroy();
      resolve();
    };
    const timer = setTimeout(() => over("ETIMEDOUT"), params.openTimeoutMs);
    socket.on("connect", () => {
      if (!isServerFirst) book.add(flow, socket);
      socket.write(renderFrame(frameKinds.hello, flow, 0n));
    });
    socket.on("error", (error: Error & { code?: string }) => over(error.code ?? error.message));
    socket.on("end", () => over("EOF"));
  });
}

async function openAll(): Promise<OpenReport> {
  const startedAt = monotonicMs();
  const total = params.clientFirst + params.serverFirst;
  const opening = new Set<Promise<void>>();
  for (let flow = 0; flow < total; flow++) {
    const ahead = (flow * 1000) / params.perSecond - (monotonicMs() - startedAt);
    if (ahead > 1) await new Promise((resolve) => setTimeout(resolve, ahead));
    while (opening.size >= params.openWindow) await Promise.race(opening);
    const isServerFirst = flow >= params.clientFirst;
    const ports = isServerFirst ? params.serverFirstPorts : params.clientFirstPorts;
    const attempt: Promise<void> = open(flow, ports[flow % ports.length]!, isServerFirst).finally(() => opening.delete(attempt));
    opening.add(attempt);
  }
  await Promise.all(opening);
  return { opened, failed, tookMs: roundMs(monotonicMs() - startedAt) };
}

setWhileRunning("net.ipv4.ip_local_port_range", params.localPortRange.join(" "));

function stop(): void {
  for (const socket of sockets) socket.resetAndDestroy();
  finish({ opened, rssBytes: process.memoryUsage.rss() });
}

endWithin(params.maxMs, stop);
listen((command) => {
  const [word, round] = command.split(" ");
  if (word === "stop") stop();
  if (word === "open") void openAll().then((report) => emit({ event: "opened", report }));
  if (word === "exchange") {
    void book.exchange(Number(round), params.deadlineMs).then((report) => emit({ event: "exchanged", report }));
  }
});
emit({ event: "ready" });
