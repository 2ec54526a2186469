import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { epochMs, monotonicMs, roundMs } from "./clock.ts";
import { emit, endWithin, finish, listen, readParams } from "./control.ts";
import { Pacer } from "./pacer.ts";

export type TimeQuestionsClientParams = { servers: string[]; port: number; perSecond: number; maxMs: number };

/** An answer of a synchronised server. The truth at `atMs` lies within half of the round trip around the offset, whatever held it up. */
export type TimeSample = { atMs: number; offsetMs: number; roundTripMs: number };

export type TimeQuestionsResult = {
  sent: number;
  samples: TimeSample[];
  /** Answers that said that they know no time (leap indicator 3, or stratum 0 or 16). */
  unsynchronised: number;
};

/** Seconds from 1900, where NTP begins, to 1970. */
const eraSeconds = 2_208_988_800;
const messageBytes = 48;
/** Version 4, client (RFC 5905, 7.3). */
const firstByte = 0x23;

const params = readParams<TimeQuestionsClientParams>();
const open = new Map<string, number>();
const samples: TimeSample[] = [];
let [sent, unsynchronised] = [0, 0];
const sockets = new Map(params.servers.map((server) => [server, openSocket(server)]));

function openSocket(server: string): Socket {
  const socket = createSocket(isIPv6(server) ? "udp6" : "udp4");
  socket.on("message", hear);
  socket.on("error", () => {});
  return socket;
}

/** Our own transmit timestamp is a random number: the answer brings it back, and nothing else has to know what it stands for. */
function ask(slot: number): void {
  const server = params.servers[slot % params.servers.length] ?? "";
  const message = Buffer.alloc(messageBytes);
  message[0] = firstByte;
  const nonce = randomBytes(8);
  nonce.copy(message, 40);
  sent++;
  open.set(nonce.toString("hex"), monotonicMs());
  sockets.get(server)?.send(message, params.port, server, () => {});
}

function hear(bytes: Buffer): void {
  const heardAt = monotonicMs();
  if (bytes.length < messageBytes) return;
  const nonce = bytes.subarray(24, 32).toString("hex");
  const askedAt = open.get(nonce);
  if (askedAt === undefined) return;
  open.delete(nonce);
  const [leap, stratum] = [bytes.readUInt8(0) >> 6, bytes.readUInt8(1)];
  if (leap === 3 || stratum === 0 || stratum > 15) return void unsynchronised++;
  const [received, transmitted] = [readTimestampMs(bytes, 32), readTimestampMs(bytes, 40)];
  const offsetMs = (received - epochMs(askedAt) + (transmitted - epochMs(heardAt))) / 2;
  const roundTripMs = heardAt - askedAt - (transmitted - received);
  samples.push({ atMs: epochMs(heardAt), offsetMs: roundMs(offsetMs), roundTripMs: roundMs(roundTripMs) });
}

function readTimestampMs(bytes: Buffer, at: number): number {
  return (bytes.readUInt32BE(at) - eraSeconds) * 1000 + (bytes.readUInt32BE(at + 4) / 2 ** 32) * 1000;
}

const report = (): void => finish({ sent, samples, unsynchronised } satisfies TimeQuestionsResult);
const pacer = new Pacer({
  rateHz: params.perSecond,
  count: Math.ceil((params.maxMs * params.perSecond) / 1000),
  onSlot: ask,
  // The last answers are on their way.
  onDone: () => void setTimeout(report, 500),
});
listen((command) => {
  if (command === "stop") pacer.stop();
});
endWithin(params.maxMs, () => pacer.stop());
pacer.start();
emit({ event: "ready" });
