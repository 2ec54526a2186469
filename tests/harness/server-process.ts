import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

const root = path.join(import.meta.dirname, "../..");

export interface ServerProcessOptions {
  readonly dataDirectory: string;
  /** A PostgreSQL's address; absent: the embedded database. */
  readonly database?: string | undefined;
}

/** `rackway server` as a process of its own, on a free port: one that can be killed. */
export class ServerProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #token: string;

  private constructor(url: string, child: ChildProcess, token: string) {
    this.url = url;
    this.#child = child;
    this.#token = token;
  }

  /** Throws with its last words when it does not start. */
  static async start({ dataDirectory, database }: ServerProcessOptions): Promise<ServerProcess> {
    const argv = ["server", "--listen", "127.0.0.1:0", "--data", dataDirectory, "--log-level", "error"];
    const child = spawn(path.join(root, "rackway"), [...argv, ...(database === undefined ? [] : ["--database", database])], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const said: string[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      said.push(line);
      const url = /listens on (http:\S+)/.exec(line)?.[1];
      if (url === undefined) continue;
      child.stderr.resume();
      return new ServerProcess(url, child, readFileSync(path.join(dataDirectory, "admin-token"), "utf8").trim());
    }
    throw new Error(`the server did not start: ${said.join("\n")}`);
  }

  /** Throws when it is refused, and when the server is gone. */
  async ask<Body>(method: string, route: string, body?: unknown): Promise<Body> {
    const answer = await fetch(`${this.url}/api/v1${route}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status} ${text}`);
    return (text === "" ? null : JSON.parse(text)) as Body;
  }

  /** With SIGKILL it has no last word. Resolves when the process is gone. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.kill(signal);
    await gone;
  }
}
