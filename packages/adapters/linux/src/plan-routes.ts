import type { HostState, TunnelState } from "@rackway/schema";

import { ourRoute, routeText, tunnelRoutes } from "./ip-operation.ts";
import type { HostObservation, RouteObservation } from "./observation.ts";
import { isDefaultRoute, isOurRoute } from "./observation.ts";
import { savedRoute } from "./originals.ts";
import { problem } from "./problem.ts";
import { isSameRouteKey } from "./simulate.ts";
import type { Stage } from "./stage.ts";
import { step } from "./stage.ts";

/**
 * The root namespace's default routes and ways to other racks. Ours have protocol 82 in the main table. A foreign default route of a
 * higher metric stays beside ours; one that would win over ours is remembered and taken away, and comes back when ours leaves.
 * Routes on interfaces that Pacemaker's resource agents made (`rackway:router/…`) are theirs, whatever their protocol.
 */
export function planRoutes(stage: Stage, state: Pick<HostState, "defaultRoutes" | "routes">, tunnel?: TunnelState): void {
  const tunnelled = tunnel === undefined ? [] : tunnelRoutes(tunnel);
  // What keeps the tunnel's own packets out of it comes before what leads into it.
  const wanted = [...[...state.routes, ...state.defaultRoutes].map(ourRoute), ...tunnelled];
  const ready = wanted.filter((route) => isReady(stage, route));
  restoreForeignRoutes(stage, wanted);
  for (const route of ready) planRoute(stage, route);
  for (const route of stage.world.routes) {
    if (!isAgentsRoute(stage.world, route) || wanted.some((other) => isSameRouteKey(other, route))) continue;
    stage.run({ do: "delete-route", route });
    stage.steps.push(step("delete", kindOf(route), targetOf(route), routeText(route), null));
  }
}

function planRoute(stage: Stage, route: RouteObservation): void {
  const present = stage.world.routes.find((other) => isSameRouteKey(other, route));
  const winners = stage.world.routes.filter((other) => winsOver(stage, other, route));
  const isRight = present !== undefined && isOurRoute(present) && routeText(present) === routeText(route);
  if (isRight && winners.length === 0) return;
  if (present?.protocol === "ra") {
    stage.blocked.push(step("create", kindOf(route), targetOf(route), null, routeText(route)));
    return;
  }
  const moving = stage.world.routes.find((other) => isAgentsRoute(stage.world, other) && isSameFamilyAndTarget(other, route));
  for (const winner of winners) {
    stage.keep((originals) => {
      const others = originals.routes.filter((other) => !isSameRouteKey(other, winner));
      return { ...originals, routes: [...others, savedRoute(winner)] };
    });
  }
  if (!isRight) stage.run(present === undefined ? { do: "add-route", route } : { do: "replace-route", route });
  // Ours first, the foreign one away after: there is no moment without a way.
  for (const winner of winners) if (!isSameRouteKey(winner, route)) stage.run({ do: "delete-route", route: winner });
  const before = winners[0] ?? moving;
  stage.steps.push(
    step(
      before === undefined ? "create" : "change",
      kindOf(route),
      targetOf(route),
      before === undefined ? null : routeText(before),
      routeText(route),
    ),
  );
}

/** A foreign route that would be chosen before ours. Those of router advertisements are not: they come again with the next one. */
function winsOver(stage: Stage, other: RouteObservation, ours: RouteObservation): boolean {
  if (!isSameFamilyAndTarget(other, ours) || isAgentsRoute(stage.world, other) || other.protocol === "kernel") return false;
  if (isOurRoute(other)) return false;
  const wins = isDefaultRoute(ours) ? other.metric <= ours.metric : other.metric === ours.metric;
  if (wins && other.protocol === "ra") {
    stage.problems.push(problem("default-route-shadowed", { actual: other.metric, wanted: ours.metric }));
    return false;
  }
  return wins;
}

/** Routes that were remembered come back once nothing of ours stands in their place. */
function restoreForeignRoutes(stage: Stage, wanted: readonly RouteObservation[]): void {
  for (const saved of stage.originals.routes) {
    const isReplaced = wanted.some(
      (route) =>
        isSameFamilyAndTarget(route, saved) && (!isDefaultRoute(route) ? route.metric === saved.metric : saved.metric <= route.metric),
    );
    const devicesExist = saved.nextHops.every((hop) => stage.world.links.some((link) => link.name === hop.device));
    if (isReplaced || !devicesExist) continue;
    const present = stage.world.routes.find((other) => isSameRouteKey(other, saved));
    if (present === undefined) stage.run({ do: "add-route", route: saved });
    else if (isOurRoute(present)) stage.run({ do: "replace-route", route: saved });
    if (present === undefined || isOurRoute(present)) {
      stage.steps.push(
        step("create", kindOf(saved), `${targetOf(saved)} as it was`, present === undefined ? null : routeText(present), routeText(saved)),
      );
    }
    stage.forget((originals) => ({ ...originals, routes: originals.routes.filter((other) => !isSameRouteKey(other, saved)) }));
  }
}

/** Ready when its device exists; a route over a bridge that could not be made waits for it. */
function isReady(stage: Stage, route: RouteObservation): boolean {
  const missing = route.nextHops.find((hop) => !stage.world.links.some((link) => link.name === hop.device));
  if (missing === undefined) return true;
  stage.blocked.push(step("create", kindOf(route), targetOf(route), null, routeText(route)));
  stage.problems.push(problem("route-device-missing", { target: targetOf(route), interface: missing.device }));
  return false;
}

function isAgentsRoute(world: HostObservation, route: RouteObservation): boolean {
  if (!isOurRoute(route)) return false;
  const devices = new Set(route.nextHops.map((hop) => hop.device));
  const alias = world.links.find((link) => devices.has(link.name))?.alias ?? null;
  return alias === null || !alias.startsWith("rackway:") || agentsAliases.some((own) => alias.startsWith(own));
}

const agentsAliases = ["rackway:bridge/", "rackway:vlan/", "rackway:tunnel/"];

function isSameFamilyAndTarget(a: RouteObservation, b: RouteObservation): boolean {
  return a.family === b.family && a.to === b.to;
}

function kindOf(route: RouteObservation): string {
  return isDefaultRoute(route) ? "default-route" : "route";
}

function targetOf(route: RouteObservation): string {
  return isDefaultRoute(route) ? `IPv${route.family}` : route.to;
}
