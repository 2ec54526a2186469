import type { Command } from "commander";
import { applyDocument, type ApplyOptions, isText, planDocument } from "../apply-document.ts";
import { readDocumentFiles } from "../document-files.ts";
import { SilentExit } from "../failure.ts";
import { confirmWithinOption, fileOption, noWaitOption, timeoutOption, yesOption } from "../options.ts";
import { type Format, outputOption, printValue } from "../output.ts";
import type { Session } from "../session.ts";
import { teach } from "../teach.ts";

interface PlanOptions {
  file: string[];
  output: Format;
  detailedExitcode: boolean;
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
    .addOption(confirmWithinOption())
    .addOption(noWaitOption())
    .addOption(timeoutOption("5m"))
    .addOption(outputOption())
    .action(async (_, command: Command) => runApply(session, command));
  teach(apply, [
    [
      "rackway apply -f dc1.yaml --confirm-within 2m",
      "the hosts undo it by themselves in two minutes, unless `rackway confirm` keeps it: for a change that could cut you off",
    ],
    ["rackway apply -f dc1.yaml --comment 'second rack'", "plan, ask, apply, wait until all hosts have converged"],
    ["git show HEAD:dc1.yaml | rackway apply -f - --yes --no-wait", "from standard input, without a question, without waiting"],
  ]);
}

async function runPlan(session: Session, command: Command): Promise<void> {
  const options = command.opts<PlanOptions>();
  const files = await readDocumentFiles(session.io, options.file);
  const api = await session.connect(command);
  const plan = await planDocument(session, api, files, options.output);
  if (!isText(options.output)) printValue(session.io, options.output, plan, () => "");
  if (options.detailedExitcode && !plan.nothingToDo) throw new SilentExit(2);
}

async function runApply(session: Session, command: Command): Promise<void> {
  const options = command.opts<ApplyOptions & { file: string[] }>();
  const files = await readDocumentFiles(session.io, options.file);
  await applyDocument(session, await session.connect(command), files, options);
}
