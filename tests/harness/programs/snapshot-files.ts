import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import path from "node:path";
import type { Snapshot } from "./snapshot.ts";

/** Which files are compared. Patterns are regular expressions on absolute paths. */
export type FileRules = {
  roots: string[];
  /** Not looked at, with all below. */
  ignored: string[];
  /** Must be there with the same type, mode and owner; what they contain changes by itself. */
  contentsVary: string[];
};

export function listFiles(rules: FileRules): Snapshot {
  const [ignored, vary] = [rules.ignored, rules.contentsVary].map((patterns) => patterns.map((pattern) => new RegExp(pattern)));
  const facts: Snapshot = {};
  const visit = (file: string): void => {
    if (ignored!.some((pattern) => pattern.test(file))) return;
    try {
      const stats = lstatSync(file);
      facts[`file: ${file}`] = describe(
        file,
        stats,
        vary!.some((pattern) => pattern.test(file)),
      );
      if (stats.isDirectory()) for (const entry of readdirSync(file).toSorted()) visit(path.join(file, entry));
    } catch (error) {
      // Gone between the listing and the look: then it is not there.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  };
  for (const root of rules.roots) visit(root);
  return facts;
}

function describe(file: string, stats: Stats, isVarying: boolean): string {
  const owner = `${(stats.mode & 0o7777).toString(8)} ${stats.uid}:${stats.gid}`;
  if (stats.isDirectory()) return `directory ${owner}`;
  if (stats.isSymbolicLink()) return `link to ${readlinkSync(file)}`;
  if (!stats.isFile()) return `${stats.isSocket() ? "socket" : stats.isFIFO() ? "pipe" : "device"} ${owner}`;
  if (isVarying) return `file ${owner}`;
  return `file ${owner} ${stats.size} bytes sha256 ${createHash("sha256").update(readFileSync(file)).digest("hex")}`;
}
