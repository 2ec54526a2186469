import { open, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

/** So many bytes before the place that was read up to are compared: lines begin with their moment, and no two files have the same. */
const markBytes = 64;

/**
 * Follows a bounded log, which its writer begins anew when it is long: whole lines, each once. It keeps the file open, so that the last
 * lines of one that is removed, or gets a successor, are read all the same.
 */
export class LogTail {
  readonly #path: string;
  readonly #begin: "beginning" | "end";
  #file: FileHandle | null = null;
  #isFirst = true;
  #offset = 0;
  #mark: Buffer = Buffer.alloc(0);

  /** `begin`: where the first look at a file that is there already starts. One that comes into being later is read from its first line. */
  constructor(path: string, begin: "beginning" | "end") {
    this.#path = path;
    this.#begin = begin;
  }

  /** What was added since the last call, whole lines; null: there is no such file, and was none. */
  async take(): Promise<string | null> {
    const last = this.#file === null ? null : await this.#read(this.#file);
    if (this.#file !== null && (await this.#isStill(this.#file))) return last;
    await this.close();
    this.#file = await open(this.#path).catch(() => null);
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (this.#file === null) return last;
    if (isFirst && this.#begin === "end") await this.#moveTo(this.#file, (await this.#file.stat()).size);
    return `${last ?? ""}${await this.#read(this.#file)}`;
  }

  /** Lets go of the file. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    this.#offset = 0;
    this.#mark = Buffer.alloc(0);
    await file?.close();
  }

  async #isStill(file: FileHandle): Promise<boolean> {
    const [open, named] = await Promise.all([file.stat(), stat(this.#path).catch(() => null)]);
    return open.ino === named?.ino && open.dev === named.dev;
  }

  async #read(file: FileHandle): Promise<string> {
    const { size } = await file.stat();
    // What was begun anew may have grown past the old end by the time that it is looked at.
    const before = await readAt(file, this.#offset - this.#mark.length, this.#mark.length);
    const from = this.#offset <= size && before.equals(this.#mark) ? this.#offset : 0;
    const bytes = await readAt(file, from, size - from);
    // A line that is still being written is for the next time.
    const end = bytes.lastIndexOf("\n") + 1;
    await this.#moveTo(file, from + end);
    return bytes.toString("utf8", 0, end);
  }

  async #moveTo(file: FileHandle, offset: number): Promise<void> {
    this.#offset = offset;
    this.#mark = await readAt(file, Math.max(0, offset - markBytes), Math.min(markBytes, offset));
  }
}

async function readAt(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from);
  return buffer.subarray(0, bytesRead);
}
