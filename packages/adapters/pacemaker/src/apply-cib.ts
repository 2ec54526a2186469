import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandRunner } from "@rackway/linux";
import { observeQuorum } from "./observe-quorum.ts";
import { planCib } from "./plan-cib.ts";
import type { CibIntent } from "./resource.ts";

export type CibOutcome =
  | { readonly kind: "nothing" }
  | { readonly kind: "applied"; readonly steps: readonly { readonly id: string }[] }
  | { readonly kind: "outdated"; readonly epochInCib: number }
  | { readonly kind: "overruled" }
  | CibLater;

/** Reads the CIB as this host's cib daemon has it. */
export async function queryCib(run: CommandRunner): Promise<string | null> {
  const result = await run(["cibadmin", "--query", "--local"], { timeoutMs: 10_000 });
  return result.code === 0 ? result.stdout : null;
}

const attempts = 8;

/** Nothing was written: try again when the named thing has changed. */
export type CibLater = { readonly kind: "later"; readonly reason: string; readonly isQuorumLost?: boolean };

/** What is to become of the CIB as it was read; `patched` null: it stays. */
export type CibChange<Result> = { readonly patched: string | null; readonly result: Result };

/**
 * Changes the CIB in one patch, or does nothing.
 *
 * Two locks on the door. Corosync itself must say that there is quorum (a minority's Pacemaker accepts writes, and they would replace the
 * majority's after healing). And the patch (crm_diff(8), `cibadmin --patch`) carries the version of the CIB that it was made from: where
 * that has moved on meanwhile, it is refused, and made anew from what is there now.
 */
export async function changeCib<Result>(run: CommandRunner, plan: (current: string) => CibChange<Result>): Promise<Result | CibLater> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const quorum = await observeQuorum(run);
    if (!quorum.quorate) return { kind: "later", reason: quorum.reason, isQuorumLost: true };
    const current = await queryCib(run);
    if (current === null) return { kind: "later", reason: "Pacemaker does not answer yet" };
    const { patched, result } = plan(current);
    if (patched === null) return result;
    const written = await writePatch(run, current, patched);
    if (written.kind === "applied") return result;
    if (written.kind === "later") return written;
  }
  return { kind: "later", reason: `the configuration changed under ${attempts} attempts in a row` };
}

/** Brings our part of the CIB to `intent`. The third lock: the epoch in the CIB must not be newer than ours. */
export async function applyCib(run: CommandRunner, intent: CibIntent): Promise<CibOutcome> {
  return changeCib<CibOutcome>(run, (current) => {
    const plan = planCib(current, intent);
    return plan.kind === "patch"
      ? { patched: plan.patched, result: { kind: "applied", steps: plan.steps } }
      : { patched: null, result: plan };
  });
}

type Written = { kind: "applied" } | { kind: "moved" } | CibLater;

async function writePatch(run: CommandRunner, current: string, patched: string): Promise<Written> {
  const folder = await mkdtemp(join(tmpdir(), "rackway-cib-"));
  try {
    const [from, to, patch] = [join(folder, "from.xml"), join(folder, "to.xml"), join(folder, "patch.xml")];
    await Promise.all([writeFile(from, current, { mode: 0o600 }), writeFile(to, patched, { mode: 0o600 })]);
    const diff = await run(["crm_diff", "--original", from, "--new", to], { timeoutMs: 20_000 });
    if (diff.stdout.trim() === "") return { kind: "later", reason: `crm_diff made no patch: ${diff.stderr.trim()}` };
    await writeFile(patch, diff.stdout, { mode: 0o600 });
    const written = await run(["cibadmin", "--patch", "--xml-file", patch], { timeoutMs: 20_000 });
    if (written.code === 0) return { kind: "applied" };
    if (/diff|version|old/i.test(written.stderr)) return { kind: "moved" };
    return { kind: "later", reason: `cibadmin refused the patch: ${written.stderr.trim()}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
