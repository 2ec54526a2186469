import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

import { LogTail } from "./log-tail.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "log-tail-"));
  path = join(folder, "events");
});
afterEach(() => rmSync(folder, { recursive: true }));

const line = (number: number): string => `${String(number).padStart(100, "0")}\n`;

test("a file that is there is followed from its beginning or from its end, as one wants", async () => {
  writeFileSync(path, line(1));
  const [all, fresh] = [new LogTail(path, "beginning"), new LogTail(path, "end")];
  expect([await all.take(), await fresh.take()]).toEqual([line(1), ""]);
  appendFileSync(path, `${line(2)}half`);
  expect([await all.take(), await fresh.take()]).toEqual([line(2), line(2)]);
  await Promise.all([all.close(), fresh.close()]);
});

test("a file that was begun anew is read from its first line, also when it has grown past where the old one ended", async () => {
  writeFileSync(path, line(1) + line(2));
  const tail = new LogTail(path, "end");
  await tail.take();
  writeFileSync(path, line(3));
  expect(await tail.take()).toBe(line(3));
  writeFileSync(path, line(4) + line(5) + line(6));
  expect(await tail.take()).toBe(line(4) + line(5) + line(6));
  await tail.close();
});

test("no file is told from one without news; what comes in its place is read whole", async () => {
  const tail = new LogTail(path, "end");
  expect(await tail.take()).toBeNull();
  writeFileSync(path, line(1));
  expect(await tail.take()).toBe(line(1));
  expect(await tail.take()).toBe("");
  await tail.close();
});

test("the last lines of a file that is removed are read, with those of one that has come in its place", async () => {
  writeFileSync(path, line(1));
  const tail = new LogTail(path, "end");
  expect(await tail.take()).toBe("");
  appendFileSync(path, line(2));
  rmSync(path);
  expect(await tail.take()).toBe(line(2));
  expect(await tail.take()).toBeNull();
  writeFileSync(path, line(3));
  expect(await tail.take()).toBe(line(3));
  appendFileSync(path, line(4));
  rmSync(path);
  writeFileSync(path, line(5));
  expect(await tail.take()).toBe(line(4) + line(5));
  await tail.close();
});
