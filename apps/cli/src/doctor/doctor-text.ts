import type { DoctorReport, Finding, FindingSeverity } from "@rackway/schema";
import type { Paint } from "../paint.ts";
import { problemExitCodes } from "../problem-text.ts";
import { foldText } from "../table.ts";
import { renderCount, renderList } from "../words.ts";

export interface DoctorTextOptions {
  readonly isAll: boolean;
  /** Columns; null: as wide as it gets. */
  readonly width: number;
  /** With the evidence. */
  readonly isWide: boolean;
}

/** As in `status`: `!` cuts traffic, `-` would if something else failed, `i` is worth knowing; `?` nobody could see, `+` is well. */
const sections: readonly { readonly severity: FindingSeverity; readonly title: string; readonly sign: string }[] = [
  { severity: "critical", title: "Critical", sign: "!" },
  { severity: "warning", title: "Warnings", sign: "-" },
  { severity: "unknown", title: "Could not be looked at", sign: "?" },
  { severity: "info", title: "Worth knowing", sign: "i" },
  { severity: "ok", title: "Well", sign: "+" },
];

/** As `status --exit-code`; what could not be looked at counts as a warning. */
export function exitCodeOfFindings(findings: readonly Finding[]): number {
  if (findings.some(({ severity }) => severity === "critical")) return problemExitCodes.critical;
  const isAmiss = findings.some(({ severity }) => severity === "warning" || severity === "unknown");
  return isAmiss ? problemExitCodes.warning : problemExitCodes.none;
}

/** Worst first, then by check; what is said of several alike is said once; a line that counts all at the end. Pure. */
export function renderDoctor({ subject, findings }: DoctorReport, paint: Paint, options: DoctorTextOptions): string {
  const shown = sections.filter(({ severity }) => options.isAll || severity !== "ok");
  const lines = shown.flatMap(({ severity, title, sign }) => {
    const here = findings.filter((each) => each.severity === severity);
    if (here.length === 0) return [];
    const groups = [...Map.groupBy(here, alike).values()];
    return [paint.bold(title), ...groups.flatMap((group) => renderGroup(group, subject, paintSign(sign, severity, paint), paint, options))];
  });
  return [...lines, ...(lines.length > 0 ? [""] : []), renderSummary(findings, paint)].map((line) => `${line}\n`).join("");
}

function alike({ check, code, what, remedy, subject }: Finding): string {
  return JSON.stringify([check, code, what, subject.startsWith("host/") ? remedy?.replaceAll(subject.slice("host/".length), "") : subject]);
}

function renderGroup(group: readonly Finding[], whole: string, sign: string, paint: Paint, options: DoctorTextOptions): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const subject = group.length > 1 ? `hosts ${renderList(group.map((each) => nameOf(each.subject)))}` : wordsOf(first.subject, whole);
  const text = `${first.check}: ${subject === "" ? "" : `${subject}: `}${first.what}`;
  const [head = "", ...rest] = foldText(text, Math.max(40, options.width - 4));
  const below = (words: string | null): string[] => (words === null ? [] : foldText(words, Math.max(40, options.width - 6)));
  const remedies = [...new Set(group.map(({ remedy }) => remedy))];
  return [
    `  ${sign} ${head}`,
    ...rest.map((line) => `    ${line}`),
    ...remedies.flatMap(below).map((line) => `      ${paint.cyan(line)}`),
    ...(options.isWide ? group.flatMap(({ seen }) => below(seen === null ? null : `seen: ${seen}`)) : []).map(
      (line) => `      ${paint.dim(line)}`,
    ),
  ];
}

/** What the report is about goes without saying. */
function wordsOf(subject: string, whole: string): string {
  if (subject === whole || subject.startsWith("cluster/")) return "";
  const kind = subject.split("/")[0] ?? "";
  const words: Readonly<Record<string, string>> = { pacemaker: "Pacemaker cluster", vip: "VIP" };
  return `${words[kind] ?? kind} ${nameOf(subject)}`;
}

function nameOf(subject: string): string {
  return subject.slice(subject.indexOf("/") + 1);
}

function renderSummary(findings: readonly Finding[], paint: Paint): string {
  const count = (severity: FindingSeverity): number => findings.filter((each) => each.severity === severity).length;
  const unknown = count("unknown");
  const text = [
    `${count("critical")} critical`,
    renderCount(count("warning"), "warning"),
    ...(unknown === 0 ? [] : [`${unknown} not looked at`]),
    `${count("ok")} ok`,
  ].join(", ");
  if (count("critical") > 0) return paint.red(text);
  return count("warning") + unknown > 0 ? paint.yellow(text) : paint.green(text);
}

function paintSign(sign: string, severity: FindingSeverity, paint: Paint): string {
  if (severity === "critical") return paint.red(sign);
  if (severity === "ok") return paint.green(sign);
  return severity === "info" ? sign : paint.yellow(sign);
}
