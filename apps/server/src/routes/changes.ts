import { rackwayError } from "@rackway/errors";
import {
  applyRequestSchema,
  applyResponseSchema,
  confirmRequestSchema,
  diffQuerySchema,
  diffSchema,
  planRequestSchema,
  planSchema,
  revisionDocumentSchema,
  revisionListSchema,
  revisionSchema,
  rollbackRequestSchema,
} from "@rackway/schema";
import { z } from "zod";

import { applyFiles, diffRevisions, planFiles, rollBack } from "../changes.ts";
import { exportDocument } from "../export.ts";
import { confirmRevision } from "../trial.ts";
import { answers, answersOf, sourceOf } from "./api.ts";
import type { Api, Services } from "./api.ts";

const revisionParams = z.object({ revision: z.coerce.number<number>().int().min(1) });
const tags = ["changes"];

/** The life of a change: plan, apply, rollback, history. */
export function changeRoutes(api: Api, { plane }: Services): void {
  api.post(
    "/plan",
    { schema: { tags, summary: "What would a document change?", body: planRequestSchema, response: answers(planSchema) } },
    (request) => planFiles(plane, request.body.files),
  );

  api.post(
    "/apply",
    { schema: { tags, summary: "Make a document the current revision", body: applyRequestSchema, response: answers(applyResponseSchema) } },
    (request) => applyFiles(plane, { ...request.body, author: sourceOf(request), rollbackTo: null }),
  );

  api.post(
    "/rollback",
    {
      schema: {
        tags,
        summary: "Make an older document the current revision",
        body: rollbackRequestSchema,
        response: answers(applyResponseSchema),
      },
    },
    (request) => rollBack(plane, { ...request.body, author: sourceOf(request) }),
  );

  api.post(
    "/confirm",
    {
      schema: {
        tags,
        summary: "Keep a revision that is undone unless it is confirmed",
        body: confirmRequestSchema,
        response: answers(revisionSchema),
      },
    },
    (request) => confirmRevision(plane, { revision: request.body?.revision, author: sourceOf(request) }),
  );

  api.get(
    "/diff",
    { schema: { tags, summary: "What differs between two revisions?", querystring: diffQuerySchema, response: answers(diffSchema) } },
    (request) => diffRevisions(plane, request.query.from, request.query.to),
  );

  revisionRoutes(api, plane);
}

function revisionRoutes(api: Api, plane: Services["plane"]): void {
  const absent = (name: string | number): Error => rackwayError("not-found", { kind: "revision", name });

  api.get("/revisions", { schema: { tags, summary: "The history, newest first", response: answers(revisionListSchema) } }, async () => {
    const revisions = await plane.store.revisions.list();
    return { current: revisions[0]?.revision ?? null, revisions };
  });

  api.get(
    "/revisions/:revision",
    { schema: { tags, summary: "One revision", params: revisionParams, response: answers(revisionSchema) } },
    async ({ params }) => {
      const found = await plane.store.revisions.find(params.revision);
      if (found === null) throw absent(params.revision);
      return found;
    },
  );

  api.get(
    "/revisions/:revision/document",
    {
      schema: {
        tags,
        summary: "A revision's document, as written and as read",
        params: revisionParams,
        response: answers(revisionDocumentSchema),
      },
    },
    async ({ params }) => {
      const found = await plane.store.revisions.document(params.revision);
      if (found === null) throw absent(params.revision);
      return { revision: params.revision, ...found };
    },
  );

  const yaml = { description: "The document as YAML.", content: { "application/yaml": { schema: z.string() } } };
  api.get(
    "/export",
    { schema: { tags, summary: "The current document, to be kept in a file", response: answersOf({ 200: yaml }) } },
    async (_request, reply) => {
      const current = await plane.store.revisions.current();
      const found = current === null ? null : await plane.store.revisions.document(current.revision);
      if (found === null) throw absent("current");
      return reply.type("application/yaml").serializer(String).send(exportDocument(found));
    },
  );
}
