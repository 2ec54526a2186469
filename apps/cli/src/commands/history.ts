import { RackwayError, rackwayError } from "@rackway/errors";
import type { Revision, RevisionList } from "@rackway/schema";
import { type Command, InvalidArgumentError } from "commander";
import { stringify } from "yaml";
import { finishApply, planWidth, waitForRevision } from "../apply-document.ts";
import { askToGoOn } from "../ask.ts";
import { usageFailure } from "../failure.ts";
import { noWaitOption, readRevision, timeoutOption, type WaitOptions, yesOption } from "../options.ts";
import { type Format, outputOption, printValue, renderRows } from "../output.ts";
import { renderDifference } from "../plan-text.ts";
import type { Session } from "../session.ts";
import type { Column } from "../table.ts";
import { teach } from "../teach.ts";
import { renderAge } from "../words.ts";

interface RollbackOptions extends WaitOptions {
  yes: boolean;
  comment?: string;
  output: Format;
}

/** `rollback`, `history`, `diff` and `export`: revisions, and the way back to one. */
export function registerHistory(program: Command, session: Session): void {
  registerRollback(program, session);
  const history = program
    .command("history")
    .summary("list the revisions")
    .description("Lists the revisions, the newest first: when, by whom, and why. The current one is marked with a star.")
    .addOption(outputOption())
    .action(async (_, command: Command) => runHistory(session, command));
  teach(history, [
    ["rackway history", "who changed what, and when"],
    ["rackway history -o json | jq .current", "the number of the current revision"],
  ]);
  const diff = program
    .command("diff")
    .summary("show what lies between two revisions")
    .description(
      "Shows what differs between two revisions: objects, addresses, and the steps on each host that lead from the first to the second.",
    )
    .argument("<from>", 'a revision, or "current"', readRevisionOrCurrent)
    .argument("[to]", 'a revision, or "current"', readRevisionOrCurrent, "current")
    .addOption(outputOption())
    .action(async (from: RevisionRef, to: RevisionRef, _, command: Command) => runDiff(session, command, from, to));
  teach(diff, [
    ["rackway diff 3 4", "what revision 4 changed"],
    ["rackway diff current 3", "what a rollback to revision 3 would do"],
  ]);
  registerExport(program, session);
}

function registerRollback(program: Command, session: Session): void {
  const rollback = program
    .command("rollback")
    .summary("go back to an earlier revision")
    .description(
      "Makes the document of an earlier revision the current one again, as a new revision. Without a number: the revision before the current one. Shows what that changes, asks on a terminal, and waits until every host has converged.",
    )
    .argument("[revision]", "the revision to go back to", readRevision)
    .addOption(yesOption())
    .option("--comment <text>", "why; kept in the history")
    .addOption(noWaitOption())
    .addOption(timeoutOption("5m"))
    .addOption(outputOption())
    .action(async (to: number | undefined, _, command: Command) => runRollback(session, command, to));
  teach(rollback, [
    ["rackway rollback", "undo the last apply"],
    ["rackway rollback 3 --yes --comment 'rack b is not ready'", "back to revision 3, without a question"],
  ]);
}

function registerExport(program: Command, session: Session): void {
  const exporting = program
    .command("export")
    .summary("write out the current document")
    .description(
      "Writes the cluster document of the current revision, as YAML that apply takes back. With -o json as JSON; table and wide are YAML too.",
    )
    .option("--revision <number>", "the document of this revision, not of the current one", readRevision)
    .addOption(outputOption().default("yaml"))
    .action(async (_, command: Command) => runExport(session, command));
  teach(exporting, [
    ["rackway export > dc1.yaml", "the truth, as a file to edit and apply"],
    ["rackway export --revision 3 -o json | jq .spec.racks", "an older one, for a program"],
  ]);
}

