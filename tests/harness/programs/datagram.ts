/** The probe datagram, 64 bytes, big endian: what the client numbers and the server answers with its own count and clock. */
export const datagramBytes = 64;
const magic = 0x52574b31;

export const datagramKinds = { probe: 1, answer: 2, hello: 3, push: 4 } as const;
export type DatagramKind = (typeof datagramKinds)[keyof typeof datagramKinds];

export type Datagram = {
  kind: DatagramKind;
  /** Sent in a burst after a late wake of the sender. */
  late: boolean;
  session: number;
  seq: number;
  sentAt: number;
  /** How many datagrams of this session the server had received when it answered, duplicates included. */
  serverCount: number;
  /** How many of those were different. */
  serverDistinct: number;
  serverReceivedAt: number;
};

export function renderDatagram(datagram: Datagram): Buffer {
  const bytes = Buffer.alloc(datagramBytes);
  bytes.writeUInt32BE(magic, 0);
  bytes.writeUInt8(datagram.kind, 4);
  bytes.writeUInt8(datagram.late ? 1 : 0, 5);
  bytes.writeUInt32BE(datagram.session, 8);
  bytes.writeUInt32BE(datagram.seq, 12);
  bytes.writeDoubleBE(datagram.sentAt, 16);
  bytes.writeUInt32BE(datagram.serverCount, 24);
  bytes.writeDoubleBE(datagram.serverReceivedAt, 28);
  bytes.writeUInt32BE(datagram.serverDistinct, 36);
  return bytes;
}

/** Undefined for anything that is not a probe datagram. */
export function parseDatagram(bytes: Buffer): Datagram | undefined {
  if (bytes.length !== datagramBytes || bytes.readUInt32BE(0) !== magic) return undefined;
  const kind = bytes.readUInt8(4);
  if (kind < 1 || kind > 4) return undefined;
  return {
    kind: kind as DatagramKind,
    late: bytes.readUInt8(5) === 1,
    session: bytes.readUInt32BE(8),
    seq: bytes.readUInt32BE(12),
    sentAt: bytes.readDoubleBE(16),
    serverCount: bytes.readUInt32BE(24),
    serverReceivedAt: bytes.readDoubleBE(28),
    serverDistinct: bytes.readUInt32BE(36),
  };
}
