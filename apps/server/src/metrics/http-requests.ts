import type { FastifyReply, FastifyRequest } from "fastify";

import { Histogram } from "./histogram.ts";
import type { Samples } from "./samples.ts";

const boundsSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** They wait on purpose: how long says nothing of the server. */
const waiting = new Set(["/api/v1/agent/state", "/api/v1/events/stream"]);

/** How long the server takes to answer, by route as it was declared: what a client writes into a path is no label. */
export class HttpRequests {
  readonly #histograms = new Map<
    string,
    { readonly method: string; readonly route: string; readonly code: string; readonly times: Histogram }
  >();

  note(request: FastifyRequest, reply: FastifyReply): void {
    const route = request.is404 ? "unknown" : (request.routeOptions.url ?? "unknown");
    if (waiting.has(route)) return;
    // Fastify takes whatever method there is for a path that is not there.
    const method = route === "unknown" ? "any" : request.method;
    const code = String(reply.statusCode);
    const key = `${method} ${route} ${code}`;
    const known = this.#histograms.get(key) ?? { method, route, code, times: new Histogram(boundsSeconds) };
    this.#histograms.set(key, known);
    known.times.observe(reply.elapsedTime / 1000);
  }

  write(samples: Samples): void {
    for (const { times, ...labels } of this.#histograms.values())
      samples.addHistogram("rackway_http_request_duration_seconds", labels, times);
  }
}
