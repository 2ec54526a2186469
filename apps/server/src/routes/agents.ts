import { rackwayError } from "@rackway/errors";
import {
  agentEventsSchema,
  agentOperationSchema,
  agentSecretSchema,
  agentStateQuerySchema,
  agentStateSchema,
  hostReportSchema,
  operationSchema,
} from "@rackway/schema";
import type { HostState, SecretRef } from "@rackway/schema";
import { z } from "zod";

import { awaitAgentAnswer } from "../agent-answer.ts";
import { callingHost } from "../authorisation.ts";
import { reportLimitBytes } from "../problem-answers.ts";
import { answers, answersOf } from "./api.ts";
import type { Api, Services } from "./api.ts";

const tags = ["agents"];
const config = { access: "agent" } as const;
const idParams = z.object({ id: z.string() });

/** The agents' half: a host's token reaches that host's state, reports, operations and secrets. */
export function agentRoutes(api: Api, { plane, observations, operations }: Services): void {
  const unchanged = { description: "Nothing changed while the request waited." };
  api.get(
    "/agent/state",
    {
      config,
      schema: {
        tags,
        summary: "This host's state; waits for a change when If-None-Match names the last one",
        querystring: agentStateQuerySchema,
        response: answersOf({ 200: agentStateSchema, 304: z.undefined().describe(unchanged.description) }),
      },
    },
    async (request, reply) => {
      const host = callingHost(request);
      const hungUp = new AbortController();
      const abort = () => hungUp.abort();
      reply.raw.once("close", abort);
      const answer = await awaitAgentAnswer(plane, operations, {
        host,
        etag: request.headers["if-none-match"] ?? null,
        waitMs: request.query.wait * 1000,
        signal: hungUp.signal,
        checkAccess: () => {
          if (plane.authority.identify(request.headers.authorization)?.kind !== "host") throw rackwayError("unauthorised", {});
        },
      }).finally(() => reply.raw.removeListener("close", abort));
      void reply.header("cache-control", "no-store");
      if (answer === null) return reply.code(304).send();
      // Text already: the schema was held by the compiler, and a state of many hosts is not to be walked for each of them.
      return reply
        .header("etag", answer.etag)
        .type("application/json; charset=utf-8")
        .serializer((text: unknown) => text as string)
        .send(answer.json as never);
    },
  );

  const nothing = answersOf({ 204: z.undefined() });
  api.post(
    "/agent/report",
    { config, bodyLimit: reportLimitBytes, schema: { tags, summary: "What the agent sees", body: hostReportSchema, response: nothing } },
    async (request, reply) => {
      await observations.receive(callingHost(request), request.body);
      return reply.code(204).send();
    },
  );
  api.post(
    "/agent/events",
    { config, schema: { tags, summary: "What happened on the host", body: agentEventsSchema, response: nothing } },
    async (request, reply) => {
      await observations.receiveEvents(callingHost(request), request.body);
      return reply.code(204).send();
    },
  );
  api.post(
    "/agent/operations/:id",
    {
      config,
      schema: {
        tags,
        summary: "Claim an operation, tell of its progress, end it",
        params: idParams,
        body: agentOperationSchema,
        response: answers(operationSchema),
      },
    },
    (request) => operations.report(request.params.id, callingHost(request), request.body),
  );
  secretRoute(api, plane);
}

/** Every secret that a host's state names. */
function secretsOf(state: HostState | undefined): SecretRef[] {
  const { pacemaker = null, quorumServer = null } = state ?? {};
  const device = pacemaker?.quorumDevice ?? null;
  return [
    ...(pacemaker === null ? [] : [pacemaker.authKey]),
    ...(device === null ? [] : [device.certificate]),
    ...(quorumServer === null ? [] : [quorumServer.certificate]),
  ];
}

function secretRoute(api: Api, plane: Services["plane"]): void {
  api.get(
    "/agent/secrets/:id",
    { config, schema: { tags, summary: "A secret that this host's state names", params: idParams, response: answers(agentSecretSchema) } },
    async (request, reply) => {
      void reply.header("cache-control", "no-store");
      const { id } = request.params;
      const served = plane.servedState(callingHost(request));
      const named = [...secretsOf(served?.state), ...secretsOf(served?.trial?.fallback)];
      const isNamed = named.some((secret) => secret.id === id);
      // The same answer for a secret of others and for none: ids are not to be tried out.
      const value = isNamed ? await plane.store.secrets.value(id) : null;
      if (value === null) throw rackwayError("forbidden", {});
      return { id, encoding: "base64" as const, value: Buffer.from(value).toString("base64") };
    },
  );
}
