import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { type RackwayError, rackwayError } from "@rackway/errors";
import { cliFailure } from "./failure.ts";
import type { Io } from "./io.ts";

/** One installation that the command line talks to. A token in the file itself is allowed; the file is then for its owner alone. */
export interface ContextConfig {
  server?: string;
  tokenFile?: string;
  token?: string;
}

export interface ConfigFile {
  currentContext: string | null;
  contexts: Record<string, ContextConfig>;
}

const contextKeys = ["server", "tokenFile", "token"] as const;

/** `$RACKWAY_CONFIG`, else `$XDG_CONFIG_HOME/rackway/config.yaml`, else `~/.config/rackway/config.yaml`. */
export function configPath(io: Io): string {
  return io.env.RACKWAY_CONFIG || join(io.env.XDG_CONFIG_HOME || join(io.homeDir, ".config"), "rackway", "config.yaml");
}

/** The configuration; empty where there is no file. Throws `config-invalid`, which names the file when it cannot be understood. */
export async function readConfig(io: Io): Promise<ConfigFile> {
  const path = configPath(io);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { currentContext: null, contexts: {} };
    throw cliFailure("config-invalid", `cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
  return parseConfig(text, path);
}

export function parseConfig(text: string, path: string): ConfigFile {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 }) ?? {};
  } catch (error) {
    throw broken(path, (error as Error).message.split("\n")[0] ?? "", error);
  }
  if (!isRecord(value)) throw broken(path, "it is not a mapping");
  const { currentContext = null, contexts = {}, ...rest } = value;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) throw broken(path, `"${unknown}" is not one of currentContext, contexts`);
  if (currentContext !== null && typeof currentContext !== "string") throw broken(path, "currentContext is not a name");
  if (!isRecord(contexts)) throw broken(path, "contexts is not a mapping of names");
  const parsed = Object.entries(contexts).map(([name, context]) => [name, parseContext(name, context, path)] as const);
  return { currentContext, contexts: Object.fromEntries(parsed) };
}

function parseContext(name: string, value: unknown, path: string): ContextConfig {
  if (!isRecord(value)) throw broken(path, `context "${name}" is not a mapping`);
  for (const [key, item] of Object.entries(value)) {
    if (!contextKeys.some((known) => known === key))
      throw broken(path, `context "${name}" has "${key}", not one of ${contextKeys.join(", ")}`);
    if (typeof item !== "string") throw broken(path, `context "${name}": ${key} is not text`);
  }
  return value;
}

/** Writes the file whole or not at all, readable by its owner alone. */
export async function writeConfig(io: Io, config: ConfigFile): Promise<void> {
  const path = configPath(io);
  const draft = `${path}.${process.pid}.new`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(draft, renderConfig(config), { mode: 0o600 });
    await chmod(draft, 0o600);
    await rename(draft, path);
  } catch (error) {
    throw cliFailure("config-invalid", `cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
}

export function renderConfig(config: ConfigFile): string {
  return stringify({ ...(config.currentContext === null ? {} : { currentContext: config.currentContext }), contexts: config.contexts });
}

/** The same configuration with every token hidden, for showing. */
export function withoutSecrets(config: ConfigFile): ConfigFile {
  const contexts = Object.entries(config.contexts).map(
    ([name, context]) => [name, context.token === undefined ? context : { ...context, token: "(hidden)" }] as const,
  );
  return { ...config, contexts: Object.fromEntries(contexts) };
}

function broken(path: string, reason: string, cause?: unknown): RackwayError {
  return rackwayError("config-invalid", { file: path, reason }, { cause });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
