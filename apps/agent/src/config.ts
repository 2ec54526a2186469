import { readFile } from "node:fs/promises";

import { parseServerAddress } from "@rackway/api-client";
import { rackwayError } from "@rackway/errors";
import { parse } from "yaml";
import { z } from "zod";

/** `/etc/rackway/agent.yaml`. */
const agentConfigSchema = z.strictObject({
  /** `http://…`, `https://…` or `unix:///…`. */
  server: z.string().min(1),
  /** This host's name in the document. */
  host: z.string().min(1),
  /** File that holds this host's token, readable by root alone. */
  tokenFile: z.string().default("/etc/rackway/token"),
  /** PEM file of the authority that signed the server's certificate. */
  certificateAuthorityFile: z.string().optional(),
});

export type AgentConfig = z.output<typeof agentConfigSchema>;

/** Parses the text of `agent.yaml`. Throws `agent-config-invalid`, which names file and field. */
export function parseAgentConfig(file: string, text: string): AgentConfig {
  let content: unknown;
  try {
    content = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw rackwayError("agent-config-invalid", { file, reason: (error as Error).message.split("\n")[0] ?? "not YAML" });
  }
  const parsed = agentConfigSchema.safeParse(content);
  if (parsed.success) return withUsableServer(file, parsed.data);
  const [first] = parsed.error.issues;
  const reason = first === undefined ? "not understood" : `${first.path.join(".") || "the whole file"}: ${first.message}`;
  throw rackwayError("agent-config-invalid", { file, reason });
}

function withUsableServer(file: string, config: AgentConfig): AgentConfig {
  try {
    parseServerAddress(config.server);
    return config;
  } catch (error) {
    throw rackwayError("agent-config-invalid", { file, reason: `server: ${(error as Error).message}` });
  }
}

/** Reads the configuration. Throws `agent-config-invalid`. */
export async function readAgentConfig(file: string): Promise<AgentConfig> {
  return parseAgentConfig(file, await readText(file));
}

/** The host's token; its file may come later than the agent. Null: no such file, or an empty one. */
export async function readToken(file: string): Promise<string | null> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.trim() === "" ? null : text.trim();
}

/**
 * The server's authority as PEM; undefined: none is named, so the system's count. Throws `agent-config-invalid`: a file that is named is
 * needed.
 */
export async function readCertificateAuthority({ certificateAuthorityFile: file }: AgentConfig): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = await readText(file);
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw rackwayError("agent-config-invalid", { file, reason: "it holds no certificate (PEM)" });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw rackwayError("agent-config-invalid", { file, reason: (error as Error).message });
  }
}
