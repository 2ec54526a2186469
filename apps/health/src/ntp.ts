import { randomBytes } from "node:crypto";

import type { Answer } from "./ask.ts";

/** A client's question in SNTP (RFC 4330): version 4, mode 3. Its transmit time is a random number, which the answer must bring back. */
export function ntpQuestion(cookie: Buffer = randomBytes(8)): { readonly packet: Buffer; readonly cookie: Buffer } {
  const packet = Buffer.alloc(48);
  packet[0] = (4 << 3) | 3;
  cookie.copy(packet, 40);
  return { packet, cookie };
}

/** Null: it is no answer to our question. Well: of a synchronised server (leap not 3, stratum 1 to `maxStratum`; RFC 5905 7.3). */
export function readNtpAnswer(message: Buffer, cookie: Buffer, maxStratum: number): Answer | null {
  const [first = 0, stratum = 0] = message;
  if (message.length < 48 || (first & 7) !== 4 || !message.subarray(24, 32).equals(cookie)) return null;
  if (first >> 6 === 3) return { isWell: false, reason: "it is not synchronised (leap 3)" };
  if (stratum === 0) return { isWell: false, reason: `kiss-o'-death ${message.toString("latin1", 12, 16)}` };
  if (stratum > maxStratum) return { isWell: false, reason: `stratum ${stratum}, more than ${maxStratum}` };
  return { isWell: true, reason: `stratum ${stratum}` };
}
