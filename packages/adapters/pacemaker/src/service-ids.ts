import type { ServiceNamespaceState, ServiceVipSet } from "@rackway/schema";

import { failoverIds } from "./failover-resources.ts";
import type { VipChunk } from "./service-parameters.ts";
import { chunksOf } from "./service-parameters.ts";

/** What the resources of service namespaces are called, and the node attributes that place them. */
export const serviceBridgeId = "rw-any";

/**
 * Ids of a namespace's resources; the ids are also the names of their folders under /run/rackway. Pacemaker's XML has one space of ids, to
 * which more is appended with hyphens: names of racks and groups, which have hyphens themselves, end with a dot.
 */
export function serviceResourceIds({ name }: Pick<ServiceNamespaceState, "name">) {
  const base = `rw-${name}`;
  return {
    namespace: `${base}-ns`,
    vips: (set: Pick<ServiceVipSet, "mode" | "name">, chunk: Pick<VipChunk, "name">) =>
      `${base}-${setWords[set.mode]}-${set.name === null ? "" : `${set.name}.`}${chunk.name}`,
    wayOut: `${base}-out`,
    dns: `${base}-dns`,
    ntp: `${base}-ntp`,
    program: (name: string) => `${base}-run-${name}.1`,
    proxy: `${base}-proxy`,
    check: `${base}-check`,
    tunnel: `${base}-tunnel`,
    watch: `${base}-watch`,
    uplink: `${base}-uplink`,
    failover: failoverIds(base),
  } as const;
}

const setWords = { anycast: "vips", roaming: "roam", failover: "lan" } as const;

/** Node attribute by which an operator moves a group of roaming or failover VIPs; in the status section only. */
export function setPreference(
  { name: namespace }: Pick<ServiceNamespaceState, "name">,
  { mode, name }: Pick<ServiceVipSet, "mode" | "name">,
): string {
  return `rw-${namespace}-${setWords[mode]}-${name ?? ""}-prefer`;
}

/** Node attribute of a host that has let its anycast VIPs go, at the end of a drain; in the status section only. Its own agent sets it. */
export const releasedAttribute = "rackway-released";

/** One resource of VIPs. */
export interface HeldChunk {
  readonly id: string;
  readonly set: ServiceVipSet;
  readonly chunk: VipChunk;
}

/** A roaming group is one resource where its numbers lie in one chunk; else several, which are kept together. */
export function chunksHeld(service: ServiceNamespaceState): HeldChunk[] {
  const ids = serviceResourceIds(service);
  return service.sets.flatMap((set) =>
    chunksOf(set.vips, service.checks).map((chunk): HeldChunk => ({ id: ids.vips(set, chunk), set, chunk })),
  );
}

/** Whether a namespace has VIPs that are announced, so hangs on the host-local bridge. */
export function isAnnounced({ sets }: ServiceNamespaceState): boolean {
  return sets.some(({ mode }) => mode !== "failover");
}
