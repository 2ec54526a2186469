import type { ApiReservation, Change, Difference, HostSteps, Plan } from "@rackway/schema";
import type { Paint } from "./paint.ts";
import { foldText } from "./table.ts";
import { renderAge, renderCount, renderDuration, renderList } from "./words.ts";

type Action = Change["action"];
const signs: Record<Action, string> = { create: "+", change: "~", delete: "-" };

/** `width`: columns to fold lines at. */
export interface PlanTextOptions {
  width: number;
}

/** A plan as an operator reads it before saying yes: what differs, what each host will do, what is reserved. Ends with one line that sums up. */
export function renderPlan(plan: Plan, paint: Paint, options: PlanTextOptions): string {
  const waiting = renderUnconfirmed(plan, paint, options);
  if (plan.nothingToDo) return `${foldText(renderNothing(plan), options.width).join("\n")}\n${waiting}`;
  const sections = [
    ...renderDifferenceSections(plan, paint, options),
    renderInterrupts(plan, paint, options),
    renderDrift(plan, paint, options),
    renderUnobserved(plan, paint),
  ].filter((section) => section !== "");
  return `${sections.join("\n")}\n${renderPlanSum(plan, paint, options)}${waiting}`;
}

/** What keeps a plan from being applied: its base waits to be confirmed. */
function renderUnconfirmed({ unconfirmed }: Plan, paint: Paint, { width }: PlanTextOptions): string {
  if (!unconfirmed) return "";
  const { revision, leftMs } = unconfirmed;
  const text = `Revision ${revision} is not confirmed yet, and is undone in ${renderDuration(leftMs)}: until then nothing else can be applied. Keep it: rackway confirm. Take it back: rackway rollback.`;
  return foldText(text, width)
    .map((line) => `${paint.yellow(line)}\n`)
    .join("");
}

/** What lies between two revisions. */
export function renderDifference(difference: Difference, paint: Paint, options: PlanTextOptions): string {
  const sections = renderDifferenceSections(difference, paint, options);
  return sections.length === 0 ? "No difference.\n" : `${sections.join("\n")}\n${paint.bold(`${sumUp(difference).join("; ")}.`)}\n`;
}

function renderDifferenceSections(difference: Difference, paint: Paint, options: PlanTextOptions): string[] {
  return [
    renderChanges(difference.changes, paint, options),
    renderReservations(difference.reservations, paint),
    renderHosts("On the hosts", difference.hosts, paint, options),
  ].filter((section) => section !== "");
}

function renderNothing(plan: Plan): string {
  const where = plan.baseRevision === null ? "there is no revision yet" : `revision ${plan.baseRevision} stands`;
  const unknown = plan.unobserved.length === 0 ? "" : ` Not looked at: ${renderNames(plan.unobserved)} (no agent answered).`;
  return `Nothing to do: ${where}.${unknown}`;
}

function renderChanges(changes: readonly Change[], paint: Paint, options: PlanTextOptions): string {
  if (changes.length === 0) return "";
  const lines = changes.flatMap((change) => [
    paintAction(paint, change.action, `  ${signs[change.action]} ${change.kind} ${change.name}`),
    ...renderFields(change, options),
  ]);
  return section(paint, "In the document", lines);
}

/** A changed object field by field; of one that comes or goes the fields in one go. */
function renderFields(change: Change, options: PlanTextOptions): string[] {
  if (change.fields.length === 0) return [];
  if (change.action !== "change") {
    const fields = change.fields.map((field) => `${field.path} ${renderValue(change.action === "create" ? field.to : field.from)}`);
    return hang("      ", fields.join(", "), options.width);
  }
  const longest = Math.min(28, Math.max(...change.fields.map((field) => field.path.length)));
  return change.fields.flatMap((field) =>
    hang(`      ${field.path.padEnd(longest)}  `, `${renderValue(field.from)} -> ${renderValue(field.to)}`, options.width),
  );
}

