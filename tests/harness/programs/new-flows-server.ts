import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { emit, endWithin, finish, listen, readParams } from "./control.ts";

export type NewFlowsServerParams = { address: string; port: number; maxMs: number };

/** Echoes one TCP message and each UDP datagram, on the same port number. */
const params = readParams<NewFlowsServerParams>();
let [tcp, udp] = [0, 0];

function fail(error: Error): void {
  emit({ event: "failed", message: error.message });
  process.exit(1);
}

const server = createServer({ noDelay: true }, (socket) => {
  tcp++;
  socket.on("data", (chunk) => socket.write(chunk));
  socket.on("error", () => socket.destroy());
});
const socket = createSocket(params.address.includes(":") ? "udp6" : "udp4");
socket.on("message", (bytes, from) => {
  udp++;
  socket.send(bytes, from.port, from.address, () => {});
});
const stop = (): void => finish({ tcp, udp });
endWithin(params.maxMs, stop);
listen((command) => {
  if (command === "stop") stop();
});
server.on("error", fail);
socket.on("error", fail);
server.listen({ port: params.port, host: params.address, backlog: 4096 }, () => {
  socket.bind(params.port, params.address, () => emit({ event: "ready" }));
});
