import { existsSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { killGroup, mustRun, runCommand } from "./command.ts";
import type { LabFiles } from "./lab-files.ts";
import { currentBootId, isAlive, killAndWait, pidsInNetns, readProcessId, signalProcess } from "./processes.ts";
import { deleteNetns, netnsInode } from "./wiring.ts";

/**
 * Takes a lab down with nothing but what is on disk: whoever built it may be dead, and it may be half-built. Afterwards its processes,
 * namespaces, cables, mounts and files are gone.
 */
export async function takeDown(files: LabFiles): Promise<void> {
  const record = existsSync(files.path("lab.json")) ? files.readRecord() : undefined;
  const hosts = record?.plan.hosts.map((host) => host.name) ?? [];
  if (record?.bootId === currentBootId()) await endProcesses(files, hosts);
  await Promise.all(hosts.flatMap((host) => [files.netns(host), `${files.netns(host)}--new`]).map(emptyNetns));
  for (const host of hosts) {
    await deleteNetns(files.netns(host));
    await deleteNetns(`${files.netns(host)}--new`);
  }
  while (isMounted(files.path("disk"))) {
    const { code } = await runCommand(["umount", files.path("disk")]);
    if (code !== 0) await mustRun(["umount", "-l", files.path("disk")]);
  }
  rmSync(files.directory, { recursive: true, force: true });
}

/** Whether whoever built it, its power daemon and all of its hosts are gone: after a crash, or a boot of the machine. */
export function isDead(files: LabFiles): boolean {
  if (!existsSync(files.path("lab.json"))) return false; // Somebody has just made the directory.
  const { bootId, maker, plan } = files.readRecord();
  if (bootId !== currentBootId()) return true;
  const runners = plan.hosts.flatMap(({ name }) => [files.hostPath(name, "runner"), files.hostPath(name, "init")]);
  const processes = [maker, ...[files.path("labd"), ...runners].map(readProcessId)];
  return !processes.some((id) => id !== undefined && isAlive(id));
}

async function endProcesses(files: LabFiles, hosts: string[]): Promise<void> {
  const daemon = readProcessId(files.path("labd"));
  if (daemon) await killAndWait(daemon);
  const server = readProcessId(files.path("control-plane", "server"));
  if (server) await killAndWait(server);
  // First the word, so that no runner takes the end of its host for an accident.
  for (const host of hosts) files.writePower(host, "off");
  await Promise.all(
    hosts.map(async (host) => {
      // A host that is just being started may not have an init yet, but it has a runner, whose group it is still in.
      const runner = readProcessId(files.hostPath(host, "runner"));
      if (runner && isAlive(runner)) killGroup(runner.pid);
      const init = readProcessId(files.hostPath(host, "init"));
      if (init) await killAndWait(init);
    }),
  );
}

/** Kills whatever still runs in a namespace: a host whose boot was cut short, a capture, a shell. */
async function emptyNetns(netns: string): Promise<void> {
  const inode = netnsInode(netns);
  if (inode === undefined) return;
  for (;;) {
    const left = pidsInNetns(inode);
    if (left.length === 0) return;
    for (const pid of left) signalProcess(pid, "SIGKILL");
    await sleep(2);
  }
}

function isMounted(path: string): boolean {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .some((line) => line.split(" ")[1] === path);
}
