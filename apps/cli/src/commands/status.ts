import type { Status } from "@rackway/schema";
import type { Command } from "commander";
import { SilentExit, usageFailure } from "../failure.ts";
import { fetchLocalStatus } from "../local-status.ts";
import { type Format, outputOption, printValue } from "../output.ts";
import type { Session } from "../session.ts";
import { exitCodeOf } from "../problem-text.ts";
import { renderStatus } from "../status-text.ts";
import { teach } from "../teach.ts";
import { RackwayError } from "@rackway/errors";

interface StatusOptions {
  output: Format;
  watch: boolean;
  local: boolean;
  exitCode: boolean;
}

const watchMs = 1000;

/** `status`: who carries what, by observation. */
export function registerStatus(program: Command, session: Session): void {
  const status = program
    .command("status")
    .summary("show who carries what, by observation")
    .description(
      "Shows what was seen, not what is wished for: quorum, who carries which router and VIP, hosts and their agents, each with its age, and what is wrong in words. With --local this host's own view, also when the server is dead.",
    )
    .option("-w, --watch", "go on: show it again whenever it changes, until Ctrl-C", false)
    .option("--local", "ask the agent of this host, not the server; on a controller: its Pacemaker cluster", false)
    .option(
      "--exit-code",
      "exit 4 when traffic is cut, 3 when redundancy or control is lost, 0 otherwise, 1 or 2 on a failure to ask",
      false,
    )
    .addOption(outputOption())
    .action(async (_, command: Command) => runStatus(session, command));
  teach(status, [
    ["rackway status", "is all well, and who carries what?"],
    ["rackway status --local", "on a controller, with the server dead"],
    ["rackway status --exit-code >/dev/null || page-somebody $?", "for scripts: 3 can wait for the morning, 4 cannot"],
  ]);
}

async function runStatus(session: Session, command: Command): Promise<void> {
  const options = command.opts<StatusOptions>();
  if (options.local && command.optsWithGlobals<{ server?: string }>().server !== undefined) {
    throw usageFailure("--local asks this host's agent, so --server has no meaning with it");
  }
  if (options.watch && options.exitCode) throw usageFailure("--watch goes on, so --exit-code has no meaning with it");
  const api = options.local ? null : await session.connect(command);
  const look = (): Promise<Status> => (api === null ? fetchLocalStatus(session.io) : api.status());
  if (options.watch) return watch(session, options, look);
  const status = await look();
  printValue(session.io, options.output, status, (isWide) => textOf(session, status, isWide, options.local));
  const exitCode = options.exitCode ? exitCodeOf(status.problems) : 0;
  if (exitCode !== 0) throw new SilentExit(exitCode);
}

function textOf(session: Session, status: Status, isWide: boolean, isLocal: boolean): string {
  return renderStatus(status, session.paint, { isWide, width: session.io.stdout.columns, view: isLocal ? "this host's own view" : null });
}

/** Draws over itself on a terminal; elsewhere prints a status whenever more than its ages has changed. JSON comes one status a line. */
async function watch(session: Session, options: StatusOptions, look: () => Promise<Status>): Promise<void> {
  const { io } = session;
  const isText = options.output === "table" || options.output === "wide";
  let last = "";
  while (!io.interrupted.aborted) {
    const seen = await look().catch((error: unknown) => asWords(error));
    const key = typeof seen === "string" ? seen : JSON.stringify(withoutAges(seen));
    if (typeof seen === "string") session.note(seen);
    else if (isText && io.stdout.isTty) {
      io.stdout.control("\u001b[H\u001b[2J");
      io.stdout.write(
        `${new Date(io.now()).toISOString()}  (Ctrl-C ends)\n\n${textOf(session, seen, options.output === "wide", options.local)}`,
      );
    } else if (key !== last) printChange(session, options, seen);
    last = key;
    await io.sleep(watchMs);
  }
}

function printChange(session: Session, options: StatusOptions, status: Status): void {
  if (options.output === "json") session.io.stdout.write(`${JSON.stringify(status)}\n`);
  else if (options.output === "yaml") {
    session.io.stdout.write("---\n");
    printValue(session.io, "yaml", status, () => "");
  } else session.io.stdout.write(`${status.observedAt}\n${textOf(session, status, options.output === "wide", options.local)}\n`);
}

/** A watch outlives a server that restarts; a refusal ends it. */
function asWords(error: unknown): string {
  if (error instanceof RackwayError && error.retry !== "never") return `${error.message}; asking on`;
  throw error;
}

function withoutAges(status: Status): unknown {
  return JSON.parse(
    JSON.stringify(status, (key, value: unknown) =>
      ["ageMs", "leftMs", "observedAt", "lagMs", "entries", "used"].includes(key) ? undefined : value,
    ),
  );
}
