import { expect, test } from "vitest";

import type { AskDisk } from "./disks.ts";
import { diskProblems, observeDisks } from "./disks.ts";

const roomy = { bsize: 4096, blocks: 1_000_000, bavail: 500_000, files: 65_536, ffree: 60_000 };
const run = { ...roomy, blocks: 50_000, bavail: 40_000 };

/** /run on its own, all else on one file system; there is no /var/lib/rackway. */
function disks(change: { run?: Partial<typeof roomy>; root?: Partial<typeof roomy> } = {}): AskDisk {
  return async (path) => {
    if (path === "/var/lib/rackway") throw new Error("ENOENT");
    return path === "/run" ? { ...run, ...change.run } : { ...roomy, ...change.root };
  };
}

test("room enough is nothing to tell of, also where files are not counted, or a folder is absent", async () => {
  expect(await observeDisks(disks())).toEqual([]);
  expect(await observeDisks(disks({ root: { files: 0, ffree: 0 } }))).toEqual([]);
});

test("a full /run is told, by bytes as by inodes", async () => {
  expect(await observeDisks(disks({ run: { bavail: 0 } }))).toEqual([{ path: "/run", reason: "less than 1 MiB free" }]);
  expect(await observeDisks(disks({ run: { bavail: 255 } }))).toHaveLength(1);
  expect(await observeDisks(disks({ run: { bavail: 256 } }))).toEqual([]);
  expect(await observeDisks(disks({ run: { ffree: 3 } }))).toEqual([{ path: "/run", reason: "less than 64 inodes free" }]);
});

test("one full file system is one problem, under its first name", async () => {
  const lacks = await observeDisks(disks({ root: { bavail: 10 } }));
  expect(lacks).toEqual([{ path: "/var", reason: "less than 16 MiB free" }]);
  expect(diskProblems(lacks)).toMatchObject([{ code: "disk-full", message: "/var is full: less than 16 MiB free" }]);
});
