import { execFileSync } from "node:child_process";
import { link, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PacemakerState } from "@rackway/schema";
import { afterEach, beforeEach, expect, test } from "vitest";
import { renderCorosyncConf } from "./corosync-conf.ts";
import { rackA } from "./fixtures/pacemaker-state.ts";

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

/** How long the guard lets a takeover wait after members have left, with Corosync configured for this state; milliseconds. */
async function settlingMs(state: PacemakerState): Promise<number> {
  const guard = await readFile(join(import.meta.dirname, "../rackway-guard"), "utf8");
  const functions = /^read_timers\(\) \{.*?^settle\(\) \{.*?^\}$/ms.exec(guard)?.[0];
  if (functions === undefined) throw new Error("the guard has no settle");
  await writeFile(join(proc, "corosync.conf"), renderCorosyncConf(state));
  const here = functions.replaceAll("/etc/corosync/corosync.conf", join(proc, "corosync.conf"));
  const script = `state=${proc}\nread_uptime() { now=0; }\n${here}\nread_timers\nsettle`;
  execFileSync("sh", ["-c", script]);
  return Number(await readFile(join(proc, "takeover-after"), "utf8"));
}

test("a takeover waits for the guards of those who left, and with a quorum device for whoever hears not even that", async () => {
  const certificate = { id: "quorum-cluster-rack-a", sha256: "0".repeat(64) };
  const quorumDevice = { host: "node-a1", address: "10.10.1.21", algorithm: "ffsplit", certificate } as const;
  expect(await settlingMs(rackA)).toBe(200);
  expect(await settlingMs({ ...rackA, quorumDevice })).toBe(700);
  expect(await settlingMs({ ...rackA, quorumDevice, timers: "careful" })).toBe(5100);
});

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
