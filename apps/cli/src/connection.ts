import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { type ConfigFile, configPath, type ContextConfig, readConfig } from "./config-file.ts";
import { parseServerAddress } from "@rackway/api-client";
import { rackwayError, suggest } from "@rackway/errors";
import { cliFailure, usageFailure } from "./failure.ts";
import type { Io } from "./io.ts";

/** Where the server is and how we prove who we are. The token never comes from the argument list, which all users of a host can read. */
export interface Connection {
  server: string;
  /** Where `server` was found, in words, for messages. */
  serverSource: string;
  /** Null: none was found; the server decides. */
  token: string | null;
  tokenSource: string;
}

export interface ConnectionFlags {
  server?: string;
  tokenFile?: string;
  context?: string;
}

export const defaultServer = "http://127.0.0.1:8080";
export const localTokenFile = "/var/lib/rackway/server/admin-token";
/** The server that `npm start` runs beside the default lab; there only while that runs, so it is looked at first. */
export const labTokenFile = "/run/rackway-lab/default/control-plane/admin-token";

const localTokenFiles = [labTokenFile, localTokenFile];

/**
 * Server: `--server`, `RACKWAY_SERVER`, the context, the default. Token: `--token-file`, `RACKWAY_TOKEN`, the context's, the local
 * server's own file. Throws `server-address-invalid` and `usage-invalid`. A context's token goes to that context's server only, the local file's to the server that wrote it.
 */
export async function resolveConnection(
  io: Io,
  flags: ConnectionFlags,
  ownFiles: readonly string[] = localTokenFiles,
): Promise<Connection> {
  const config = await readConfig(io);
  const context = chooseContext(io, config, flags.context);
  const { server, source, isContexts } = chooseServer(io, flags, context);
  parseServerAddress(server);
  const token = await chooseToken(io, flags, isContexts ? context : null, server, ownFiles);
  return { server, serverSource: source, token: token?.token ?? null, tokenSource: token?.source ?? "no token was found" };
}

interface ChosenContext {
  name: string;
  context: ContextConfig;
}

function chooseContext(io: Io, config: ConfigFile, flag: string | undefined): ChosenContext | null {
  const name = flag ?? config.currentContext;
  if (name === null) return null;
  const context = Object.hasOwn(config.contexts, name) ? config.contexts[name] : undefined;
  if (context) return { name, context };
  const known = Object.keys(config.contexts);
  const near = suggest(name, known);
  throw usageFailure(
    `there is no context "${name}" in ${configPath(io)}`,
    near
      ? `did you mean ${near}?`
      : known.length > 0
        ? `contexts: ${known.join(", ")}`
        : "make one with: rackway config set NAME --server URL",
  );
}

function chooseServer(
  io: Io,
  flags: ConnectionFlags,
  context: ChosenContext | null,
): { server: string; source: string; isContexts: boolean } {
  if (flags.server !== undefined) return { server: flags.server, source: "--server", isContexts: false };
  // A context that is asked for by name wins over the environment.
  if (flags.context === undefined && io.env.RACKWAY_SERVER)
    return { server: io.env.RACKWAY_SERVER, source: "RACKWAY_SERVER", isContexts: false };
  if (context?.context.server !== undefined) {
    return { server: context.context.server, source: `context "${context.name}"`, isContexts: true };
  }
  return { server: defaultServer, source: "the default", isContexts: context !== null };
}

async function chooseToken(
  io: Io,
  flags: ConnectionFlags,
  context: ChosenContext | null,
  server: string,
  ownFiles: readonly string[],
): Promise<{ token: string; source: string } | null> {
  if (flags.tokenFile !== undefined) return readTokenFile(resolve(io.cwd, flags.tokenFile), "--token-file");
  if (flags.context === undefined && io.env.RACKWAY_TOKEN) return { token: io.env.RACKWAY_TOKEN.trim(), source: "RACKWAY_TOKEN" };
  if (context?.context.tokenFile !== undefined) {
    const path = context.context.tokenFile.replace(/^~(?=\/)/, io.homeDir);
    if (!isAbsolute(path)) throw cliFailure("config-invalid", `context "${context.name}": tokenFile ${path} is not an absolute path`);
    return readTokenFile(path, `context "${context.name}"`);
  }
  if (context?.context.token !== undefined) return { token: context.context.token, source: `context "${context.name}"` };
  if (io.env.RACKWAY_TOKEN) return { token: io.env.RACKWAY_TOKEN.trim(), source: "RACKWAY_TOKEN" };
  return readLocalToken(server, ownFiles);
}

async function readTokenFile(path: string, source: string): Promise<{ token: string; source: string }> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason =
      code === "ENOENT" ? "there is no such file" : code === "EACCES" ? "it is not readable for you" : (error as Error).message;
    throw rackwayError("file-unreadable", { file: `the token file ${path} (from ${source})`, reason }, { cause: error });
  }
  const token = text.trim();
  if (token === "" || /\s/.test(token))
    throw cliFailure("file-unreadable", `the token file ${path} (from ${source}) does not hold one token`);
  return { token, source: path };
}

/** The token of the server that runs here; only for that server, whose addresses lie beside its token. */
async function readLocalToken(server: string, ownFiles: readonly string[]): Promise<{ token: string; source: string } | null> {
  for (const file of ownFiles) {
    if (!(await isOwner(file, server))) continue;
    // Absent or not ours to read: the server says what it thinks of us without one.
    const token = await readFile(file, "utf8").then(
      (text) => text.trim(),
      () => "",
    );
    if (token !== "") return { token, source: file };
  }
  return null;
}

async function isOwner(tokenFile: string, server: string): Promise<boolean> {
  const text = await readFile(join(dirname(tokenFile), "addresses"), "utf8").catch(() => defaultServer);
  return text.split("\n").some((line) => line.trim() !== "" && placeOf(line.trim()) === placeOf(server));
}

/** Addresses of one listener on this machine are one place, whichever name it is called by. */
function placeOf(server: string): string {
  const address = parseServerAddress(server);
  if (address.kind === "unix") return `unix ${address.socketPath}`;
  const isHere = ["127.0.0.1", "::1", "localhost", "0.0.0.0", "::"].includes(address.host);
  return `${isHere ? "here" : address.host} ${address.port} ${address.basePath}`;
}
