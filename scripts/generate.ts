/** Writes every generated file (see generators.ts); says which ones changed. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { generatedFiles } from "./generators.ts";

const root = path.dirname(import.meta.dirname);

for (const file of generatedFiles) {
  const target = path.join(root, file.path);
  const text = await file.render();
  const before = await readFile(target, "utf8").catch(() => null);
  if (before !== text) {
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  }
  console.log(`${before === text ? "as it was" : "written  "}  ${file.path}`);
}
