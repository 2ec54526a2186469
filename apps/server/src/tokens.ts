import { createHash, timingSafeEqual } from "node:crypto";
import { chmod, link, mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";

import type { Sources } from "./clock.ts";

/** 256 random bits, with a prefix by which secret scanners find a token that leaked. */
export function makeToken(role: "admin" | "metrics" | "host", sources: Sources): string {
  return `rackway-${role}-${sources.randomBytes(32).toString("base64url")}`;
}

/** What is stored of a token. A token is random in all of its bits, so a plain digest is enough: there is nothing to guess. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Compares digests, in a time that says nothing about where they differ. */
export function hashesEqual(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

/**
 * The token of an administrator, or of a Prometheus: from its file, or made and written there (0600) at the first start. Two servers that start at once agree on one:
 * the file appears whole or not at all, and the second one's `link` fails.
 */
export async function loadToken(path: string, role: "admin" | "metrics", sources: Sources): Promise<string> {
  const present = await readFile(path, "utf8").catch(absent);
  if (present !== null) {
    const token = present.trim();
    if (token.length < 20) throw new Error(`${path} holds no token; delete it, and the server makes a new one`);
    await chmod(path, 0o600);
    return token;
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${sources.randomBytes(8).toString("hex")}`;
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(`${makeToken(role, sources)}\n`);
    await file.sync();
    await file.close();
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(temporary, { force: true });
  }
  return (await readFile(path, "utf8")).trim();
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}
