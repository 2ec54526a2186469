import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

/** What a host gets: complete, executable where it must be, and with nothing of the server in it. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // Starts real programs, on machines that may be busy.
const checkout = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);
let folder: string;

function build(): Promise<{ stderr: string }> {
  return run(join(checkout, "rackway-node"), [join(checkout, "scripts/build.ts"), "--out", folder]);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "rackway-build-"));
  await build();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("dist/host", () => {
  test("has agent, command line and health checker as one file each, their runtime, and what Pacemaker starts", () => {
    const names = readdirSync(folder).filter((name) => !name.startsWith("."));
    const programs = ["fence_rackway", "rackway-guard", "rackway-hasten"];
    expect(names.toSorted()).toEqual(
      ["VERSION", "node", "ocf", "rackway", "rackway-agent.mjs", "rackway-cli.mjs", "rackway-health.mjs", ...programs].toSorted(),
    );
    const agents = readdirSync(join(checkout, "packages/adapters/pacemaker/ocf"));
    expect(readdirSync(join(folder, "ocf")).toSorted()).toEqual(agents.toSorted());
    for (const name of [...agents.map((agent) => `ocf/${agent}`), "rackway", "node", ...programs]) {
      expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o755);
    }
  });

  test("has an agent that needs nothing beside it, and knows nothing of the store", () => {
    const text = readFileSync(join(folder, "rackway-agent.mjs"), "utf8");
    const imported = [...text.matchAll(/^import .*? from "([^"]+)"/gms)].map((match) => match[1] ?? "");
    expect(imported.length).toBeGreaterThan(5);
    expect(imported.filter((name) => !name.startsWith("node:"))).toEqual([]);
    for (const word of ["node:sqlite", "kysely", "Kysely", "fastify"]) expect(text, word).not.toContain(word);
  });

  test("runs as it lies there, without a checkout", async () => {
    const { stdout } = await run(join(folder, "rackway"), ["agent", "--help"], { cwd: "/", env: {} });
    expect(stdout).toContain("Usage: rackway agent COMMAND");
    expect((await run(join(folder, "rackway"), ["agent", "--version"])).stdout.trim()).toBe(
      readFileSync(join(folder, "VERSION"), "utf8").trim(),
    );
  });

  test("is not made again when nothing has changed", async () => {
    const before = statSync(join(folder, "rackway-agent.mjs")).mtimeMs;
    expect((await build()).stderr).toContain("up to date");
    expect(statSync(join(folder, "rackway-agent.mjs")).mtimeMs).toBe(before);
  });
});

test.each([
  [["frobnicate"], '"frobnicate" is not understood'],
  [[], "which command?"],
  [["--config"], '"--config" is not understood'],
])("the agent's command line refuses %j with exit code 2", async (argv, words) => {
  const refused = await run(join(folder, "rackway"), ["agent", ...argv]).catch(
    (error: unknown) => error as { code: number; stderr: string },
  );
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(words) as string });
});
