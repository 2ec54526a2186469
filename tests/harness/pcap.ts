/** One captured frame; `bytes` may be cut at the snap length. */
export type Frame = { atMs: number; bytes: Buffer };

const microseconds = 0xa1b2c3d4;
const nanoseconds = 0xa1b23c4d;

/**
 * Reads a pcap file (pcap-savefile(5)) of Ethernet frames, either byte order, either time stamp unit. A last record that is cut off, as a
 * killed tcpdump leaves it, is left out. Throws when the file is no such capture.
 */
export function parsePcap(file: Buffer): Frame[] {
  if (file.length < 24) throw new Error(`not a capture: ${file.length} bytes`);
  const isLittle = [microseconds, nanoseconds].includes(file.readUInt32LE(0));
  const read = (offset: number): number => (isLittle ? file.readUInt32LE(offset) : file.readUInt32BE(offset));
  const magic = read(0);
  if (magic !== microseconds && magic !== nanoseconds) throw new Error(`not a capture: it begins with ${magic.toString(16)}`);
  if (read(20) !== 1) throw new Error(`not a capture of Ethernet frames: link type ${read(20)}`);
  const perMs = magic === nanoseconds ? 1e6 : 1e3;
  const frames: Frame[] = [];
  for (let offset = 24; offset + 16 <= file.length;) {
    const [seconds, fraction, length] = [read(offset), read(offset + 4), read(offset + 8)];
    const start = offset + 16;
    if (start + length > file.length) break;
    frames.push({ atMs: seconds * 1000 + fraction / perMs, bytes: file.subarray(start, start + length) });
    offset = start + length;
  }
  return frames;
}
