import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

/** The agent itself, with a Corosync and a real fence agent that say what the test wants: member ctl-a2, known and gone ctl-a1. */
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rackway-fence-"));
  const text = await readFile(join(import.meta.dirname, "../fence_rackway"), "utf8");
  const staged = text
    .replace(/^PATH=.*$/m, `PATH=${folder}/bin:/usr/bin:/bin`)
    .replaceAll("/run/rackway", `${folder}/run`)
    .replace("sleep 10", "sleep 0.1")
    .replaceAll("/etc/corosync/corosync.conf", `${folder}/corosync.conf`);
  await mkdir(join(folder, "bin"));
  await program("fence_rackway", staged);
  await program("corosync-quorumtool", "#!/bin/sh\necho '    Nodeid      Votes Name'\necho '         2          1 ctl-a2 (local)'\n");
  await program("fence_real", `#!/bin/sh\ncat >"${folder}/asked"\nexit 7\n`);
  await writeFile(join(folder, "corosync.conf"), "nodelist {\n  node {\n    name: ctl-a1\n  }\n  node {\n    name: ctl-a2\n  }\n}\n");
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function program(name: string, text: string): Promise<void> {
  await writeFile(join(folder, "bin", name), text);
  await chmod(join(folder, "bin", name), 0o755);
}

/** Exit code of the agent: 7 is the real one's, so that one was waited for. */
function fence(...options: string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = execFile(join(folder, "bin/fence_rackway"), (error) => resolve(error === null ? 0 : Number(error.code)));
    child.stdin?.end(["agent=fence_real", "action=off", ...options].map((line) => `${line}\n`).join(""));
  });
}

test("a member is fenced by the real agent, and its word is waited for", async () => {
  expect(await fence("nodename=ctl-a2", "port=ctl-a2")).toBe(7);
  expect(await readFile(join(folder, "asked"), "utf8")).toBe("action=off\nnodename=ctl-a2\nport=ctl-a2\n");
});

test("a member is found where Corosync lists a quorum device's column, too", async () => {
  const listed =
    "    Nodeid      Votes    Qdevice Name\n         2          1    A,V,NMW ctl-a2 (local)\n         0          1            Qdevice";
  await program("corosync-quorumtool", `#!/bin/sh\necho '${listed}'\n`);
  expect(await fence("nodename=ctl-a2")).toBe(7);
});

test.each([
  ["after the name", ["nodename=ctl-a2", "port=3"]],
  ["before the name", ["plug=3", "nodename=ctl-a2"]],
  ["named like a host that has gone", ["nodename=ctl-a2", "port=ctl-a1"]],
])("an outlet %s is not taken for the host: a member that lives is not called fenced", async (_, options) => {
  expect(await fence(...options)).toBe(7);
});

test("a name that Corosync does not know is not taken for a host that has left", async () => {
  expect(await fence("port=3")).toBe(7);
  await rm(join(folder, "corosync.conf"));
  expect(await fence("nodename=ctl-a1")).toBe(7);
});

test("an option beside the action does not change what is asked for", async () => {
  await program("fence_real", "#!/bin/sh\ncat >/dev/null\nexit 0\n");
  expect(await fence("option=status", "nodename=ctl-a1")).toBe(0);
  expect(existsSync(join(folder, "run/fencing.log"))).toBe(true);
});

test("a host that has left is fenced alongside: success at once", async () => {
  await program("fence_real", "#!/bin/sh\ncat >/dev/null\nexit 0\n");
  expect(await fence("nodename=ctl-a1", "port=3")).toBe(0);
  expect(await readFile(join(folder, "run/fencing.log"), "utf8")).toContain("off ctl-a1: not a member, fencing alongside by fence_real");
});

test("a try that fails is in the log with its exit code, and the next one that is done ends it", async () => {
  await program("fence_real", `#!/bin/sh\ncat >/dev/null\n[ -e ${folder}/tried ] && exit 0\n: >${folder}/tried\nexit 7\n`);
  expect(await fence("nodename=ctl-a1", "port=3")).toBe(0);
  const log = (): Promise<string> => readFile(join(folder, "run/fencing.log"), "utf8");
  await expect
    .poll(log, { timeout: 10_000 })
    .toMatch(/off ctl-a1: fence_real failed, try 1 of 60: exit code 7\n.* off ctl-a1: done by fence_real\n/);
});
