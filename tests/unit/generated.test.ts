import { readFile } from "node:fs/promises";
import path from "node:path";

import { describe, expect, test } from "vitest";

import { generatedFiles } from "../../scripts/generators.ts";

const root = path.resolve(import.meta.dirname, "../..");

describe("generated files are what their generators make now (npm run generate)", () => {
  test.each(generatedFiles.map((file) => [file.path, file] as const))("%s", async (name, file) => {
    const kept = await readFile(path.join(root, name), "utf8");
    expect(kept).toBe(await file.render());
  });
});
