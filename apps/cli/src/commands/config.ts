import { resolve } from "node:path";
import type { Command } from "commander";
import { parseServerAddress } from "@rackway/api-client";
import { type ConfigFile, configPath, type ContextConfig, readConfig, withoutSecrets, writeConfig } from "../config-file.ts";
import { cliFailure, nameFailure, usageFailure } from "../failure.ts";
import { type Format, outputOption, printValue, renderRows } from "../output.ts";
import type { Session } from "../session.ts";
import { teach } from "../teach.ts";

interface SetOptions {
  server?: string;
  tokenFile?: string;
  tokenStdin: boolean;
  use: boolean;
}

/** `config`: installations by name, so that addresses and token files are typed once. */
export function registerConfig(program: Command, session: Session): void {
  const config = program
    .command("config")
    .helpCommand(false)
    .summary("name the servers that you talk to")
    .description(
      "Contexts: servers by name, in ~/.config/rackway/config.yaml (or $RACKWAY_CONFIG). Flags and environment variables win over a context.",
    );
  teach(config, [
    ["rackway config set dc1 --server https://rackway.dc1.example --token-file ~/.dc1-token --use", "a context, taken from now on"],
    ["rackway --context dc2 get hosts", "another one, once"],
  ]);
  const view = config
    .command("view")
    .summary("show the contexts, without secrets")
    .description("Shows the contexts and which one is taken. Tokens are never shown.")
    .addOption(outputOption())
    .action(async (_, command: Command) => runView(session, command));
  teach(view, [
    ["rackway config view", "which servers have a name, and which is taken"],
    ["rackway config view -o yaml", "the whole file, tokens hidden"],
  ]);
  registerSet(config, session);
  const use = config
    .command("use-context")
    .summary("choose the context to take from now on")
    .description("Chooses the context that commands take when neither a flag nor the environment names a server.")
    .argument("<name>", "a context")
    .action(async (name: string) => runUse(session, name));
  teach(use, [
    ["rackway config use-context dc1", "talk to dc1 from now on"],
    ["rackway config use-context lab && rackway status", "and look"],
  ]);
  const remove = config
    .command("delete")
    .summary("forget a context")
    .description("Forgets a context. Its token file stays.")
    .argument("<name>", "a context")
    .action(async (name: string) => runDelete(session, name));
  teach(remove, [
    ["rackway config delete dc1", "forget dc1"],
    ["rackway config delete lab", "forget a lab that is gone"],
  ]);
}

function registerSet(config: Command, session: Session): void {
  // `--server` and `--token-file` are the program's own: they mean here what they mean everywhere.
  const set = config
    .command("set")
    .summary("make or change a context")
    .description("Makes or changes a context from --server and --token-file. What is not given stays as it is.")
    .argument("<name>", "a context, new or known")
    .option("--token-stdin", "read the token itself from standard input and keep it in the file, which only you can read", false)
    .option("--use", "take this context from now on", false)
    .action(async (name: string, _, command: Command) => runSet(session, command, name));
  teach(set, [
    [
      "rackway config set dc1 --server https://rackway.dc1.example --token-file /etc/rackway/admin-token --use",
      "a server and where its token lies",
    ],
    ["pass show dc1-token | rackway config set dc1 --token-stdin", "keep the token itself; it never stands in an argument list"],
  ]);
}

async function runView(session: Session, command: Command): Promise<void> {
  const { output } = command.opts<{ output: Format }>();
  const config = await readConfig(session.io);
  printValue(session.io, output, withoutSecrets(config), (isWide) => renderContexts(session, config, isWide));
}

function renderContexts(session: Session, config: ConfigFile, isWide: boolean): string {
  const rows = Object.entries(config.contexts).map(([name, context]) => ({ name, context }));
  return renderRows(
    session.io,
    [
      { title: "CONTEXT", cell: ({ name }) => `${name}${name === config.currentContext ? " *" : ""}` },
      { title: "SERVER", cell: ({ context }) => context.server ?? "(default)" },
      { title: "TOKEN", cell: ({ context }) => context.tokenFile ?? (context.token === undefined ? "-" : "(in the file, hidden)") },
    ],
    rows,
    isWide,
    `There is no context in ${configPath(session.io)}.`,
  );
}

async function runSet(session: Session, command: Command, name: string): Promise<void> {
  if (!/^[A-Za-z0-9][\w.-]{0,62}$/.test(name))
    throw usageFailure(`"${name}" is not a name for a context`, "letters, digits, dots and hyphens");
  const options = command.optsWithGlobals<SetOptions>();
  const config = await readConfig(session.io);
  const before: ContextConfig = Object.hasOwn(config.contexts, name) ? (config.contexts[name] ?? {}) : {};
  const after = { ...before };
  if (options.server !== undefined) after.server = parseServerAddress(options.server).text;
  if (options.tokenFile !== undefined && options.tokenStdin) throw usageFailure("--token-file and --token-stdin exclude each other");
  if (options.tokenFile !== undefined) {
    after.tokenFile = resolve(session.io.cwd, options.tokenFile.replace(/^~(?=\/)/, session.io.homeDir));
    delete after.token;
  }
  if (options.tokenStdin) {
    after.token = await readToken(session);
    delete after.tokenFile;
  }
  if (Object.keys(after).length === 0) throw usageFailure("there is nothing to set", "give --server, --token-file or --token-stdin");
  const currentContext = options.use || config.currentContext === null ? name : config.currentContext;
  await writeConfig(session.io, { currentContext, contexts: { ...config.contexts, [name]: after } });
  session.io.stdout.write(
    `Context ${name} is set in ${configPath(session.io)}${currentContext === name ? ", and taken from now on" : ""}.\n`,
  );
}

async function readToken(session: Session): Promise<string> {
  const token = (session.io.stdin.isTty ? ((await session.io.stdin.readLine()) ?? "") : await session.io.stdin.readAll()).trim();
  if (token === "" || /\s/.test(token)) throw cliFailure("usage-invalid", "standard input did not hold one token");
  return token;
}

async function runUse(session: Session, name: string): Promise<void> {
  const config = await readConfig(session.io);
  checkKnown(config, name);
  await writeConfig(session.io, { ...config, currentContext: name });
  session.io.stdout.write(`Context ${name} is taken from now on.\n`);
}

async function runDelete(session: Session, name: string): Promise<void> {
  const config = await readConfig(session.io);
  checkKnown(config, name);
  const contexts = Object.fromEntries(Object.entries(config.contexts).filter(([each]) => each !== name));
  await writeConfig(session.io, { currentContext: config.currentContext === name ? null : config.currentContext, contexts });
  session.io.stdout.write(`Context ${name} is forgotten.\n`);
}

function checkKnown(config: ConfigFile, name: string): void {
  if (!Object.hasOwn(config.contexts, name)) throw nameFailure("context", name, Object.keys(config.contexts));
}
