import type { PacemakerState, RouterState } from "@rackway/schema";

import type { Primitive, Resource } from "./resource.ts";
import { routerConstraints, routerResources } from "./router-resources.ts";

/**
 * What a new configuration does to the resources of a router, as Pacemaker's scheduler would decide it: a resource whose definition changes
 * in a parameter that its agent does not call `reloadable` (OCF Resource Agent API 1.1) is stopped and started, and so is what is ordered
 * behind it (mandatory). Anything else goes on. Compared with crm_simulate 2.1.5, case by case; see the test.
 */
export type ResourceFate = "stops" | "restarts";

/** A router as one Pacemaker cluster has it. */
export interface RunRouter {
  readonly router: RouterState;
  readonly pacemaker: Pick<PacemakerState, "takeover" | "nodes">;
}

/** By the resource's own id, without `-clone`; what is not in here goes on, or is new. `after` null: the router is no longer there. Pure. */
export function foreseeRouter(before: RunRouter, after: RunRouter | null): Map<string, ResourceFate> {
  const was = primitivesOf(before);
  const becomes = after === null ? new Map<string, Primitive>() : primitivesOf(after);
  const fates = new Map<string, ResourceFate>();
  for (const [id, primitive] of was) {
    const next = becomes.get(id);
    if (next === undefined) fates.set(id, "stops");
    else if (needsRestart(primitive, next)) fates.set(id, "restarts");
  }
  if (after !== null) addFollowers(fates, was, after);
  return fates;
}

function addFollowers(fates: Map<string, ResourceFate>, was: ReadonlyMap<string, Primitive>, { router, pacemaker }: RunRouter): void {
  const nodes = pacemaker.nodes.map(({ name }) => name);
  const orders = routerConstraints(router, nodes).flatMap((constraint) =>
    constraint.kind === "order" && constraint.mode === "Mandatory" ? [[bare(constraint.first), bare(constraint.then)] as const] : [],
  );
  for (let size = -1; size < fates.size;) {
    size = fates.size;
    for (const [first, then] of orders) if (fates.has(first) && was.has(then) && !fates.has(then)) fates.set(then, "restarts");
  }
}

function bare(id: string): string {
  return id.replace(/-clone$/, "");
}

function primitivesOf({ router, pacemaker }: RunRouter): Map<string, Primitive> {
  return new Map(routerResources(router, pacemaker.takeover).map(({ primitive }: Resource) => [primitive.id, primitive]));
}

function needsRestart(before: Primitive, after: Primitive): boolean {
  if (before.agent !== after.agent) return true;
  const reloadable = new Set(reloadableParameters[after.agent] ?? []);
  const names = [...new Set([...Object.keys(before.parameters), ...Object.keys(after.parameters)])];
  return names.some((name) => !reloadable.has(name) && before.parameters[name] !== after.parameters[name]);
}

/** What the agents' own metadata call reloadable; a test holds this to the files in `../ocf`. Of an agent that is not named: nothing. */
export const reloadableParameters: Readonly<Record<string, readonly string[]>> = {
  "ocf:rackway:anycast": ["vips", "checks"],
  "ocf:rackway:anycast-bridge": ["sources", "gateways", "interfaces"],
  "ocf:rackway:dns": ["config", "domain", "names", "probe"],
  "ocf:rackway:failover": ["vips", "checks"],
  "ocf:rackway:haproxy": ["config", "certificates"],
  "ocf:rackway:link": ["mtu", "networks"],
  "ocf:rackway:ntp": ["config", "sources", "clients", "peers"],
  "ocf:rackway:health": ["instances", "drained"],
  "ocf:rackway:tunnel": ["mtu", "members_1", "members_2", "members_3", "members_4"],
};
