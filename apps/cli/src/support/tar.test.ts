import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, expect, it } from "vitest";

import { tarOf } from "./tar.ts";

const folder = mkdtempSync(path.join(tmpdir(), "rackway-tar-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("makes what tar(1) reads: empty files, whole blocks, one byte more, and names that are not ASCII", () => {
  const texts = { "a/empty": "", "a/block": "x".repeat(512), "a/more": "y".repeat(513), "a/ü": "ä\n" };
  const files = Object.entries(texts).map(([name, text]) => ({ path: name, text }));
  writeFileSync(path.join(folder, "it.tar"), tarOf(files, 1_700_000_000_000));
  execFileSync("tar", ["-xf", "it.tar"], { cwd: folder });
  for (const [name, text] of Object.entries(texts)) expect(readFileSync(path.join(folder, name), "utf8")).toBe(text);
});

it("takes no name that would be cut", () => {
  expect(() => tarOf([{ path: "n".repeat(101), text: "" }], 0)).toThrow("too long");
});
