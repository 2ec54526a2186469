import { buildProgram } from "@rackway/cli";
import type { Command } from "commander";

import { Session } from "../../../apps/cli/src/session.ts";
import { silentIo } from "../../../apps/cli/src/silent-io.ts";
import { labProgram } from "../../../apps/lab/src/program.ts";

const cli = buildProgram(new Session(silentIo));
const lab = labProgram();

/** Programs whose words are no commander's at hand: their own `--help` is the table. */
export type HelpText = (program: "server" | "agent") => string;

/**
 * Why `rackway WORDS…` is no command, or null. `isWhole`: it stands in a block to be typed, so no argument may be missing; in prose a
 * command may be named alone, and its arguments by placeholders.
 */
export function wrongCommand(words: readonly string[], isWhole: boolean, helpOf: HelpText): string | null {
  const [first, ...rest] = words;
  if (first === "server" || first === "agent") return wrongByHelp(rest, helpOf(first));
  return first === "lab" ? wrongByTable(lab, rest, isWhole) : wrongByTable(cli, withoutConnection(words), isWhole);
}

/** Options of every command, which may stand anywhere; each takes a value. */
function withoutConnection(words: readonly string[]): string[] {
  const names = cli.options.filter((option) => option.required).flatMap(flagNames);
  return words.filter((word, index) => !names.includes(word) && !names.includes(words[index - 1] ?? ""));
}

function wrongByTable(root: Command, words: readonly string[], isWhole: boolean): string | null {
  let command = root;
  const left = [...words];
  while (left[0] !== undefined && command.commands.length > 0 && !left[0].startsWith("-")) {
    const name = left[0];
    if (/^[A-Z…]/.test(name)) return null;
    const next = command.commands.find((candidate) => candidate.name() === name);
    if (next === undefined) {
      if (command.registeredArguments.length > 0) break;
      return `${command.name()} has no command "${name}"`;
    }
    command = next;
    left.shift();
  }
  return wrongFlags(command, left, isWhole);
}

function wrongFlags(command: Command, words: readonly string[], isWhole: boolean): string | null {
  let operands = 0;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    // What follows is another program's.
    if (word === "--") break;
    if (!word.startsWith("-") || word === "-") {
      operands += 1;
      continue;
    }
    const flag = word.split("=")[0] ?? word;
    const option = command.options.find((candidate) => flagNames(candidate).includes(flag));
    if (option === undefined && !["-h", "--help", "-V", "--version"].includes(flag)) return `${command.name()} has no option ${flag}`;
    if (option !== undefined && (option.required || option.optional) && !word.includes("=")) index += 1;
  }
  const { registeredArguments } = command;
  const required = registeredArguments.filter((argument) => argument.required).length;
  const isHelp = words.includes("--help") || words.includes("-h");
  if (isWhole && !isHelp && operands < required) return `${command.name()} needs ${required} arguments, and has ${operands}`;
  const isOpen = registeredArguments.some((argument) => argument.variadic);
  return isOpen || operands <= registeredArguments.length ? null : `${command.name()} takes no ${operands} arguments`;
}

function flagNames(option: { readonly short?: string | undefined; readonly long?: string | undefined }): string[] {
  return [option.short, option.long].filter((name) => name !== undefined);
}

/** Every command and flag must be a word of the help. Values follow their flags; a file is what it is. */
function wrongByHelp(words: readonly string[], help: string): string | null {
  const known = new Set(help.match(/--?[a-z][a-z-]*|\b[a-z]+\b/g));
  for (const [index, word] of words.entries()) {
    if (/^[A-Z…[/]/.test(word) || words[index - 1]?.startsWith("--") === true) continue;
    if (!known.has(word)) return `its help does not know "${word}"`;
  }
  return null;
}
