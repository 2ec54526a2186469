/** As much of DNS messages (RFC 1035) as an instrument needs: a question, and what an answer to it says. */
export type Answer = { id: number; rcode: number; answers: number };

/** RCODEs by the names that dig(1) gives them. */
export const rcodes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"] as const;

const headerBytes = 12;
const recursionDesired = 0x0100;
const isResponse = 0x8000;

/** A question for the A records of a name of ASCII labels, with recursion. */
export function renderQuestion(id: number, name: string): Buffer {
  const labels = name.split(".").filter(Boolean);
  const encoded = labels.flatMap((label) => [label.length, ...Buffer.from(label, "ascii")]);
  const bytes = Buffer.from([...Buffer.alloc(headerBytes), ...encoded, 0, 0, 1, 0, 1]);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt16BE(recursionDesired, 2);
  bytes.writeUInt16BE(1, 4);
  return bytes;
}

/** Null: that is no answer. */
export function parseAnswer(bytes: Buffer): Answer | null {
  if (bytes.length < headerBytes) return null;
  const flags = bytes.readUInt16BE(2);
  return (flags & isResponse) === 0 ? null : { id: bytes.readUInt16BE(0), rcode: flags & 0xf, answers: bytes.readUInt16BE(6) };
}
