import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

/** So many bytes before the place that was read up to are compared: lines begin with their moment, and no two files have the same. */
const markBytes = 64;

/** Follows a bounded log, which its writer begins anew when it is long: whole lines, each once. */
export class LogTail {
  readonly #path: string;
  readonly #begin: "beginning" | "end";
  #offset: number | null = null;
  #mark: Buffer = Buffer.alloc(0);

  /** `begin`: where the first look at a file that is there already starts. One that comes into being later is read from its first line. */
  constructor(path: string, begin: "beginning" | "end") {
    this.#path = path;
    this.#begin = begin;
  }

  /** What was added since the last call, whole lines; null: there is no such file. One that was begun anew is read from its beginning. */
  async take(): Promise<string | null> {
    const file = await open(this.#path).catch(() => null);
    if (file === null) {
      this.#offset = 0;
      this.#mark = Buffer.alloc(0);
      return null;
    }
    try {
      const { size } = await file.stat();
      const from = await this.#from(file, size);
      const bytes = await readAt(file, from, size - from);
      // A line that is still being written is for the next time.
      const end = bytes.lastIndexOf("\n") + 1;
      this.#offset = from + end;
      this.#mark = await readAt(file, Math.max(0, this.#offset - markBytes), Math.min(markBytes, this.#offset));
      return bytes.toString("utf8", 0, end);
    } finally {
      await file.close();
    }
  }

  async #from(file: FileHandle, size: number): Promise<number> {
    if (this.#offset === null) return this.#begin === "end" ? size : 0;
    // A new file may have grown past the old one's end by the time that it is looked at.
    const before = await readAt(file, this.#offset - this.#mark.length, this.#mark.length);
    return this.#offset <= size && before.equals(this.#mark) ? this.#offset : 0;
  }
}

async function readAt(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from);
  return buffer.subarray(0, bytesRead);
}
