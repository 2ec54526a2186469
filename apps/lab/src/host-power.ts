import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { renderFaultRules } from "./faults.ts";
import { LabError } from "./lab-error.ts";
import type { LabFiles, LabRecord } from "./lab-files.ts";
import { withLock } from "./lock.ts";
import type { ProcessId } from "./processes.ts";
import { isAlive, killAndWait, readProcessId, writeProcessId } from "./processes.ts";
import { applyLinks, cutLinks, loadRules, renewNetns, unplug } from "./wiring.ts";

/**
 * A host's power. Off: its links go down at the switch, then its PID namespace is killed, so that neither a process nor the kernel
 * answers for it any more. On: a fresh network namespace with the same cables, the same disk, and a boot.
 * Whoever calls (command line, tests, the fencing daemon), one lock a host keeps the order, and the state is on disk.
 */

const guestDirectory = join(import.meta.dirname, "..", "guest");

/** The host's PID 1 as the machine sees it; undefined when it is off. */
export function initOf(files: LabFiles, host: string): ProcessId | undefined {
  const init = readProcessId(files.hostPath(host, "init"));
  return init && isAlive(init) ? init : undefined;
}

/** @throws {LabError} `host-off` */
export function requireInit(files: LabFiles, host: string): ProcessId {
  const init = initOf(files, host);
  if (!init) throw new LabError("host-off", `${host} is off`, `\`rackway lab heal ${host}\` brings its power back`);
  return init;
}

/** Done when nothing of the host is left that could answer. A host that is off already is done at once. */
export async function powerOff(files: LabFiles, record: LabRecord, host: string): Promise<void> {
  await withLock(files.hostPath(host, "lock"), async () => {
    const init = initOf(files, host);
    if (!init && files.readPower(host) === "off") return;
    files.writePower(host, "off");
    await cutLinks(files, record.plan, host);
    if (init) await killAndWait(init);
    await unplug(files, record.plan, host);
  });
}

/** Boots a host that is off; returns once its network is set up and its services are being started. */
export async function powerOn(files: LabFiles, record: LabRecord, host: string): Promise<void> {
  await withLock(files.hostPath(host, "lock"), async () => {
    if (initOf(files, host)) return;
    await endRunner(files, host);
    await renewNetns(files, record.plan, host);
    await boot(files, record, host);
    const neighbours = record.plan.cables.flatMap(({ near, far }) =>
      near.host === host ? [far.host] : far.host === host ? [near.host] : [],
    );
    const routers = record.plan.hosts.filter(({ kind, name }) => kind === "router" && (name === host || neighbours.includes(name)));
    for (const router of routers) await applyFaults(files, record, router.name);
  });
}

/** The runner of a former life may still be about to take links down. */
async function endRunner(files: LabFiles, host: string): Promise<void> {
  const runner = readProcessId(files.hostPath(host, "runner"));
  if (runner) await killAndWait(runner);
}

/** Starts a host in the namespace that it has, and waits until its boot script is through. */
export async function boot(files: LabFiles, record: LabRecord, host: string): Promise<void> {
  const console_ = files.hostPath(host, "console.log");
  if (existsSync(console_)) renameSync(console_, `${console_}.1`);
  rmSync(files.hostPath(host, "init"), { force: true });
  const upper = files.path("disk", host, "upper");
  const work = files.path("disk", host, "work");
  mkdirSync(upper, { recursive: true });
  mkdirSync(work, { recursive: true });
  files.writePower(host, "on");
  const log = openSync(console_, "a");
  const args = [join(guestDirectory, "run-host"), files.name, host, files.hostPath(host), record.root, upper, work, record.payload];
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", RACKWAY_LAB_NODE: process.execPath };
  const runner = spawn("sh", args, { detached: true, stdio: ["ignore", log, log], cwd: "/", env });
  closeSync(log);
  writeProcessId(files.hostPath(host, "runner"), runner.pid);
  let hasEnded = false;
  runner.on("exit", () => (hasEnded = true));
  runner.unref();
  const deadline = performance.now() + 60_000;
  while (!/^booted$/m.test(readFileSync(console_, "utf8"))) {
    if (hasEnded || performance.now() > deadline) {
      const text = readFileSync(console_, "utf8").trim();
      throw new LabError(
        "boot-failed",
        `${host} ${hasEnded ? "ended while it booted" : "did not boot within 60 s"}: ${text || "no output"}`,
      );
    }
    await sleep(5);
  }
}

/** Brings a router's rules and ports in line with the faults in force. */
export async function applyFaults(files: LabFiles, record: LabRecord, router: string): Promise<void> {
  if (!initOf(files, router)) return;
  await loadRules(files.netns(router), record.root, renderFaultRules(record.plan, files.readFaults(), router));
  await applyLinks(files, record.plan, router);
}
