/** Every broken document, as an operator meets it: `rackway apply` against a real server. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { type PretendCluster, startPretendCluster } from "./pretend-cluster.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = path.resolve(import.meta.dirname, "../broken-documents");
const fixtures = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
let cluster: PretendCluster;

beforeAll(async () => {
  cluster = await startPretendCluster();
});
afterAll(() => cluster.stop());

/** `# expect CODE LINE:COLUMN PATH; …` in the first line, errors and warnings alike. */
function expectations(name: string): { code: string; place: string }[] {
  const first = readFileSync(path.join(folder, name), "utf8").split("\n")[0] ?? "";
  return [...first.matchAll(/([a-z][a-z0-9-]+) (\d+:\d+)/g)].map((match) => ({ code: match[1] ?? "", place: match[2] ?? "" }));
}

test.each(fixtures)("%s: the place, the code and the exit code; no stack; nothing is changed", async (name) => {
  // Documents with warnings alone are accepted, so there may be revisions.
  const history = async (): Promise<unknown> => JSON.parse((await cluster.rackway(["history", "-o", "json"])).out);
  const before = await history();
  const { code, out, err } = await cluster.rackway(["apply", "-f", name, "--no-wait"], { cwd: folder });
  const expected = expectations(name);
  expect(expected.length).toBeGreaterThan(0);
  for (const issue of expected) expect(err).toMatch(new RegExp(`^${name}:${issue.place}: (error|warning)\\[${issue.code}\\]: `, "m"));
  expect(err).not.toMatch(/^\s+at .*:\d+/m);
  if (!err.includes("error[")) return;
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(await history()).toEqual(before);
});
