import { compareReservations } from "./allocate.ts";
import type { Allocated } from "./allocate.ts";
import type { Reservation } from "./reservation.ts";

/**
 * The reservations of the revision before, to the letter: what undoes a revision must be what the hosts have gone back to by themselves. They fit
 * its document, for they were made for it, and nobody can have got one of them in between. Pure.
 */
export function restoreReservations(existing: readonly Reservation[], wanted: readonly Reservation[], revision: number | null): Allocated {
  const held = new Map(existing.map((each) => [keyOf(each), each]));
  const wantedKeys = new Set(wanted.map(keyOf));
  const kept = wanted.flatMap((each) => {
    const known = held.get(keyOf(each));
    return known === undefined ? [] : [{ ...known, isUserDefined: each.isUserDefined }];
  });
  const added = wanted.filter((each) => !held.has(keyOf(each))).map((each) => ({ ...each, sinceRevision: revision }));
  const released = existing.filter((each) => !wantedKeys.has(keyOf(each)));
  return {
    ok: true,
    reservations: [...kept, ...added].sort(compareReservations),
    added: added.sort(compareReservations),
    released: released.sort(compareReservations),
    kept: kept.sort(compareReservations),
  };
}

function keyOf({ kind, scope, owner, value }: Reservation): string {
  return JSON.stringify([kind, scope, owner, value]);
}
