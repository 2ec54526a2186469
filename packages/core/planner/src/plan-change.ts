import type { Reservation } from "@rackway/ipam";
import type { Change, ClusterDocument, Difference, HostState } from "@rackway/schema";

import { diffDocuments } from "./diff-document.ts";
import { diffHosts } from "./diff-host.ts";

/** One revision, or what is to become one. */
export interface PlannedRevision {
  readonly document: ClusterDocument;
  readonly reservations: readonly Reservation[];
  readonly hostStates: ReadonlyMap<string, HostState>;
}

/** `differenceSchema` of the API, and whether there is anything in it. */
export interface PlannedChange extends Difference {
  /** Neither object, nor reservation, nor host differs: applying it would make no new revision. */
  readonly nothingToDo: boolean;
}

/**
 * What becomes different when `next` follows `current` (null: there is no revision yet). Pure; sorted, so the same two revisions give the
 * same plan. Two revisions that lie further apart are compared just so (`rackway diff A B`).
 */
export function planChange({ current, next }: { readonly current: PlannedRevision | null; readonly next: PlannedRevision }): PlannedChange {
  const changes: Change[] = diffDocuments(current?.document ?? null, next.document);
  const hosts = diffHosts(current?.hostStates ?? new Map<string, HostState>(), next.hostStates);
  const reservations = diffReservations(current?.reservations ?? [], next.reservations);
  const nothingToDo = current !== null && changes.length + hosts.length + reservations.added.length + reservations.released.length === 0;
  return { changes, hosts, reservations, nothingToDo };
}

/** Compared by what is held and by whom; since when, and whether it was chosen, makes no difference to anybody else. */
export function diffReservations(from: readonly Reservation[], to: readonly Reservation[]): Difference["reservations"] {
  const before = new Set(from.map(heldBy));
  const after = new Set(to.map(heldBy));
  const added = to.filter((held) => !before.has(heldBy(held)));
  const released = from.filter((held) => !after.has(heldBy(held)));
  return { added, released, kept: to.length - added.length };
}

function heldBy({ kind, scope, owner, value }: Reservation): string {
  return `${kind} ${scope} ${owner} ${value}`;
}
