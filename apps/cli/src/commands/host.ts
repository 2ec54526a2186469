import { type FileHandle, open, rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { cliFailure } from "../failure.ts";
import type { Session } from "../session.ts";
import { teach } from "../teach.ts";

/** `host enroll`: what an agent needs to come to the server. */
export function registerHost(program: Command, session: Session): void {
  const host = program.command("host").helpCommand(false).summary("enroll hosts").description("Brings hosts and the server together.");
  teach(host, [
    ["rackway host enroll ctl-a1 --token-out ctl-a1.token", "a token for the agent of ctl-a1"],
    ["rackway host enroll ctl-a1 | ssh ctl-a1 'umask 077; cat > /etc/rackway/token'", "straight to the host"],
  ]);
  const enroll = host
    .command("enroll")
    .summary("make a token for a host's agent")
    .description(
      "Makes a new token for the agent of a host, in the document or not yet; an older one ends at once. The server keeps only its hash, so it is shown this once: on standard output, or in a file that only you can read.",
    )
    .argument("<host>", "the host")
    .option("--token-out <file>", "write the token to this new file (mode 0600), not to standard output")
    .action(async (name: string, _, command: Command) => runEnroll(session, command, name));
  teach(enroll, [
    ["rackway host enroll ctl-a1 --token-out ctl-a1.token", "into a file"],
    ["rackway host enroll ctl-a1 | ssh ctl-a1 'umask 077; cat > /etc/rackway/token'", "straight to the host"],
  ]);
}

async function runEnroll(session: Session, command: Command, name: string): Promise<void> {
  const { tokenOut } = command.opts<{ tokenOut?: string }>();
  const api = await session.connect(command);
  const hosts = (await api.hosts()).items.map((host) => host.name);
  // A host may be enrolled before a document names it; but a typing error should not go unseen.
  if (!hosts.includes(name)) session.note(`note: ${name} is in no document yet`);
  if (tokenOut === undefined) {
    const { token } = await api.createHostToken(name);
    session.io.stdout.write(`${token}\n`);
    return;
  }
  const path = resolve(session.io.cwd, tokenOut);
  // The file first: a new token ends the old one, so it must have a place to go.
  const file = await openNew(path);
  try {
    const { token } = await api.createHostToken(name);
    await file.writeFile(`${token}\n`);
    await file.close();
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
  session.io.stdout.write(`The token of ${name} is in ${path}.\n`);
}

async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, "wx", 0o600);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === "EEXIST" ? "it exists already" : (error as Error).message;
    throw cliFailure("file-unreadable", `cannot write ${path}: ${reason}`, { cause: error });
  }
}
