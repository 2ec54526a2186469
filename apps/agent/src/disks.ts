import { statfs } from "node:fs/promises";

import type { HostProblem } from "@rackway/linux";
import { problem } from "@rackway/linux";

/** A file system with too little room for what runs on this host. */
export interface DiskLack {
  readonly path: string;
  readonly reason: string;
}

/** statfs(2), what is read of it; tests put their own in. */
export type AskDisk = (path: string) => Promise<{
  readonly bsize: number;
  readonly blocks: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}>;

const mebibyte = 1024 * 1024;

/** What must be free: some writes of all that is there. A move writes a few files into /run; Pacemaker keeps its configuration in /var. */
const needs = [
  { path: "/run", bytes: 1 * mebibyte, files: 64 },
  { path: "/var", bytes: 16 * mebibyte, files: 256 },
  { path: "/var/lib/pacemaker", bytes: 16 * mebibyte, files: 256 },
  { path: "/var/lib/rackway", bytes: 16 * mebibyte, files: 256 },
] as const;

/** File systems that are full, or nearly. A folder that is not there, and one that has no room of its own, is not told of. */
export async function observeDisks(ask: AskDisk = statfs): Promise<DiskLack[]> {
  const asked = await Promise.all(needs.map(async (need) => ({ need, seen: await ask(need.path).catch(() => null) })));
  const told = new Set<string>();
  return asked.flatMap(({ need, seen }) => {
    if (seen === null || seen.blocks === 0) return [];
    const reason = lackOf(need, seen);
    // The same figures: the same file system, by its first name.
    const figures = JSON.stringify([seen.bsize, seen.blocks, seen.bavail, seen.files, seen.ffree]);
    if (reason === null || told.has(figures)) return [];
    told.add(figures);
    return [{ path: need.path, reason }];
  });
}

/** File systems that count no files (btrfs) say 0 of 0. */
function lackOf(need: (typeof needs)[number], seen: Awaited<ReturnType<AskDisk>>): string | null {
  const free = seen.bavail * seen.bsize;
  if (free < need.bytes) return `less than ${need.bytes / mebibyte} MiB free`;
  return seen.files > 0 && seen.ffree < need.files ? `less than ${need.files} inodes free` : null;
}

export function diskProblems(lacks: readonly DiskLack[]): HostProblem[] {
  return lacks.map(({ path, reason }) => problem("disk-full", { path, reason }));
}
