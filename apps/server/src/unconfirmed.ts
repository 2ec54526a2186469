import { rackwayError } from "@rackway/errors";
import type { Unconfirmed } from "@rackway/schema";
import type { RevisionRecord } from "@rackway/store";

import type { CurrentView } from "./current-view.ts";

/** The current revision, where it must be confirmed; null: it stays. */
export function unconfirmedOf({ current, trial }: CurrentView, nowMs: number): Unconfirmed | null {
  return current === null || trial === null ? null : unconfirmedRevision(current.record, trial.base.record.revision, nowMs);
}

/** A revision that waits to be confirmed; null: it does not. `base`: what it is undone with. */
export function unconfirmedRevision({ revision, confirmation }: RevisionRecord, base: number, nowMs: number): Unconfirmed | null {
  if (confirmation === null || confirmation.confirmedAt !== null) return null;
  const { deadline } = confirmation;
  return { revision, base, deadline, leftMs: Math.max(0, Date.parse(deadline) - nowMs) };
}

/** While a revision waits to be confirmed, nothing else is applied. Throws `revision-unconfirmed`. */
export function refuseWhileUnconfirmed(view: CurrentView): void {
  const waiting = unconfirmedOf(view, 0);
  if (waiting !== null) throw rackwayError("revision-unconfirmed", { revision: waiting.revision, deadline: waiting.deadline });
}
