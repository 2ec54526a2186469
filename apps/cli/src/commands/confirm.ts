import type { Revision } from "@rackway/schema";
import type { Command } from "commander";
import { judgeConfirmation } from "../confirmation.ts";
import type { Standing } from "../convergence.ts";
import { noWaitOption, readRevision, timeoutOption, type WaitOptions } from "../options.ts";
import { type Format, outputOption, printValue } from "../output.ts";
import type { Session } from "../session.ts";
import { teach } from "../teach.ts";
import { waitUntilThere } from "../wait.ts";

/** `confirm`: the word that keeps a revision which was applied with --confirm-within. */
export function registerConfirm(program: Command, session: Session): void {
  const confirm = program
    .command("confirm")
    .summary("keep a revision that is undone unless it is confirmed")
    .description(
      "Keeps the revision that was applied with --confirm-within, and waits until every host has heard that, and names those that have not: a host that is not reached before the time is over goes back, and takes the revision again when it is. Refused when the time is over already.",
    )
    .argument("[revision]", "the revision that is meant; none: the current one", readRevision)
    .addOption(noWaitOption())
    .addOption(timeoutOption("1m"))
    .addOption(outputOption())
    .action(async (revision: number | undefined, _, command: Command) => runConfirm(session, command, revision));
  teach(confirm, [
    ["rackway apply -f dc1.yaml --confirm-within 2m", "the hosts undo it by themselves in two minutes"],
    ["rackway confirm", "all is well: keep it"],
  ]);
}

async function runConfirm(session: Session, command: Command, wanted: number | undefined): Promise<void> {
  const options = command.opts<WaitOptions & { output: Format }>();
  const api = await session.connect(command);
  const confirmed = await api.confirm(wanted);
  const { revision } = confirmed;
  const isText = options.output === "table" || options.output === "wide";
  if (isText) session.io.stdout.write(`Revision ${revision} is confirmed.\n`);
  const standings = options.wait
    ? await waitUntilThere(session, {
        timeoutMs: options.timeout,
        stands: `revision ${revision} is confirmed, and hosts that have not heard take it again as soon as they are reached`,
        look: async () => judgeConfirmation(revision, (await api.hosts()).items),
      })
    : null;
  finish(session, options.output, confirmed, standings);
}

function finish(session: Session, format: Format, confirmed: Revision, standings: readonly Standing[] | null): void {
  printValue(session.io, format, { ...confirmed, reached: standings === null ? null : true, waited: standings ?? [] }, () => {
    if (standings === null) return "";
    const skipped = standings.filter(({ state }) => state === "skipped").length;
    return `Every host keeps it${skipped === 0 ? "" : `; ${skipped} not waited for (see above)`}.\n`;
  });
}