function renderValue(value: unknown): string {
  if (value === undefined || value === null) return "(none)";
  if (typeof value === "string") return value;
  if (Array.isArray(value))
    return value.every((item) => typeof item !== "object") ? `[${value.map(renderValue).join(", ")}]` : JSON.stringify(value);
  return JSON.stringify(value);
}

function renderReservations(reservations: Difference["reservations"], paint: Paint): string {
  const all = [
    ...reservations.added.map((reservation) => ({ reservation, action: "create" as const })),
    ...reservations.released.map((reservation) => ({ reservation, action: "delete" as const })),
  ];
  if (all.length === 0) return "";
  const width = Math.max(...all.map(({ reservation }) => renderReserved(reservation).length));
  const lines = all.map(({ reservation, action }) => {
    const origin = reservation.isUserDefined || action === "delete" ? "" : " (automatic)";
    return (
      paintAction(paint, action, `  ${signs[action]} ${renderReserved(reservation).padEnd(width)}`) + `  for ${reservation.owner}${origin}`
    );
  });
  return section(paint, "Reserved and released", lines);
}

function renderReserved(reservation: ApiReservation): string {
  if (reservation.kind === "address") return reservation.value;
  return `${numberNames[reservation.kind]} ${reservation.value}`;
}

const numberNames = {
  "node-id": "Corosync node id",
  "router-index": "router index",
  "namespace-index": "namespace index",
  "vip-number": "VIP number",
} as const satisfies Record<Exclude<ApiReservation["kind"], "address">, string>;

/** Steps that several hosts do stand together, once: a change to a rack reads as one, not as forty. The order in a host is in the JSON. */
function renderHosts(
  title: string,
  hosts: readonly HostSteps[],
  paint: Paint,
  options: PlanTextOptions,
  suffix = (_host: string): string => "",
): string {
  const steps = new Map<string, { hosts: string[]; lines: string[] }>();
  for (const { host, steps: planned } of hosts) {
    for (const step of planned) {
      const lines = renderStep(step, paint, options);
      const key = lines.join("\n");
      const known = steps.get(key) ?? { hosts: [], lines };
      if (!known.hosts.includes(host)) known.hosts.push(host);
      steps.set(key, known);
    }
  }
  const groups = Map.groupBy(steps.values(), (step) => step.hosts.join(" "));
  if (groups.size === 0) return "";
  const lines = [...groups.values()].flatMap((group) => {
    const together = group[0]?.hosts ?? [];
    const each = together.length > 1 ? " each" : "";
    const names = renderTogether(
      together.map((host) => `${host}${suffix(host)}`),
      options,
    );
    const heading = hang("  ", `${names}: ${renderCount(group.length, "step")}${each}`, options.width);
    return [...heading.map((line) => paint.bold(line)), ...group.flatMap((step) => step.lines)];
  });
  return section(paint, title, lines);
}

/** `-o wide` names every host, a terminal the first of many. */
function renderTogether(names: readonly string[], options: PlanTextOptions): string {
  const isMany = names.length > 12 && options.width < Number.MAX_SAFE_INTEGER;
  return isMany ? `${names.slice(0, 10).join(", ")} and ${names.length - 10} more` : names.join(", ");
}

function renderStep(step: HostSteps["steps"][number], paint: Paint, options: PlanTextOptions): string[] {
  const sign = paintAction(paint, step.action, signs[step.action]);
  const values =
    step.action === "change" && (step.from !== null || step.to !== null)
      ? `: ${step.from ?? "(none)"} -> ${step.to ?? "(none)"}`
      : step.action === "create" && step.to !== null && step.to !== step.target
        ? `: ${step.to}`
        : "";
  const [first = "", ...rest] = hang("", `${step.kind} ${step.target}${values}`, options.width - 8, 4);
  return [`    ${sign} ${first}`, ...rest.map((line) => `      ${line}`)];
}

