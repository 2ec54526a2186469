import type { HostView } from "@rackway/schema";
import type { Command } from "commander";
import { Option } from "commander";

import { judgeDrain, renderCut } from "../drain-standing.ts";
import { noWaitOption, readDuration } from "../options.ts";
import { type Format, outputOption, printValue } from "../output.ts";
import type { Session } from "../session.ts";
import { teach } from "../teach.ts";
import { waitUntilThere } from "../wait.ts";
import { connectToHost } from "./host-flags.ts";

interface DrainOptions {
  reason?: string;
  deadline?: number;
  force?: true;
  wait: boolean;
  timeout?: number;
  output: Format;
}

/** Longer than a router's move and a withdrawal take on a busy host. */
const patienceMs = 120_000;

export function registerDrain(program: Command, session: Session): void {
  const drain = program
    .command("drain")
    .summary("move everything off a host, and keep it off")
    .description(
      "Moves every router and single-owner VIP off a host without loss, withdraws its anycast VIPs, waits until their connections have ended or the deadline is over, then lets them go; and keeps all of it off until `rackway resume`. The host does that by itself: the command only watches, and may be ended. An anycast VIP that nobody else announces stays, unless --force is given.",
    )
    .argument("<host>", "the host")
    .option("--reason <text>", "why; kept with the events")
    .addOption(
      new Option("--deadline <duration>", "how long connections to anycast VIPs may take to end: 90s, 5m (default: 5m)").argParser(
        readDuration,
      ),
    )
    .option("--force", "let go at the deadline also of an anycast VIP that nobody else announces")
    .addOption(noWaitOption())
    .addOption(
      new Option(
        "--timeout <duration>",
        "how long to wait: 90s, 2m (default: 2m, after the deadline where there are anycast VIPs)",
      ).argParser(readDuration),
    )
    .addOption(outputOption())
    .action(async (host: string, _, command: Command) => runDrain(session, command, host));
  teach(drain, [
    ["rackway drain ctl-a1 --reason 'memory swap'", "before work on a host"],
    ["rackway drain ctl-a1 && ssh ctl-a1 reboot", "reboot it once it carries nothing"],
    ["rackway drain ctl-a1 --deadline 30m", "give long connections more time; also while it is being drained"],
    ["rackway drain ctl-a1 --deadline 0s", "cut what is left now"],
  ]);
}

async function runDrain(session: Session, command: Command, name: string): Promise<void> {
  const { api } = await connectToHost(session, command, name);
  const options = command.opts<DrainOptions>();
  const { reason, deadline, force, output } = options;
  await api.drain(name, reason, {
    ...(deadline === undefined ? {} : { deadlineSeconds: Math.ceil(deadline / 1000) }),
    ...(force === undefined ? {} : { force }),
  });
  const before = await api.host(name);
  const print = (host: HostView, words: string): void =>
    printValue(session.io, output, { host: name, ...host.drain }, () => `${words}; back into service with: rackway resume ${name}\n`);
  if (!options.wait) return print(before, `${name} is being drained`);
  let seen = before;
  await waitUntilThere(session, {
    timeoutMs: options.timeout ?? patienceMs + anycastMs(before, session.io.now()),
    stands: `${name} stays marked as drained`,
    look: async () => {
      const [hosts, routers, vips] = await Promise.all([api.hosts(), api.routers(), api.vips()]);
      seen = hosts.items.find((host) => host.name === name) ?? seen;
      return judgeDrain(name, { hosts: hosts.items, routers: routers.items, vips: vips.items, nowMs: session.io.now() });
    },
  });
  print(seen, wordsFor(seen));
}

/** How long anycast VIPs may keep it waiting. */
function anycastMs({ drain, vips }: HostView, nowMs: number): number {
  if (vips === null || drain === null || drain.held === 0 || drain.deadline === null) return 0;
  return Math.max(0, Date.parse(drain.deadline) - nowMs);
}

function wordsFor({ name, drain, status }: HostView): string {
  if (drain === null) return `${name} is no longer drained`;
  if (drain.held === null) {
    const why = status.agent === "absent" ? "its agent is absent" : "its agent has not looked yet";
    return `${name} is drained; whether it carries anything is not known: ${why}`;
  }
  const cut = renderCut(drain.left);
  return `${name} is drained and carries nothing${cut === "" ? "" : `; connections that were left at the deadline: ${cut}`}`;
}
