import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { AgentState, ApiProblem, HostReport, RouterObservation } from "@rackway/schema";
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

export async function startTestServer(options: { dataDirectory?: string; listen?: boolean; socket?: boolean } = {}): Promise<TestServer> {
  const dataDirectory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), "rackway-server-")));
  const lines: string[] = [];
  let offsetMs = 0;
  const server = createServer({
    dataDirectory,
    listen: options.listen === true ? { host: "127.0.0.1", port: 0 } : null,
    socketPath: options.socket === true ? join(dataDirectory, "server.sock") : null,
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

const examples = new URL("../../../../examples/", import.meta.url);

export const exampleText = (name: string): Promise<string> => readFile(new URL(`${name}.yaml`, examples), "utf8");

/** A body for plan and apply. */
export function filesOf(text: string): { files: { name: string; text: string }[] } {
  return { files: [{ name: "cluster.yaml", text }] };
}

/** What an agent would report of a host where all is well. */
export function makeReport(host: string, more: Partial<HostReport> = {}): HostReport {
  return {
    host,
    observedAt: new Date().toISOString(),
    agentVersion: "0.1.0",
    revision: 1,
    converged: true,
    paused: false,
    pendingSteps: [],
    problems: [],
    guard: null,
    pacemaker: null,
    routers: [],
    routing: null,
    services: null,
    defaultRoutes: [],
    links: null,
    ...more,
  };
}

export function makePacemaker(
  online: readonly string[],
  more: Partial<NonNullable<HostReport["pacemaker"]>> = {},
): NonNullable<HostReport["pacemaker"]> {
  return {
    cluster: "rack-a",
    quorate: true,
    dc: online[0] ?? null,
    fencing: "on",
    online: [...online],
    resources: [],
    revision: 1,
    ...more,
  };
}

/** A router as one host sees it; `holds`: addresses of its public VIP that are on this host. */
export function makeRouter(name: string, holds: readonly string[]): RouterObservation {
  return {
    name,
    holds: holds.map((address) => ({ name: "public" as const, family: address.includes(":") ? (6 as const) : (4 as const), address })),
    namespaceExists: true,
    connectionSync: null,
  };
}

export type { AgentState };
