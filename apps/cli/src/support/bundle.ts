import { redact } from "./redact.ts";
import type { Part } from "./parts.ts";
import type { ArchiveFile } from "./tar.ts";

export interface Gathered {
  readonly files: readonly ArchiveFile[];
  /** What could not be had, one sentence each. */
  readonly missing: readonly string[];
}

/** Reads all parts, each by itself: what fails is named. */
export async function gather(parts: readonly Part[], onRead: (path: string) => void): Promise<Gathered> {
  const read = await Promise.all(
    parts.map(async ({ path, read: readPart }) => {
      try {
        return { path, text: await readPart(), why: null };
      } catch (error) {
        return { path, text: "", why: error instanceof Error ? error.message : String(error) };
      } finally {
        onRead(path);
      }
    }),
  );
  return {
    files: read.flatMap(({ path, text, why }) => (why === null ? [{ path, text }] : [])),
    missing: read.flatMap(({ path, why }) => (why === null ? [] : [`${path}: ${why.split("\n")[0] ?? ""}`])),
  };
}

/** What goes into the archive: everything below one folder, without secrets, and a page that says what it is. */
export function archiveFiles(folder: string, { files, missing }: Gathered, about: string, known: readonly string[]): ArchiveFile[] {
  const absent = missing.length === 0 ? [] : ["", "Not in it:", ...missing.map((line) => `  ${line}`)];
  const readme = { path: "README.txt", text: `${[about, ...absent].join("\n")}\n` };
  return [readme, ...files].map(({ path, text }) => ({ path: `${folder}/${path}`, text: redact(text, known) }));
}
