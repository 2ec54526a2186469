import type { ApiEvent } from "@rackway/schema";
import type { Paint } from "./paint.ts";
import { foldText } from "./table.ts";
import { renderDuration } from "./words.ts";

/**
 * One thing as indented `label: value` lines, whatever its shape: fields in the server's order, lists with dashes, ages in words.
 * Nothing that the server says is left out, so a newer server's fields show too.
 */
export function describeText(thing: object, events: readonly ApiEvent[], paint: Paint, width: number): string {
  const lines = renderFields(withoutEchoes(thing), "", paint, width);
  const recent = events.map((event) => `  ${event.at.replace(/\.\d+Z$/, "Z")}  ${event.kind}: ${event.reason}`);
  const log = recent.length === 0 ? ["  (none)"] : recent.flatMap((line) => hang(line, 4, width));
  return [...lines, paint.bold("Last events:"), ...log].map((line) => `${line}\n`).join("");
}

/** What a part repeats of its whole (a host's name in the host's status) is said once. */
function withoutEchoes(thing: object): object {
  const whole: Record<string, unknown> = { ...thing };
  const parts = Object.entries(whole).map(([key, part]): [string, unknown] => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return [key, part];
    return [key, Object.fromEntries(Object.entries(part).filter(([name, value]) => value === null || whole[name] !== value))];
  });
  return Object.fromEntries(parts);
}

function renderFields(value: object, indent: string, paint: Paint, width: number): string[] {
  const entries = Object.entries(value).map(([key, item]) => ({ label: labelOf(key), key, item: item as unknown }));
  const longest = Math.max(0, ...entries.filter(({ item }) => isPlain(item)).map(({ label }) => label.length));
  return entries.flatMap(({ label, key, item }) => {
    const name = indent === "" ? paint.bold(`${label}:`) : `${label}:`;
    if (isPlain(item))
      return hang(`${indent}${name}${" ".repeat(longest - label.length + 2)}${renderPlain(key, item)}`, indent.length + longest + 3, width);
    if (Array.isArray(item)) return [`${indent}${name}`, ...item.flatMap((each) => renderItem(each, `${indent}  `, paint, width))];
    return [`${indent}${name}`, ...renderFields(item as object, `${indent}  `, paint, width)];
  });
}

/** An object in a list on one line where it fits, else as a block. */
function renderItem(item: unknown, indent: string, paint: Paint, width: number): string[] {
  if (typeof item !== "object" || item === null) return [`${indent}- ${renderPlain("", item)}`];
  const fields = Object.entries(item as Record<string, unknown>).filter(([, value]) => value !== null);
  const oneLine = fields.every(([, value]) => isPlain(value))
    ? fields.map(([key, value]) => `${labelOf(key)} ${renderPlain(key, value)}`).join(", ")
    : null;
  if (oneLine !== null) return hang(`${indent}- ${oneLine}`, indent.length + 2, width);
  const [first = "", ...rest] = renderFields(item, `${indent}  `, paint, width);
  return [`${indent}- ${first.trimStart()}`, ...rest];
}

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every((item) => typeof item !== "object" || item === null);
  return Object.keys(value).length === 0;
}

function renderPlain(key: string, value: unknown): string {
  if (value === null || value === undefined) return "-";
  if (typeof value === "boolean") return value ? "yes" : "no";
  // May be negative, and a fraction matters.
  if (typeof value === "number" && key === "offsetMs") return `${value} ms`;
  if (typeof value === "number" && key.endsWith("Ms")) return renderDuration(value);
  if (Array.isArray(value)) return value.length === 0 ? "-" : value.map((item) => renderPlain("", item)).join(", ");
  return typeof value === "string" || typeof value === "number" ? String(value) : "-";
}

/** `pendingSteps` as `pending steps`; `ageMs` as `age`. */
function labelOf(key: string): string {
  return key
    .replace(/Ms$/, "")
    .replace(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)
    .replace(/^is /, "");
}

function hang(line: string, indent: number, width: number): string[] {
  const [first = "", ...rest] = foldText(line, width);
  return rest.length === 0
    ? [first]
    : [first, ...foldText(rest.join(" "), Math.max(20, width - indent)).map((each) => " ".repeat(indent) + each)];
}
