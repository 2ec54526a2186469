import { STATUS_CODES } from "node:http";

import {
  agentEventsSchema,
  agentOperationSchema,
  agentSecretSchema,
  agentStateSchema,
  applyRequestSchema,
  applyResponseSchema,
  changeSchema,
  diffSchema,
  documentFileSchema,
  eventListSchema,
  eventSchema,
  hostEventSchema,
  hostFlagsSchema,
  hostReportSchema,
  hostStateSchema,
  hostTokenSchema,
  hostViewSchema,
  issueSchema,
  networkViewSchema,
  operationSchema,
  pacemakerStateSchema,
  planRequestSchema,
  planSchema,
  poolViewSchema,
  problemSchema,
  rackViewSchema,
  reservationSchema,
  revisionDocumentSchema,
  revisionListSchema,
  revisionSchema,
  rollbackRequestSchema,
  routerStateSchema,
  routerViewSchema,
  serverHealthSchema,
  statusSchema,
  stepSchema,
  vipViewSchema,
} from "@rackway/schema";
import { jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { z } from "zod";

/** Schemas with a name of their own in `components`; the others are written out where they stand. */
const named: Readonly<Record<string, z.ZodType>> = {
  AgentEvents: agentEventsSchema,
  AgentOperation: agentOperationSchema,
  AgentSecret: agentSecretSchema,
  AgentState: agentStateSchema,
  ApplyRequest: applyRequestSchema,
  ApplyResponse: applyResponseSchema,
  Change: changeSchema,
  Diff: diffSchema,
  DocumentFile: documentFileSchema,
  Event: eventSchema,
  EventList: eventListSchema,
  Health: serverHealthSchema,
  Host: hostViewSchema,
  HostEvent: hostEventSchema,
  HostFlags: hostFlagsSchema,
  HostReport: hostReportSchema,
  HostState: hostStateSchema,
  HostToken: hostTokenSchema,
  Issue: issueSchema,
  Network: networkViewSchema,
  Operation: operationSchema,
  PacemakerState: pacemakerStateSchema,
  Plan: planSchema,
  PlanRequest: planRequestSchema,
  Pool: poolViewSchema,
  Problem: problemSchema,
  Rack: rackViewSchema,
  Reservation: reservationSchema,
  Revision: revisionSchema,
  RevisionDocument: revisionDocumentSchema,
  RevisionList: revisionListSchema,
  RollbackRequest: rollbackRequestSchema,
  Router: routerViewSchema,
  RouterState: routerStateSchema,
  Status: statusSchema,
  Step: stepSchema,
  Vip: vipViewSchema,
};

/** Gives the schemas their names, once a process. */
export function registerSchemas(): void {
  for (const [id, schema] of Object.entries(named)) if (!z.globalRegistry.has(schema)) z.globalRegistry.add(schema, { id });
}

/** The head of the API's description. */
export function openApiInformation(version: string) {
  const bearer = (description: string) => ({ type: "http" as const, scheme: "bearer", description });
  return {
    openapi: "3.1.1",
    info: {
      title: "Rackway",
      version,
      description: "Highly available routers and service addresses for racks of Linux hosts. Errors are problems (RFC 9457).",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    tags: [
      { name: "changes", description: "Plan, apply, roll back, history." },
      { name: "views", description: "What is, and what should be." },
      { name: "operations", description: "Drain, pause, move; tokens of hosts." },
      { name: "events", description: "Who did or saw what, when and why." },
      { name: "agents", description: "For the agent of one host, with that host's token." },
    ],
    components: {
      securitySchemes: {
        admin: bearer("The admin's token; the server prints at its start where it lies."),
        agent: bearer("A host's token (`POST /api/v1/hosts/{name}/token`)."),
      },
    },
  };
}

type TransformObject = typeof jsonSchemaTransformObject;
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const schemaReference = "#/components/schemas/";

/** The description as zod's schemas make it, then tidied: only schemas that are used, request bodies optional where they are. */
export const transformDescription: TransformObject = (input) => {
  const made = JSON.parse(JSON.stringify(jsonSchemaTransformObject(input))) as JsonObject;
  for (const operation of operationsOf(made)) {
    tidyRequestBody(operation);
    tidyResponses(operation);
  }
  return keepUsedSchemas(made);
};

function operationsOf(description: JsonObject): JsonObject[] {
  return Object.values(description.paths as JsonObject).flatMap((methods) => Object.values(methods as JsonObject) as JsonObject[]);
}

/** A body that may be null is one that may be left out. */
function tidyRequestBody({ requestBody }: JsonObject): void {
  if (requestBody === undefined) return;
  const body = requestBody as { required: boolean; content: Record<string, { schema: { anyOf?: Json[] } }> };
  for (const media of Object.values(body.content)) {
    const [only, ...others] = (media.schema.anyOf ?? []).filter((each) => (each as JsonObject).type !== "null");
    if (only === undefined || others.length > 0) continue;
    media.schema = only as object;
    body.required = false;
  }
}

function tidyResponses({ responses }: JsonObject): void {
  for (const [status, response] of Object.entries(responses as JsonObject)) {
    const said = response as JsonObject;
    if (said.description === "Default Response") said.description = STATUS_CODES[status] ?? "An answer.";
  }
}

/** Drops schemas that nothing refers to. A request's schema has the suffix `Input` only where its answers have another one. */
function keepUsedSchemas(description: JsonObject): JsonObject {
  const components = description.components as { schemas: JsonObject };
  const used = new Set<string>();
  const visit = (value: Json): void => {
    if (typeof value !== "object" || value === null) return;
    if (!Array.isArray(value) && typeof value.$ref === "string") {
      const name = value.$ref.slice(schemaReference.length);
      const schema = components.schemas[name];
      if (!used.has(name) && schema !== undefined) {
        used.add(name);
        visit(schema);
      }
    }
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(description.paths ?? null);
  components.schemas = Object.fromEntries(Object.entries(components.schemas).filter(([name]) => used.has(name)));
  let text = JSON.stringify(description);
  for (const name of used) {
    const short = name.replace(/Input$/, "");
    if (short === name || used.has(short)) continue;
    text = text.replaceAll(`"${schemaReference}${name}"`, `"${schemaReference}${short}"`).replace(`"${name}":`, `"${short}":`);
  }
  return JSON.parse(text) as JsonObject;
}
