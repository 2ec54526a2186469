import { RackwayError, rackwayError } from "@rackway/errors";
import type { Revision } from "@rackway/schema";
import type { Repositories, RevisionRecord } from "@rackway/store";

import { rollBack } from "./changes.ts";
import type { ControlPlane } from "./control-plane.ts";

/**
 * Revisions that are undone unless they are confirmed. That one waits stands in the database, with the deadline by the server's clock; the hosts
 * are told how much time is left, and go back by themselves when it is over (apps/agent/src/state-keeper.ts). What the server does at the
 * deadline is the same thing once more, as a rollback: so the current revision is what the hosts have, and the history says why.
 */

/**
 * Keeps a revision. One that is confirmed already stays so, and nothing is written. Throws `confirm-late` when its time is over, by
 * the clock or because it has been undone, `confirm-nothing` when nothing waits, `not-found`.
 */
export async function confirmRevision(plane: ControlPlane, request: { revision?: number | undefined; author: string }): Promise<Revision> {
  return plane.change<RevisionRecord>("hosts", async ({ repositories, now, event }) => {
    const record = await meantRevision(repositories, request.revision);
    const { revision, confirmation } = record;
    if (confirmation === null) throw rackwayError("confirm-nothing", { reason: `revision ${revision} does not wait for a confirmation` });
    if (confirmation.confirmedAt !== null) return { isChanged: false, result: record };
    const current = await repositories.revisions.current();
    const { deadline } = confirmation;
    if (now.getTime() >= Date.parse(deadline)) throw rackwayError("confirm-late", { revision, deadline });
    if (current?.revision !== revision)
      throw rackwayError("confirm-nothing", { reason: `revision ${current?.revision ?? 0} has taken the place of revision ${revision}` });
    const confirmedAt = now.toISOString();
    await repositories.revisions.confirm(revision, request.author, confirmedAt);
    const reason = `${Math.round((Date.parse(deadline) - now.getTime()) / 1000)} s before it would have been undone`;
    await event({ source: request.author, kind: "revision-confirmed", subject: `revision/${revision}`, reason, data: {} });
    return { isChanged: true, result: { ...record, confirmation: { ...confirmation, confirmedAt, confirmedBy: request.author } } };
  });
}

/** What is to be confirmed; without a number the current revision, or the one that the server has just undone. */
async function meantRevision({ revisions }: Repositories, wanted: number | undefined): Promise<RevisionRecord> {
  if (wanted !== undefined) {
    const found = await revisions.find(wanted);
    if (found === null) throw rackwayError("not-found", { kind: "revision", name: String(wanted) });
    return found;
  }
  const current = await revisions.current();
  if (current === null) throw rackwayError("confirm-nothing", { reason: "nothing has been applied yet" });
  const before = current.author === expiryAuthor ? await revisions.find(current.revision - 1) : null;
  return before ?? current;
}

const expiryAuthor = "server";

/** Undoes the current revision when its time is over. Called every second, and before the server listens: it may have been dead at the deadline. */
export async function expireTrial(plane: ControlPlane): Promise<void> {
  const { trial, current } = plane.view;
  if (trial === null || current === null || plane.nowMs < trial.deadlineMs) return;
  const { revision } = current.record;
  const comment = `revision ${revision} was not confirmed in time`;
  try {
    await rollBack(plane, { to: trial.base.record.revision, basedOn: revision, comment, author: expiryAuthor, expires: true });
  } catch (error) {
    // Another server was first: with the rollback, or with somebody's confirmation.
    if (!(error instanceof RackwayError) || error.code !== "revision-conflict") throw error;
    await plane.reload();
    plane.hub.wakeAll();
  }
}