/** Said also where it is nothing: that is what somebody wants to know before an apply by day. */
function renderInterrupts(plan: Plan, paint: Paint, options: PlanTextOptions): string {
  if (plan.interrupts.length > 0) {
    const lines = plan.interrupts.flatMap(({ rack, message }) => hang(`  ${rack}: `, message, options.width, 4));
    return section(
      paint,
      "Interrupts",
      lines.map((line) => paint.yellow(line)),
    );
  }
  return plan.hosts.some(({ steps }) => steps.length > 0) ? `${paint.bold("Interrupts")}: nothing.\n` : "";
}

function renderDrift(plan: Plan, paint: Paint, options: PlanTextOptions): string {
  const ages = new Map(plan.drift.map((each) => [each.host, each.ageMs]));
  const title =
    plan.baseRevision === null
      ? "Drift on the hosts"
      : `Drift: hosts differ from revision ${plan.baseRevision}; their agents put it back, unless paused`;
  return renderHosts(title, plan.drift, paint, options, (host) => ` (seen ${renderAge(ages.get(host) ?? null)} ago)`);
}

function renderUnobserved(plan: Plan, paint: Paint): string {
  if (plan.unobserved.length === 0) return "";
  return `${paint.yellow("Not looked at")}: ${renderNames(plan.unobserved)} (no agent answered), so drift there is not known.\n`;
}

/** One sentence: `Plan: 2 to create, 1 to change; 9 steps on 3 hosts; 4 reservations.` */
function renderPlanSum(plan: Plan, paint: Paint, options: PlanTextOptions): string {
  const drifted = plan.drift.filter((each) => each.steps.length > 0).length;
  const parts = [...sumUp(plan), ...(drifted > 0 ? [`drift on ${renderCount(drifted, "host")}`] : [])];
  const base = plan.baseRevision === null ? "the first revision" : `against revision ${plan.baseRevision}`;
  const sum = `Plan (${base}): ${parts.length === 0 ? "no change of the document" : parts.join("; ")}.`;
  return foldText(sum, options.width)
    .map((line) => `${paint.bold(line)}\n`)
    .join("");
}

function sumUp(difference: Difference): string[] {
  const count = (action: Action): number => difference.changes.filter((change) => change.action === action).length;
  const changes = [
    [count("create"), "to create"],
    [count("change"), "to change"],
    [count("delete"), "to delete"],
  ] as const;
  const steps = difference.hosts.reduce((sum, host) => sum + host.steps.length, 0);
  const hosts = difference.hosts.filter((host) => host.steps.length > 0).length;
  const { added, released } = difference.reservations;
  return [
    changes
      .filter(([number]) => number > 0)
      .map(([number, words]) => `${number} ${words}`)
      .join(", "),
    steps > 0 ? `${renderCount(steps, "step")} on ${renderCount(hosts, "host")}` : "",
    added.length > 0 ? `${renderCount(added.length, "reservation")} more` : "",
    released.length > 0 ? `${renderCount(released.length, "reservation")} released` : "",
  ].filter((part) => part !== "");
}

function renderNames(names: readonly string[]): string {
  return names.length <= 8 ? renderList(names) : `${names.slice(0, 8).join(", ")} and ${names.length - 8} more`;
}

function section(paint: Paint, title: string, lines: readonly string[]): string {
  return [paint.bold(title), ...lines].map((line) => `${line}\n`).join("");
}

/** A text behind a prefix, folded to the width; further lines stand below the text. */
function hang(prefix: string, text: string, width: number, indent = prefix.length): string[] {
  const [first = "", ...rest] = foldText(text, Math.max(24, width - Math.max(prefix.length, indent)));
  return [prefix + first, ...rest.map((line) => " ".repeat(indent) + line)];
}

function paintAction(paint: Paint, action: Action, text: string): string {
  if (action === "create") return paint.green(text);
  return action === "change" ? paint.yellow(text) : paint.red(text);
}
