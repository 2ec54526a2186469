import type { ClusterDocument, HostReport } from "@rackway/schema";

import type { DocumentRecord, NetworkRecord, OperationRecord, ReservationRecord, RevisionRecord } from "./store.ts";

/** Records for tests of the store. */
export const at = "2026-01-02T03:04:05.000Z";

export function revisionRecord(revision: number, more: Partial<RevisionRecord> = {}): RevisionRecord {
  const record = {
    revision,
    createdAt: at,
    author: "admin",
    comment: "",
    kind: "apply",
    rollbackTo: null,
    documentSha256: "00",
    confirmation: null,
  } as const;
  return { ...record, ...more };
}

export function documentRecord(name: string): DocumentRecord {
  const document: ClusterDocument = {
    apiVersion: "rackway/v1",
    kind: "Cluster",
    metadata: { name },
    spec: { racks: [], hosts: [], virtualRouters: [], vipPools: [], namespaces: [], vips: [] },
  };
  return { files: [{ name: "a.yaml", text: `# ${name}` }], document };
}

export function addressRecord(value: string, owner: string, sinceRevision = 1, scope = "network/rack-a/public"): ReservationRecord {
  return { kind: "address", scope, value, owner, isUserDefined: false, sinceRevision };
}

export function networkRecord(scope: string, cidr: string, first: string, last: string, family: 4 | 6 = 4): NetworkRecord {
  return { scope, family, cidr, first: first.padStart(32, "0"), last: last.padStart(32, "0") };
}

export function operationRecord(id: string, router = "vr-a"): OperationRecord {
  return {
    id,
    kind: "move",
    subject: `router/${router}`,
    to: "ctl-a2",
    cluster: "rack-a",
    state: "pending",
    message: "waits for an agent",
    progress: [],
    claimedBy: null,
    createdAt: at,
    updatedAt: at,
  };
}

export function hostReport(host: string, revision: number | null): HostReport {
  const nothing = {
    pendingSteps: [],
    problems: [],
    guard: null,
    pacemaker: null,
    routers: [],
    routing: null,
    services: null,
    defaultRoutes: [],
    links: null,
    clients: null,
  };
  return { host, observedAt: at, agentVersion: "0.1.0", revision, converged: true, paused: false, ...nothing };
}
