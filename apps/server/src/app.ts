import swagger from "@fastify/swagger";
import fastify, { LogController } from "fastify";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import { authorise } from "./authorisation.ts";
import { Metrics } from "./metrics/metrics.ts";
import { openApiInformation, registerSchemas, transformDescription } from "./openapi.ts";
import { bodyLimitBytes, sendProblem, sendRouteNotFound } from "./problem-answers.ts";
import { agentRoutes } from "./routes/agents.ts";
import type { Api, Services } from "./routes/api.ts";
import { changeRoutes } from "./routes/changes.ts";
import { eventRoutes } from "./routes/events.ts";
import { metricRoutes } from "./routes/metrics.ts";
import { operationRoutes } from "./routes/operations.ts";
import { viewRoutes } from "./routes/views.ts";
import type { WebFiles } from "./web-ui/web-files.ts";
import { webRoutes } from "./web-ui/web-routes.ts";

/** The HTTP side, not listening yet. `inject` and `routing` work once it is ready. */
export async function buildApp(services: Services, logger: FastifyBaseLogger, web: WebFiles | null = null): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: logger,
    bodyLimit: bodyLimitBytes,
    // Ours (below) leaves headers out, and long polls to the debug level.
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: "idle",
    // A long poll answers within its wait; a client that sends a request byte by byte is not waited for.
    requestTimeout: 30_000,
    routerOptions: { maxParamLength: 200 },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler(sendRouteNotFound);
  app.decorateRequest("caller", null);
  app.addHook("onRequest", async (request) => authorise(request, services.plane.authority, (host) => services.plane.noteRefused(host)));
  app.addHook("onResponse", async (request, reply) => {
    const isRoutine = request.method === "GET" || request.url.startsWith("/api/v1/agent/report") || reply.statusCode === 304;
    const fields = {
      method: request.method,
      path: request.url.split("?", 1)[0],
      status: reply.statusCode,
      caller: request.caller?.kind === "host" ? request.caller.host : (request.caller?.kind ?? null),
      durationMs: Math.round(reply.elapsedTime),
    };
    request.log[isRoutine ? "debug" : "info"](fields, "request answered");
  });
  // Before the other routes: its hook counts those alone that come after it.
  metricRoutes(app, new Metrics(services));
  registerSchemas();
  await app.register(swagger, {
    openapi: openApiInformation(services.version),
    transform: jsonSchemaTransform,
    transformObject: transformDescription,
  });
  await app.register(async (scope) => registerRoutes(scope.withTypeProvider<ZodTypeProvider>() as Api, services), { prefix: "/api/v1" });
  webRoutes(app, web);
  await app.ready();
  return app;
}

function registerRoutes(api: Api, services: Services): void {
  api.addHook("onRoute", (route) => {
    const access = route.config?.access ?? "admin";
    if (route.schema === undefined) return;
    const security = access === "anyone" ? [] : [{ [access]: [] }];
    route.schema = { ...route.schema, security, operationId: operationId(String(route.method), route.url) };
  });
  viewRoutes(api, services);
  changeRoutes(api, services);
  operationRoutes(api, services);
  eventRoutes(api, services);
  agentRoutes(api, services);
  api.get("/openapi.json", { config: { access: "anyone" }, schema: { hide: true } }, () => api.swagger());
}

/** `GET /api/v1/revisions/:revision/document` is `getRevisionsByRevisionDocument`: what generated clients call their functions. */
function operationId(method: string, url: string): string {
  const words = url.replace("/api/v1", "").split("/").filter(Boolean);
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
  return method.toLowerCase() + words.map((word) => (word.startsWith(":") ? `By${capital(word.slice(1))}` : capital(word))).join("");
}
