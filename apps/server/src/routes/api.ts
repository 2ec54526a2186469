import type { IncomingMessage, Server, ServerResponse } from "node:http";

import { problemMediaType } from "@rackway/errors";
import { problemSchema } from "@rackway/schema";
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { z } from "zod";

import type { ControlPlane } from "../control-plane.ts";
import type { Observations } from "../observations.ts";
import type { Operations } from "../operations.ts";

export type Api = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** What the routes stand on. */
export interface Services {
  readonly plane: ControlPlane;
  readonly observations: Observations;
  readonly operations: Operations;
  readonly version: string;
}

/** What every answer can be instead of what was asked for. */
const problems = {
  "4xx": { description: "Refused: see `code`, `detail`, `hint`.", content: { [problemMediaType]: { schema: problemSchema } } },
  "5xx": { description: "Failed.", content: { [problemMediaType]: { schema: problemSchema } } },
} as const;

/** The answers of a route for its description: the good one, and problems. */
export function answers<Schema extends z.ZodType>(good: Schema) {
  return { 200: good, ...problems };
}

export function answersOf<Good extends Readonly<Record<number, unknown>>>(good: Good) {
  return { ...good, ...problems };
}

/** Who asked, for events. One admin token: one name. */
export function sourceOf(request: FastifyRequest): string {
  return request.caller?.kind === "host" ? `host/${request.caller.host}` : "admin";
}
