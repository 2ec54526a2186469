import type { HostState } from "@rackway/schema";

import { problem } from "./problem.ts";
import type { Stage } from "./stage.ts";
import { step } from "./stage.ts";
import { sysctlSideEffects } from "./sysctl.ts";

export interface SysctlWrite {
  readonly key: string;
  readonly value: string;
}

/** All kernel parameters of a host state, those that its host routers need included: the later one wins. */
export function wantedSysctls(state: Pick<HostState, "sysctls" | "hostRouters">): Map<string, string> {
  const wanted = new Map(state.sysctls.map(({ key, value }) => [key, value]));
  for (const router of state.hostRouters) {
    if (router.management.cidrs.some((cidr) => !cidr.includes(":"))) wanted.set("net.ipv4.ip_forward", "1");
    if (router.management.cidrs.some((cidr) => cidr.includes(":"))) wanted.set("net.ipv6.conf.all.forwarding", "1");
  }
  return wanted;
}

/** The keys to observe for a plan: wanted, what the kernel changes with them, and all that is remembered. */
export function sysctlKeys(
  wanted: ReadonlyMap<string, string>,
  remembered: Readonly<Record<string, string>>,
  linkNames: readonly string[],
): string[] {
  const keys = [...wanted.keys()];
  return [...new Set([...keys, ...keys.flatMap((key) => sysctlSideEffects(key, linkNames)), ...Object.keys(remembered)])];
}

/** What is to be written: wanted values that differ, then originals of what is wanted no longer. */
export function planSysctls(stage: Stage, wanted: ReadonlyMap<string, string>): SysctlWrite[] {
  const writes: SysctlWrite[] = [];
  const linkNames = stage.world.links.map(({ name }) => name);
  const bound = new Set<string>();
  for (const [key, value] of wanted) {
    const effects = sysctlSideEffects(key, linkNames);
    for (const effect of effects) bound.add(effect);
    const current = stage.world.sysctls[key] ?? null;
    if (current === value) continue;
    if (current === null) {
      blockMissing(stage, key, value);
      continue;
    }
    // Its side effects are remembered with the first change: later, they are ours.
    const isKnown = Object.hasOwn(stage.originals.sysctls, key);
    for (const remembered of isKnown ? [] : [key, ...effects]) rememberSysctl(stage, remembered, wanted);
    writes.push({ key, value });
    stage.steps.push(step("change", "sysctl", key, current, value));
  }
  return [...writes, ...planRestores(stage, wanted, bound)];
}

function blockMissing(stage: Stage, key: string, value: string): void {
  stage.blocked.push(step("change", "sysctl", key, null, value));
  stage.problems.push(problem("sysctl-missing", { key }));
}

function rememberSysctl(stage: Stage, key: string, wanted: ReadonlyMap<string, string>): void {
  const current = stage.world.sysctls[key] ?? null;
  if (current === null || Object.hasOwn(stage.originals.sysctls, key)) return;
  // A value that is wanted already may be what we wrote in an earlier life: then there is nothing better to go back to.
  if (wanted.get(key) === current) return;
  stage.keep((originals) => ({ ...originals, sysctls: { ...originals.sysctls, [key]: current } }));
}

function planRestores(stage: Stage, wanted: ReadonlyMap<string, string>, bound: ReadonlySet<string>): SysctlWrite[] {
  const leaving = Object.entries(stage.originals.sysctls).filter(([key]) => !wanted.has(key) && !bound.has(key));
  // What a key changes besides itself is put back after it.
  const rank = ([key]: [string, string]): number => (sysctlSideEffects(key, []).length > 0 ? 0 : 1);
  const writes: SysctlWrite[] = [];
  for (const [key, value] of leaving.toSorted((a, b) => rank(a) - rank(b))) {
    const current = stage.world.sysctls[key] ?? null;
    if (current === value || current === null) {
      stage.forget((originals) => ({
        ...originals,
        sysctls: Object.fromEntries(Object.entries(originals.sysctls).filter(([other]) => other !== key)),
      }));
      continue;
    }
    writes.push({ key, value });
    stage.steps.push(step("change", "sysctl", key, current, value));
  }
  return writes;
}
