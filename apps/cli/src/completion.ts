import type { Argument, Command, Option } from "commander";
import { findKind, kindNames } from "./kinds.ts";

/** One word that may come next. */
export interface Candidate {
  value: string;
  description: string;
}

/** What may come next: words, or the shell's own files. */
export type Completion = { kind: "words"; words: Candidate[] } | { kind: "files" };

/** Names of things, asked for when they are needed. Each resolves to nothing where it cannot be known. */
export interface NameSource {
  hosts: () => Promise<string[]>;
  routers: () => Promise<string[]>;
  /** Routers, and VIPs that roam. */
  movables: () => Promise<string[]>;
  revisions: () => Promise<string[]>;
  clusters: () => Promise<string[]>;
  contexts: () => Promise<string[]>;
  /** By a word of `kindNames`. */
  ofKind: (kind: string) => Promise<string[]>;
}

/** Where a command line stands before its last word. */
interface Place {
  command: Command;
  positionals: string[];
  /** The option whose value comes next. */
  awaited: Option | null;
}

/** Values of global options that were typed already, so that names come from the right server. */
export function typedGlobals(program: Command, words: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  words.forEach((word, index) => {
    const [flag = "", inline] = splitFlag(word);
    const option = program.options.find((each) => each.long === flag && each.required);
    const value = inline ?? words[index + 1];
    if (option && value !== undefined) values[option.attributeName()] = value;
  });
  return values;
}

/** What may stand in the place of the last of `words` (which may be begun or empty). The commands themselves are the only list. */
export async function completeWords(program: Command, typed: readonly string[], names: NameSource): Promise<Completion> {
  const words = joinAssignments(typed);
  const current = words.at(-1) ?? "";
  const place = findPlace(program, words.slice(0, -1));
  const [flag = "", inline] = splitFlag(current);
  if (inline !== undefined) return completeOption(findOption(place.command, flag), inline, names);
  if (place.awaited) return completeOption(place.awaited, current, names);
  if (current.startsWith("-")) return wordsOf(optionsOf(place.command), current);
  const commands = place.positionals.length === 0 ? place.command.createHelp().visibleCommands(place.command) : [];
  if (commands.length > 0)
    return wordsOf(
      commands.map((command) => ({ value: command.name(), description: command.summary() })),
      current,
    );
  return completeArgument(place, current, names);
}

/** Bash splits `--to=ctl-a1` at the `=`. */
function joinAssignments(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of words) {
    const last = joined.at(-1);
    if (last !== undefined && last.startsWith("--") && (word === "=" || last.endsWith("="))) joined[joined.length - 1] = last + word;
    else joined.push(word);
  }
  return joined;
}

function findPlace(program: Command, words: readonly string[]): Place {
  const place: Place = { command: program, positionals: [], awaited: null };
  for (const word of words) {
    if (place.awaited) {
      place.awaited = null;
      continue;
    }
    if (word.startsWith("-") && word !== "-") {
      const [flag = "", inline] = splitFlag(word);
      const option = findOption(place.command, flag);
      place.awaited = option?.required === true && inline === undefined ? option : null;
      continue;
    }
    const next = place.positionals.length === 0 ? place.command.commands.find((command) => command.name() === word) : undefined;
    if (next) place.command = next;
    else place.positionals.push(word);
  }
  return place;
}

function splitFlag(word: string): [string, string | undefined] {
  const at = word.startsWith("--") ? word.indexOf("=") : -1;
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

function findOption(command: Command, flag: string): Option | null {
  for (let each: Command | null = command; each; each = each.parent) {
    const found = each.options.find((option) => option.long === flag || option.short === flag);
    if (found) return found;
  }
  return null;
}

function optionsOf(command: Command): Candidate[] {
  const help = command.createHelp();
  const all = [...help.visibleOptions(command), ...(command.parent ? (rootOf(command).options as Option[]) : [])];
  return all.flatMap((option) => (option.long ? [{ value: option.long, description: option.description }] : []));
}

function rootOf(command: Command): Command {
  return command.parent ? rootOf(command.parent) : command;
}

async function completeOption(option: Option | null, current: string, names: NameSource): Promise<Completion> {
  if (option?.argChoices) return wordsOf(plain(option.argChoices), current);
  switch (option?.long) {
    case "--file":
    case "--token-file":
    case "--token-out":
      return { kind: "files" };
    case "--to":
      return wordsOf(plain(await names.hosts()), current);
    case "--context":
      return wordsOf(plain(await names.contexts()), current);
    case "--revision":
      return wordsOf(plain(await names.revisions()), current);
    default:
      return { kind: "words", words: [] };
  }
}

async function completeArgument(place: Place, current: string, names: NameSource): Promise<Completion> {
  const { command, positionals } = place;
  const argument: Argument | undefined = command.registeredArguments[positionals.length];
  if (!argument) return { kind: "words", words: [] };
  if (argument.argChoices) return wordsOf(plain(argument.argChoices.filter((word) => isPreferred(command, word))), current);
  switch (argument.name()) {
    case "host":
      return wordsOf(plain(await names.hosts()), current);
    case "router":
      return wordsOf(plain(await names.routers()), current);
    case "router-or-vip":
      return wordsOf(plain(await names.movables()), current);
    case "cluster":
      return wordsOf(plain(await names.clusters()), current);
    case "revision":
    case "from":
    case "to":
      return wordsOf(plain(await names.revisions()), current);
    case "name":
      if (command.parent?.name() === "config") return wordsOf(plain(await names.contexts()), current);
      return wordsOf(plain(await namesOfKind(positionals[0], names)), current);
    default:
      return { kind: "words", words: [] };
  }
}

/** Of the two forms of a kind the one that reads well: `get hosts`, `describe host`. */
function isPreferred(command: Command, word: string): boolean {
  if (!kindNames.includes(word)) return true;
  return (findKind(word) === word) === (command.name() === "get");
}

async function namesOfKind(kind: string | undefined, names: NameSource): Promise<string[]> {
  return kind !== undefined && kindNames.includes(kind) && findKind(kind) !== "events" ? names.ofKind(kind) : [];
}

function plain(values: readonly string[]): Candidate[] {
  return values.map((value) => ({ value, description: "" }));
}

function wordsOf(candidates: readonly Candidate[], current: string): Completion {
  return { kind: "words", words: candidates.filter(({ value }) => value.startsWith(current)) };
}
