import description from "../../package.json" with { type: "json" };
import type { Command } from "commander";
import { type Format, outputOption, printValue } from "../output.ts";
import type { Session } from "../session.ts";
import { teach } from "../teach.ts";

/** The command line's own version, semver. */
export const cliVersion: string = description.version;

/** `version`: ours, and the server's where it answers. */
export function registerVersion(program: Command, session: Session): void {
  const command = program
    .command("version")
    .summary("show the versions of the command line and the server")
    .description("Shows the version of this command line, and of the server if it answers. Exits 0 also when it does not.")
    .addOption(outputOption())
    .action(async (_, self: Command) => runVersion(session, self));
  teach(command, [
    ["rackway version", "what is installed here, and there"],
    ["rackway version -o json | jq -r .server.version", "the server's version, for a script"],
  ]);
}

async function runVersion(session: Session, command: Command): Promise<void> {
  const { output } = command.opts<{ output: Format }>();
  const api = await session.connect(command);
  const { server, error } = await api.health().then(
    (health) => ({ server: health, error: null }),
    (reason: unknown) => ({ server: null, error: reason instanceof Error ? reason.message : String(reason) }),
  );
  printValue(session.io, output, { client: { version: cliVersion }, server: server === null ? null : { version: server.version } }, () => {
    const there = server === null ? `does not answer: ${error ?? ""}` : server.version;
    return `rackway ${cliVersion}\nserver  ${there}\n`;
  });
}
