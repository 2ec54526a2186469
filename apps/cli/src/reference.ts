import type { Command, Option } from "commander";
import { buildProgram } from "./program.ts";
import { Session } from "./session.ts";
import { silentIo } from "./silent-io.ts";
import { examplesFor } from "./teach.ts";

/** docs/reference/cli.md: every command with its arguments, options and examples, from the commands themselves. Pure. */
export function renderCliReference(): string {
  const program = buildProgram(new Session(silentIo));
  const commands = allCommands(program);
  return [
    "# The command line",
    "",
    "<!-- Generated from apps/cli by `npm run generate`; a test holds it to the code. -->",
    "",
    "`rackway --help` and `rackway COMMAND --help` say the same. [docs/cli.md](../cli.md) tells how to use it.",
    "",
    "Exit codes: 0 done, 1 failed, 2 wrong usage. With `plan --detailed-exitcode`: 0 nothing to do, 2 something to do, 1 any failure. With `status --exit-code`: 0 no problem above info, 3 warning, 4 critical.",
    "",
    "## Options of every command",
    "",
    ...renderOptions(program.options),
    "",
    ...commands.flatMap(renderCommand),
  ]
    .join("\n")
    .replace(/\n+$/, "\n");
}

/** Every command that does something or teaches something, parents first. */
export function allCommands(program: Command): Command[] {
  const visible = program.createHelp().visibleCommands(program);
  return visible.flatMap((command) => [command, ...allCommands(command)]);
}

export function commandPath(command: Command): string {
  return command.parent ? `${commandPath(command.parent)} ${command.name()}` : command.name();
}

function renderCommand(command: Command): string[] {
  const options = command.options.filter((option) => !option.hidden && option.long !== "--help");
  const examples = examplesFor(command).flatMap(({ line, does }) => [`# ${does}`, line]);
  return [
    `## ${commandPath(command)}`,
    "",
    command.description(),
    "",
    "```",
    `${commandPath(command)} ${command.usage()}`.trim(),
    "```",
    "",
    ...renderArguments(command),
    ...(options.length === 0 ? [] : [...renderOptions(options), ""]),
    "```sh",
    ...examples,
    "```",
    "",
  ];
}

function renderArguments(command: Command): string[] {
  const described = command.registeredArguments.filter((argument) => argument.description !== "");
  if (described.length === 0) return [];
  const rows = described.map((argument) => `| \`${argument.name()}\` | ${cell(argument.description)}${choices(argument.argChoices)} |`);
  return ["| argument | |", "|---|---|", ...rows, ""];
}

function renderOptions(options: readonly Option[]): string[] {
  const rows = options.map(
    (option) => `| \`${option.flags}\` | ${cell(option.description)}${choices(option.argChoices)}${defaultOf(option)} |`,
  );
  return ["| option | |", "|---|---|", ...rows];
}

function choices(values: readonly string[] | undefined): string {
  return values === undefined ? "" : `: ${values.map((value) => `\`${value}\``).join(", ")}`;
}

function defaultOf(option: Option): string {
  if (option.defaultValue === undefined || option.defaultValue === false || option.negate) return "";
  return `; default \`${option.defaultValueDescription ?? String(option.defaultValue)}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
