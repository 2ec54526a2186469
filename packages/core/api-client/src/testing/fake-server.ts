import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { vi } from "vitest";

// A slow machine is no failure.
vi.setConfig({ testTimeout: 60_000 });

/** A bare HTTP server that answers what a test tells it to, and remembers what it was asked. */
export interface FakeServer {
  readonly url: string;
  readonly requests: {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingMessage["headers"];
    readonly body: string;
  }[];
  readonly close: () => Promise<void>;
}

export async function startFakeServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  path?: string,
): Promise<FakeServer> {
  const requests: { method: string; url: string; headers: IncomingMessage["headers"]; body: string }[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      requests.push({
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      answer(request, response);
    });
  };
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => (path === undefined ? server.listen(0, "127.0.0.1", resolve) : server.listen(path, resolve)));
  const address = server.address() as AddressInfo | string;
  return {
    url: typeof address === "string" ? `unix://${address}` : `http://127.0.0.1:${address.port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": status >= 400 ? "application/problem+json" : "application/json", ...headers });
  response.end(JSON.stringify(body));
}
