import type { HostProblem } from "@rackway/linux";
import { problem, step } from "@rackway/linux";
import type { Step } from "@rackway/schema";

import type { FrrLine } from "./frr-config.ts";
import { isHeader, isImplicit, isNamedOurs, keyOf, linesBelow, settingId } from "./frr-config.ts";
import type { FrrWish } from "./render-frr.ts";
import { withoutSecret } from "./secret.ts";

/** What FRR's configuration lacks of what we want, and has of what we no longer want. */
export interface ConfigPlan {
  readonly steps: readonly Step[];
  readonly problems: readonly HostProblem[];
  /** What stops announcing, to be entered first and to be waited for. */
  readonly withdraw: readonly FrrLine[];
  /** Everything else, in the order in which FRR takes it. */
  readonly change: readonly FrrLine[];
  /** Settings that are ours once this is done. */
  readonly settings: readonly string[];
}

/** `ours` tells by name and memory; what it leaves is the operator's. */
export class Ownership {
  readonly #settings: ReadonlySet<string>;

  constructor(settings: readonly string[]) {
    this.#settings = new Set(settings);
  }

  has(line: FrrLine): boolean {
    return isNamedOurs(line) || this.#settings.has(settingId(line));
  }

  /** The operator's lines: neither ours nor a section that FRR opens by itself for what is in it. */
  foreign(lines: readonly FrrLine[]): FrrLine[] {
    return lines.filter((line) => !this.has(line) && !isImplicit(line));
  }
}

/**
 * The difference between wishes and a running configuration. A conflict with the operator's lines is told, and then nothing at all is
 * changed: half of a routing configuration is worse than none. `running` is what every daemon has that should, `whole` what any has: that goes, too,
 * where it is no longer wanted. Pure.
 */
export function planConfig(
  wishes: readonly FrrWish[],
  running: readonly FrrLine[],
  settings: readonly string[],
  whole: readonly FrrLine[] = running,
): ConfigPlan {
  const ownership = new Ownership(settings);
  const bySetting = Map.groupBy(running, settingId);
  const wanted = new Map(wishes.map((entry) => [settingId(entry), entry]));
  const problems: HostProblem[] = [];
  const add: FrrLine[] = [];
  const ours = new Set<string>();
  const replaced: FrrLine[] = [];
  for (const entry of wishes) {
    const id = settingId(entry);
    const present = bySetting.get(id) ?? [];
    const isOurs = present.every((line) => ownership.has(line));
    const isRight = present.length === 0 ? entry.isDefault : present.some(({ text }) => text === entry.text);
    if (!isOurs && (entry.conflict === "any" || (entry.conflict === "other" && !isRight))) problems.push(conflict(entry, present));
    if (!isOurs) continue;
    ours.add(id);
    if (isRight) continue;
    if (present.length > 0 && needsRemoval(entry)) replaced.push(...present);
    else if (present.length > 0 && entry.isDefault) replaced.push(...present);
    if (!(entry.isDefault && present.length > 0)) add.push(entry);
  }
  problems.push(...structuralConflicts(wishes, running, ownership));
  if (problems.length > 0) return { steps: [], problems, withdraw: [], change: [], settings };
  const surplus = whole.filter((line) => ownership.has(line) && !wanted.has(settingId(line)));
  const { withdraw, remove } = planRemoval([...surplus, ...replaced], whole, ownership);
  const change = [...remove, ...add];
  const steps = describe([...surplus, ...replaced], add);
  return { steps, problems: [], withdraw, change, settings: [...ours].toSorted() };
}

function conflict(wanted: FrrWish, present: readonly FrrLine[]): HostProblem {
  const has = present.map(({ text }) => withoutSecret(text)).join("; ");
  return problem("frr-conflict", { place: placeOf(wanted), has, wanted: withoutSecret(wanted.text) });
}

/** What FRR would refuse, or what would change an operator's set-up, although no two lines set the same thing. */
function structuralConflicts(wishes: readonly FrrWish[], running: readonly FrrLine[], ownership: Ownership): HostProblem[] {
  const foreign = ownership.foreign(running);
  const problems: HostProblem[] = [];
  const area = wishes.find(({ text }) => text.startsWith("ip ospf area "));
  if (area !== undefined) {
    const networks = foreign.filter(({ context, text }) => context[0] === "router ospf" && text.startsWith("network "));
    const instances = foreign.filter(({ context, text }) => context.length === 0 && /^router ospf \d+/.test(text));
    if (networks.length + instances.length > 0) problems.push(conflict(area, [...networks, ...instances]));
  }
  return problems;
}

