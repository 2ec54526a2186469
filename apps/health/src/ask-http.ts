import { isIPv6 } from "node:net";
import type { Socket } from "node:net";
import { createSecureContext, getCACertificates } from "node:tls";
import type { SecureContext } from "node:tls";

import type { Answer } from "./ask.ts";

/** What may come before the status of the final answer. */
const longestHead = 16 * 1024;

/**
 * One question of HTTP/1.1 (RFC 9112) and no more of the answer than its status: a client that reads all of it costs a host with a thousand
 * VIPs a processor. 200 to 399 (RFC 9110, 15.3 and 15.4) is well.
 */
export function questionOf(address: string, { port, path, host }: { port: number; path: string; host: string | null }): string {
  const authority = host ?? `${isIPv6(address) ? `[${address}]` : address}:${port}`;
  return `GET ${path} HTTP/1.1\r\nHost: ${authority}\r\nUser-Agent: rackway-health\r\nAccept: */*\r\nConnection: close\r\n\r\n`;
}

/** Asks on a connection that is being made, and hears the status. */
export function hearStatus(socket: Socket, resolve: (answer: Answer) => void, reject: (error: Error) => void): void {
  let heard = "";
  socket.on("data", (chunk: Buffer) => {
    heard += chunk.toString("latin1");
    const status = statusOf(heard);
    if (status === "none") reject(new Error("what answers is no HTTP"));
    else if (status !== "more") resolve({ isWell: status >= 200 && status <= 399, reason: `status ${status}${causeOf(heard)}` });
  });
  socket.on("end", () => reject(new Error("closed without an answer")));
}

/** What our own proxy says of its status (HAProxy's configuration, `x-rackway-reason`), where that has come with it: ` (…)`, or nothing. */
function causeOf(heard: string): string {
  const cause = /\r\nx-rackway-reason: ?([\x20-\x7e]{1,100})\r\n/i.exec(heard)?.[1];
  return cause === undefined ? "" : ` (${cause})`;
}

/** The status of the final answer; interim ones (1xx) are passed over. */
export function statusOf(heard: string): number | "more" | "none" {
  const line = /^HTTP\/1\.[01] ([1-5]\d\d)[ \r\n]/.exec(heard);
  if (line === null) return heard.length < "HTTP/1.1 200 ".length && "HTTP/1.".startsWith(heard.slice(0, 7)) ? "more" : "none";
  const status = Number(line[1]);
  if (status >= 200) return status;
  const end = heard.indexOf("\r\n\r\n");
  if (end < 0) return heard.length < longestHead ? "more" : "none";
  return statusOf(heard.slice(end + 4));
}

let trusting: SecureContext | null = null;

/** The host's own authorities, read once: Node's would be Mozilla's. */
export function authorities(): SecureContext {
  trusting ??= createSecureContext({ ca: getCACertificates("system") });
  return trusting;
}

let indifferent: SecureContext | null = null;

export function noAuthorities(): SecureContext {
  indifferent ??= createSecureContext();
  return indifferent;
}
