import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { gzipSync } from "node:zlib";

/** One file of the built UI, as it goes out. */
export interface WebFile {
  readonly body: Buffer;
  /** Null: it would not be smaller. */
  readonly gzipped: Buffer | null;
  readonly type: string;
  readonly etag: string;
  /** Its name holds a digest of its content: it never changes. */
  readonly isImmutable: boolean;
}

/** By path below `/`: `index.html`, `assets/app-1a2b3c4d.js`. */
export type WebFiles = ReadonlyMap<string, WebFile>;

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * The whole UI in memory, packed once: it is about a megabyte, and a name that is not in the map cannot leave the folder. Null: it was not built.
 */
export function readWebFiles(directory: string): WebFiles | null {
  if (!existsSync(join(directory, "index.html"))) return null;
  const entries = readdirSync(directory, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.flatMap((entry) => {
      const type = types[extname(entry.name)];
      const path = join(entry.parentPath, entry.name);
      const name = relative(directory, path).split(sep).join("/");
      return type === undefined ? [] : [[name, readWebFile(path, name, type)] as const];
    }),
  );
}

function readWebFile(path: string, name: string, type: string): WebFile {
  const body = readFileSync(path);
  const gzipped = gzipSync(body, { level: 9 });
  return {
    body,
    gzipped: gzipped.length < body.length ? gzipped : null,
    type,
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
    isImmutable: name.startsWith("assets/"),
  };
}
