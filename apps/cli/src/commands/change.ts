import type { ApiClient } from "@rackway/api-client";
import { RackwayError } from "@rackway/errors";
import type { ApplyResponse, Plan } from "@rackway/schema";
import type { Command } from "commander";
import { askToGoOn } from "../ask.ts";
import { judgeConvergence, type Standing } from "../convergence.ts";
import { readDocumentFiles } from "../document-files.ts";
import { SilentExit } from "../failure.ts";
import { renderIssues } from "../issue-text.ts";
import { fileOption, noWaitOption, timeoutOption, type WaitOptions, yesOption } from "../options.ts";
import { type Format, outputOption, printValue } from "../output.ts";
import { renderPlan } from "../plan-text.ts";
import type { Session } from "../session.ts";
import { checkSize } from "../size-check.ts";
import { renderTakeovers } from "../takeover-text.ts";
import { teach } from "../teach.ts";
import { waitUntilThere } from "../wait.ts";

interface PlanOptions {
  file: string[];
  output: Format;
  detailedExitcode: boolean;
}

interface ApplyOptions extends WaitOptions {
  file: string[];
  output: Format;
  yes: boolean;
  comment?: string;
}

/** `plan` and `apply`: what a document would change, and the change itself. */
export function registerChange(program: Command, session: Session): void {
  const plan = program
    .command("plan")
    .summary("show what a document would change")
    .description(
      "Shows what a document would change: objects, addresses, the steps on each host, and drift that is there already. Changes nothing.",
    )
    .addOption(fileOption())
    .option("--detailed-exitcode", "exit 2 when there is something to do, 0 when not, 1 on any failure", false)
    .addOption(outputOption())
    .action(async (_, command: Command) => runPlan(session, command));
  teach(plan, [
    ["rackway plan -f dc1.yaml", "look before you apply"],
    [
      "rackway plan -f dc1/ --detailed-exitcode",
      "all documents of a directory; the exit code tells a script whether there is something to do",
    ],
  ]);
  const apply = program
    .command("apply")
    .summary("make a document the current revision")
    .description(
      "Shows the plan, asks when it runs on a terminal, makes the document a new revision, and waits until every host has converged. What has been looked at is what is applied: if somebody else applies in between, nothing is changed.",
    )
    .addOption(fileOption())
    .addOption(yesOption())
    .option("--comment <text>", "why; kept in the history")
    .addOption(noWaitOption())
    .addOption(timeoutOption("5m"))
    .addOption(outputOption())
    .action(async (_, command: Command) => runApply(session, command));
  teach(apply, [
    ["rackway apply -f dc1.yaml --comment 'second rack'", "plan, ask, apply, wait until all hosts have converged"],
    ["git show HEAD:dc1.yaml | rackway apply -f - --yes --no-wait", "from standard input, without a question, without waiting"],
  ]);
}

async function runPlan(session: Session, command: Command): Promise<void> {
  const options = command.opts<PlanOptions>();
  session.sources = await readDocumentFiles(session.io, options.file);
  await checkSize(session.sources);
  const api = await session.connect(command);
  const plan = await api.plan(session.sources);
  if (isText(options.output)) await showPlan(session, api, plan, options.output === "wide");
  else printValue(session.io, options.output, plan, () => "");
  if (options.detailedExitcode && !plan.nothingToDo) throw new SilentExit(2);
}

async function runApply(session: Session, command: Command): Promise<void> {
  const options = command.opts<ApplyOptions>();
  session.sources = await readDocumentFiles(session.io, options.file);
  await checkSize(session.sources);
  const api = await session.connect(command);
  const plan = await api.plan(session.sources);
  const isForPeople = isText(options.output);
  if (isForPeople) await showPlan(session, api, plan, options.output === "wide");
  const changesDocument = plan.changes.length > 0 || plan.hosts.some((host) => host.steps.length > 0) || hasReservations(plan);
  if (changesDocument) await askToGoOn(session, "Apply this?", options.yes);
  const basedOn = plan.baseRevision;
  const answer = await api.apply({
    files: [...session.sources],
    basedOn,
    ...(options.comment === undefined ? {} : { comment: options.comment }),
  });
  if (isForPeople && answer.result === "applied") session.io.stdout.write(`Revision ${answer.revision} is accepted.\n`);
  else if (isForPeople && !plan.nothingToDo) session.io.stdout.write(`Nothing to apply: revision ${answer.revision} stands.\n`);
  const standings = plan.nothingToDo || !options.wait ? null : await waitForRevision(session, api, answer.revision, options.timeout);
  finishApply(session, options.output, answer, standings);
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

function isText(format: Format): boolean {
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
