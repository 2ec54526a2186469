import { request as httpRequest, Agent as HttpAgent } from "node:http";
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, RequestOptions } from "node:http";
import { request as httpsRequest, Agent as HttpsAgent } from "node:https";

import { fromProblem, problemMediaType, rackwayError } from "@rackway/errors";

import type { ApiRequest } from "./api-request.ts";
import { parseJson } from "./parse-json.ts";
import { parseServerAddress } from "./server-address.ts";
import type { ServerAddress } from "./server-address.ts";

export interface ConnectionOptions {
  /** `http://…`, `https://…` or `unix:///…`. */
  readonly server: string;
  /** Absent: requests go without authorisation. */
  readonly token?: string | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** For one whole request; a long poll adds its wait. */
  readonly timeoutMs?: number | undefined;
  /** PEM of the authority that signed the server's certificate; absent: the system's. */
  readonly certificateAuthority?: string | undefined;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One server, one token, kept-alive sockets. */
export interface Connection {
  readonly address: ServerAddress;
  /** The whole answer, read. Throws `RackwayError` for a status of 400 and more, and when no answer came. */
  send(request: ApiRequest): Promise<ApiAnswer>;
  /** The answer as a stream, for server-sent events; headers have arrived. */
  open(request: ApiRequest): Promise<IncomingMessage>;
  /** Closes idle sockets; requests under way end by themselves. */
  close(): void;
}

const defaultTimeoutMs = 30_000;
const answerLimitBytes = 64 * 1024 * 1024;

export function createConnection(options: ConnectionOptions): Connection {
  const address = parseServerAddress(options.server);
  const pool =
    address.kind === "https"
      ? new HttpsAgent({ keepAlive: true, ...(options.certificateAuthority === undefined ? {} : { ca: options.certificateAuthority }) })
      : new HttpAgent({ keepAlive: true });

  async function open(request: ApiRequest): Promise<IncomingMessage> {
    const timeoutMs = request.timeoutMs ?? options.timeoutMs ?? defaultTimeoutMs;
    const endsAtMs = performance.now() + timeoutMs;
    for (;;) {
      const { outgoing, answer } = start(address, pool, { ...request, headers: { ...options.headers, ...request.headers } }, options.token);
      const timer = setTimeout(
        () => outgoing.destroy(rackwayError("server-timeout", { server: address.text, seconds: timeoutMs / 1000 })),
        endsAtMs - performance.now(),
      );
      try {
        return await answer;
      } catch (error) {
        if (!isStaleSocket(error, outgoing)) throw asUnreachable(error, address, request.signal);
      } finally {
        clearTimeout(timer);
      }
    }
  }

  async function send(request: ApiRequest): Promise<ApiAnswer> {
    const timeoutMs = request.timeoutMs ?? options.timeoutMs ?? defaultTimeoutMs;
    const incoming = await open(request);
    const text = await readAll(incoming, address, timeoutMs).catch((error: unknown) => {
      throw asUnreachable(error, address, request.signal);
    });
    const status = incoming.statusCode ?? 0;
    if (status >= 400) throw asError(status, incoming.headers, text);
    return { status, headers: incoming.headers, text };
  }

  return { address, send, open, close: () => pool.destroy() };
}

function start(address: ServerAddress, pool: HttpAgent | HttpsAgent, request: ApiRequest, token: string | undefined) {
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const headers: Record<string, string> = { accept: `application/json, ${problemMediaType}`, ...request.headers };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) {
    headers["content-type"] = "application/json";
    headers["content-length"] = String(Buffer.byteLength(body));
  }
  const options: RequestOptions = {
    method: request.method,
    path: `${address.kind === "unix" ? "" : address.basePath}/api/v1${request.path}`,
    headers,
    agent: pool,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    ...(address.kind === "unix" ? { socketPath: address.socketPath } : { host: address.host, port: address.port }),
  };
  const outgoing: ClientRequest = address.kind === "https" ? httpsRequest(options) : httpRequest(options);
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve);
    outgoing.on("error", reject);
  });
  outgoing.end(body);
  return { outgoing, answer };
}

async function readAll(incoming: IncomingMessage, address: ServerAddress, timeoutMs: number): Promise<string> {
  const timer = setTimeout(() => {
    incoming.destroy(rackwayError("server-timeout", { server: address.text, seconds: timeoutMs / 1000 }));
  }, timeoutMs);
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > answerLimitBytes) throw rackwayError("server-answer-unknown", { status: incoming.statusCode ?? 0, detail: "too long" });
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A kept connection that the server has closed meanwhile, as it may at any time (RFC 9112 9.3.1): the request is sent again, on another. A POST
 * only where it cannot have been read; the pool drops what has failed, so this ends.
 */
function isStaleSocket(error: unknown, { reusedSocket, method }: ClientRequest): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return reusedSocket && (code === "EPIPE" || (code === "ECONNRESET" && method !== "POST"));
}

function asError(status: number, headers: IncomingHttpHeaders, text: string): Error {
  if (headers["content-type"]?.startsWith(problemMediaType)) return fromProblem(parseJson(text), status);
  return rackwayError("server-answer-unknown", { status, detail: "the answer is not one of a Rackway server" });
}

function asUnreachable(error: unknown, address: ServerAddress, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (error instanceof Error && "code" in error && error.name !== "RackwayError") {
    return rackwayError("server-unreachable", { server: address.text, reason: reasonOf(error) }, { cause: error });
  }
  return error;
}

/** Node joins the errors of several addresses of one name in an AggregateError whose message is empty. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join("; ");
  return error.message;
}
