import { createHash, randomBytes } from "node:crypto";
import { chmodSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";

import type { AgentState, HostEvent, HostReport, HostState, Operation } from "@rackway/schema";

/**
 * The agents' half of the API, for tests of the agent alone: a test puts host states in and looks at reports. It listens on a Unix socket
 * in a folder that the lab's hosts see. A host's token is its name: what a token is worth is the server's test, not the agent's.
 */
export class StateServer {
  readonly #server: Server;
  readonly #socket: string;
  readonly #states = new Map<string, HostState>();
  readonly #listeners = new Set<() => void>();
  readonly #keys = new Map<string, Buffer>();
  #operations: Operation[] = [];
  #observeNow: string | null = null;
  /** Newest report of each host, with the time of its arrival (ms, monotonic). */
  readonly reports = new Map<string, { readonly report: HostReport; readonly at: number }>();
  readonly events: (HostEvent & { readonly host: string })[] = [];

  constructor(socket: string) {
    this.#socket = socket;
    this.#server = createServer((request, answer) => {
      this.#serve(request, answer).catch(() => answer.destroy());
    });
  }

  async start(): Promise<void> {
    rmSync(this.#socket, { force: true });
    await new Promise<void>((resolve) => this.#server.listen(this.#socket, resolve));
    chmodSync(this.#socket, 0o600);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Another one at the same place with the same keys and states: a server that was restarted. */
  successor(): StateServer {
    const next = new StateServer(this.#socket);
    for (const [id, key] of this.#keys) next.#keys.set(id, key);
    next.set(this.#states.values());
    return next;
  }

  /** Corosync's key of a Pacemaker cluster, as a host state names it. */
  authKey(cluster: string): { id: string; sha256: string } {
    const id = `corosync-${cluster}`;
    const key = this.#keys.get(id) ?? randomBytes(256);
    this.#keys.set(id, key);
    return { id, sha256: createHash("sha256").update(key).digest("hex") };
  }

  set(states: Iterable<HostState>): void {
    for (const state of states) this.#states.set(state.host.name, state);
    this.#wake();
  }

  offer(operation: Operation): void {
    this.#operations = [...this.#operations, operation];
    this.#wake();
  }

  operation(id: string): Operation | undefined {
    return this.#operations.find((operation) => operation.id === id);
  }

  /** Asks all agents to look again, and resolves when each host's report says that it has. */
  async observeNow(hosts: readonly string[], timeoutMs = 120_000): Promise<void> {
    const token = randomBytes(6).toString("hex");
    this.#observeNow = token;
    this.#wake();
    await this.until(
      () => hosts.every((host) => this.reports.get(host)?.report.observeNow === token),
      timeoutMs,
      `a fresh look of ${hosts.join(", ")}`,
    );
  }

  /** Resolves as soon as the condition holds; it is looked at whenever an agent says something. */
  async until(condition: () => boolean, timeoutMs: number, what: string): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!condition()) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`waited ${timeoutMs} ms for ${what}; last: ${this.#summary()}`);
      await this.#nextWord(leftMs);
    }
  }

  #summary(): string {
    const lines = [...this.reports].map(([host, { report }]) => {
      const words = [...report.pendingSteps.map(({ id }) => id), ...report.problems.map(({ message }) => message)];
      return `${host} revision ${report.revision} ${report.converged ? "converged" : words.join("; ")}`;
    });
    return lines.join(" | ");
  }

  async #nextWord(timeoutMs: number): Promise<void> {
    const controller = new AbortController();
    const heard = new Promise<void>((resolve) => {
      this.#listeners.add(resolve);
      void wait(timeoutMs, undefined, { signal: controller.signal }).then(resolve, () => undefined);
    });
    await heard;
    controller.abort();
  }

  #wake(): void {
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  async #serve(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const host = (request.headers.authorization ?? "").replace("Bearer ", "");
    const url = new URL(request.url ?? "", "http://server");
    const path = url.pathname.replace("/api/v1/agent/", "");
    const [kind = "", id = ""] = path.split("/");
    if (request.method === "GET" && kind === "state")
      return this.#sendState(request, answer, host, Number(url.searchParams.get("wait") ?? 0));
    if (request.method === "GET" && kind === "secrets") {
      const value = this.#keys.get(decodeURIComponent(id))?.toString("base64");
      return send(answer, value === undefined ? 404 : 200, { id, encoding: "base64", value });
    }
    const body: unknown = JSON.parse(await readBody(request));
    if (kind === "report") this.reports.set(host, { report: body as HostReport, at: performance.now() });
    if (kind === "events") this.events.push(...(body as { events: HostEvent[] }).events.map((event) => ({ ...event, host })));
    if (kind === "operations")
      return this.#takeOperation(answer, host, decodeURIComponent(id), body as Pick<Operation, "state" | "message">);
    send(answer, 204, null);
    this.#wake();
  }

  #takeOperation(answer: ServerResponse, host: string, id: string, word: Pick<Operation, "state" | "message">): void {
    const known = this.operation(id);
    if (known === undefined || (known.claimedBy !== null && known.claimedBy !== host)) {
      return send(answer, 409, { type: "", title: "", status: 409, detail: "claimed", code: "operation-claimed", issues: [] });
    }
    const now = new Date().toISOString();
    const next = { ...known, ...word, claimedBy: host, updatedAt: now, progress: [...known.progress, { at: now, message: word.message }] };
    this.#operations = this.#operations.map((operation) => (operation.id === id ? next : operation));
    send(answer, 200, next);
    this.#wake();
  }

  async #sendState(request: IncomingMessage, answer: ServerResponse, host: string, waitSeconds: number): Promise<void> {
    const deadline = performance.now() + waitSeconds * 1000;
    for (;;) {
      const open = this.#operations.filter(({ state }) => state === "pending" || state === "running");
      const body: AgentState = { state: this.#states.get(host) ?? null, operations: open, observeNow: this.#observeNow };
      const etag = `"${createHash("sha256").update(JSON.stringify(body)).digest("hex").slice(0, 16)}"`;
      if (request.headers["if-none-match"] !== etag) {
        answer.setHeader("etag", etag);
        return send(answer, 200, body);
      }
      if (performance.now() >= deadline || answer.destroyed) return send(answer, 304, null);
      await this.#nextWord(deadline - performance.now());
    }
  }
}

function send(answer: ServerResponse, status: number, body: unknown): void {
  const type = status >= 400 ? "application/problem+json" : "application/json";
  answer.writeHead(status, { "content-type": type });
  answer.end(body === null ? undefined : JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
