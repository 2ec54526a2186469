import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A process by number and start time (field 22 of /proc/PID/stat): a later process with the same number is another one. */
export interface ProcessId {
  pid: number;
  startTime: string;
}

interface Stat {
  comm: string;
  state: string;
  startTime: string;
}

/** random(4): another one after every boot of the machine. */
export function currentBootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** undefined when there is no such process. */
function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = text.lastIndexOf(")");
    const fields = text.slice(end + 2).split(" ");
    return { comm: text.slice(text.indexOf("(") + 1, end), state: fields[0] ?? "", startTime: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

/** `PID STARTTIME`, as the lab's scripts write it, too; nothing when the process has ended already. */
export function writeProcessId(path: string, pid: number | undefined): void {
  const stat = pid === undefined ? undefined : readStat(pid);
  if (stat) writeFileSync(path, `${pid} ${stat.startTime}\n`);
}

export function ownProcessId(): ProcessId {
  return { pid: process.pid, startTime: readStat(process.pid)?.startTime ?? "" };
}

/** A zombie is not alive: a PID namespace's init becomes one only after everything in the namespace has gone. */
export function isAlive(id: ProcessId): boolean {
  const stat = readStat(id.pid);
  return stat !== undefined && stat.startTime === id.startTime && stat.state !== "Z" && stat.state !== "X";
}

export function readProcessId(path: string): ProcessId | undefined {
  try {
    const [pid, startTime] = readFileSync(path, "utf8").trim().split(" ");
    return pid !== undefined && startTime !== undefined ? { pid: Number(pid), startTime } : undefined;
  } catch {
    return undefined;
  }
}

/** SIGKILL, and back when the process is gone. @throws when it is still there after ten seconds. */
export async function killAndWait(id: ProcessId): Promise<void> {
  if (!isAlive(id)) return;
  signalProcess(id.pid, "SIGKILL");
  const deadline = performance.now() + 10_000;
  while (isAlive(id)) {
    if (performance.now() > deadline) throw new Error(`process ${id.pid} is still there 10 s after SIGKILL`);
    await sleep(1);
  }
}

/** false when the process has gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

export interface HostProcess {
  pid: number;
  /** The kernel's name of it, 15 characters at most. */
  comm: string;
  isStopped: boolean;
}

/** Everything in the same PID namespace as `init`. */
export function listProcesses(init: number): HostProcess[] {
  const namespace = namespaceOf(init, "pid");
  return allPids().flatMap((pid) => {
    if (namespace === undefined || namespaceOf(pid, "pid") !== namespace) return [];
    const stat = readStat(pid);
    return stat && stat.state !== "Z" && stat.state !== "X" ? [{ pid, comm: stat.comm, isStopped: stat.state === "T" }] : [];
  });
}

/** Everything in a network namespace, by its inode number. */
export function pidsInNetns(inode: number): number[] {
  return allPids().filter((pid) => namespaceOf(pid, "net") === `net:[${inode}]`);
}

/**
 * Whether a process goes by exactly this name: the kernel's name, the program, or, for an interpreter, its script
 * (a Node.js process is `MainThread` to the kernel).
 */
export function goesBy(candidate: HostProcess, name: string): boolean {
  if (candidate.comm === name) return true;
  const [program = "", ...rest] = commandLine(candidate.pid);
  const script = rest.find((argument) => !argument.startsWith("-")) ?? "";
  if (basename(program) === name) return true;
  const isInterpreter = /^(node|sh|dash|bash|python3?(\.\d+)?)$/.test(basename(program));
  return isInterpreter && basename(script).replace(/\.(mjs|js|ts|sh|py)$/, "") === name.replace(/\.(mjs|js|ts|sh|py)$/, "");
}

/** Those that run a program of this name, where there are any: a daemon, and not the resource agent of the same name that steers it. */
export function preferPrograms(found: readonly HostProcess[], name: string): HostProcess[] {
  const programs = found.filter(({ pid }) => programOf(pid) === name);
  return programs.length > 0 ? programs : [...found];
}

/** The file's name; a program that was replaced since it began is the same program. */
function programOf(pid: number): string | undefined {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ""));
  } catch {
    return undefined;
  }
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

function allPids(): number[] {
  return readdirSync("/proc").flatMap((entry) => (/^\d+$/.test(entry) ? [Number(entry)] : []));
}

function namespaceOf(pid: number, kind: "pid" | "net"): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
}
