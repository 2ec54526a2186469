/** A file of an archive. Its path is relative, with at most 100 bytes. */
export interface ArchiveFile {
  readonly path: string;
  readonly text: string;
}

const blockBytes = 512;

/** A tar(5) archive in the POSIX ustar format, of plain files that only their owner reads. `atMs`: when they were made. */
export function tarOf(files: readonly ArchiveFile[], atMs: number): Buffer {
  const parts = files.flatMap(({ path, text }) => {
    const content = Buffer.from(text);
    const padding = (blockBytes - (content.length % blockBytes)) % blockBytes;
    return [header(path, content.length, atMs), content, Buffer.alloc(padding)];
  });
  // Two empty blocks end it.
  return Buffer.concat([...parts, Buffer.alloc(2 * blockBytes)]);
}

function header(path: string, size: number, atMs: number): Buffer {
  const name = Buffer.from(path);
  if (name.length > 100) throw new Error(`${path} is too long a name for an archive`);
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;
  name.copy(block, 0);
  block.write(octal(0o600, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(Math.floor(atMs / 1000), 11), 136);
  // The sum is made with spaces in its own place.
  block.write(" ".repeat(8), 148);
  block.write("0", 156);
  block.write("ustar\u000000", 257);
  block.write("root", 265);
  block.write("root", 297);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
