import { readdirSync, readFileSync } from "node:fs";
import type { Snapshot } from "./snapshot.ts";

type Process = { pid: number; parent: number; name: string; commandLine: string; startedAt: string };

const lookAgainAfterMs = 500;
/** The pause of a polling loop; a service's, not a thing left behind. */
const shortSleep = /^sleep \d{1,2}(\.\d+)?$/;

/**
 * Command lines and how many processes have each. Left out: kernel threads, the snapshot itself with its ancestors and children, what is
 * gone after half a second, and what Pacemaker's executor has running just now (a monitor): what an agent leaves behind has another parent.
 */
export function listProcesses(): Snapshot {
  const earlier = new Map(readdirSync("/proc").flatMap((entry) => readProcess(Number(entry)) ?? []));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lookAgainAfterMs);
  const now = readdirSync("/proc").flatMap((entry) => readProcess(Number(entry)) ?? []);
  const processes = new Map(now.filter(([pid, { startedAt }]) => earlier.get(pid)?.startedAt === startedAt));
  const isBelow = (process: Process | undefined, test: (process: Process) => boolean): boolean =>
    process !== undefined && (test(process) || isBelow(processes.get(process.parent), test));
  const own = new Set<number>([process.pid]);
  for (let pid = process.ppid; pid > 1 && isScaffold(processes.get(pid)); pid = processes.get(pid)?.parent ?? 0) own.add(pid);
  const counts: Record<string, number> = {};
  for (const candidate of processes.values()) {
    const isTransient = isBelow(processes.get(candidate.parent), ({ name }) => name === "pacemaker-execd" || name === "pacemaker-exec");
    if (candidate.commandLine === "" || own.has(candidate.pid) || isTransient) continue;
    if (shortSleep.test(candidate.commandLine)) continue;
    if (isBelow(candidate, ({ pid }) => pid === process.pid)) continue;
    counts[candidate.commandLine] = (counts[candidate.commandLine] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).map(([line, count]) => [`process: ${line}`, String(count)]));
}

/** What stands between the harness and this program: entering commands of the harness, never an init system. */
function isScaffold(process: Process | undefined): boolean {
  return process !== undefined && ["nsenter", "sh", "env", "setpriv", "ip", "chroot"].includes(process.name);
}

function readProcess(pid: number): [[number, Process]] | undefined {
  if (!Number.isInteger(pid)) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const afterName = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
    return [[pid, { pid, parent: Number(afterName[1]), name, commandLine, startedAt: afterName[19] ?? "" }]];
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
