import { readFile } from "node:fs/promises";

import type { PostgresOptions } from "@rackway/store";

/** Why this is no address of a PostgreSQL; null: it is one. The text goes to the terminal and says nothing secret. */
export function databaseUrlFault(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : URL.canParse(withHost(text)) ? new URL(withHost(text)) : null;
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) return "Write postgresql://USER@HOST:PORT/DATABASE.";
  return null;
}

/** An argument list is everybody's to read (proc(5)); an environment is its owner's. */
export function hasPassword(text: string): boolean {
  const url = new URL(URL.canParse(text) ? text : withHost(text));
  return url.password !== "" || [...url.searchParams.keys()].some((name) => name.toLowerCase() === "password");
}

/** What the server is to open. Throws when the password's file cannot be read or is empty. */
export async function databaseOptions(url: string, passwordFile: string | undefined): Promise<PostgresOptions> {
  if (passwordFile === undefined) return { url };
  const password = (await readFile(passwordFile, "utf8")).replace(/\r?\n$/, "");
  if (password === "") throw new Error(`${passwordFile} holds no password`);
  return { url, password };
}

/** `postgresql://rackway@/rackway?host=/run/postgresql` has no host, which URLs do not know. */
function withHost(text: string): string {
  return text.replace("@/", "@localhost/");
}
