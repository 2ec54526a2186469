import { doctorCommand } from "./command-doctor.ts";
import { runAgent } from "./command-run.ts";
import { showStatus } from "./command-status.ts";
import { RackwayError } from "@rackway/errors";

import { hostPaths } from "./paths.ts";
import { purgeCommand } from "./command-purge.ts";
import { agentVersion } from "./version.ts";

const help = `Usage: rackway agent COMMAND

The agent makes one host what the cluster document says: bridges, routes, kernel parameters, Corosync and Pacemaker.

Commands:
  run              run in the foreground, as the init system does; logs to standard output, one JSON object a line
  status           what the agent of this host sees: works without the server
  doctor           examine this host, as JSON: \`rackway doctor\` says it in words
  purge [--yes]    take everything of Rackway away from this host, and put back what was there before;
                   works without the server and with the agent dead. Keeps ${hostPaths.config} and the token.

Options:
  --config FILE    instead of ${hostPaths.config}
  -h, --help       this text
  --version        the version

Examples:
  rackway agent status
  rackway agent purge --yes
`;

/** Exit codes: 0 done, 1 failed, 2 wrong usage. */
async function main(argv: readonly string[]): Promise<number> {
  const options = parseArguments(argv);
  if (options.kind === "wrong") {
    process.stderr.write(`rackway agent: ${options.reason}\nTry: rackway agent --help\n`);
    return 2;
  }
  if (options.kind === "text") {
    process.stdout.write(options.text);
    return 0;
  }
  const paths = { ...hostPaths, config: options.config };
  switch (options.command) {
    case "run":
      return runAgent(paths);
    case "status":
      return showStatus(paths);
    case "doctor":
      return doctorCommand(paths);
    case "purge":
      return purgeCommand(paths, options.yes);
  }
}

const commands = ["run", "status", "doctor", "purge"] as const;
type Command = (typeof commands)[number];
type Options =
  | { readonly kind: "command"; readonly command: Command; readonly config: string; readonly yes: boolean }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "wrong"; readonly reason: string };

function parseArguments(argv: readonly string[]): Options {
  let command: Command | null = null;
  let config = hostPaths.config;
  let yes = false;
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? "";
    if (word === "-h" || word === "--help") return { kind: "text", text: help };
    if (word === "--version") return { kind: "text", text: `${agentVersion}\n` };
    if (word === "--yes" || word === "-y") yes = true;
    else if (word === "--config" && argv[index + 1] !== undefined) config = argv[++index] ?? config;
    else if (command === null && isCommand(word)) command = word;
    else return { kind: "wrong", reason: `"${word}" is not understood` };
  }
  return command === null ? { kind: "wrong", reason: "which command?" } : { kind: "command", command, config, yes };
}

function isCommand(word: string): word is Command {
  return commands.some((command) => command === word);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof RackwayError)) throw error;
  process.stderr.write(`rackway agent: error[${error.code}]: ${error.message}\n${error.hint === null ? "" : `  ${error.hint}\n`}`);
  process.exitCode = error.exitCode;
}