/** Whether FRR refuses to overwrite it: the old one goes first. */
function needsRemoval({ text }: FrrLine): boolean {
  return /^(ip ospf message-digest-key|ip ospf area|ipv6 ospf6 area|router bgp|key |neighbor \S+ (?:interface )?remote-as)/.test(text);
}

/** Removal in the reverse order; a section that goes as a whole takes its lines along, one that an operator has lines in stays. */
function planRemoval(
  surplus: readonly FrrLine[],
  running: readonly FrrLine[],
  ownership: Ownership,
): { readonly withdraw: FrrLine[]; readonly remove: FrrLine[] } {
  const sections = surplus.filter((line) => isHeader(line.text));
  const whole = sections.filter((header) => ownership.foreign(linesBelow(running, header)).length === 0);
  const isInside = (line: FrrLine): boolean =>
    whole.some((header) => line.context.length > header.context.length && linesBelow([line], header).length > 0);
  const announcing = surplus.filter(isAnnouncing);
  const lines = surplus.filter((line) => !isAnnouncing(line) && !isInside(line) && (!isHeader(line.text) || whole.includes(line)));
  return { withdraw: announcing.map(negate), remove: lines.toSorted(byRemoval).map(negate) };
}

function isAnnouncing({ text }: FrrLine): boolean {
  return text.startsWith("redistribute kernel");
}

/** Interfaces leave before their instance, an instance before what shuts its routes out, lists and profiles last, once nobody refers to them. */
const removalOrder = [/^interface /, /^router /, /^(ip|ipv6) protocol /, /^key chain /, /^route-map /, /^(ip|ipv6) prefix-list /, /^bfd/];

function byRemoval(one: FrrLine, other: FrrLine): number {
  const rank = (line: FrrLine): number => removalOrder.findIndex((pattern) => pattern.test(line.context[0] ?? line.text));
  return rank(one) - rank(other) || other.context.length - one.context.length || withinRank(one) - withinRank(other);
}

/** A neighbour goes after all that refers to it, BFD after its profile, the area of an interface before its timers. */
function withinRank({ text }: FrrLine): number {
  if (/^(ip ospf|ipv6 ospf6) area /.test(text)) return -1;
  if (/^neighbor \S+ (interface )?remote-as /.test(text)) return 2;
  return /(^| )bfd$/.test(text) ? 1 : 0;
}

/** The line that takes a line back. Never carries a secret. */
export function negate({ context, text }: FrrLine): FrrLine {
  return { context, text: negation(text) };
}

function negation(text: string): string {
  if (text.startsWith("no ")) return text.slice("no ".length);
  const key = keyOf(text);
  const neighbor = /^(neighbor \S+) (interface )?remote-as /.exec(text);
  if (neighbor !== null) return `no ${neighbor[1]}${neighbor[2] === undefined ? "" : " interface"}`;
  if (/^(ip ospf message-digest-key|neighbor \S+ password|redistribute kernel|ospf6? router-id|bgp router-id)/.test(key))
    return `no ${key}`;
  return `no ${text}`;
}

/** One step for each section, in which the lines are told without their secrets. */
function describe(removed: readonly FrrLine[], added: readonly FrrLine[]): Step[] {
  const places = [...new Set([...removed, ...added].map(placeOf))];
  return places.map((place) => {
    const [from, to] = [removed, added].map((lines) => textOf(lines.filter((line) => placeOf(line) === place)));
    const action = from === null ? "create" : to === null ? "delete" : "change";
    return step(action, "frr", place, from ?? null, to ?? null);
  });
}

function placeOf({ context, text }: FrrLine): string {
  const [section] = context;
  if (section !== undefined) return section;
  return isHeader(text) ? text : keyOf(text).replace(/ seq \d+$/, "");
}

function textOf(lines: readonly FrrLine[]): string | null {
  const texts = lines.filter(({ context, text }) => context.length > 0 || !isHeader(text)).map(({ text }) => withoutSecret(text));
  if (lines.length === 0) return null;
  return texts.length === 0 ? "present" : texts.join("; ");
}
