import { hostname } from "node:os";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";

import { rackwayError } from "@rackway/errors";
import type { Command } from "commander";

import { usageFailure } from "../failure.ts";
import { Progress } from "../progress.ts";
import type { Session } from "../session.ts";
import type { Gathered } from "../support/bundle.ts";
import { archiveFiles, gather } from "../support/bundle.ts";
import type { HostEyes } from "../support/host-parts.ts";
import { hostParts, ownEyes, secretsHere } from "../support/host-parts.ts";
import { serverParts } from "../support/server-parts.ts";
import { tarOf } from "../support/tar.ts";
import { teach } from "../teach.ts";
import { cliVersion } from "./version.ts";

/** `support-bundle`: all that somebody who is to help must know, in one file, and no secret. */
export function registerSupportBundle(program: Command, session: Session): void {
  const bundle = program
    .command("support-bundle")
    .summary("gather what somebody who helps must know, in one file")
    .description(
      "Writes an archive (tar.gz, mode 0600) with status, documents of the last revisions, history, events, problems, what doctor finds and all versions, asked of the server; run on a host, as root, also how that host looks: links, routes, rules, quorum, Pacemaker, routing. Whichever of the two cannot be asked is left out, and named. No tokens, keys or passwords are in it; names and addresses are.",
    )
    .option("--to <file>", "where to write it; there must be no such file (default: rackway-support-TIME.tar.gz, here)")
    .action(async (_, command: Command) => runSupportBundle(session, command, ownEyes(session.io)));
  teach(bundle, [
    ["rackway support-bundle", "everything that helps, in one file"],
    ["rackway support-bundle --to /tmp/ctl-a1.tar.gz", "as root on a host: with how that host looks"],
  ]);
}

/** Throws why the server could not be asked, where this machine has nothing to tell either. */
export async function runSupportBundle(session: Session, command: Command, eyes: HostEyes): Promise<void> {
  const { io } = session;
  const at = new Date(io.now()).toISOString();
  const folder = `rackway-support-${at.slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const file = resolve(io.cwd, command.opts<{ to?: string }>().to ?? `${folder}.tar.gz`);
  const progress = new Progress(io);
  const onRead = (path: string): void => {
    if (io.stderr.isTty) progress.show(`gathered: ${path}`, io.now());
  };
  let files: ReturnType<typeof archiveFiles>;
  let gathered: Gathered;
  try {
    const isHost = eyes.isHost();
    const server = await gatherFromServer(session, command, isHost, onRead);
    const host = isHost ? await gather(hostParts(io, eyes), onRead) : { files: [], missing: ["host/: this machine has no agent"] };
    gathered = { files: [...server.files, ...host.files], missing: [...server.missing, ...host.missing] };
    const documents = server.files.filter(({ path }) => path.endsWith(".yaml")).map(({ text }) => text);
    const known = [...(isHost ? await secretsHere(eyes, documents) : []), ...session.secrets()];
    const about = `Made by \`rackway support-bundle\` ${cliVersion} on ${hostname()}, ${at}.`;
    files = archiveFiles(folder, gathered, about, known);
  } finally {
    progress.clear();
  }
  await writeNew(file, gzipSync(tarOf(files, io.now())));
  io.stdout.write(`${file}: ${files.length} files. Tokens and keys are not in it; names and addresses are.\n`);
  for (const line of gathered.missing) session.note(`left out: ${line}`);
}

async function gatherFromServer(session: Session, command: Command, isHost: boolean, onRead: (path: string) => void): Promise<Gathered> {
  try {
    return await gather(await serverParts(await session.connect(command)), onRead);
  } catch (error) {
    if (!isHost) throw error;
    return { files: [], missing: [`server/: ${error instanceof Error ? error.message : String(error)}`] };
  }
}

/** Never over another file, and never for others to read. */
async function writeNew(file: string, content: Uint8Array): Promise<void> {
  try {
    await writeFile(file, content, { flag: "wx", mode: 0o600 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw usageFailure(`${file} is there already`, "give another name by --to");
    throw rackwayError("file-unwritable", { file, reason: message }, { cause: error });
  }
}
