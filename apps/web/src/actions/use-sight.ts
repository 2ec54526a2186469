import { useHosts, useRouters, useStatus, useVips } from "../api/queries.ts";
import type { Sight } from "./effects.ts";

/** All that the effect of an action is told from; null while some of it is not there yet. */
export function useSight(): Sight | null {
  const [status, hosts, routers, vips] = [useStatus().data, useHosts().data, useRouters().data, useVips().data];
  if (status === undefined || hosts === undefined || routers === undefined || vips === undefined) return null;
  // A router that is on its host's own addresses is not moved by anybody.
  const movable = routers.items.filter(({ pacemaker }) => pacemaker !== null);
  return {
    status,
    hosts: hosts.items,
    vips: vips.items,
    controllersOf: new Map(movable.map(({ name, controllers }) => [name, controllers])),
  };
}
