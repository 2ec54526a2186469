import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { rootDirectory } from "@rackway/lab";
import type { ScenarioReport } from "./scenario.ts";
import { renderMarkdownTable, renderTable } from "./table.ts";

export type Circumstances = {
  command: string;
  machine: { cpu: string; cores: number; memoryGiB: number; kernel: string; system: string };
  versions: Record<string, string>;
};

const labPackages = ["corosync", "pacemaker", "conntrackd", "nftables", "frr", "keepalived", "iproute2"];

/** Under what the numbers came about: the command, the machine, and the versions of everything that took part. */
export function observeCircumstances(command: string): Circumstances {
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "unknown";
  const machine = {
    cpu: os.cpus()[0]?.model ?? "unknown",
    cores: os.cpus().length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    kernel: os.release(),
    system,
  };
  return { command, machine, versions: { rackway: gitVersion(), node: process.version, ...labVersions() } };
}

function gitVersion(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], { cwd: import.meta.dirname, encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

function labVersions(): Record<string, string> {
  const database = path.join(rootDirectory(), "var/lib/dpkg");
  if (!existsSync(database)) return {};
  const argv = [`--admindir=${database}`, "-W", "-f=${Package} ${Version}\\n", ...labPackages];
  const lines = execFileSync("dpkg-query", argv, { encoding: "utf8" }).trim().split("\n");
  return Object.fromEntries(lines.map((line) => line.split(" ") as [string, string]));
}

const head = ["scenario", "group", "value", "runs", "median", "p95", "min", "max"];

function rowsOf(report: ScenarioReport): string[][] {
  return Object.entries(report.summaries).flatMap(([group, values]) =>
    Object.entries(values).map(([value, { count, median, p95, min, max }]) => [
      report.scenario,
      group,
      value,
      ...[count, median, p95, min, max].map(String),
    ]),
  );
}

/** The table at the end of a soak or a bench, and what was missed. */
export function renderReports(reports: readonly ScenarioReport[]): string {
  const verdicts = reports.flatMap(({ scenario, missed }) =>
    missed.length === 0 ? [`${scenario}: passed`] : missed.map((text) => `${scenario}: MISSED: ${text}`),
  );
  return `${renderTable(head, reports.flatMap(rowsOf))}\n\n${verdicts.join("\n")}\n`;
}

/** Writes `<date>-<name>.json`, with every run, and `<date>-<name>.md`; returns their paths. A result is never overwritten. */
export function writeResults(directory: string, report: ScenarioReport, circumstances: Circumstances): string[] {
  mkdirSync(directory, { recursive: true });
  const stem = `${report.startedAt.slice(0, 19).replaceAll(":", "")}Z-${report.scenario}`;
  const files = [".json", ".md"].map((ending) => path.join(directory, stem + ending));
  writeFileSync(files[0]!, JSON.stringify({ ...circumstances, ...report }, null, 2) + "\n", { flag: "wx" });
  writeFileSync(files[1]!, renderMarkdown(report, circumstances), { flag: "wx" });
  return files;
}

/** What a failure shows beside its words is for the JSON file. */
function inOneLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

function renderMarkdown(report: ScenarioReport, { command, machine, versions }: Circumstances): string {
  const values = [...new Set(report.runs.flatMap((run) => Object.keys(run.values)))];
  const runs = report.runs.map((run, index) => [
    String(index + 1),
    run.group,
    ...values.map((value) => String(run.values[value] ?? "")),
    run.failures.map(inOneLine).join("; "),
  ]);
  return [
    `# ${report.scenario}, ${report.startedAt}`,
    `\`${command}\` on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, kernel ${machine.kernel}; ${Object.entries(
      versions,
    )
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}. Took ${Math.round(report.tookMs / 1000)} s.`,
    renderMarkdownTable(
      head.slice(1),
      rowsOf(report).map((row) => row.slice(1)),
    ),
    report.missed.length === 0 ? "All thresholds held." : report.missed.map((text) => `- missed: ${inOneLine(text)}`).join("\n"),
    "Every run:",
    renderMarkdownTable(["run", "group", ...values, "failures"], runs),
    "",
  ].join("\n\n");
}
