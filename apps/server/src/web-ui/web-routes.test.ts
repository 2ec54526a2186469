import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { afterAll, beforeAll, expect, test } from "vitest";

import { startTestServer } from "../testing/test-server.ts";
import type { TestServer } from "../testing/test-server.ts";

let server: TestServer;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rackway-web-files-"));
  mkdirSync(join(folder, "web/assets"), { recursive: true });
  writeFileSync(join(folder, "web/index.html"), "<!doctype html><title>Rackway</title>");
  writeFileSync(join(folder, "web/assets/index-1a2b3c4d.js"), "a();".repeat(100));
  writeFileSync(join(folder, "secret.js"), "secret");
  server = await startTestServer({ webDirectory: join(folder, "web") });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const get = (url: string, headers: Record<string, string> = {}) => server.app.inject({ method: "GET", url, headers });

test("every page is the same document, asked for anew each time, under a policy that lets nothing inline and nobody else in", async () => {
  for (const url of ["/", "/hosts/ctl-a1", "/vips/vr-a/public?q=1"]) {
    const answer = await get(url);
    expect([answer.statusCode, answer.payload]).toEqual([200, "<!doctype html><title>Rackway</title>"]);
    expect(answer.headers["cache-control"]).toBe("no-cache");
    const policy = answer.headers["content-security-policy"];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect((await get(url, { "if-none-match": String(answer.headers.etag) })).statusCode).toBe(304);
  }
});

test("a file whose name holds its digest is kept by browsers for ever, and goes out packed to those that can unpack it", async () => {
  const packed = await get("/assets/index-1a2b3c4d.js", { "accept-encoding": "br, gzip" });
  expect(packed.headers).toMatchObject({ "content-encoding": "gzip", "cache-control": "public, max-age=31536000, immutable" });
  expect(gunzipSync(packed.rawPayload).toString()).toBe("a();".repeat(100));
  expect((await get("/assets/index-1a2b3c4d.js")).payload).toBe("a();".repeat(100));
});

test.each(["/assets/index-00000000.js", "/assets/", "/../secret.js", "/%2e%2e/secret.js", "/assets/..%2f..%2fsecret.js", "/favicon.ico"])(
  "%s is no page and no file",
  async (url) => {
    const answer = await get(url);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([404, "route-not-found"]);
  },
);

test("what the API does not have is a problem, not a page", async () => {
  for (const url of ["/api", "/api/", "/api/v1/nothing", "/api/v2/status"]) expect((await get(url)).statusCode, url).toBe(404);
  expect((await get("/api/v1/status")).statusCode).toBe(401);
});

test("a server without the UI says how it is made", async () => {
  const bare = await startTestServer();
  const answer = await bare.app.inject({ method: "GET", url: "/" });
  expect([answer.statusCode, answer.payload]).toEqual([503, expect.stringContaining("npm run build")]);
  await bare.stop();
});
