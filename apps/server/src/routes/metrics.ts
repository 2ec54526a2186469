import type { FastifyInstance } from "fastify";

import type { Metrics } from "../metrics/metrics.ts";
import { metricsMediaType } from "../metrics/samples.ts";

/** `GET /metrics`, for Prometheus: where it looks by default, with a token of its own: the admin's is root on every controller. */
export function metricRoutes(app: FastifyInstance, metrics: Metrics): void {
  app.addHook("onResponse", async (request, reply) => metrics.noteRequest(request, reply));
  app.addHook("onClose", async () => metrics.stop());
  app.get("/metrics", { config: { access: "metrics" }, schema: { hide: true } }, async (_, reply) => {
    void reply.type(metricsMediaType);
    return metrics.render();
  });
}
