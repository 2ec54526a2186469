/** No dead errors: every code of the catalogue is given somewhere in the sources. The compiler holds the reverse. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";

import { catalogue } from "@rackway/errors";
import { expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");

test("every code is given by some source", () => {
  const sources = globSync("{packages/*/*,apps/*}/src/**/*.{ts,tsx}", { cwd: root })
    .filter((file) => !/\.test\.tsx?$|catalogue[^/]*\.ts$/.test(file))
    .map((file) => readFileSync(path.join(root, file), "utf8"))
    .join("\n");
  expect(Object.keys(catalogue).filter((code) => !sources.includes(`"${code}"`))).toEqual([]);
});
