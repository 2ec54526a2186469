import { isSecretOption } from "@rackway/schema";
import type { Step } from "@rackway/schema";
import { listOurs, patchCib, readRecord, readVerdict } from "./cib-xml.ts";
import type { CibIntent } from "./resource.ts";
import type { Verdict } from "./verdict-word.ts";

export type CibPlan =
  | { readonly kind: "nothing" }
  | { readonly kind: "patch"; readonly steps: readonly Step[]; readonly patched: string }
  /** The CIB was written by somebody who knew more than we do: our state is old. */
  | { readonly kind: "outdated"; readonly epochInCib: number }
  /** The revision must be confirmed, and what the CIB says of it is not what the writer believes. */
  | { readonly kind: "overruled" };

/** What of ours differs between the CIB as it is (`cibadmin -Q`) and as it should be. Pure. */
export function planCib(current: string, intent: CibIntent): CibPlan {
  const record = readRecord(current);
  if (isOverruled(readVerdict(current), intent.trial)) return { kind: "overruled" };
  const { epoch } = record;
  // What undoes a revision is older than that is, and is written over it all the same; over nothing that came after it.
  const isUndoing = intent.trial?.side === "base" && (record.revision ?? 0) <= intent.trial.revision;
  const wanted = isUndoing ? { ...intent, epoch: Math.max(intent.epoch, epoch ?? 0) } : intent;
  if (epoch !== null && epoch > wanted.epoch) return { kind: "outdated", epochInCib: epoch };
  const before = listOurs(current);
  // A change elsewhere (another Pacemaker cluster's drain, say) raises the epoch and nothing of ours: no reason to write.
  if (epoch !== null && differences(before, listOurs(patchCib(current, { ...wanted, epoch }))).length === 0) return { kind: "nothing" };
  const patched = patchCib(current, wanted);
  return { kind: "patch", steps: differences(before, listOurs(patched)), patched };
}

/** The new state is not written after the CIB has said that it is undone, and the old one not before. */
function isOverruled(verdict: Verdict | null, trial: CibIntent["trial"]): boolean {
  if (trial === undefined) return false;
  const word = verdict?.trial === trial.id ? verdict.word : null;
  return trial.side === "new" ? word === "undone" : word !== "undone";
}

function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Step[] {
  const steps: Step[] = [];
  for (const [id, to] of after) {
    const from = before.get(id);
    if (from === undefined) steps.push(step("create", id, null, to));
    else if (from !== to) steps.push(step("change", id, from, to));
  }
  for (const [id, from] of before) if (!after.has(id)) steps.push(step("delete", id, from, null));
  return steps;
}

function step(action: Step["action"], id: string, from: string | null, to: string | null): Step {
  return { id: `cib/${id}`, action, kind: "cib", target: id, from: shorten(withoutSecrets(from)), to: shorten(withoutSecrets(to)) };
}

/** Somebody may have given a fence device of ours a password by hand: steps are reported, and shown by the server. */
function withoutSecrets(text: string | null): string | null {
  return (
    text?.replaceAll(/( name="([^"]*)" value=)"(?:[^"\\]|\\.)*"/g, (pair, head: string, name: string) =>
      isSecretOption(name) ? `${head}"[secret]"` : pair,
    ) ?? null
  );
}

/** Parameters carry whole files; a step is read by a person. */
function shorten(text: string | null): string | null {
  if (text === null || text.length <= 400) return text;
  return `${text.slice(0, 400)}… (${text.length} characters)`;
}
