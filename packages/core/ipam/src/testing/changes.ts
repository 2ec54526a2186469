import type { ClusterDocument, VirtualRouterSpec } from "@rackway/schema";

import { allocate } from "../allocate.ts";
import type { Allocated } from "../allocate.ts";
import type { Reservation } from "../reservation.ts";

/** The reservations of a document that has enough of everything; throws where it has not. */
export function mustAllocate(document: ClusterDocument, existing: readonly Reservation[] = [], revision: number | null = 1): Allocated {
  const allocation = allocate({ document, existing, revision });
  if (!allocation.ok) throw new Error(allocation.issues.map(({ message }) => message).join("; "));
  return allocation;
}

export function withRouters(document: ClusterDocument, change: (routers: VirtualRouterSpec[]) => VirtualRouterSpec[]): ClusterDocument {
  return { ...document, spec: { ...document.spec, virtualRouters: change(document.spec.virtualRouters) } };
}
