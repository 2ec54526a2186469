import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { RackwayError, rackwayError } from "@rackway/errors";
import { usageFailure } from "./failure.ts";
import type { Io } from "./io.ts";
import type { SourceFile } from "./issue-text.ts";

const documentName = /\.(ya?ml|json)$/i;

/** What more than any document is: refused before it is read into memory. */
const fileLimitBytes = 16 * 1024 * 1024;

/**
 * The documents behind `-f`: files, directories (their *.yaml, *.yml and *.json, in name order, not deeper) and `-` for standard
 * input. Names stay as they were typed, so that errors point where the operator looks.
 */
export async function readDocumentFiles(io: Io, paths: readonly string[]): Promise<SourceFile[]> {
  if (paths.filter((path) => path === "-").length > 1) throw usageFailure("-f - was given twice; standard input can be read once");
  const groups: SourceFile[][] = [];
  for (const path of paths) groups.push(await readOne(io, path));
  const files = groups.flat();
  const twice = files.find(
    (file, index) => files.findIndex((other) => resolve(io.cwd, other.name) === resolve(io.cwd, file.name)) !== index,
  );
  if (twice) throw usageFailure(`${twice.name} was given twice`);
  return files;
}

async function readOne(io: Io, path: string): Promise<SourceFile[]> {
  if (path === "-") return [{ name: "<stdin>", text: await io.stdin.readAll() }];
  const full = resolve(io.cwd, path);
  try {
    const info = await stat(full);
    if (!info.isDirectory()) return [await readFileOf(path, full, info.size)];
    const names = (await readdir(full)).filter((name) => documentName.test(name) && !name.startsWith(".")).sort();
    if (names.length === 0)
      throw rackwayError("file-unreadable", { file: path, reason: "the directory holds no *.yaml, *.yml or *.json file" });
    return await Promise.all(
      names.map(async (name) => readFileOf(join(path, name), join(full, name), (await stat(join(full, name))).size)),
    );
  } catch (error) {
    if (error instanceof RackwayError) throw error;
    throw rackwayError("file-unreadable", { file: path, reason: reasonOf(error as NodeJS.ErrnoException) }, { cause: error });
  }
}

async function readFileOf(name: string, full: string, size: number): Promise<SourceFile> {
  if (size > fileLimitBytes)
    throw rackwayError("file-unreadable", {
      file: name,
      reason: `it has ${Math.round(size / 1024 / 1024)} MiB, and no document is that large`,
    });
  const bytes = await readFile(full);
  try {
    return { name, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    throw rackwayError("file-unreadable", { file: name, reason: "it is not UTF-8 text" }, { cause: error });
  }
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "there is no such file";
  if (error.code === "EACCES") return "it is not readable for you";
  if (error.code === "EISDIR") return "it is a directory";
  return error.message;
}
