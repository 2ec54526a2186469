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
