import type { ApiClient } from "@rackway/api-client";
import type { Operation, RouterView } from "@rackway/schema";
import type { Command } from "commander";
import { RackwayError } from "@rackway/errors";
import { cliFailure, nameFailure, usageFailure } from "../failure.ts";
import { noWaitOption, timeoutOption, type WaitOptions } from "../options.ts";
import { Progress } from "../progress.ts";
import type { Session } from "../session.ts";
import { teach } from "../teach.ts";
import { renderDuration, renderList } from "../words.ts";

interface MoveOptions extends WaitOptions {
  to: string;
  reason?: string;
}

const pollMs = 250;

/** `move`: a planned move of a router, without loss. */
export function registerMove(program: Command, session: Session): void {
  const move = program
    .command("move")
    .summary("move a router to another host, without loss")
    .description(
      "Moves a virtual router with its pair of VIPs to another controller: the target is made ready before the source lets go, so that no packet and no connection is lost. Waits, tells how it goes, and exits 1 with the reason when it fails. Leaves no constraint behind.",
    )
    .argument("<router>", "the router, or one of its VIPs by name (vr-a/public) or address")
    .requiredOption("--to <host>", "the controller that takes over")
    .option("--reason <text>", "why; kept with the events")
    .addOption(noWaitOption())
    .addOption(timeoutOption("60s"))
    .action(async (name: string, _, command: Command) => runMove(session, command, name));
  teach(move, [
    ["rackway move vr-a --to ctl-a2", "before work on the host that carries vr-a"],
    ["rackway move 203.0.113.100 --to ctl-a2 --reason 'new fan'", "the router behind an address; the reason is kept"],
  ]);
}

async function runMove(session: Session, command: Command, name: string): Promise<void> {
  const options = command.opts<MoveOptions>();
  const api = await session.connect(command);
  const router = await findRouter(api, name);
  await checkTarget(api, router, options.to);
  if (router.status.active === options.to) {
    session.io.stdout.write(`Nothing to do: ${router.name} is on ${options.to} already.\n`);
    return;
  }
  const begin = session.io.now();
  const started = await api.startOperation({
    kind: "move",
    router: router.name,
    to: options.to,
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  });
  if (!options.wait) {
    session.io.stdout.write(`The move of ${router.name} to ${options.to} has begun (operation ${started.id}).\n`);
    return;
  }
  const ended = await followOperation(session, api, started, options.timeout);
  if (ended.state === "failed") throw cliFailure("operation-failed", `${router.name} was not moved to ${options.to}: ${ended.message}`);
  const from = router.status.active === null ? "" : ` from ${router.status.active}`;
  session.io.stdout.write(`Moved ${router.name}${from} to ${options.to} in ${renderDuration(session.io.now() - begin)}.\n`);
}

/** By the router's name, by one of its VIPs' names, or by an address of it. */
async function findRouter(api: ApiClient, name: string): Promise<RouterView> {
  const { items } = await api.routers();
  const found = items.find(
    (router) =>
      router.name === name ||
      name === `${router.name}/public` ||
      name === `${router.name}/management` ||
      router.status.vips.some((vip) => vip.address === name),
  );
  if (found) return found;
  const vip = (await api.vips()).items.find((each) => each.name === name);
  if (vip) throw usageFailure(`${name} is a VIP in ${vip.namespace}, not of a router; only routers can be moved`);
  throw nameFailure(
    "router",
    name,
    items.map((router) => router.name),
  );
}

async function checkTarget(api: ApiClient, router: RouterView, to: string): Promise<void> {
  if (router.controllers.includes(to)) return;
  const hosts = (await api.hosts()).items.map((host) => host.name);
  if (!hosts.includes(to)) throw nameFailure("host", to, router.controllers);
  throw usageFailure(`${router.name} cannot run on ${to}`, `its controllers are ${renderList(router.controllers)}`);
}

/** Waits for the end of an operation and tells its progress as it comes. */
async function followOperation(session: Session, api: ApiClient, started: Operation, timeoutMs: number): Promise<Operation> {
  const { io } = session;
  const progress = new Progress(io);
  const begin = io.now();
  let told = 0;
  let current = started;
  for (;;) {
    for (const step of current.progress.slice(told)) progress.tell(`  ${step.message}`);
    told = Math.max(told, current.progress.length);
    if (current.state === "done" || current.state === "failed") break;
    const doing = current.claimedBy === null ? "waiting for the hosts to take it up" : `carried out by ${current.claimedBy}`;
    progress.show(`  .. ${doing}, ${renderDuration(io.now() - begin)}`, io.now());
    if (io.interrupted.aborted || io.now() - begin >= timeoutMs) {
      progress.clear();
      throw notEnded(current, timeoutMs, io.interrupted.aborted);
    }
    await io.sleep(pollMs);
    current = await lookAgain(api, current);
  }
  progress.clear();
  return current;
}

/** A server that restarts in the middle does not end a move: the hosts carry it out. */
async function lookAgain(api: ApiClient, current: Operation): Promise<Operation> {
  try {
    return await api.operation(current.id);
  } catch (error) {
    if (error instanceof RackwayError && error.retry !== "never") return current;
    throw error;
  }
}

function notEnded(operation: Operation, timeoutMs: number, isInterrupted: boolean): RackwayError {
  const state =
    operation.claimedBy === null
      ? "no host has taken it up: is an agent of its Pacemaker cluster connected?"
      : `last word: ${operation.message}`;
  const hint = "see: rackway get events, rackway status";
  if (isInterrupted) return cliFailure("cancelled", `not waited for the end of the move (operation ${operation.id}); ${state}`, { hint });
  return cliFailure("not-converged", `the move has not ended after ${renderDuration(timeoutMs)} (operation ${operation.id}); ${state}`, {
    hint,
  });
}
