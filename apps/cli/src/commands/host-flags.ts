import type { ApiClient } from "@rackway/api-client";
import type { HostView, RouterView, VipView } from "@rackway/schema";
import type { Command } from "commander";
import type { Standing } from "../convergence.ts";
import { nameFailure } from "../failure.ts";
import { noWaitOption, timeoutOption, type WaitOptions } from "../options.ts";
import type { Session } from "../session.ts";
import { teach } from "../teach.ts";
import { waitUntilThere } from "../wait.ts";
import { renderList } from "../words.ts";

interface FlagOptions extends WaitOptions {
  reason?: string;
}

/** `drain`, `resume` and `pause`: what the operator wants of a host beside the document. It outlives restarts and applies. */
export function registerHostFlags(program: Command, session: Session): void {
  const drain = program
    .command("drain")
    .summary("move everything off a host, and keep it off")
    .description(
      "Moves every router and single-owner VIP off a host without loss, and keeps new ones off until `rackway resume`. Waits until the host carries nothing.",
    )
    .argument("<host>", "the host")
    .option("--reason <text>", "why; kept with the events")
    .addOption(noWaitOption())
    .addOption(timeoutOption("2m"))
    .action(async (host: string, _, command: Command) => runDrain(session, command, host));
  teach(drain, [
    ["rackway drain ctl-a1 --reason 'memory swap'", "before work on a host"],
    ["rackway drain ctl-a1 && ssh ctl-a1 reboot", "reboot it once it carries nothing"],
  ]);
  const resume = program
    .command("resume")
    .summary("undo drain and pause")
    .description("Takes a host back into service: undoes both drain and pause, and waits until its agent has taken that up.")
    .argument("<host>", "the host")
    .addOption(noWaitOption())
    .addOption(timeoutOption("60s"))
    .action(async (host: string, _, command: Command) => runResume(session, command, host));
  teach(resume, [
    ["rackway resume ctl-a1", "after the work"],
    ["rackway resume ctl-a1 --no-wait", "the same for a host that is still switched off"],
  ]);
  const pause = program
    .command("pause")
    .summary("leave a host alone while I look")
    .description(
      "Tells a host's agent to change nothing until `rackway resume`; it goes on observing and reporting. Pacemaker goes on, too: routers still fail over. Waits until the agent has taken that up.",
    )
    .argument("<host>", "the host")
    .option("--reason <text>", "why; kept with the events")
    .addOption(noWaitOption())
    .addOption(timeoutOption("60s"))
    .action(async (host: string, _, command: Command) => runPause(session, command, host));
  teach(pause, [
    ["rackway pause node-a1 --reason 'debugging routes'", "change things by hand without being put right"],
    ["rackway pause ctl-a1 && rackway describe host ctl-a1", "look at what the agent would do"],
  ]);
}

async function runDrain(session: Session, command: Command, name: string): Promise<void> {
  const { options, api } = await prepare(session, command, name);
  await api.drain(name, options.reason);
  if (!options.wait) return done(session, `${name} is being drained; back into service with: rackway resume ${name}`);
  await waitUntilThere(session, {
    timeoutMs: options.timeout,
    stands: `${name} stays marked as drained`,
    look: async () => {
      const [hosts, routers, vips] = await Promise.all([api.hosts(), api.routers(), api.vips()]);
      return judgeDrain(name, hosts.items, routers.items, vips.items);
    },
  });
  done(session, `${name} is drained and carries nothing; back into service with: rackway resume ${name}`);
}

/** What a drained host still carries, by observation. Pure. */
export function judgeDrain(name: string, hosts: readonly HostView[], routers: readonly RouterView[], vips: readonly VipView[]): Standing[] {
  const self = hosts.find((host) => host.name === name);
  const flag: Standing = self ? judgeFlags(self, { drained: true }) : { name, state: "skipped", text: "no longer in the document" };
  // Routers that this host cannot carry are not its business; one that is on its own addresses has nowhere to go.
  const ofHost = routers.filter((router) => router.pacemaker !== null && router.controllers.includes(name));
  return [flag, ...ofHost.map((router) => judgeDrainedRouter(name, router, hosts)), ...vips.flatMap((vip) => judgeDrainedVip(name, vip))];
}

