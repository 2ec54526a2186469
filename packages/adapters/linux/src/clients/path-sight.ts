import { lstat, readFile, readlink, realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** What lies at a path, whole: enough to put exactly it back. */
export type PathSight = AbsentSight | FileSight | LinkSight | { readonly kind: "other" };

export interface AbsentSight {
  readonly kind: "absent";
}

export interface FileSight {
  readonly kind: "file";
  readonly bytes: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Something is mounted just there, as container runtimes do: it can be written, and not renamed over. */
  readonly isMountPoint: boolean;
}

export interface LinkSight {
  readonly kind: "link";
  /** As readlink(2) gives it. */
  readonly target: string;
  /** Where that is, by its words alone: what it points to need not exist. */
  readonly leadsTo: string;
  /** The text behind it; null: it leads nowhere. */
  readonly text: string | null;
}

/** Reads a path without following it (lstat(2)). Throws the system's error where it cannot be read. */
export async function observePath(path: string, mountInfo = "/proc/self/mountinfo"): Promise<PathSight> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw error;
  });
  if (found === null) return { kind: "absent" };
  if (found.isSymbolicLink()) {
    const target = await readlink(path);
    const folder = await realpath(dirname(path));
    return { kind: "link", target, leadsTo: resolve(folder, target), text: await readFile(path, "utf8").catch(() => null) };
  }
  if (!found.isFile()) return { kind: "other" };
  const [bytes, mounts] = await Promise.all([readFile(path), readFile(mountInfo, "utf8")]);
  const { mode, uid, gid } = found;
  return { kind: "file", bytes, mode: mode & 0o7777, uid, gid, isMountPoint: mountPoints(mounts).includes(path) };
}

/** Field 5 of each line of proc(5)'s mountinfo; blanks and the like are octal there. */
export function mountPoints(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const point = line.split(" ")[4];
    return point === undefined
      ? []
      : [point.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))];
  });
}
