import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

/** ocf:rackway:service with a stand-in for nsenter(1): what it runs, and what is left of it. */
let folder = "";
const codes = { running: 0, failed: 1, notInstalled: 5, stopped: 7 };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rackway-service-"));
  for (const name of ["bin", "ocf", "services", "run/rackway", "run/netns"]) await mkdir(join(folder, name), { recursive: true });
  await chmod(join(folder, "services"), 0o755);
  await writeFile(join(folder, "run/netns/rw-web"), "");
  await program("bin/nsenter", 'while [ "$1" != -- ]; do shift; done\nshift\nexec "$@"');
  for (const name of [".rackway-lib.sh", "service"]) {
    const text = await readFile(join(import.meta.dirname, "../ocf", name), "utf8");
    const staged = text
      .replace(/^PATH=.*$/m, `PATH=${folder}/bin:/usr/bin:/bin`)
      .replaceAll("/etc/rackway/services", `${folder}/services`)
      .replaceAll("'0 '", `'${process.getuid?.()} '`)
      .replaceAll(/\/run\/(rackway|netns)/g, `${folder}/run/$1`);
    await writeFile(join(folder, "ocf", name), staged, { mode: 0o755 });
  }
});

afterEach(async () => {
  await act("stop");
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

async function program(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`);
  await chmod(join(folder, name), 0o755);
}

const parameters = { netns: "rw-web", namespace: "web", program: "say" };

function act(action: string): Promise<{ code: number; said: string }> {
  const env = Object.fromEntries(Object.entries(parameters).map(([key, value]) => [`OCF_RESKEY_${key}`, value]));
  return new Promise((resolve) => {
    execFile(join(folder, "ocf/service"), [action], { env: { ...env, OCF_RESOURCE_INSTANCE: "rw", SECRET: "x" } }, (error, _, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), said: stderr }),
    );
  });
}

/** The state of proc_pid_stat(5); `Z`: it has ended, though nobody may have asked about it. */
const stateOf = (pid: string): string => {
  try {
    return /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1] ?? "Z";
  } catch {
    return "Z";
  }
};
const isThere = (pid: string): boolean => stateOf(pid) !== "Z";
/** A busy machine takes its time to deliver it. */
const signal = async (pid: string, name: "SIGSTOP" | "SIGKILL", becomes: "T" | "Z"): Promise<void> => {
  process.kill(Number(pid), name);
  await expect.poll(() => stateOf(pid), { timeout: 5_000 }).toBe(becomes);
};
const pids = async (): Promise<string[]> => (await readFile(join(folder, "pids"), "utf8")).trim().split("\n");

test("runs the administrator's program with the namespace's name and an environment of its own, and ends all that it has started", async () => {
  await program(
    "services/say",
    `env >${folder}/env; echo $1 >${folder}/said; sleep 60 & echo $! >${folder}/pids; echo $$ >>${folder}/pids; wait; exec sleep 60`,
  );
  expect(await act("start")).toEqual({ code: codes.running, said: "" });
  expect(await readFile(join(folder, "said"), "utf8")).toBe("web\n");
  expect(await readFile(join(folder, "env"), "utf8")).not.toContain("SECRET");
  const started = await pids();
  expect(started.map(isThere)).toEqual([true, true]);
  // A second start finds it right.
  await act("start");
  expect([(await act("monitor")).code, await pids()]).toEqual([codes.running, started]);
  expect((await act("stop")).code).toBe(0);
  expect([started.map(isThere), (await act("monitor")).code]).toEqual([[false, false], codes.stopped]);
}, 30_000);

test("says with its last words that it has ended, and does not take one that stands still for one that runs", async () => {
  await program("services/say", `echo $$ >${folder}/pids; echo 'no such port' >&2; exec sleep 60`);
  await act("start");
  const [pid = ""] = await pids();
  await signal(pid, "SIGSTOP", "T");
  expect((await act("monitor")).said).toContain("stands still");
  expect((await act("start")).code).toBe(codes.running);
  const [next = ""] = await pids();
  await signal(next, "SIGKILL", "Z");
  const { code, said } = await act("monitor");
  expect([next === pid, code, said]).toEqual([false, codes.stopped, expect.stringContaining("say of web has ended: no such port")]);
});

test("does not come up where the program ends at once, is not there, or could be another's", async () => {
  expect(await act("start")).toMatchObject({ code: codes.notInstalled, said: expect.stringContaining("there is no ") as string });
  await program("services/say", "echo 'what is that?'; exit 3");
  expect(await act("start")).toMatchObject({ code: codes.failed, said: expect.stringContaining("ended at once: what is that?") as string });
  await program("services/say", "exec sleep 60");
  await chmod(join(folder, "services/say"), 0o775);
  expect(await act("start")).toMatchObject({ code: codes.notInstalled, said: expect.stringContaining("by others than root") as string });
  await chmod(join(folder, "services/say"), 0o755);
  await chmod(join(folder, "services"), 0o757);
  expect(await act("start")).toMatchObject({ code: codes.notInstalled, said: expect.stringContaining("by others than root") as string });
});

test("runs another file under its name anew", async () => {
  await program("services/say", `echo $$ >${folder}/pids; exec sleep 60`);
  await act("start");
  const before = await pids();
  await program("services/say", `echo $$ >${folder}/pids; exec sleep 61`);
  expect((await act("start")).code).toBe(codes.running);
  expect([before.map(isThere), await pids()]).not.toEqual([[true], before]);
});