async function runRollback(session: Session, command: Command, wanted: number | undefined): Promise<void> {
  const options = command.opts<RollbackOptions>();
  const api = await session.connect(command);
  const revisions = await api.revisions();
  const { from, to } = chooseRollback(revisions, wanted);
  const isText = options.output === "table" || options.output === "wide";
  if (isText) {
    const difference = await api.diff(from, to);
    session.io.stdout.write(renderDifference(difference, session.paint, planWidth(session, options.output === "wide")));
  }
  await askToGoOn(session, `Go back from revision ${from} to the document of revision ${to}?`, options.yes);
  const answer = await api.rollback({ to, basedOn: from, ...(options.comment === undefined ? {} : { comment: options.comment }) });
  const isNothing = answer.result === "nothing-to-do";
  if (isText) {
    session.io.stdout.write(
      isNothing
        ? `Nothing to do: revision ${answer.revision} says the same as revision ${to}.\n`
        : `Revision ${answer.revision} is accepted: the document of revision ${to}.\n`,
    );
  }
  const standings = isNothing || !options.wait ? null : await waitForRevision(session, api, answer.revision, options.timeout);
  finishApply(session, options.output, answer, standings);
}

function chooseRollback(list: RevisionList, wanted: number | undefined): { from: number; to: number } {
  if (list.current === null) throw rackwayError("rollback-impossible", { reason: "nothing has been applied yet" });
  const from = list.current;
  const earlier = list.revisions.map((revision) => revision.revision).filter((revision) => revision < from);
  const to = wanted ?? Math.max(0, ...earlier);
  if (to === 0) throw rackwayError("rollback-impossible", { reason: `revision ${from} is the first` });
  if (to === from) throw usageFailure(`revision ${to} is the current one already`);
  return { from, to };
}

const historyColumns = (session: Session, current: number | null): Column<Revision>[] => [
  { title: "REVISION", cell: (row) => `${row.revision}${row.revision === current ? " *" : ""}` },
  { title: "AGE", cell: (row) => renderAge(Math.max(0, session.io.now() - Date.parse(row.createdAt))) },
  { title: "AT", wide: true, cell: (row) => row.createdAt },
  { title: "BY", cell: (row) => row.author },
  { title: "KIND", cell: (row) => (row.rollbackTo === null ? row.kind : `${row.kind} to ${row.rollbackTo}`) + renderWord(row, current) },
  { title: "DOCUMENT", wide: true, cell: (row) => row.documentSha256.slice(0, 12) },
  { title: "COMMENT", cell: (row) => row.comment },
];

/** Of a revision that had to be confirmed: whether it was. */
function renderWord({ revision, confirmation }: Revision, current: number | null): string {
  if (!confirmation) return "";
  if (confirmation.confirmedAt !== null) return ", confirmed";
  return revision === current ? ", unconfirmed" : ", undone";
}

async function runHistory(session: Session, command: Command): Promise<void> {
  const { output } = command.opts<{ output: Format }>();
  const list = await (await session.connect(command)).revisions();
  const newestFirst = [...list.revisions].sort((a, b) => b.revision - a.revision);
  printValue(session.io, output, list, (isWide) =>
    renderRows(
      session.io,
      historyColumns(session, list.current),
      newestFirst,
      isWide,
      "There is no revision yet. Make one: rackway apply -f FILE",
    ),
  );
}

type RevisionRef = number | "current";

function readRevisionOrCurrent(text: string): RevisionRef {
  if (text === "current") return text;
  try {
    return readRevision(text);
  } catch {
    throw new InvalidArgumentError('it must be a revision\'s number or "current"; see: rackway history');
  }
}

async function runDiff(session: Session, command: Command, from: RevisionRef, to: RevisionRef): Promise<void> {
  const { output } = command.opts<{ output: Format }>();
  const api = await session.connect(command);
  const current = from === "current" || to === "current" ? (await api.revisions()).current : null;
  const [first, second] = [from, to].map((ref) => (ref === "current" ? current : ref));
  if (typeof first !== "number" || typeof second !== "number") throw rackwayError("not-found", { kind: "revision", name: "current" });
  const difference = await api.diff(first, second);
  printValue(session.io, output, difference, (isWide) => renderDifference(difference, session.paint, planWidth(session, isWide)));
}

async function runExport(session: Session, command: Command): Promise<void> {
  const { output, revision } = command.opts<{ output: Format; revision?: number }>();
  const api = await session.connect(command);
  const wanted = revision ?? (await api.revisions()).current;
  if (wanted === null)
    throw new RackwayError("not-found", "there is no revision yet, so there is nothing to export", "make one: rackway apply -f FILE");
  if (revision === undefined && output !== "json") {
    session.io.stdout.write(await api.export());
    return;
  }
  const { document } = await api.document(wanted);
  session.io.stdout.write(output === "json" ? `${JSON.stringify(document, null, 2)}\n` : stringify(document));
}
