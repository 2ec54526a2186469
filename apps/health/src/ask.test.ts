import { createSocket } from "node:dgram";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { HealthCheckState } from "@rackway/schema";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { ask } from "./ask.ts";
import { statusOf } from "./ask-http.ts";

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** What hears nothing is waited for so long; what answers is waited for as long as a busy machine needs. */
const shortMs = 150;
const longMs = 10_000;

async function listen(server: Server, onSocket: (socket: Socket) => void = () => undefined): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket.on("error", () => undefined));
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

async function respond(answer: (question: Buffer) => Buffer | null): Promise<number> {
  const socket = createSocket("udp4");
  socket.on("message", (question, { port, address }) => {
    const message = answer(question);
    if (message !== null) socket.send(message, port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  closing.push(() => socket.close());
  return socket.address().port;
}

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  closing.pop()?.();
  await once(server, "close");
  return port;
}

const asked = (check: HealthCheckState, timeoutMs = longMs, commands?: string) => ask({ check, timeoutMs }, "127.0.0.1", commands);

describe("tcp", () => {
  it("is well where connections are accepted, and leaves by a reset: nothing stays in TIME_WAIT", async () => {
    const ends: Promise<unknown>[] = [];
    const port = await listen(createServer(), (socket) => ends.push(once(socket, "error").then(([error]) => error as Error)));
    expect(await asked({ kind: "tcp", port })).toEqual({ isWell: true, reason: `tcp ${port}: accepts connections` });
    expect(await ends[0]).toMatchObject({ code: "ECONNRESET" });
  });

  it("is not where nobody listens", async () => {
    const port = await closedPort();
    expect(await asked({ kind: "tcp", port })).toEqual({ isWell: false, reason: `tcp ${port}: connection refused` });
  });
});

describe("several questions", () => {
  it("are well where all are, and say which is not", async () => {
    const [open, closed] = [await listen(createServer()), await closedPort()];
    const each = (...ports: number[]): HealthCheckState => ({ kind: "each", questions: ports.map((port) => ({ kind: "tcp", port })) });
    const well = `tcp ${open}: accepts connections`;
    expect(await asked(each(open, open))).toEqual({ isWell: true, reason: `${well}; ${well}` });
    expect(await asked(each(open, closed))).toEqual({ isWell: false, reason: `tcp ${closed}: connection refused` });
  });
});

describe("http", () => {
  const web = (port: number): HealthCheckState => ({ kind: "http", port, path: "/health", host: "www.example" });

  it.each([
    [200, true],
    [302, true],
    [404, false],
    [500, false],
  ])("status %i: %s, of the path and host that were asked for", async (status, isWell) => {
    const seen: string[] = [];
    const server = createHttpServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.host}`);
      response.writeHead(status).end("x".repeat(100_000));
    });
    const port = await listen(server);
    expect(await asked(web(port))).toEqual({ isWell, reason: `http ${port}: status ${status}` });
    expect(seen).toEqual(["GET /health www.example"]);
  });

  it("says with a bad status what our own proxy says of it", async () => {
    const server = createHttpServer((_, response) => {
      response.writeHead(503, { "x-rackway-reason": "port 80: no backend answers" }).end();
    });
    const port = await listen(server);
    expect((await asked(web(port))).reason).toBe(`http ${port}: status 503 (port 80: no backend answers)`);
  });

  it("is not well where the connection is accepted and nothing comes, is reset, is closed, or is no HTTP", async () => {
    const silent = await listen(createServer());
    expect((await asked(web(silent), shortMs)).reason).toBe(`http ${silent}: no answer within ${shortMs} ms`);
    const resetting = await listen(createServer(), (socket) => socket.on("data", () => socket.resetAndDestroy()));
    expect((await asked(web(resetting))).reason).toBe(`http ${resetting}: connection reset`);
    const closes = await listen(createServer(), (socket) => socket.on("data", () => socket.end()));
    expect((await asked(web(closes))).reason).toBe(`http ${closes}: closed without an answer`);
    const other = await listen(createServer(), (socket) => socket.write("220 mail.example ESMTP\r\n"));
    expect((await asked(web(other))).reason).toBe(`http ${other}: what answers is no HTTP`);
  });

  it("reads the status of the final answer, in whatever pieces it comes", () => {
    const whole = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
    const pieces = Array.from({ length: whole.length }, (_, end) => statusOf(whole.slice(0, end)));
    expect(new Set(pieces)).toEqual(new Set(["more", 204]));
    expect(statusOf("HTTP/2 200\r\n")).toBe("none");
  });
});

/** The question comes back as an answer with this code and, where there is one, an A record. */
function dnsAnswer(question: Buffer, code: number, hasRecord: boolean): Buffer {
  let end = 12;
  while (question[end] !== 0) end += (question[end] ?? 0) + 1;
  const flags = [0x81, 0x80 | code, 0, 1, 0, hasRecord ? 1 : 0, 0, 0, 0, 0];
  const record = hasRecord ? [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 192, 0, 2, 1] : [];
  return Buffer.concat([question.subarray(0, 2), Buffer.from(flags), question.subarray(12, end + 5), Buffer.from(record)]);
}

describe("dns", () => {
  it.each([
    ["answers probe.example A", true, 0, true],
    ["no record of the type", false, 0, false],
    ["answer SERVFAIL", false, 2, false],
    ["answer NXDOMAIN", false, 3, false],
  ])("%s: %s", async (reason, isWell, code, hasRecord) => {
    const port = await respond((question) => dnsAnswer(question, code, hasRecord));
    const check = { kind: "dns", port, name: "probe.example", type: "A" } as const;
    expect(await asked(check)).toEqual({ isWell, reason: `dns ${port}: ${reason}` });
  });

  it("is not well where nothing comes back, in time", async () => {
    const port = await respond(() => null);
    const { reason } = await asked({ kind: "dns", port, name: "probe.example", type: "A" }, shortMs);
    expect(reason).toBe(`dns ${port}: no answer within ${shortMs} ms`);
  });
});

describe("ntp", () => {
  const server = (leap: number) => (question: Buffer) => {
    const answer = Buffer.alloc(48);
    answer[0] = (leap << 6) | 0x24;
    answer[1] = 2;
    question.copy(answer, 24, 40, 48);
    return answer;
  };

  it("hears a server that is synchronised, and one that is not", async () => {
    const good = await respond(server(0));
    expect(await asked({ kind: "ntp", port: good, maxStratum: 15 })).toEqual({ isWell: true, reason: `ntp ${good}: stratum 2` });
    const lost = await respond(server(3));
    expect((await asked({ kind: "ntp", port: lost, maxStratum: 15 })).isWell).toBe(false);
  });

  it("hears that nobody is there, and waits no longer than it may", async () => {
    const port = await respond(() => null);
    expect((await asked({ kind: "ntp", port, maxStratum: 15 }, shortMs)).reason).toBe(`ntp ${port}: no answer within ${shortMs} ms`);
    closing.pop()?.();
    expect((await asked({ kind: "ntp", port, maxStratum: 15 })).reason).toBe(`ntp ${port}: connection refused`);
  });
});

describe("a named command", () => {
  let folder = "";
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "rackway-checks-"))));
  afterAll(() => rmSync(folder, { recursive: true }));

  const put = (name: string, script: string, mode = 0o755): void => {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, mode);
  };
  const run = (name: string, timeoutMs = longMs) => asked({ kind: "command", name }, timeoutMs, folder);

  it("says by its exit code how it is, and why in its last line", async () => {
    put("good", 'echo "asked $1"');
    put("bad", "echo first >&2; echo queue is full >&2; exit 3");
    put("killed", "kill -SEGV $$");
    expect(await run("good")).toEqual({ isWell: true, reason: "command good: exit 0: asked 127.0.0.1" });
    expect(await run("bad")).toEqual({ isWell: false, reason: "command bad: exit 3: queue is full" });
    expect((await run("killed")).reason).toBe("command killed: killed by SIGSEGV");
  });

  it("that hangs is killed, with what it has started", async () => {
    const pidFile = join(folder, "pid");
    put("hangs", `sleep 600 & echo $! >${pidFile}; wait`);
    expect((await run("hangs", 1_000)).reason).toBe("command hangs: no answer within 1000 ms");
    expect(existsSync(pidFile)).toBe(true);
    const isGone = (): boolean => {
      const stat = `/proc/${readFileSync(pidFile, "utf8").trim()}/stat`;
      // Nobody may be there to hear that it has ended.
      return !existsSync(stat) || / [ZX] /.test(readFileSync(stat, "utf8"));
    };
    await expect.poll(isGone).toBe(true);
  });

  it("that leaves a child behind is heard all the same", async () => {
    put("forks", "sleep 600 & echo done");
    expect((await run("forks")).reason).toBe("command forks: exit 0: done");
  });

  it("is run only where an administrator has put it, and nobody else can change it", async () => {
    put("open", "exit 0", 0o777);
    put("plain", "exit 0", 0o644);
    expect((await run("open")).reason).toContain("can be written by others than root");
    expect((await run("plain")).reason).toContain("cannot be executed");
    expect((await run("absent")).reason).toContain("there is no");
    expect((await run("../good")).reason).toBe("command ../good: not a name of a command");
  });
});
