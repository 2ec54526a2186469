import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { build } from "vite";

/** Builds the web UI, which the server serves at `/`, into dist/web: static files whose names hold their digests. No work when nothing has changed. */
const root = dirname(import.meta.dirname);
const target = join(root, "dist/web");
const stampFile = join(root, "dist/.web-inputs");
const lock = join(root, "dist/.web-lock");

/** Any number of callers at once: one builds, the others wait for it. @returns whether this one has made it */
export async function buildWeb(say: (text: string) => void): Promise<boolean> {
  const inputs = digestInputs();
  const isMade = (): boolean =>
    existsSync(join(target, "index.html")) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === inputs;
  const isBuilt = isMade() ? false : await alone(async () => !isMade() && (await make(inputs, say)));
  if (!isBuilt) say("build: dist/web is up to date");
  return isBuilt;
}

async function make(inputs: string, say: (text: string) => void): Promise<true> {
  const startedAt = performance.now();
  rmSync(stampFile, { force: true });
  await build({ configFile: join(root, "scripts/vite.config.ts"), logLevel: "warn" });
  writeFileSync(stampFile, inputs);
  say(`build: dist/web made in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return true;
}

/** Longer than any build: who made the lock is dead. */
const abandonedMs = 300_000;

/** One process at a time. A folder is the lock: making one succeeds once. */
async function alone<Result>(work: () => Promise<Result>): Promise<Result> {
  mkdirSync(dirname(lock), { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const madeMs = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
      if (Date.now() - madeMs > abandonedMs) rmSync(lock, { recursive: true, force: true });
      await sleep(200);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** Digest of the UI's sources, of the packages that it reaches, and of all that they stand on. */
function digestInputs(): string {
  const hash = createHash("sha256");
  const files = [
    "package-lock.json",
    "scripts/build-web.ts",
    "scripts/vite.config.ts",
    ...["apps/web", "packages/base", "packages/core/api-client"].flatMap(listFiles),
  ];
  for (const file of files.toSorted()) hash.update(`${file}\0${readFileSync(join(root, file), "utf8")}\0`);
  return hash.digest("hex");
}

function listFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules") && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}
