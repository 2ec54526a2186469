import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { rackwayError, toProblem } from "@rackway/errors";
import { afterEach, describe, expect, it } from "vitest";

import { createApiClient } from "./client.ts";
import { sendJson, startFakeServer } from "./testing/fake-server.ts";
import type { FakeServer } from "./testing/fake-server.ts";

let fake: FakeServer | null = null;
afterEach(async () => {
  await fake?.close();
  fake = null;
});

describe("client", () => {
  it("asks for the path below /api/v1 with the token in its header alone, and names percent-encoded", async () => {
    fake = await startFakeServer((_request, response) => sendJson(response, 200, {}));
    const client = createApiClient({ server: fake.url, token: "t0ken" });
    await client.host("a/b c");
    await client.network("rack-a/pub?lic");
    await client.drain("ctl-a1", "why");
    await client.undrain("ctl-a1");
    await client.events({ since: 3, kind: "a&b" });
    expect(fake.requests.map(({ method, url, body }) => [method, url, body])).toEqual([
      ["GET", "/api/v1/hosts/a%2Fb%20c", ""],
      ["GET", "/api/v1/networks/rack-a/pub%3Flic", ""],
      ["PUT", "/api/v1/hosts/ctl-a1/drain", '{"reason":"why"}'],
      ["DELETE", "/api/v1/hosts/ctl-a1/drain", ""],
      ["GET", "/api/v1/events?since=3&kind=a%26b", ""],
    ]);
    expect(fake.requests.every(({ headers }) => headers.authorization === "Bearer t0ken")).toBe(true);
    client.close();
  });

  it("keeps its connection, and speaks to a Unix socket", async () => {
    const directory = await mkdtemp(join(tmpdir(), "rackway-client-"));
    let sockets = 0;
    fake = await startFakeServer(
      (request, response) => {
        if (!("seen" in request.socket)) sockets += 1;
        Object.assign(request.socket, { seen: true });
        sendJson(response, 200, { status: "ok" });
      },
      join(directory, "s.sock"),
    );
    const client = createApiClient({ server: fake.url });
    for (let round = 0; round < 3; round += 1) expect(await client.health()).toEqual({ status: "ok" });
    expect(sockets).toBe(1);
    client.close();
    await rm(directory, { recursive: true });
  });

  it("throws the server's own error: code, text, hint and issues", async () => {
    const sent = rackwayError("revision-conflict", { basedOn: 3, current: 4 });
    fake = await startFakeServer((_request, response) => sendJson(response, 409, toProblem(sent)));
    await expect(createApiClient({ server: fake.url }).rollback()).rejects.toMatchObject({
      code: "revision-conflict",
      message: sent.message,
      hint: sent.hint,
      status: 409,
    });
  });

  it("says so when something else answers", async () => {
    fake = await startFakeServer((_request, response) => {
      response.writeHead(502, { "content-type": "text/html" });
      response.end("<h1>Bad gateway</h1>");
    });
    await expect(createApiClient({ server: fake.url }).status()).rejects.toMatchObject({ code: "server-answer-unknown" });
  });

  it("says which address it could not reach, and why", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => closed.once("listening", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const server = `http://127.0.0.1:${port}`;
    await expect(createApiClient({ server }).health()).rejects.toMatchObject({
      code: "server-unreachable",
      message: expect.stringContaining(server) as string,
      retry: "later",
    });
    await expect(createApiClient({ server: "unix:///nonexistent/s.sock" }).health()).rejects.toMatchObject({ code: "server-unreachable" });
  });

  it("gives up on a server that takes the connection and says nothing, or half of an answer", async () => {
    const mute = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    await new Promise((resolve) => mute.once("listening", resolve));
    const { port } = mute.address() as AddressInfo;
    const silent = createApiClient({ server: `http://127.0.0.1:${port}`, timeoutMs: 100 });
    await expect(silent.health()).rejects.toMatchObject({ code: "server-timeout" });
    silent.close();
    mute.close();
    fake = await startFakeServer((_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
      response.write('{"status":');
    });
    await expect(createApiClient({ server: fake.url, timeoutMs: 100 }).health()).rejects.toMatchObject({ code: "server-timeout" });
  });

  it("says that the server cannot be reached when the answer breaks off", async () => {
    fake = await startFakeServer((request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("{");
      setImmediate(() => request.socket.destroy());
    });
    await expect(createApiClient({ server: fake.url }).health()).rejects.toMatchObject({ code: "server-unreachable" });
  });
});
