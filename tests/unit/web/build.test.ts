import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

import { beforeAll, expect, test, vi } from "vitest";

import { buildWeb } from "../../../scripts/build-web.ts";

/** What a browser loads before it can show anything. */
vi.setConfig({ hookTimeout: 180_000 });
const built = resolve(import.meta.dirname, "../../../dist/web");
const mostGzipped = 350 * 1024;
let html: string;
beforeAll(async () => {
  await buildWeb(() => undefined);
  html = readFileSync(join(built, "index.html"), "utf8");
});

test("the scripts that the page begins with are under 350 KB as they go over the wire", () => {
  const scripts = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, name]) => name ?? "");
  expect(scripts.length).toBeGreaterThan(0);
  const sizes = scripts.map((name) => gzipSync(readFileSync(join(built, name))).length);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(mostGzipped);
});

test("the page has nothing inline, and asks nobody but its server", () => {
  expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/);
  expect(html.match(/https?:/g)).toBeNull();
  const styles = readdirSync(join(built, "assets")).filter((name) => name.endsWith(".css"));
  for (const name of styles) expect(readFileSync(join(built, "assets", name), "utf8"), name).not.toMatch(/url\((?!#)|@import/);
});

test("every file but the page itself and its icon has a digest in its name", () => {
  expect(readdirSync(built).toSorted()).toEqual(["assets", "favicon.svg", "index.html"]);
  for (const name of readdirSync(join(built, "assets"))) expect(name).toMatch(/-[A-Za-z0-9_-]{8}\.(js|css)$/);
});
