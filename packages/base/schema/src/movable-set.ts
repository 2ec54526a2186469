import type { ServiceNamespaceState, ServiceVipSet } from "./service-state.ts";

/** Roaming or failover VIPs that move together, with their namespace. */
export interface MovableSet {
  readonly service: ServiceNamespaceState;
  readonly set: ServiceVipSet;
}

/** What `router/NAME` (a router whose VIPs roam) or `vip/NAME` (a roaming or failover VIP, with those of its group) stands for; null: nothing that moves. */
export function findMovableSet(services: readonly ServiceNamespaceState[], subject: string): MovableSet | null {
  for (const service of services) {
    const isRouter = service.router !== undefined && subject === `router/${service.name}`;
    const set = service.sets.find(
      ({ mode, vips }) => mode !== "anycast" && (isRouter || vips.some(({ name }) => subject === `vip/${name}`)),
    );
    if (set !== undefined) return { service, set };
  }
  return null;
}
