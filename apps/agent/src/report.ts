import { clientSight, isDefaultRoute, isOurRoute, silentTimeServers } from "@rackway/linux";
import type { ClientObservation, HostObservation, HostProblem } from "@rackway/linux";
import { problem } from "@rackway/linux";
import type { HostReport, HostState, Step } from "@rackway/schema";
import { routerResourceIds } from "@rackway/schema";

import { failingProblems } from "./failing-resources.ts";
import { diskProblems } from "./disks.ts";
import { quorumDeviceProblems } from "./quorum-device-words.ts";
import { fencingProblems } from "./fencing.ts";
import type { ClusterView } from "./observer.ts";
import { routersWithDaemons } from "./observer.ts";
import type { BackendSights } from "./proxy-watch.ts";
import type { RoutingSight } from "./routing-watch.ts";
import type { ServiceSight } from "./service-watch.ts";
import { renderServices } from "./service-watch.ts";
import { uplinkProblems } from "./uplink-words.ts";

/** The outcome of the last look of the converging half. */
export interface Convergence {
  readonly state: HostState;
  readonly observation: HostObservation | null;
  readonly pending: readonly Step[];
  readonly problems: readonly HostProblem[];
  /** Null: nothing of resolver and time source is Rackway's to say, or they could not be looked at. */
  readonly clients: ClientObservation | null;
}

export interface ReportParts {
  readonly host: string;
  readonly agentVersion: string;
  readonly observedAt: Date;
  readonly state: HostState | null;
  readonly convergence: Convergence | null;
  readonly view: ClusterView;
  readonly routing: RoutingSight;
  readonly services: readonly ServiceSight[] | null;
  readonly backends: BackendSights;
  /** Configurations that daemons of service namespaces have refused. */
  readonly refusals: readonly HostProblem[];
  /** Name and time services whose upstreams do not answer. */
  readonly silentUpstreams: readonly HostProblem[];
  /** Null: not looked at yet, or ip(8) did not answer. */
  readonly links: HostReport["links"];
  /** Problems of the agent itself: no token, a state that it does not understand. */
  readonly ownProblems: readonly HostProblem[];
  readonly observeNow: string | null;
  /** A revision that must be confirmed, and how this host stands to it. */
  readonly trial: NonNullable<HostReport["trial"]> | null;
}

/** The report of one host: what was seen. Pure. */
export function renderReport(parts: ReportParts): HostReport {
  const { state, view } = parts;
  const convergence = parts.convergence?.state === state ? parts.convergence : null;
  const running = state === null ? [] : runningProblems(state, view);
  const pending = convergence?.pending ?? [];
  const clients = convergence?.clients ?? null;
  return {
    host: parts.host,
    observedAt: parts.observedAt.toISOString(),
    agentVersion: parts.agentVersion,
    ...(parts.observeNow === null ? {} : { observeNow: parts.observeNow }),
    revision: state?.revision ?? null,
    converged:
      convergence !== null &&
      pending.length === 0 &&
      running.length === 0 &&
      parts.refusals.length === 0 &&
      convergence.problems.length === 0,
    paused: state?.paused ?? false,
    ...(parts.trial === null ? {} : { trial: parts.trial }),
    pendingSteps: [...pending],
    // What is wrong with the fabric outside is told, and keeps no host from having become what it should be.
    problems: [
      ...parts.ownProblems,
      ...(convergence?.problems ?? []),
      ...running,
      ...parts.refusals,
      ...guardProblems(view),
      ...(state === null ? [] : quorumDeviceProblems(state, view)),
      ...diskProblems(view.disks),
      ...uplinkProblems(view.uplinks),
      ...parts.silentUpstreams,
      ...failingProblems(parts.host, view.trouble),
      ...fencingProblems(view.fencing),
      ...parts.routing.problems,
      ...(state === null || clients === null ? [] : silentTimeServers(state, clients)),
    ].map(({ code, message, hint }) => ({ code, message, hint })),
    guard: view.guard,
    pacemaker: view.pacemaker,
    routers: routersWithDaemons(view),
    routing: parts.routing.observation,
    services: renderServices(parts.services, parts.routing.observation, parts.backends),
    defaultRoutes: defaultRoutes(convergence?.observation ?? null),
    links: parts.links,
    clients: clients === null ? null : clientSight(clients),
  };
}

/** Not a reason to call the host other than its state: who sees to the guard is its supervisor, not a look at the host. */
function guardProblems({ pacemaker, guard }: ClusterView): HostProblem[] {
  return pacemaker === null || guard === null || guard === "running" ? [] : [problem("guard-not-running", { state: guard })];
}

/** What must be seen of Pacemaker before this host can be called converged. */
export function runningProblems({ pacemaker, revision, host }: HostState, view: ClusterView): HostProblem[] {
  const seen = view.pacemaker;
  if (pacemaker === null) return [];
  const { cluster } = pacemaker;
  if (seen === null) return [problem("cib-waiting", { cluster, reason: "Pacemaker was not looked at yet" })];
  if (!seen.quorate) return [problem("quorum-missing", { cluster, reason: "Corosync says that there is no quorum, or does not answer" })];
  if (seen.dc === null) return [problem("cib-waiting", { cluster, reason: "there is no DC yet" })];
  if (seen.revision === null || seen.revision < revision) {
    return [
      problem("cib-waiting", { cluster, reason: `revision ${revision} is not in Pacemaker's configuration yet; ${seen.dc} writes it` }),
    ];
  }
  return pacemaker.routers.flatMap((router) => {
    if (!router.vips.length) return [];
    const { vips } = routerResourceIds(router);
    const hosts = seen.resources.find(({ id }) => id === vips)?.running ?? [];
    const held = new Set(view.routers.find(({ name }) => name === router.name)?.holds.map(({ address }) => address));
    const missing = hosts.includes(host.name) ? router.vips.filter(({ address }) => !held.has(address)).map(({ address }) => address) : [];
    if (missing.length > 0) return [problem("router-incomplete", { router: router.name, addresses: missing.join(", ") })];
    if (hosts.length === 1) return [];
    return [problem("router-not-running", { router: router.name, hosts: hosts.length === 0 ? "no host" : hosts.join(", ") })];
  });
}

function defaultRoutes(observation: HostObservation | null): HostReport["defaultRoutes"] {
  const routes = observation?.routes.filter(isDefaultRoute) ?? [];
  return routes.flatMap((route) =>
    route.nextHops.map(({ via, device }) => ({ family: route.family, via, device, metric: route.metric, ours: isOurRoute(route) })),
  );
}
