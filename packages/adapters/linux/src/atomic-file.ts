import { constants } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Writes a file so that it is either the old one or the new one, whole, also after a power cut: temporary file, fsync, rename, fsync of
 * the folder. The mode is the file's from its first byte on, so that a secret is never readable in between. Without an owner it is ours.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
  owner: { readonly uid: number; readonly gid: number } | null = null,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.rackway-new`;
  await rm(temporary, { force: true });
  const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
  try {
    await file.writeFile(content);
    if (owner !== null) await file.chown(owner.uid, owner.gid);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path).catch(async (error: unknown) => {
    // An immutable file is not renamed over: nothing of ours stays beside it.
    await rm(temporary, { force: true });
    throw error;
  });
  await syncFolder(dirname(path));
}

/** Removes a file, and makes that last. No error where it is not there. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncFolder(dirname(path)).catch(() => undefined);
}

/** The file's bytes, or null where there is none. Other errors throw. */
export async function readFileIfAny(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Permission bits of a file, or null where there is none. */
export async function observeFileMode(path: string): Promise<number | null> {
  try {
    return (await stat(path)).mode & 0o7777;
  } catch {
    return null;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
