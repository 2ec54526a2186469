import { createSocket } from "node:dgram";
import { emit, endWithin, finish, listen, readParams } from "./control.ts";

export type NameAnswersServerParams = {
  address: string;
  port: number;
  /** Of these names the server says that it could not. */ broken: string;
  maxMs: number;
};

/** A name server to try the asker on: names of `www` have an address, broken ones are SERVFAIL, all others do not exist. */
const params = readParams<NameAnswersServerParams>();
const socket = createSocket(params.address.includes(":") ? "udp6" : "udp4");
let asked = 0;

socket.on("message", (question, from) => {
  asked++;
  const name = question.toString("latin1");
  const isKnown = name.includes("www");
  const rcode = name.includes(params.broken) ? 2 : isKnown ? 0 : 3;
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8180 | rcode, 2);
  head.writeUInt16BE(rcode === 0 ? 1 : 0, 6);
  // The name by a pointer to the question's, A, IN, 60 s, four bytes.
  const record = rcode === 0 ? [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1] : [];
  socket.send(Buffer.concat([head, Buffer.from(record)]), from.port, from.address);
});
socket.bind(params.port, params.address, () => emit({ event: "ready" }));
const stop = (): void => finish({ asked });
listen((command) => {
  if (command === "stop") stop();
});
endWithin(params.maxMs, stop);