function judgeDrainedRouter(name: string, router: RouterView, hosts: readonly HostView[]): Standing {
  const { active, vips } = router.status;
  const isHere = active === name || vips.some((vip) => vip.owners.includes(name));
  if (!isHere && active !== null) return { name: router.name, state: "done", text: `active on ${active}` };
  const ready = hosts.filter((host) => host.name !== name && router.controllers.includes(host.name) && host.status.online && !host.drained);
  const reason = ready.length === 0 ? "; no other controller is online and not drained" : "";
  return { name: router.name, state: "waiting", text: `${isHere ? `still on ${name}` : "on no host"}${reason}` };
}

function judgeDrainedVip(name: string, vip: VipView): Standing[] {
  if (vip.router !== null) return [];
  const isAnycast = vip.mode === "anycast";
  // A drained host keeps an anycast VIP, for packets that are on their way, and tells nobody of it.
  const isHere = vip.addresses.some(({ owners, announcedBy }) => (isAnycast ? announcedBy : owners).includes(name));
  return isHere ? [{ name: vip.name, state: "waiting", text: `still ${isAnycast ? "announced by" : "on"} ${name}` }] : [];
}

async function runResume(session: Session, command: Command, name: string): Promise<void> {
  const { options, api, host } = await prepare(session, command, name);
  if (!host.drained && !host.paused) return done(session, `Nothing to do: ${name} is neither drained nor paused.`);
  await api.undrain(name);
  await api.unpause(name);
  const was = renderList([...(host.drained ? ["drained"] : []), ...(host.paused ? ["paused"] : [])]);
  if (options.wait)
    await waitForFlags(session, api, options, name, { drained: false, paused: false }, `${name} is no longer marked as ${was}`);
  done(session, `${name} is back in service (it was ${was}).`);
}

async function runPause(session: Session, command: Command, name: string): Promise<void> {
  const { options, api } = await prepare(session, command, name);
  await api.pause(name, options.reason);
  if (options.wait) await waitForFlags(session, api, options, name, { paused: true }, `${name} stays marked as paused`);
  done(session, `${name} is paused: Rackway changes nothing there until: rackway resume ${name}`);
}

/** Waits until the host's own agent says that it knows. */
async function waitForFlags(
  session: Session,
  api: ApiClient,
  options: FlagOptions,
  name: string,
  wanted: { drained?: boolean; paused?: boolean },
  stands: string,
): Promise<void> {
  await waitUntilThere(session, { timeoutMs: options.timeout, stands, look: async () => [judgeFlags(await api.host(name), wanted)] });
}

/** Whether a host's agent has taken up what was asked for. Pure. */
export function judgeFlags(host: HostView, wanted: { drained?: boolean; paused?: boolean }): Standing {
  if (!host.hasToken) return { name: host.name, state: "skipped", text: "not enrolled: its agent was never given a token" };
  if (host.status.agent === "absent")
    return { name: host.name, state: "skipped", text: "its agent is absent; it takes it up when it comes back" };
  const differs = (Object.keys(wanted) as ("drained" | "paused")[]).find((flag) => host.status[flag] !== wanted[flag]);
  if (differs !== undefined) return { name: host.name, state: "waiting", text: `its agent has not taken it up yet (${differs})` };
  return { name: host.name, state: "done", text: "its agent has taken it up" };
}

async function prepare(
  session: Session,
  command: Command,
  name: string,
): Promise<{ options: FlagOptions; api: ApiClient; host: HostView }> {
  const api = await session.connect(command);
  const { items } = await api.hosts();
  const host = items.find((each) => each.name === name);
  if (!host)
    throw nameFailure(
      "host",
      name,
      items.map((each) => each.name),
    );
  return { options: command.opts<FlagOptions>(), api, host };
}

function done(session: Session, text: string): void {
  session.io.stdout.write(`${text}\n`);
}
