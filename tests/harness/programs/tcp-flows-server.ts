import { createServer, type Socket } from "node:net";
import { emit, endWithin, finish, listen, readParams } from "./control.ts";
import { FlowBook } from "./flow-book.ts";
import { answerTo, FrameReader, frameKinds, renderFrame } from "./flow-frame.ts";

export type TcpFlowsServerParams = {
  address: string;
  /** Flows to the first ports are client-first: the server only answers. */
  clientFirstPorts: number[];
  /** Flows to these are server-first: after the opening only the server asks, the client only answers. */
  serverFirstPorts: number[];
  perSecond: number;
  deadlineMs: number;
  maxMs: number;
};

const params = readParams<TcpFlowsServerParams>();
const book = new FlowBook(params.perSecond);
const sockets = new Set<Socket>();
let accepted = 0;

function serve(socket: Socket, isServerFirst: boolean): void {
  accepted++;
  sockets.add(socket);
  socket.setNoDelay(true);
  const reader = new FrameReader();
  let flow = -1;
  socket.on("data", (chunk) => {
    for (const frame of reader.read(chunk)) {
      flow = frame.flow;
      if (frame.kind === frameKinds.hello) {
        if (isServerFirst) book.add(flow, socket);
        socket.write(renderFrame(frameKinds.welcome, flow, frame.nonce));
      } else if (frame.kind === frameKinds.ask) socket.write(renderFrame(frameKinds.answer, flow, answerTo(frame.nonce)));
      else if (frame.kind === frameKinds.answer) book.answered(flow, frame.nonce);
    }
  });
  socket.on("error", (error: Error & { code?: string }) => book.died(flow, error.code ?? error.message));
  socket.on("end", () => book.died(flow, "EOF"));
  socket.on("close", () => sockets.delete(socket));
}

function stop(): void {
  for (const socket of sockets) socket.resetAndDestroy();
  finish({ accepted, rssBytes: process.memoryUsage.rss() });
}

endWithin(params.maxMs, stop);
listen((command) => {
  const [word, round] = command.split(" ");
  if (word === "stop") stop();
  if (word === "exchange") {
    void book.exchange(Number(round), params.deadlineMs).then((report) => emit({ event: "exchanged", report }));
  }
});

const ports = [
  ...params.clientFirstPorts.map((port) => ({ port, isServerFirst: false })),
  ...params.serverFirstPorts.map((port) => ({ port, isServerFirst: true })),
];
let listening = 0;
for (const { port, isServerFirst } of ports) {
  const server = createServer((socket) => serve(socket, isServerFirst));
  server.on("error", (error) => {
    emit({ event: "failed", message: error.message });
    process.exit(1);
  });
  server.listen({ port, host: params.address, backlog: 4096 }, () => {
    if (++listening === ports.length) emit({ event: "ready" });
  });
}
