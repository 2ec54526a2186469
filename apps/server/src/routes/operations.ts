import {
  drainRequestSchema,
  hostFlagsSchema,
  hostTokenSchema,
  operationListSchema,
  operationRequestSchema,
  operationSchema,
  reasonRequestSchema,
} from "@rackway/schema";
import { z } from "zod";

import { createHostToken, deleteHostToken, setHostFlag } from "../host-operations.ts";
import { answers, answersOf, sourceOf } from "./api.ts";
import type { Api, Services } from "./api.ts";

const tags = ["operations"];
const nameParams = z.object({ name: z.string() });
const idParams = z.object({ id: z.string() });

/** What an operator does to hosts and routers; kept beside revisions, so that no rollback undoes it. */
export function operationRoutes(api: Api, { plane, operations }: Services): void {
  const drainSummary = "Move everything off a controller, and keep it off";
  const pauseSummary = "Let a host's agent observe and change nothing";
  api.put(
    "/hosts/:name/drain",
    { schema: { tags, summary: drainSummary, params: nameParams, body: drainRequestSchema, response: answers(hostFlagsSchema) } },
    (request) => {
      const { reason, ...terms } = request.body ?? {};
      return setHostFlag(plane, { host: request.params.name, flag: "drained", value: true, reason, terms, source: sourceOf(request) });
    },
  );
  api.put(
    "/hosts/:name/pause",
    { schema: { tags, summary: pauseSummary, params: nameParams, body: reasonRequestSchema, response: answers(hostFlagsSchema) } },
    (request) => {
      const { reason } = request.body ?? {};
      return setHostFlag(plane, { host: request.params.name, flag: "paused", value: true, reason, source: sourceOf(request) });
    },
  );
  for (const [path, flag, summary] of [
    ["/hosts/:name/drain", "drained", drainSummary],
    ["/hosts/:name/pause", "paused", pauseSummary],
  ] as const) {
    api.delete(path, { schema: { tags, summary: `End: ${summary}`, params: nameParams, response: answers(hostFlagsSchema) } }, (request) =>
      setHostFlag(plane, { host: request.params.name, flag, value: false, reason: undefined, source: sourceOf(request) }),
    );
  }

  api.post(
    "/hosts/:name/token",
    { schema: { tags, summary: "A new token for a host's agent, shown once", params: nameParams, response: answers(hostTokenSchema) } },
    (request, reply) => {
      void reply.header("cache-control", "no-store");
      return createHostToken(plane, request.params.name, sourceOf(request));
    },
  );
  api.delete(
    "/hosts/:name/token",
    { schema: { tags, summary: "End a host's token", params: nameParams, response: answersOf({ 204: z.undefined() }) } },
    async (request, reply) => {
      await deleteHostToken(plane, request.params.name, sourceOf(request));
      return reply.code(204).send();
    },
  );

  api.post(
    "/operations",
    {
      schema: {
        tags,
        summary: "Move a router to another controller",
        body: operationRequestSchema,
        response: answersOf({ 202: operationSchema }),
      },
    },
    async (request, reply) => reply.code(202).send(await operations.start(request.body, sourceOf(request))),
  );
  api.get("/operations", { schema: { tags, summary: "Operations, newest first", response: answers(operationListSchema) } }, async () => ({
    operations: await operations.list(),
  }));
  api.get(
    "/operations/:id",
    { schema: { tags, summary: "One operation", params: idParams, response: answers(operationSchema) } },
    ({ params }) => operations.find(params.id),
  );
}
