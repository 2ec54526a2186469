import type { Step } from "@rackway/schema";

/** One thing that a host state asks for, in words. `id` names it for ever; `value` is what may change about it. */
export interface Item {
  readonly id: string;
  readonly kind: string;
  readonly target: string;
  readonly value: string;
  /** Of a long list: its parts. The value is then only compared; what is shown is how many there are, and which come and go. */
  readonly parts?: readonly string[];
  /** What the parts are; absent: networks. */
  readonly noun?: string;
  /** Items of one kind that there can be thousands of: what they are together. Many steps of one bundle are told as one. */
  readonly bundle?: string;
}

/** More steps of one bundle than an operator reads. */
const manySteps = 20;
const named = 8;

/** Steps in their order, those of a large bundle as one, which names the first few: nobody reads ten thousand lines before an apply. */
export function bundled(steps: readonly { readonly item: Item; readonly step: Step }[]): Step[] {
  const keyOf = (item: Item, { action }: Step): string | null =>
    item.bundle === undefined ? null : `${item.kind}/${item.bundle}/${action}`;
  const bundles = new Map<string, Step[]>();
  for (const { item, step } of steps) {
    const key = keyOf(item, step);
    if (key === null) continue;
    const bundle = bundles.get(key);
    if (bundle === undefined) bundles.set(key, [step]);
    else bundle.push(step);
  }
  const told = new Set<string>();
  return steps.flatMap(({ item, step }): Step[] => {
    const key = keyOf(item, step);
    const all = key === null ? [] : (bundles.get(key) ?? []);
    if (key === null || all.length <= manySteps) return [step];
    if (told.has(key)) return [];
    told.add(key);
    return [together(key, item, all)];
  });
}

function together(key: string, { kind, bundle = "" }: Item, steps: readonly Step[]): Step {
  const action = steps[0]?.action ?? "change";
  const listed = steps.slice(0, named).map(({ target }) => target);
  const text = `${listed.join(", ")} and ${steps.length - named} more`;
  return {
    id: key,
    action,
    kind,
    target: `${steps.length} of ${bundle}`,
    from: action === "delete" ? text : null,
    to: action === "delete" ? null : text,
  };
}
