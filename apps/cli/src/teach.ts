import type { Command } from "commander";

/** One line that can be typed, and what it does. */
export interface Example {
  line: string;
  does: string;
}

const examplesOf = new WeakMap<Command, readonly Example[]>();

/** Gives a command its examples: at the end of its `--help`, and in docs/reference/cli.md. */
export function teach(command: Command, examples: readonly [line: string, does: string][]): Command {
  const shown = examples.map(([line, does]) => ({ line, does }));
  examplesOf.set(command, shown);
  const text = shown.map(({ line, does }) => `  # ${does}\n  ${line}`).join("\n");
  return command.addHelpText("after", `\nExamples:\n${text}`);
}

export function examplesFor(command: Command): readonly Example[] {
  return examplesOf.get(command) ?? [];
}
