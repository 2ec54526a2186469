import type { Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import type { Allocated, Reservation } from "@rackway/ipam";
import { ReservationIndex, allocate, hasVips, networkScope, restoreReservations, routerVipOwner } from "@rackway/ipam";
import type { ClusterDocument, HostState, VipSpec, VirtualRouterSpec } from "@rackway/schema";

import type { ClusterIndex } from "./cluster-index.ts";
import { indexCluster, networkOf, rackOf, routerFamilies } from "./cluster-index.ts";
import type { CompileOptions } from "./compile.ts";
import { compile } from "./compile.ts";
import { findLoops } from "./find-loops.ts";
import { findProxyLoops } from "./find-proxy-loops.ts";
import { foreseeHandovers } from "./foreseen-handovers.ts";
import type { PlannedChange } from "./plan-change.ts";
import { planChange } from "./plan-change.ts";
import { validate } from "./validate.ts";
import { reservedAddresses } from "./vip-addresses.ts";

export interface RevisionRequest extends CompileOptions {
  /** As parsed; it is validated here. `revision` is the number that it would get. */
  readonly document: ClusterDocument;
  /** The current revision; null: none yet. */
  readonly current: { readonly revision: number; readonly document: ClusterDocument; readonly reservations: readonly Reservation[] } | null;
  /** In a rollback: the reservations of the revision that it goes back to. */
  readonly formerly?: readonly Reservation[];
  /** Where the current revision is undone with the one before it: that one's reservations, which are taken as they were. */
  readonly restores?: readonly Reservation[] | null;
  /** True in an apply: new reservations carry the revision. False in a plan: they carry null. */
  readonly isCommitted: boolean;
}

export type RevisionPlan =
  | {
      readonly ok: true;
      readonly change: PlannedChange;
      readonly allocation: Allocated;
      readonly hostStates: ReadonlyMap<string, HostState>;
      /** Those of the current revision; none before the first. */
      readonly hostStatesBefore: ReadonlyMap<string, HostState>;
      readonly warnings: readonly Issue[];
    }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/**
 * The whole way from a parsed document to what would change: validate → allocate → compile → diff, for the plan and again inside of the
 * apply's transaction. Issues carry paths; whoever has the text gives them positions.
 */
export function planRevision(request: RevisionRequest): RevisionPlan {
  const { document, current } = request;
  const issues = [...mismatchOf(document, current?.document ?? null), ...validate(document)];
  if (issues.some(({ severity }) => severity === "error")) return { ok: false, issues };
  const existing = current?.reservations ?? [];
  const revision = request.isCommitted ? request.revision : null;
  const allocation = request.restores
    ? restoreReservations(existing, request.restores, revision)
    : allocate({ document, existing, formerly: request.formerly ?? [], revision });
  if (!allocation.ok) return { ok: false, issues: [...allocation.issues, ...issues] };
  const reserved = new ReservationIndex(allocation.reservations);
  const loops = [...loopIssues(document, reserved), ...proxyLoopIssues(document, reserved)];
  if (loops.length > 0) return { ok: false, issues: [...loops, ...issues] };
  const hostStates = compile(document, allocation.reservations, request);
  const before =
    current === null
      ? null
      : { ...current, hostStates: compile(current.document, current.reservations, { ...request, revision: current.revision }) };
  const change = planChange({ current: before, next: { document, reservations: allocation.reservations, hostStates } });
  return {
    ok: true,
    change,
    allocation,
    hostStates,
    hostStatesBefore: before?.hostStates ?? new Map<string, HostState>(),
    warnings: [...issues, ...(before === null ? [] : foreseeHandovers(before, { document, hostStates }))],
  };
}

/** Upstreams that are VIPs which nobody had chosen: only now it is known which addresses these are. */
function* loopIssues(document: ClusterDocument, reservations: ReservationIndex): Generator<Issue> {
  const index = indexCluster(document);
  const ofRouter = (router: VirtualRouterSpec): string[] => {
    if (!hasVips(router)) return [];
    const rack = rackOf(index, router.rack);
    return [["public", router.publicNetwork] as const, ["management", router.managementNetwork] as const].flatMap(([vip, network]) =>
      routerFamilies(router, rack.controllers).map((family) =>
        reservations.value("address", networkScope(router.rack, networkOf(rack, network)), routerVipOwner(router.name, vip, family)),
      ),
    );
  };
  for (const { router, address, owner, path } of findLoops(document, { ofRouter, ofVip: textsOf(reservations, index) }))
    yield issue("upstream-loop", { router, address, owner }, { path });
}

const textsOf =
  (reservations: ReservationIndex, index: ClusterIndex) =>
  (vip: VipSpec): string[] =>
    reservedAddresses(vip, reservations, index).map(({ address }) => address);

/** Backends that are VIPs which nobody had chosen. */
function* proxyLoopIssues(document: ClusterDocument, reservations: ReservationIndex): Generator<Issue> {
  for (const { path, ...loop } of findProxyLoops(document, textsOf(reservations, indexCluster(document))))
    yield issue("backend-loop", loop, { path });
}

/** The wrong file for this server. */
function mismatchOf({ metadata }: ClusterDocument, current: ClusterDocument | null): Issue[] {
  if (current === null || metadata.name === current.metadata.name) return [];
  return [issue("cluster-mismatch", { name: metadata.name, current: current.metadata.name }, { path: ["metadata", "name"] })];
}
