import type { ApiClient } from "@rackway/api-client";
import type { Operation, RouterView, VipView } from "@rackway/schema";
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

/** `move`: a planned move of a router, without loss, or of roaming or failover VIPs. */
export function registerMove(program: Command, session: Session): void {
  const move = program
    .command("move")
    .summary("move a router or a VIP with one owner to another host")
    .description(
      "Moves a virtual router with its pair of VIPs to another controller: the target is made ready before the source lets go, so that no packet and no connection is lost. Or moves a roaming VIP, with those of its group, or a router whose VIPs roam, to another controller of any of its racks: without loss where the document says overlap, else with a short hole. Or moves a failover VIP, with those of its group, to another controller of its rack: at any time one host answers for it. Waits, tells how it goes, and exits 1 with the reason when it fails. Leaves no constraint behind.",
    )
    .argument("<router-or-vip>", "a router, a roaming or failover VIP, or one of a router's VIPs by name (vr-a/public) or address")
    .requiredOption("--to <host>", "the controller that takes over")
    .option("--reason <text>", "why; kept with the events")
    .addOption(noWaitOption())
    .addOption(timeoutOption("60s"))
    .action(async (name: string, _, command: Command) => runMove(session, command, name));
  teach(move, [
    ["rackway move vr-a --to ctl-a2", "before work on the host that carries vr-a"],
    ["rackway move 203.0.113.100 --to ctl-a2 --reason 'new fan'", "the router behind an address; the reason is kept"],
    ["rackway move mail --to ctl-b1", "a roaming VIP, to the other rack"],
  ]);
}

async function runMove(session: Session, command: Command, name: string): Promise<void> {
  const options = command.opts<MoveOptions>();
  const api = await session.connect(command);
  const what = await findMovable(api, name);
  await checkTarget(api, what, options.to);
  if (what.active === options.to) {
    session.io.stdout.write(`Nothing to do: ${what.name} is on ${options.to} already.\n`);
    return;
  }
  const begin = session.io.now();
  const { to, reason } = options;
  const started = await api.startOperation({ ...what.request, to, ...(reason === undefined ? {} : { reason }) });
  if (!options.wait) {
    session.io.stdout.write(`The move of ${what.name} to ${to} has begun (operation ${started.id}).\n`);
    return;
  }
  const ended = await followOperation(session, api, started, options.timeout);
  if (ended.state === "failed") throw cliFailure("operation-failed", `${what.name} was not moved to ${to}: ${ended.message}`);
  const from = what.active === null ? "" : ` from ${what.active}`;
  session.io.stdout.write(`Moved ${what.name}${from} to ${to} in ${renderDuration(session.io.now() - begin)}.\n`);
}

/** What can be moved: where it is (null: nowhere, as far as is known), and where it may be. */
interface Movable {
  readonly name: string;
  readonly active: string | null;
  readonly controllers: readonly string[];
  readonly request: { readonly kind: "move"; readonly router: string } | { readonly kind: "move-vip"; readonly vip: string };
}

/** By a router's name, by a VIP's name, or by an address. A router's VIP stands for the router. */
async function findMovable(api: ApiClient, name: string): Promise<Movable> {
  const { items: routers } = await api.routers();
  const router = routers.find(
    (each) =>
      each.name === name ||
      name === `${each.name}/public` ||
      name === `${each.name}/management` ||
      each.status.vips.some((vip) => vip.address === name),
  );
  const { items: vips } = await api.vips();
  if (router !== undefined) return movableRouter(router, vips);
  const vip = vips.find((each) => each.name === name || each.addresses.some(({ address }) => address === name));
  if (vip === undefined) {
    throw nameFailure("router", name, [
      ...routers.map((each) => each.name),
      ...vips.flatMap((each) => (each.mode !== "anycast" && each.router === null ? [each.name] : [])),
    ]);
  }
  if (vip.mode === "anycast")
    throw usageFailure(`${vip.name} is an anycast VIP: it stands on every host that may hold it, and nothing moves`);
  const active = vip.addresses[0]?.owners[0] ?? null;
  return { name: vip.name, active, controllers: vip.eligible, request: { kind: "move-vip", vip: vip.name } };
}

/** A router that roams has no owner of its own: its VIPs tell. */
function movableRouter({ name, status, controllers }: RouterView, vips: readonly VipView[]): Movable {
  const roaming = vips.find((vip) => vip.mode === "roaming" && vip.namespace === name);
  return { name, active: status.active ?? roaming?.addresses[0]?.owners[0] ?? null, controllers, request: { kind: "move", router: name } };
}

async function checkTarget(api: ApiClient, what: Movable, to: string): Promise<void> {
  if (what.controllers.includes(to)) return;
  const hosts = (await api.hosts()).items.map((host) => host.name);
  if (!hosts.includes(to)) throw nameFailure("host", to, what.controllers);
  throw usageFailure(`${what.name} cannot run on ${to}`, `its controllers are ${renderList(what.controllers)}`);
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
