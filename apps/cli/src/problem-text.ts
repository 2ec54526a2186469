import type { Status, StatusProblem } from "@rackway/schema";
import type { Paint } from "./paint.ts";
import { foldText } from "./table.ts";
import { renderDuration, renderList } from "./words.ts";

/** `!` is what cuts traffic now, `-` what would if something else failed, `i` what somebody asked for or what is soon over. */
const signs = { critical: "!", warning: "-", info: "i" } as const;

/** The exit codes of `status --exit-code`; 1 and 2 are failures of the command itself. */
export const problemExitCodes = { none: 0, warning: 3, critical: 4 } as const;

/** By the gravest problem; what is only worth knowing is no reason to wake anybody. */
export function exitCodeOf(problems: readonly StatusProblem[]): number {
  if (problems.some(({ severity }) => severity === "critical")) return problemExitCodes.critical;
  return problems.some(({ severity }) => severity === "warning") ? problemExitCodes.warning : problemExitCodes.none;
}

/** The problems in the server's order, one line each with its hint; what is said of several hosts alike is one line. */
export function renderProblems({ problems, observedAt }: Pick<Status, "problems" | "observedAt">, paint: Paint, width: number): string {
  if (problems.length === 0) return `${paint.green("No problems.")}\n`;
  const lines = [...Map.groupBy(problems, alike).values()].flatMap((group) => renderGroup(group, observedAt, paint, width));
  return [paint.bold("Problems"), ...lines].map((line) => `${line}\n`).join("");
}

/** Only hosts have the same words of their own; an address is in the words of all others. */
function alike({ severity, code, subject, message }: StatusProblem): string {
  return JSON.stringify([severity, code, message, subject.startsWith("host/") ? "host" : subject]);
}

function renderGroup(group: readonly StatusProblem[], observedAt: string, paint: Paint, width: number): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const names = group.map(({ subject }) => subject.slice(subject.indexOf("/") + 1));
  const subject = group.length === 1 ? subjectInWords(first.subject) : `hosts ${renderList(names)}`;
  const times = group.flatMap(({ since }) => (since === null ? [] : [Date.parse(since)])).sort((left, right) => left - right);
  const oldest = times[0];
  const age = oldest === undefined ? "" : ` (for ${renderDuration(Math.max(0, Date.parse(observedAt) - oldest))})`;
  // A hint that names one host is not every host's.
  const hint = first.hint === null || group.some((each) => each.hint !== first.hint) ? [] : foldText(first.hint, Math.max(40, width - 6));
  const [head = "", ...rest] = foldText(`${subject}: ${first.message}${age}`, Math.max(40, width - 4));
  return [`  ${sign(first, paint)} ${head}`, ...rest.map((line) => `    ${line}`), ...hint.map((line) => `      ${paint.dim(line)}`)];
}

function sign({ severity }: StatusProblem, paint: Paint): string {
  return severity === "critical" ? paint.red(signs.critical) : severity === "warning" ? paint.yellow(signs.warning) : signs.info;
}

function subjectInWords(subject: string): string {
  const [kind = "", ...name] = subject.split("/");
  const words: Readonly<Record<string, string>> = { pacemaker: "Pacemaker cluster", vip: "VIP" };
  return `${words[kind] ?? kind} ${name.join("/")}`;
}
