import { lstat, mkdir, mkdtemp, readFile, readdir, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { applyFileOperation } from "./file-operation.ts";
import { observePath } from "./path-sight.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rackway-files-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

test("a write takes the place of a link, not of what it leads to; a link takes the place of a file", async () => {
  const [path, theirs] = [join(folder, "resolv.conf"), join(folder, "theirs")];
  await writeFile(theirs, "theirs\n");
  await symlink("theirs", path);
  expect(await observePath(path)).toEqual({ kind: "link", target: "theirs", leadsTo: theirs, text: "theirs\n" });
  await applyFileOperation({ do: "write", path, bytes: Buffer.from("ours\n"), mode: 0o640, owner, inPlace: false });
  expect(await readFile(theirs, "utf8")).toBe("theirs\n");
  expect(await observePath(path)).toEqual({ kind: "file", bytes: Buffer.from("ours\n"), mode: 0o640, ...owner, isMountPoint: false });
  await applyFileOperation({ do: "link", path, target: "nowhere" });
  expect(await readlink(path)).toBe("nowhere");
  expect(await observePath(path)).toMatchObject({ kind: "link", text: null });
  expect(await readdir(folder)).toHaveLength(2);
});

test("a write in place keeps the file, shorter or longer", async () => {
  const path = join(folder, "resolv.conf");
  await writeFile(path, "a long one, that is cut off\n", { mode: 0o600 });
  const { ino } = await lstat(path);
  for (const text of ["short\n", "and a longer one again\n"]) {
    await applyFileOperation({ do: "write", path, bytes: Buffer.from(text), mode: 0o600, owner, inPlace: true });
    expect(await readFile(path, "utf8")).toBe(text);
  }
  expect((await lstat(path)).ino).toBe(ino);
});

test("a folder goes only when nothing else is in it", async () => {
  const ours = join(folder, "conf.d");
  await applyFileOperation({ do: "make-folder", path: ours });
  await mkdir(join(ours, "theirs"));
  await applyFileOperation({ do: "remove-folder", path: ours });
  expect((await stat(ours)).isDirectory()).toBe(true);
  await rm(join(ours, "theirs"), { recursive: true });
  await applyFileOperation({ do: "remove-folder", path: ours });
  expect(await observePath(ours)).toEqual({ kind: "absent" });
});
