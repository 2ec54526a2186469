import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const programs = path.join(import.meta.dirname, "programs");

let staged: { node: string; directory: string } | undefined;

/**
 * Brings the probe programs and a Node.js to where lab hosts can see them: below the machine's /tmp. The directory is named after its
 * contents, so runs share it, and a changed program never meets an old copy.
 */
export function stagePrograms(): { node: string; directory: string } {
  if (staged !== undefined) return staged;
  const hash = createHash("sha256").update(process.version);
  for (const file of readdirSync(programs).toSorted()) hash.update(file).update(readFileSync(path.join(programs, file)));
  const directory = path.join(tmpdir(), `rackway-probes-${hash.digest("hex").slice(0, 16)}`);
  if (!existsSync(directory)) stageInto(directory);
  return (staged = { node: path.join(directory, "node"), directory });
}

function stageInto(directory: string): void {
  const draft = mkdtempSync(`${directory}.`);
  cpSync(programs, draft, { recursive: true });
  writeFileSync(path.join(draft, "package.json"), JSON.stringify({ type: "module", private: true }));
  try {
    linkSync(process.execPath, path.join(draft, "node"));
  } catch {
    cpSync(process.execPath, path.join(draft, "node"));
  }
  mkdirSync(path.dirname(directory), { recursive: true });
  try {
    renameSync(draft, directory);
  } catch {
    rmSync(draft, { recursive: true });
    if (!existsSync(directory)) throw new Error(`cannot stage the probe programs in ${directory}`);
  }
}
