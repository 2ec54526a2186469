import type { Help } from "commander";
import { Command } from "commander";
import { registerCompletion } from "./commands/completion.ts";
import { registerChange } from "./commands/change.ts";
import { registerConfirm } from "./commands/confirm.ts";
import { registerConfig } from "./commands/config.ts";
import { registerDrain } from "./commands/drain.ts";
import { registerDescribe } from "./commands/describe.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerGet } from "./commands/get.ts";
import { registerHistory } from "./commands/history.ts";
import { registerHost } from "./commands/host.ts";
import { registerHostFlags } from "./commands/host-flags.ts";
import { registerMove } from "./commands/move.ts";
import { registerRouter } from "./commands/router.ts";
import { registerStatus } from "./commands/status.ts";
import { registerSupportBundle } from "./commands/support-bundle.ts";
import { cliVersion, registerVersion } from "./commands/version.ts";
import { nameFailure, usageFailure } from "./failure.ts";
import type { Session } from "./session.ts";
import { examplesFor, teach } from "./teach.ts";

/** Programs of their own, which the launcher starts before it would start this one. */
const launched = [
  ["server", "run the server", "rackway server --listen 127.0.0.1:8080"],
  ["agent", "run the agent of a host, or take it away", "rackway agent run"],
  ["lab", "build racks on this machine, and break them", "rackway lab up"],
] as const;

/** All commands with their options, help and actions. Nothing happens before it is parsed. */
export function buildProgram(session: Session): Command {
  const program = new Command("rackway");
  program
    .description("Highly available ways out, names, time and service addresses for every node in a set of racks.")
    .version(`rackway ${cliVersion}`, "-V, --version", "show the version of the command line")
    .option("--server <url>", "the server: http://, https:// or unix:///path (RACKWAY_SERVER)")
    .option("--token-file <file>", "the file with the token (or RACKWAY_TOKEN, the token itself)")
    .option("--context <name>", "a context of the configuration; see: rackway config")
    .helpOption("-h, --help", "show help")
    .configureHelp({ showGlobalOptions: true, subcommandTerm: termOf, helpWidth: 80 })
    .configureOutput({
      writeOut: (text) => session.io.stdout.write(text),
      writeErr: (text) => session.io.stderr.write(text),
      // Told by `reportFailure`, which knows about JSON and hints.
      outputError: () => undefined,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .helpCommand(false)
    .exitOverride();
  program.commandsGroup("The life of a change:");
  registerChange(program, session);
  registerConfirm(program, session);
  registerHistory(program, session);
  registerRouter(program, session);
  program.commandsGroup("What is:");
  registerStatus(program, session);
  registerGet(program, session);
  registerDescribe(program, session);
  registerDoctor(program, session);
  registerSupportBundle(program, session);
  program.commandsGroup("Planned work:");
  registerMove(program, session);
  registerDrain(program, session);
  registerHostFlags(program, session);
  registerHost(program, session);
  program.commandsGroup("Daemons and the lab (each has its own --help):");
  for (const [name, summary, example] of launched) registerLaunched(program, name, summary, example);
  program.commandsGroup("This command line:");
  registerConfig(program, session);
  registerCompletion(program, session);
  registerVersion(program, session);
  registerHelp(program);
  teach(program, [
    ["rackway plan -f examples/default-lab.yaml", "see what a document would change"],
    ["rackway status --watch", "who carries what, as it changes"],
  ]);
  return program;
}

function registerLaunched(program: Command, name: string, summary: string, example: string): void {
  const command = program
    .command(name)
    .summary(summary)
    .description(`A program of its own: ${summary}. Its name comes first on the line: \`rackway ${name} --help\`.`)
    .argument("[arguments...]")
    .allowUnknownOption()
    .helpOption(false)
    .action(() => {
      throw usageFailure(`\`${name}\` is a program of its own, and its name comes first`, `write: rackway ${name} …`);
    });
  teach(command, [
    [`rackway ${name} --help`, "what it takes"],
    [example, summary],
  ]);
}

/** In the list of commands: the name and its arguments; that there are options goes without saying. */
function termOf(this: Help, command: Command): string {
  const parts = command.registeredArguments.map((argument) => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`));
  return [command.name(), ...(examplesFor(command).length > 0 && ["server", "agent", "lab"].includes(command.name()) ? [] : parts)].join(
    " ",
  );
}

/** `help [COMMAND…]`: commander's own says nothing about a command that does not exist. */
function registerHelp(program: Command): void {
  const help = program
    .command("help")
    .summary("show the help of a command")
    .description("Shows the help of a command, as its --help does.")
    .argument("[command...]", "the command; none: all of them")
    .action((path: string[]) => {
      let shown = program;
      for (const word of path) {
        const next = shown.commands.find((command) => command.name() === word);
        if (!next)
          throw nameFailure(
            "command",
            word,
            shown.commands.map((command) => command.name()),
          );
        shown = next;
      }
      shown.outputHelp();
    });
  teach(help, [
    ["rackway help apply", "what apply takes"],
    ["rackway help config set", "a command within a command"],
  ]);
}
