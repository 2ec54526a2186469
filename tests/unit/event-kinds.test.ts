/** No grave kind of event that nobody writes: a typing error there would hide a failover from `get events --min-severity warning`. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";

import { kindsFrom } from "@rackway/schema";
import { expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");

test("every grave kind is written by agent or server", () => {
  const sources = globSync("apps/{agent,server}/src/**/*.ts", { cwd: root })
    .filter((file) => !file.endsWith(".test.ts"))
    .map((file) => readFileSync(path.join(root, file), "utf8"))
    .join("\n");
  const unwritten = (kindsFrom("warning") ?? []).filter((kind) => !sources.includes(`"${kind}"`));
  // These two are put together of `agent-` and a word.
  expect(unwritten).toEqual(["agent-absent", "agent-stale"]);
  expect(sources).toContain("`agent-${now}`");
});
