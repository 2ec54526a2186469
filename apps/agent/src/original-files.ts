import { createHash } from "node:crypto";

import type { CommandRunner } from "@rackway/linux";
import { observeFileMode, readFileIfAny, removeFile, writeFileAtomic } from "@rackway/linux";

import type { OriginalsFile } from "./originals-file.ts";

/** dpkg knows the digest of every configuration file as it was shipped (dpkg-query(1), `Conffiles`): nobody's work is in such a file. */
export async function isPackageDefault(run: CommandRunner, packageName: string, path: string, content: string): Promise<boolean> {
  const { stdout } = await run(["dpkg-query", "--show", "--showformat=${Conffiles}", packageName]);
  const line = stdout.split("\n").find((text) => text.trim().startsWith(`${path} `));
  return line?.trim().split(" ")[1] === createHash("md5").update(content).digest("hex");
}

/** Keeps what the file holds before Rackway writes it, once. */
export async function rememberFile(file: OriginalsFile, path: string): Promise<void> {
  const [content, mode] = await Promise.all([readFileIfAny(path), observeFileMode(path)]);
  if (content === null) return;
  const originals = await file.load();
  if (Object.hasOwn(originals.files, path)) return;
  const saved = { mode: mode ?? 0o644, content: content.toString("base64") };
  await file.save({ ...originals, files: { ...originals.files, [path]: saved } });
}

/** As it was before Rackway; no file, where there was none. */
export async function restoreFile(file: OriginalsFile, path: string): Promise<void> {
  const originals = await file.load();
  const saved = originals.files[path];
  if (saved === undefined) await removeFile(path);
  else await writeFileAtomic(path, Buffer.from(saved.content, "base64"), saved.mode);
  await file.save({ ...originals, files: Object.fromEntries(Object.entries(originals.files).filter(([name]) => name !== path)) });
}
