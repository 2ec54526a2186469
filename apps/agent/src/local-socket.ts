import { chmod, mkdir, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { Server, ServerResponse } from "node:http";
import { dirname } from "node:path";

import { rackwayError } from "@rackway/errors";

/** What the socket answers: a body, or null while there is none yet. */
export type LocalAnswers = Readonly<Record<string, () => unknown>>;

/** HTTP on a Unix socket that only root may open: `GET` of each name in `answers`. */
export class LocalSocket {
  readonly #path: string;
  readonly #answers: LocalAnswers;
  #server: Server | null = null;

  constructor(path: string, answers: LocalAnswers) {
    this.#path = path;
    this.#answers = answers;
  }

  /** Throws `agent-running` when another agent answers there; a socket that a dead one left is taken over. */
  async start(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o755 });
    if ((await askLocal(this.#path, "/report").catch(() => null)) !== null) throw rackwayError("agent-running", { socket: this.#path });
    await rm(this.#path, { force: true });
    const server = createServer((incoming, answer) => this.#serve(incoming.method ?? "", incoming.url ?? "", answer));
    const mask = process.umask(0o177);
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(this.#path, resolve);
      });
    } finally {
      process.umask(mask);
    }
    await chmod(this.#path, 0o600);
    this.#server = server;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    this.#server?.close();
    if (this.#server !== null) await rm(this.#path, { force: true });
    this.#server = null;
  }

  #serve(method: string, path: string, answer: ServerResponse): void {
    const make = this.#answers[path];
    const send = (status: number, type: string, body: unknown): void => {
      answer.writeHead(status, { "content-type": type }).end(JSON.stringify(body));
    };
    const refuse = (status: number, title: string): void =>
      send(status, "application/problem+json", { type: "about:blank", title, status });
    if (method !== "GET") return refuse(405, "Method not allowed");
    if (make === undefined) return refuse(404, "Not found");
    const body = make();
    if (body === null) return refuse(503, "The agent has not looked at its host yet");
    send(200, "application/json", body);
  }
}

/** Asks the agent of this host. Null: nobody listens. Throws where it answers with an error. */
export function askLocal(
  socketPath: string,
  path: string,
  timeoutMs = 3000,
): Promise<{ readonly status: number; readonly text: string } | null> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path, timeout: timeoutMs }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }));
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer after ${timeoutMs} ms`)));
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(null);
      else reject(error);
    });
    outgoing.end();
  });
}
