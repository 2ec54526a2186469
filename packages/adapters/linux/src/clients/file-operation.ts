import { constants } from "node:fs";
import { mkdir, open, rename, rm, rmdir, symlink } from "node:fs/promises";

import { removeFile, writeFileAtomic } from "../atomic-file.ts";

/** One change of a file, folder or symbolic link. */
export type FileOperation =
  | {
      readonly do: "write";
      readonly path: string;
      readonly bytes: Buffer;
      readonly mode: number;
      /** Numbers, as chown(2) takes them. */
      readonly owner: FileOwner;
      /** Into the file that is there, which cannot be renamed over. For an instant it is neither the old one nor the new one. */
      readonly inPlace: boolean;
    }
  | { readonly do: "link"; readonly path: string; readonly target: string }
  | { readonly do: "remove"; readonly path: string }
  | { readonly do: "make-folder"; readonly path: string }
  /** Only when it is empty. */
  | { readonly do: "remove-folder"; readonly path: string };

export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

export const rootOwner: FileOwner = { uid: 0, gid: 0 };

/** Throws the system's error: EPERM for an immutable file, EROFS for a read-only file system. */
export async function applyFileOperation(operation: FileOperation): Promise<void> {
  switch (operation.do) {
    case "write":
      if (operation.inPlace) return writeInPlace(operation.path, operation.bytes, operation.mode);
      return writeFileAtomic(operation.path, operation.bytes, operation.mode, operation.owner);
    case "link": {
      const temporary = `${operation.path}.rackway-new`;
      await rm(temporary, { force: true });
      await symlink(operation.target, temporary);
      return rename(temporary, operation.path);
    }
    case "remove":
      return removeFile(operation.path);
    case "make-folder":
      await mkdir(operation.path, { recursive: true });
      return;
    case "remove-folder":
      return rmdir(operation.path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT" && error.code !== "ENOTEMPTY") throw error;
      });
  }
}

/** Writes first and cuts off the rest after: a reader in between sees no empty file. */
async function writeInPlace(path: string, bytes: Buffer, mode: number): Promise<void> {
  const file = await open(path, constants.O_WRONLY);
  try {
    await file.writeFile(bytes);
    await file.truncate(bytes.length);
    if (((await file.stat()).mode & 0o7777) !== mode) await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}
