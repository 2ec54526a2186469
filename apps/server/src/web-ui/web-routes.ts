import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import type { WebFile, WebFiles } from "./web-files.ts";

/**
 * What a browser may do with the UI: run our files and ask this server, nothing else. No inline script or style, no other origin, in no frame;
 * nothing may turn text into markup (Trusted Types), so that a name from a document or a host's word stays text.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const headers = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  vary: "accept-encoding",
};

const notBuilt = "This server was started without its web UI: npm run build makes it. The API is at /api/v1 (docs/api.md).\n";

/** The web UI at `/`. It holds nothing that a token protects: the page asks for one, and sends it with what it asks of `/api/v1`. */
export function webRoutes(app: FastifyInstance, files: WebFiles | null): void {
  app.get("/*", { config: { access: "anyone" }, schema: { hide: true } }, (request, reply) => {
    const path = request.url.split("?", 1)[0]?.slice(1) ?? "";
    if (path === "api" || path.startsWith("api/")) return reply.callNotFound();
    if (files === null) return reply.code(503).type("text/plain; charset=utf-8").send(notBuilt);
    const file = files.get(path) ?? (isPage(path) ? files.get("index.html") : undefined);
    return file === undefined ? reply.callNotFound() : sendFile(request, reply, file);
  });
}

/** Pages are made in the browser, each with its own address; what has an extension, or lies with the assets, is a file or nothing. */
function isPage(path: string): boolean {
  return !path.startsWith("assets/") && !/\.[a-z0-9]+$/.test(path);
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: WebFile): FastifyReply {
  void reply.headers(headers).header("etag", file.etag).type(file.type);
  void reply.header("cache-control", file.isImmutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (request.headers["if-none-match"] === file.etag) return reply.code(304).send();
  const takesGzip = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  if (file.gzipped === null || !takesGzip) return reply.send(file.body);
  return reply.header("content-encoding", "gzip").send(file.gzipped);
}
