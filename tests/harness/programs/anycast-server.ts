import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { emit, endWithin, finish, listen, readParams, takeRealTime } from "./control.ts";

export type AnycastServerParams = {
  /** Bound to, so that answers come from it. */
  address: string;
  port: number;
  /** Comes back in every answer: which of the servers it was. */
  place: number;
  maxMs: number;
};

export type AnycastServerResult = { answered: number };

/** Answers every datagram with its own bytes, the server's number in front: whoever asks learns whom the routers chose. No memory of flows. */
const params = readParams<AnycastServerParams>();
takeRealTime();
const socket = createSocket(isIPv6(params.address) ? "udp6" : "udp4");
let answered = 0;

socket.on("message", (bytes, from) => {
  answered++;
  socket.send([Uint8Array.of(params.place), bytes], from.port, from.address, () => {});
});

const stop = (): void => finish({ answered } satisfies AnycastServerResult);
endWithin(params.maxMs, stop);
listen((command) => {
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
