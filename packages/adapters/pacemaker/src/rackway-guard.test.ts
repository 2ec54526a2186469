import { execFileSync } from "node:child_process";
import { link, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

/** The guard's own words on which process is Pacemaker's controller, in a /proc of the test's. The controller's user is 998. */
let proc = "";

beforeEach(async () => {
  proc = await mkdtemp(join(tmpdir(), "rackway-proc-"));
  await mkdir(join(proc, "self/ns"), { recursive: true });
  await writeFile(join(proc, "self/ns/pid"), "");
});

afterEach(async () => {
  await rm(proc, { recursive: true, force: true });
});

async function addProcess(pid: number, uid: number, { comm = "pacemaker-contr", isInContainer = false } = {}): Promise<void> {
  const folder = join(proc, String(pid));
  await mkdir(join(folder, "ns"), { recursive: true });
  await writeFile(join(folder, "comm"), `${comm}\n`);
  await writeFile(join(folder, "status"), `Name:\t${comm}\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\n`);
  if (isInContainer) await writeFile(join(folder, "ns/pid"), "");
  else await link(join(proc, "self/ns/pid"), join(folder, "ns/pid"));
}

async function findController(): Promise<string> {
  const guard = await readFile(join(import.meta.dirname, "../rackway-guard"), "utf8");
  const functions = /^is_pacemakers\(\) \{.*?^find_controller\(\) \{.*?^\}$/ms.exec(guard)?.[0];
  if (functions === undefined) throw new Error("the guard has no find_controller");
  const script = `cluster_user=998\n${functions.replaceAll("/proc/", `${proc}/`)}\nfind_controller\necho "\${controller#${proc}/}"`;
  return execFileSync("sh", ["-c", script], { encoding: "utf8" }).trim();
}

test("the controller is found among others", async () => {
  await addProcess(100, 0, { comm: "corosync" });
  await addProcess(120, 998, { isInContainer: true });
  await addProcess(200, 998);
  expect(await findController()).toBe("200");
});

test("a process that somebody else has given its name is not taken for it: its end must not take the VIPs away", async () => {
  await addProcess(100, 1000);
  expect(await findController()).toBe("");
  await addProcess(200, 998);
  expect(await findController()).toBe("200");
});
