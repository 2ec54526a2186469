/** `rackway server backup`, `restore`, `migrate` and `--database`, as an administrator types them. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { openStore } from "@rackway/store";
import type { DatabasePlace } from "@rackway/store";
import { sharedPostgres } from "@rackway/store/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";

import { ServerProcess } from "../harness/server-process.ts";

// Real programs, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const root = resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

interface Ended {
  readonly code: number;
  readonly said: string;
}

async function server(...argv: string[]): Promise<Ended> {
  return run(join(root, "rackway"), ["server", ...argv]).then(
    ({ stderr }) => ({ code: 0, said: stderr }),
    (error: { code: number; stderr: string }) => ({ code: error.code, said: error.stderr }),
  );
}

async function revisionIn(place: DatabasePlace): Promise<unknown> {
  const store = await openStore(place);
  try {
    return { ...(await store.revisions.current()), hosts: (await store.hosts.tokens()).map(({ host }) => host) };
  } finally {
    await store.close();
  }
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rackway-server-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("rackway server", () => {
  test("goes from SQLite to PostgreSQL and back with all that it knows", async () => {
    const url = await (await sharedPostgres()).place();
    const [data, back, file, second] = ["data", "back", "one.gz", "two.gz"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
      string,
    ];
    const running = await ServerProcess.start({ dataDirectory: data });
    onTestFinished(() => running.end("SIGKILL"));
    const text = await readFile(join(root, "examples/minimal.yaml"), "utf8");
    await running.ask("POST", "/apply", { files: [{ name: "cluster.yaml", text }] });
    await running.ask("POST", "/hosts/ctl-a1/token");

    expect(await server("backup", file, "--data", data)).toMatchObject({ code: 0 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await server("backup", file, "--data", data)).toMatchObject({ code: 1, said: expect.stringContaining("already") as string });
    const early = await server("migrate", "--data", data, "--database", url);
    expect(early).toMatchObject({ code: 1, said: expect.stringContaining("stop it first") as string });
    await running.end("SIGTERM");

    const before = await revisionIn({ file: join(data, "rackway.db") });
    expect(before).toMatchObject({ revision: 1, hosts: ["ctl-a1"] });
    expect(await server("migrate", "--data", data, "--database", url)).toMatchObject({ code: 0 });
    expect(await revisionIn({ url })).toEqual(before);

    expect(await server("backup", second, "--database", url)).toMatchObject({ code: 0 });
    expect(await server("restore", second, "--data", back)).toMatchObject({ code: 0 });
    expect(await revisionIn({ file: join(back, "rackway.db") })).toEqual(before);
    expect((await stat(join(back, "rackway.db"))).mode & 0o777).toBe(0o600);

    await writeFile(join(folder, "cut.gz"), (await readFile(file)).subarray(0, 300));
    const cut = await server("restore", join(folder, "cut.gz"), "--data", join(folder, "cut"));
    expect(cut).toMatchObject({ code: 1, said: expect.stringContaining("cannot be read") as string });
  });

  test("takes no password from its command line, and says in words that no PostgreSQL is there", async () => {
    const refused = await server("--database", "postgresql://rackway:hunter2@db.example/rackway");
    expect(refused).toMatchObject({ code: 2, said: expect.stringContaining("PGPASSFILE") as string });
    expect(refused.said).not.toContain("hunter2");
    expect(await server("--database", "mysql://db.example/rackway")).toMatchObject({ code: 2 });
    const password = join(folder, "password");
    await writeFile(password, "hunter2\n", { mode: 0o600 });
    const absent = await server(
      "--data",
      join(folder, "none"),
      "--database",
      "postgresql://rackway@/rackway?host=/nowhere",
      "--database-password-file",
      password,
    );
    expect(absent).toMatchObject({ code: 1, said: expect.stringContaining("the database does not answer") as string });
    expect(absent.said).not.toContain("hunter2");
  });
});
