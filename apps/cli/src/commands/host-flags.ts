import type { ApiClient } from "@rackway/api-client";
import type { HostView } from "@rackway/schema";
import type { Command } from "commander";
import { judgeFlags, judgeResumed } from "../drain-standing.ts";
import { nameFailure } from "../failure.ts";
import { noWaitOption, timeoutOption, type WaitOptions } from "../options.ts";
import type { Session } from "../session.ts";
import { teach } from "../teach.ts";
import { waitUntilThere } from "../wait.ts";
import { renderList } from "../words.ts";

interface FlagOptions extends WaitOptions {
  reason?: string;
}

/** `resume` and `pause`, beside `drain` (drain.ts): what the operator wants of a host beside the document. It outlives restarts and applies. */
export function registerHostFlags(program: Command, session: Session): void {
  const resume = program
    .command("resume")
    .summary("undo drain and pause")
    .description(
      "Takes a host back into service: undoes both drain and pause, and waits until its agent has taken that up, its anycast VIPs are back, and those with a service that answers are announced.",
    )
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

async function runResume(session: Session, command: Command, name: string): Promise<void> {
  const { options, api, host } = await connectToHost(session, command, name);
  if (!host.drained && !host.paused) return done(session, `Nothing to do: ${name} is neither drained nor paused.`);
  await api.undrain(name);
  await api.unpause(name);
  const was = renderList([...(host.drained ? ["drained"] : []), ...(host.paused ? ["paused"] : [])]);
  if (options.wait)
    await waitUntilThere(session, {
      timeoutMs: options.timeout,
      stands: `${name} is no longer marked as ${was}`,
      look: async () => {
        const [self, vips] = await Promise.all([api.host(name), api.vips()]);
        return judgeResumed(self, vips.items);
      },
    });
  done(session, `${name} is back in service (it was ${was}).`);
}

async function runPause(session: Session, command: Command, name: string): Promise<void> {
  const { options, api } = await connectToHost(session, command, name);
  await api.pause(name, options.reason);
  if (options.wait) {
    const look = async () => [judgeFlags(await api.host(name), { paused: true })];
    await waitUntilThere(session, { timeoutMs: options.timeout, stands: `${name} stays marked as paused`, look });
  }
  done(session, `${name} is paused: Rackway changes nothing there until: rackway resume ${name}`);
}

export async function connectToHost(
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
