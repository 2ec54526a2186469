import { open } from "node:fs/promises";

import type { CommandRunner } from "@rackway/linux";

/** A line of FRR's log, with the time that it gives; null: it gives none. */
export interface LogLine {
  readonly atMs: number | null;
  readonly text: string;
}

/** Where FRR's daemons, or the syslog that they write to, leave their words: Debian's place, syslog, svlogd(8). */
export const frrLogFiles = ["/var/log/frr/frr.log", "/var/log/syslog", "/var/log/syslog/current"];

const tailBytes = 128 * 1024;

/** What OSPF's daemons have logged of late, oldest first: of a file's end, and of the journal where there is one. Reads only. */
export async function readFrrLog(run: CommandRunner, sinceMs: number, files: readonly string[] = frrLogFiles): Promise<LogLine[]> {
  const texts = await Promise.all([...files.map(readTail), readJournal(run, sinceMs)]);
  return texts.flatMap((text) => parseFrrLog(text, sinceMs));
}

/** Lines of ospfd and ospf6d since then; one without a time counts as old. */
export function parseFrrLog(text: string, sinceMs: number): LogLine[] {
  return text
    .split("\n")
    .filter((line) => /\bOSPF6?:|\bospf6?d\b/.test(line))
    .map((line) => ({ atMs: timeOf(line, sinceMs), text: line }))
    .filter(({ atMs }) => atMs !== null && atMs >= sinceMs);
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** FRR's own files and rsyslog's old format are in local time, svlogd's in UTC. */
function timeOf(line: string, sinceMs: number): number | null {
  const own = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d)/.exec(line);
  if (own !== null) return Date.parse(`${own[1]}-${own[2]}-${own[3]}T${own[4]}`);
  const svlogd = /^(\d{4}-\d\d-\d\d)_(\d\d:\d\d:\d\d)/.exec(line);
  if (svlogd !== null) return Date.parse(`${svlogd[1]}T${svlogd[2]}Z`);
  const iso = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))/.exec(line);
  if (iso !== null) return Date.parse(iso[1] ?? "");
  const bsd = /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d:\d\d:\d\d)/.exec(line);
  if (bsd === null) return null;
  const month = String(months.indexOf(bsd[1] ?? "") + 1).padStart(2, "0");
  return Date.parse(`${new Date(sinceMs).getFullYear()}-${month}-${(bsd[2] ?? "").padStart(2, "0")}T${bsd[3]}`);
}

async function readTail(path: string): Promise<string> {
  const file = await open(path, "r").catch(() => null);
  if (file === null) return "";
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - tailBytes);
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(Math.min(size, tailBytes)), position: start });
    return buffer.subarray(0, bytesRead).toString("utf8");
  } catch {
    // A folder of that name, or a file that was rotated away.
    return "";
  } finally {
    await file.close();
  }
}

async function readJournal(run: CommandRunner, sinceMs: number): Promise<string> {
  const since = `@${Math.floor(sinceMs / 1000)}`;
  const { code, stdout } = await run(["journalctl", "--unit=frr", "--output=short-iso", "--no-pager", `--since=${since}`]);
  return code === 0 ? stdout : "";
}
