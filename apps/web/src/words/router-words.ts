import type { Status } from "@rackway/schema";

import type { Tone } from "../parts/tag.tsx";

export type RouterStatus = Status["routers"][number];

/** Every host that says of itself that it holds an address of the router: one, or something is very wrong. */
export function ownersOf(router: Pick<RouterStatus, "active" | "vips">): string[] {
  const owners = new Set(router.vips.flatMap((vip) => vip.owners));
  if (router.active !== null) owners.add(router.active);
  return [...owners].toSorted();
}

export function syncWord({ connectionSync }: Pick<RouterStatus, "connectionSync">): { readonly tone: Tone; readonly text: string } {
  if (connectionSync === null) return { tone: "plain", text: "not seen" };
  return connectionSync.inStep ? { tone: "ok", text: "in step" } : { tone: "warn", text: "not in step" };
}

export function serviceWord(service: { readonly healthy: boolean } | null): { readonly tone: Tone; readonly text: string } {
  if (service === null) return { tone: "plain", text: "not seen" };
  return service.healthy ? { tone: "ok", text: "healthy" } : { tone: "crit", text: "not healthy" };
}
