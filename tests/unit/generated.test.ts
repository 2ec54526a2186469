import { readFile } from "node:fs/promises";
import path from "node:path";

import { describe, expect, test } from "vitest";

import { generatedFiles } from "../../scripts/generators.ts";

const root = path.resolve(import.meta.dirname, "../..");

describe("generated files are what their generators make now", () => {
  test.each(generatedFiles.map((file) => [file.path, file] as const))("%s", async (name, file) => {
    const kept = await readFile(path.join(root, name), "utf8");
    const difference = firstDifference(kept, await file.render());
    expect(difference, "run: npm run generate").toBeNull();
  });

  test("and a difference is found and shown by its first line, not by thousands", () => {
    expect(firstDifference("a\nb\nc", "a\nB\nc")).toEqual({ line: 2, kept: "b", made: "B" });
    expect(firstDifference("a", "a\n")).toEqual({ line: 2, kept: null, made: "" });
    expect(firstDifference("a\n", "a\n")).toBeNull();
  });
});

interface Difference {
  readonly line: number;
  readonly kept: string | null;
  readonly made: string | null;
}

function firstDifference(kept: string, made: string): Difference | null {
  if (kept === made) return null;
  const [left, right] = [kept.split("\n"), made.split("\n")];
  const index = Array.from({ length: Math.max(left.length, right.length) }, (_, at) => at).findIndex((at) => left[at] !== right[at]);
  return { line: index + 1, kept: left[index] ?? null, made: right[index] ?? null };
}
