/** What the two ends of a held TCP flow say to each other: fixed frames of 16 bytes, big endian. */
export const frameBytes = 16;
export const frameKinds = { hello: 1, welcome: 2, ask: 3, answer: 4 } as const;

export type Frame = { kind: number; flow: number; nonce: bigint };

/** The answer to a nonce differs from it, so an echo on the path cannot pass for the other end. */
export function answerTo(nonce: bigint): bigint {
  return nonce ^ 0x5a5a5a5a5a5a5a5an;
}

export function renderFrame(kind: number, flow: number, nonce: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(frameBytes);
  bytes.writeUInt32BE(kind, 0);
  bytes.writeUInt32BE(flow, 4);
  bytes.writeBigUInt64BE(nonce, 8);
  return bytes;
}

/** Cuts a byte stream into frames; keeps what is left of an unfinished one, which is next to never. */
export class FrameReader {
  #rest: Buffer | undefined;

  *read(chunk: Buffer): Generator<Frame> {
    let bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    for (; bytes.length >= frameBytes; bytes = bytes.subarray(frameBytes)) {
      yield { kind: bytes.readUInt32BE(0), flow: bytes.readUInt32BE(4), nonce: bytes.readBigUInt64BE(8) };
    }
    this.#rest = bytes.length === 0 ? undefined : Buffer.from(bytes);
  }
}
