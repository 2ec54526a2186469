import { expect, test } from "vitest";

import type { Reservation } from "./reservation.ts";
import { restoreReservations } from "./restore-reservations.ts";

const held = (owner: string, value: string, isUserDefined = false, sinceRevision = 1): Reservation => {
  return { kind: "address", scope: "network/rack-a/public", value, owner, isUserDefined, sinceRevision };
};

test("what is undone gives back the very reservations, also where two have changed places", () => {
  const before = [held("a", "10.0.0.1"), held("b", "10.0.0.2"), held("c", "10.0.0.3", true)];
  const now = [held("a", "10.0.0.2", true, 2), held("b", "10.0.0.1", true, 2), held("c", "10.0.0.3"), held("d", "10.0.0.4", false, 2)];
  const restored = restoreReservations(now, before, 3);
  const told = (list: readonly Reservation[]) =>
    list.map(({ owner, value, isUserDefined, sinceRevision }) => [owner, value, isUserDefined, sinceRevision]);
  expect(told(restored.reservations)).toEqual([
    ["a", "10.0.0.1", false, 3],
    ["b", "10.0.0.2", false, 3],
    ["c", "10.0.0.3", true, 1],
  ]);
  expect(told(restored.released)).toEqual([
    ["a", "10.0.0.2", true, 2],
    ["b", "10.0.0.1", true, 2],
    ["d", "10.0.0.4", false, 2],
  ]);
  expect(told(restored.kept)).toEqual([["c", "10.0.0.3", true, 1]]);
});
