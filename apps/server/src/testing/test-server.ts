import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { AgentState, ApiProblem } from "@rackway/schema";
import type { LightMyRequestResponse } from "fastify";
import { vi } from "vitest";

import { createLogger } from "../logger.ts";
import { createServer } from "../server.ts";
import type { RunningServer } from "../server.ts";

// Tests of a whole server, on machines that do other things too: a slow one is no failure.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** A server of a test's own: in a directory of its own, with a clock that the test can push forward, and a log that it can read. */
export interface TestServer extends RunningServer {
  readonly dataDirectory: string;
  readonly adminToken: string;
  /** Everything that was logged, at the debug level. */
  readonly logText: () => string;
  /** Lets time pass for the server's judgement of ages; timers are not touched. */
  readonly advance: (ms: number) => void;
  readonly ask: (method: Method, path: string, options?: AskOptions) => Promise<LightMyRequestResponse>;
  /** The answer's body; throws when the status is not 2xx. */
  readonly get: <Body>(method: Method, path: string, options?: AskOptions) => Promise<Body>;
  /** The problem; throws when there is none. */
  readonly refused: (method: Method, path: string, options?: AskOptions) => Promise<ApiProblem>;
  /** Makes a host's token. */
  readonly enroll: (host: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

interface AskOptions {
  readonly body?: unknown;
  /** Absent: the admin's; null: none. */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

interface TestServerOptions {
  readonly dataDirectory?: string;
  readonly listen?: boolean;
  readonly socket?: boolean;
  /** Absent: without the web UI. */
  readonly webDirectory?: string;
  /** A PostgreSQL's address; absent: the embedded database. */
  readonly database?: string;
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const dataDirectory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), "rackway-server-")));
  const lines: string[] = [];
  let offsetMs = 0;
  const server = createServer({
    dataDirectory,
    ...(options.database === undefined ? {} : { database: { url: options.database } }),
    listen: options.listen === true ? { host: "127.0.0.1", port: 0 } : null,
    socketPath: options.socket === true ? join(dataDirectory, "server.sock") : null,
    ...(options.webDirectory === undefined ? {} : { webDirectory: options.webDirectory }),
    logger: createLogger("debug", { write: (line: string) => lines.push(line) }),
    sources: { now: () => new Date(Date.now() + offsetMs), randomBytes: (size) => randomBytes(size) },
  });
  const running = await server.start();
  const adminToken = (await readFile(running.adminTokenFile, "utf8")).trim();
  const ask: TestServer["ask"] = (method, path, { body, token = adminToken, headers = {} } = {}) =>
    running.app.inject({
      method,
      url: `/api/v1${path}`,
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    });
  const get: TestServer["get"] = async (method, path, more) => {
    const answer = await ask(method, path, more);
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${answer.payload}`);
    return (answer.payload === "" ? null : answer.json()) as never;
  };
  return {
    ...running,
    dataDirectory,
    adminToken,
    logText: () => lines.join(""),
    advance: (ms) => (offsetMs += ms),
    ask,
    get,
    refused: async (method, path, more) => {
      const answer = await ask(method, path, more);
      if (answer.headers["content-type"]?.toString().startsWith("application/problem+json") !== true) {
        throw new Error(`${method} ${path} was not refused: ${answer.statusCode} ${answer.payload}`);
      }
      return answer.json<ApiProblem>();
    },
    enroll: async (host) => (await get<{ token: string }>("POST", `/hosts/${host}/token`)).token,
    stop: async () => {
      await server.stop();
      if (options.dataDirectory === undefined) await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}

export { exampleText, filesOf, makePacemaker, makeReport, makeRouter } from "./reports.ts";
export type { AgentState };
