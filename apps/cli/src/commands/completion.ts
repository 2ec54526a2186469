import { script } from "@bomb.sh/tab";
import { type ApiClient, createApiClient } from "@rackway/api-client";
import { Argument, type Command } from "commander";
import { bashCompletionScript } from "../completion-bash.ts";
import { completeWords, type NameSource, typedGlobals } from "../completion.ts";
import { readConfig } from "../config-file.ts";
import { resolveConnection } from "../connection.ts";
import { findKind } from "../kinds.ts";
import type { Io } from "../io.ts";
import type { Session } from "../session.ts";
import { teach } from "../teach.ts";

/** Directives of the completion protocol (Cobra's, which @bomb.sh/tab's scripts speak): 4 keeps the shell from offering files. */
const noFiles = 4;

/** A shell waits with an unresponsive prompt: better no names than late ones. */
const lookUpTimeoutMs = 1500;

/** `completion SHELL`: a script for the shell, which asks `rackway complete -- WORDS…` at every Tab. */
export function registerCompletion(program: Command, session: Session): void {
  const completion = program
    .command("completion")
    .summary("print a completion script for bash, zsh or fish")
    .description(
      "Prints a completion script. It completes commands, flags, and the names of hosts, routers and more, which it asks of the server.",
    )
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]))
    .action((shell: string) => session.io.stdout.write(renderScript(shell)));
  teach(completion, [
    ["source <(rackway completion bash)", "in ~/.bashrc; for zsh likewise in ~/.zshrc"],
    ["rackway completion fish > ~/.config/fish/completions/rackway.fish", "for fish, once"],
  ]);
}

function renderScript(shell: string): string {
  if (shell === "bash") return bashCompletionScript;
  // `script` prints; this takes what it prints.
  const lines: string[] = [];
  const print = console.log;
  console.log = (text: string) => void lines.push(text);
  try {
    script(shell, "rackway", "rackway");
  } finally {
    console.log = print;
  }
  return `${lines.join("\n")}\n`;
}

/** `rackway complete -- WORDS…`, for the scripts. Never fails and never says anything else: a prompt is no place for errors. */
export async function runComplete(io: Io, program: Command, words: readonly string[]): Promise<void> {
  const lookUp = nameSource(io, typedGlobals(program, words));
  try {
    const completion = await completeWords(program, words, lookUp.names);
    if (completion.kind === "files") io.stdout.write(":0\n");
    else io.stdout.write(`${completion.words.map(({ value, description }) => `${value}\t${description}\n`).join("")}:${noFiles}\n`);
  } finally {
    lookUp.close();
  }
}

function nameSource(io: Io, flags: Record<string, string>): { names: NameSource; close: () => void } {
  let api: ApiClient | null = null;
  const ask = async <Answer>(question: (api: ApiClient) => Promise<Answer>, read: (answer: Answer) => string[]): Promise<string[]> => {
    try {
      if (api === null) {
        const { server, token } = await resolveConnection(io, flags);
        api = createApiClient({ server, token: token ?? undefined, timeoutMs: lookUpTimeoutMs });
      }
      return read(await question(api));
    } catch {
      return [];
    }
  };
  const named = (list: { items: { name: string }[] }): string[] => list.items.map((item) => item.name);
  const names: NameSource = {
    hosts: () => ask((client) => client.hosts(), named),
    routers: () => ask((client) => client.routers(), named),
    movables: async () => [
      ...(await ask((client) => client.routers(), named)),
      ...(await ask(
        (client) => client.vips(),
        ({ items }) => items.flatMap(({ name, mode, router }) => (mode !== "anycast" && router === null ? [name] : [])),
      )),
    ],
    revisions: () =>
      ask(
        (client) => client.revisions(),
        (list) => list.revisions.map((each) => String(each.revision)).reverse(),
      ),
    clusters: () =>
      ask(
        (client) => client.status(),
        ({ cluster, revision }) => (revision === null ? [] : [cluster]),
      ),
    contexts: () =>
      readConfig(io).then(
        (config) => Object.keys(config.contexts),
        () => [],
      ),
    ofKind: (kind) => {
      switch (findKind(kind)) {
        case "hosts":
          return names.hosts();
        case "routers":
          return names.routers();
        case "racks":
          return ask((client) => client.racks(), named);
        case "networks":
          return ask(
            (client) => client.networks(),
            (list) => list.items.map((item) => item.id),
          );
        case "vips":
          return ask((client) => client.vips(), named);
        case "pools":
          return ask((client) => client.pools(), named);
        case "events":
          return Promise.resolve([]);
      }
    },
  };
  return { names, close: () => api?.close() };
}
