import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { createAgentClient, createApiClient } from "@rackway/api-client";
import type { ApplyResponse, EventList, RevisionDocument, RevisionList } from "@rackway/schema";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createServer } from "./server.ts";
import { createLogger } from "./logger.ts";
import { exampleText, filesOf, makeReport, startTestServer } from "./testing/test-server.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rackway-server-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

describe("server", () => {
  it("does nothing before it is started", async () => {
    createServer({ dataDirectory: join(directory, "data"), listen: null, logger: createLogger("silent") });
    await expect(stat(join(directory, "data"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("keeps token, database and socket to its owner", async () => {
    const server = await startTestServer({ dataDirectory: join(directory, "data"), socket: true });
    await server.get("POST", "/apply", { body: filesOf(await exampleText("minimal")) });
    const files = ["admin-token", "rackway.db", "rackway.db-wal", "rackway.db-shm", "server.sock"];
    for (const file of files) expect([file, await mode(join(server.dataDirectory, file))]).toEqual([file, 0o600]);
    expect(await mode(server.dataDirectory)).toBe(0o700);
    await server.stop();
  });

  it("refuses an admin token file that holds none, and an address that is taken; nothing stays open", async () => {
    await mkdir(join(directory, "data"));
    await writeFile(join(directory, "data", "admin-token"), "\n");
    const options = { dataDirectory: join(directory, "data"), logger: createLogger("silent") };
    await expect(createServer({ ...options, listen: null }).start()).rejects.toThrow("holds no token");
    const first = await startTestServer({ listen: true });
    const port = Number(new URL(first.url ?? "").port);
    const second = createServer({ ...options, dataDirectory: join(directory, "two"), listen: { host: "127.0.0.1", port } });
    await expect(second.start()).rejects.toMatchObject({ code: "EADDRINUSE" });
    await first.stop();
  });

  it("takes the place of a socket that a dead server left, and not of one that is in use", async () => {
    const first = await startTestServer({ dataDirectory: directory, socket: true });
    const other = createServer({
      dataDirectory: join(directory, "other"),
      listen: null,
      socketPath: join(directory, "server.sock"),
      logger: createLogger("silent"),
    });
    await expect(other.start()).rejects.toMatchObject({ code: "EADDRINUSE" });
    expect((await createApiClient({ server: `unix://${directory}/server.sock` }).health()).status).toBe("ok");
    await first.stop();
  });

  it("removes no file that is not a socket", async () => {
    const path = join(directory, "precious");
    await writeFile(path, "content");
    const options = { dataDirectory: join(directory, "data"), listen: null, logger: createLogger("silent") };
    await expect(createServer({ ...options, socketPath: path }).start()).rejects.toThrow("is there already, and is no socket");
    expect(await readFile(path, "utf8")).toBe("content");
    await symlink(path, join(directory, "link"));
    await expect(createServer({ ...options, socketPath: join(directory, "link") }).start()).rejects.toThrow("is no socket");
    expect(await readlink(join(directory, "link"))).toBe(path);
  });

  it("serves operators and agents alike over TCP and over the Unix socket", async () => {
    const server = await startTestServer({ dataDirectory: directory, listen: true, socket: true });
    const files = filesOf(await exampleText("default-lab")).files;
    for (const address of [server.url ?? "", `unix://${directory}/server.sock`]) {
      const client = createApiClient({ server: address, token: server.adminToken });
      const planned = await client.plan(files);
      const applied = await client.apply({ files, basedOn: planned.baseRevision });
      expect(applied.revision).toBe(1);
      expect((await client.hosts()).items).toHaveLength(8);
      expect((await client.network("rack-a/public")).bridge).toBe("br-ex");
      expect((await client.vip("vr-a/public")).router).toBe("vr-a");
      expect(await client.drain("ctl-a1", "test")).toMatchObject({ drained: true });
      expect(await client.undrain("ctl-a1")).toMatchObject({ drained: false });
      expect(await client.export()).toBe(files[0]?.text);
      await expect(client.revision(9)).rejects.toMatchObject({ code: "not-found", status: 404 });
      await expect(client.apply({ files, basedOn: null })).rejects.toMatchObject({ code: "revision-conflict" });
      await expect(client.plan([{ name: "x.yaml", text: "a: [" }])).rejects.toMatchObject({
        code: "document-refused",
        issues: [expect.objectContaining({ file: "x.yaml", line: expect.any(Number) as number })],
      });

      const agent = createAgentClient({ server: address, token: (await client.createHostToken("ctl-a1")).token });
      const answer = await agent.state(null, 0);
      if (answer.kind !== "state") throw new Error("no state");
      expect(await agent.state(answer.etag, 0)).toEqual({ kind: "unchanged" });
      expect(await agent.secret(answer.body.state?.pacemaker?.authKey.id ?? "")).toHaveLength(128);
      await agent.report(makeReport("ctl-a1"));
      await agent.events([{ at: new Date().toISOString(), kind: "k", subject: "s", reason: "r", data: {} }]);
      const operation = await client.startOperation({ kind: "move", router: "vr-a", to: "ctl-a2" });
      expect(await agent.operation(operation.id, { state: "failed", message: "not now" })).toMatchObject({ state: "failed" });
      await client.deleteHostToken("ctl-a1");
      await expect(agent.report(makeReport("ctl-a1"))).rejects.toMatchObject({ code: "unauthorised" });
      client.close();
      agent.close();
    }
    await server.stop();
  });

  it("stops with polls and streams open on both of its sockets, without waiting for them", async () => {
    const server = await startTestServer({ dataDirectory: directory, listen: true, socket: true });
    const token = await server.enroll("ctl-a1");
    const addresses = [server.url ?? "", `unix://${directory}/server.sock`];
    const ended = addresses.map(async (address) => {
      const agent = createAgentClient({ server: address, token });
      const first = await agent.state(null, 0);
      if (first.kind !== "state") throw new Error("no state");
      return agent.state(first.etag, 60);
    });
    const stream = createApiClient({ server: addresses[0] ?? "", token: server.adminToken }).connection.open({
      method: "GET",
      path: "/events/stream",
    });
    const incoming = await stream;
    incoming.resume();
    const streamEnded = once(incoming, "end");
    await expect.poll(() => server.plane.hub.isConnected("ctl-a1")).toBe(true);
    const startedMs = performance.now();
    await server.stop();
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect(await Promise.all(ended)).toEqual([{ kind: "unchanged" }, { kind: "unchanged" }]);
    await streamEnded;
  });
});

describe("rackway server", { timeout: 180_000 }, () => {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const children: ChildProcess[] = [];
  const run = (...more: string[]) => {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...more], { stdio: ["ignore", "pipe", "pipe"] });
    children.push(child);
    return child;
  };
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  it("says where it listens and where the token lies, never the token, and ends with 0 on SIGTERM", async () => {
    const child = run("--listen", "127.0.0.1:0", "--data", directory, "--socket", join(directory, "s.sock"));
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await expect.poll(() => said, { timeout: 150_000 }).toContain("admin token lies in");
    expect(said).toMatch(/listens on http:\/\/127\.0\.0\.1:\d+ and unix:\/\//);
    expect(said).not.toContain((await readFile(join(directory, "admin-token"), "utf8")).trim());
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("has after kill -9 every revision that it answered for, whole, and none that it did not finish", async () => {
    const text = await exampleText("default-lab");
    const texts = [text, text.replace("ipv6: routed }", "ipv6: nat66 }")];
    let answered = 0;
    for (let round = 0; round < 2; round += 1) {
      const socket = join(directory, `${round}.sock`);
      const child = run("--listen", "none", "--data", directory, "--socket", socket, "--log-level", "error");
      let said = "";
      child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
      await expect.poll(() => said, { timeout: 150_000 }).toContain("admin token lies in");
      const token = (await readFile(join(directory, "admin-token"), "utf8")).trim();
      const client = createApiClient({ server: `unix://${socket}`, token });
      const before = (await client.revisions()).current ?? 0;
      expect(before).toBeGreaterThanOrEqual(answered);
      const applying = (async () => {
        for (let turn = before; ; turn += 1) {
          const { revision } = await client.apply({ files: filesOf(texts[turn % 2] ?? "").files });
          answered = Math.max(answered, revision);
          if (answered - before === 3) child.kill("SIGKILL");
        }
      })();
      await expect(applying).rejects.toMatchObject({ code: "server-unreachable" });
      client.close();
    }
    const server = await startTestServer({ dataDirectory: directory });
    const { current, revisions } = await server.get<RevisionList>("GET", "/revisions");
    expect(current).toBeGreaterThanOrEqual(answered);
    expect(answered).toBe(6);
    expect(revisions.map(({ revision }) => revision)).toEqual(Array.from({ length: current ?? 0 }, (_, index) => (current ?? 0) - index));
    const { events } = await server.get<EventList>("GET", "/events?kind=revision-applied");
    expect(events).toHaveLength(revisions.length);
    const last = revisions[0]?.revision ?? 1;
    const { files } = await server.get<RevisionDocument>("GET", `/revisions/${last}/document`);
    expect(await server.get<ApplyResponse>("POST", "/apply", { body: { files } })).toMatchObject({ result: "nothing-to-do" });
    await server.stop();
  });

  it("refuses what it does not understand with one line and no stack", async () => {
    const cases = [
      [["--listen", "nonsense"], 2],
      [["--lisen"], 2],
      [["--listen", "none"], 2],
      [["--data", "/dev/null/x"], 1],
    ] as const;
    const outcomes = cases.map(async ([args, code]) => {
      const child = run(...args);
      let said = "";
      child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
      const [exit] = (await once(child, "exit")) as [number];
      expect([args, exit]).toEqual([args, code]);
      expect(said).not.toMatch(/\n\s+at /);
    });
    await Promise.all(outcomes);
  });
});
