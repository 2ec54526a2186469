import { readFile } from "node:fs/promises";

import type { HostReport, RouterObservation } from "@rackway/schema";

/** What agents would say, and documents for them: for tests, and for whoever needs a server with hosts that are not there. */
const examples = new URL("../../../../examples/", import.meta.url);

export const exampleText = (name: string): Promise<string> => readFile(new URL(`${name}.yaml`, examples), "utf8");

/** A body for plan and apply. */
export function filesOf(text: string): { files: { name: string; text: string }[] } {
  return { files: [{ name: "cluster.yaml", text }] };
}

/** What an agent would report of a host where all is well. */
export function makeReport(host: string, more: Partial<HostReport> = {}): HostReport {
  return {
    host,
    observedAt: new Date().toISOString(),
    agentVersion: "0.1.0",
    revision: 1,
    converged: true,
    paused: false,
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
    ...more,
  };
}

export function makePacemaker(
  online: readonly string[],
  more: Partial<NonNullable<HostReport["pacemaker"]>> = {},
): NonNullable<HostReport["pacemaker"]> {
  return {
    cluster: "rack-a",
    quorate: true,
    dc: online[0] ?? null,
    fencing: "on",
    online: [...online],
    resources: [],
    revision: 1,
    quorumDevice: null,
    ...more,
  };
}

/** A router as one host sees it; `holds`: addresses of its public VIP that are on this host. */
export function makeRouter(name: string, holds: readonly string[]): RouterObservation {
  return {
    name,
    holds: holds.map((address) => ({ name: "public" as const, family: address.includes(":") ? (6 as const) : (4 as const), address })),
    namespaceExists: true,
    connectionSync: null,
    dns: null,
    ntp: null,
  };
}
