import type { ApiClient } from "@rackway/api-client";
import { RackwayError, rackwayError } from "@rackway/errors";
import type { ApplyResponse, Plan } from "@rackway/schema";
import { askToGoOn } from "./ask.ts";
import { judgeConvergence, type Standing } from "./convergence.ts";
import { renderIssues, type SourceFile } from "./issue-text.ts";
import type { WaitOptions } from "./options.ts";
import { type Format, printValue } from "./output.ts";
import { renderPlan } from "./plan-text.ts";
import type { Session } from "./session.ts";
import { checkSize } from "./size-check.ts";
import { renderTakeovers } from "./takeover-text.ts";
import { waitUntilThere } from "./wait.ts";
import { renderDuration } from "./words.ts";

/** What every command takes that makes a document the current revision. */
export interface ApplyOptions extends WaitOptions {
  output: Format;
  yes: boolean;
  comment?: string;
  /** Milliseconds within which it must be confirmed; absent: it stays. */
  confirmWithin?: number;
}

/**
 * Plans these files, and shows that where people read. They are the session's sources from here on: failures show lines of them. `madeFrom`:
 * the revision that the files were made from, where they were; throws `revision-conflict` when another one is current.
 */
export async function planDocument(
  session: Session,
  api: ApiClient,
  files: readonly SourceFile[],
  format: Format,
  madeFrom?: number,
): Promise<Plan> {
  session.sources = files;
  await checkSize(files);
  const plan = await api.plan(files);
  if (madeFrom !== undefined && plan.baseRevision !== madeFrom)
    throw rackwayError("revision-conflict", { basedOn: madeFrom, current: plan.baseRevision ?? "none" });
  if (isText(format)) await showPlan(session, api, plan, format === "wide");
  return plan;
}

/**
 * The life of a change after its files are known: plan, question, apply against what was planned, wait. Throws `revision-conflict`,
 * `cancelled`, `not-converged`, and what the server refuses; nothing is changed then, but for `not-converged`.
 */
export async function applyDocument(
  session: Session,
  api: ApiClient,
  files: readonly SourceFile[],
  options: ApplyOptions,
  madeFrom?: number,
): Promise<void> {
  const plan = await planDocument(session, api, files, options.output, madeFrom);
  const isForPeople = isText(options.output);
  const { unconfirmed } = plan;
  if (unconfirmed) throw rackwayError("revision-unconfirmed", { revision: unconfirmed.revision, deadline: unconfirmed.deadline });
  const changesDocument = plan.changes.length > 0 || plan.hosts.some((host) => host.steps.length > 0) || hasReservations(plan);
  if (changesDocument) await askToGoOn(session, "Apply this?", options.yes);
  const answer = await api.apply({
    files: [...files],
    basedOn: plan.baseRevision,
    ...(options.comment === undefined ? {} : { comment: options.comment }),
    ...(options.confirmWithin === undefined ? {} : { confirmWithinMs: options.confirmWithin }),
  });
  const endsAt = answer.unconfirmed ? session.io.now() + answer.unconfirmed.leftMs : null;
  if (isForPeople && answer.result === "applied") session.io.stdout.write(`${renderAccepted(answer)}\n`);
  else if (isForPeople && !plan.nothingToDo) session.io.stdout.write(`Nothing to apply: revision ${answer.revision} stands.\n`);
  const standings = plan.nothingToDo || !options.wait ? null : await waitForRevision(session, api, answer.revision, options.timeout);
  finishApply(session, options.output, answer, standings);
  if (isForPeople && endsAt !== null) session.io.stdout.write(`${renderConfirmBy(endsAt - session.io.now())}\n`);
}

function renderAccepted({ revision, unconfirmed }: ApplyResponse): string {
  if (!unconfirmed) return `Revision ${revision} is accepted.`;
  return `Revision ${revision} is accepted; the hosts undo it in ${renderDuration(unconfirmed.leftMs)} unless it is confirmed.`;
}

function renderConfirmBy(leftMs: number): string {
  return `Look whether all is well, and keep it within ${renderDuration(leftMs)}: rackway confirm`;
}

function hasReservations(plan: Plan): boolean {
  return plan.reservations.added.length > 0 || plan.reservations.released.length > 0;
}

/** Waits until the hosts are where `revision` wants them. */
export async function waitForRevision(session: Session, api: ApiClient, revision: number, timeoutMs: number): Promise<Standing[]> {
  return waitUntilThere(session, {
    timeoutMs,
    stands: `revision ${revision} is accepted, and the hosts go on towards it`,
    undo: "rackway rollback",
    look: async () => {
      const [hosts, routers, vips] = await Promise.all([api.hosts(), api.routers(), api.vips()]);
      if (hosts.revision !== null && hosts.revision > revision) throw superseded(revision, hosts.revision);
      return judgeConvergence(revision, hosts.items, routers.items, vips.items);
    },
  });
}

function superseded(revision: number, current: number): RackwayError {
  return new RackwayError(
    "not-converged",
    `revision ${revision} was accepted, but revision ${current} has taken its place meanwhile`,
    "see: rackway history",
  );
}

/** The last words of a command that made a revision. `standings` null: nothing was waited for. */
export function finishApply(session: Session, format: Format, answer: ApplyResponse, standings: Standing[] | null): void {
  if (format === "json" || format === "yaml") {
    printValue(session.io, format, { ...answer, converged: standings === null ? null : true, waited: standings ?? [] }, () => "");
    return;
  }
  if (standings === null) return;
  const skipped = standings.filter((standing) => standing.state === "skipped").length;
  const rest = skipped === 0 ? "." : `; ${skipped} not waited for (see above).`;
  session.io.stdout.write(`Revision ${answer.revision} is in force${rest}\n`);
}

export function isText(format: Format): boolean {
  return format === "table" || format === "wide";
}

/** Warnings, the plan, and which promise of one owner is in force while it is carried out. */
async function showPlan(session: Session, api: ApiClient, plan: Plan, isWide: boolean): Promise<void> {
  session.io.stderr.write(renderIssues(plan.warnings, session.sources, session.errorPaint));
  session.io.stdout.write(renderPlan(plan, session.paint, planWidth(session, isWide)));
  if (plan.nothingToDo || plan.baseRevision === null) return;
  const { pacemaker } = await api.status();
  session.io.stdout.write(renderTakeovers(pacemaker, session.io.stdout.columns));
}

/** Steps may be long; `-o wide` does not fold them. */
export function planWidth(session: Session, isWide: boolean): { width: number } {
  return { width: isWide ? Number.MAX_SAFE_INTEGER : session.io.stdout.columns };
}
