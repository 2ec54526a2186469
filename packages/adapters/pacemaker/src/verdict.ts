import type { CommandRunner } from "@rackway/linux";
import { changeCib, type CibLater } from "./apply-cib.ts";
import { readVerdict, setVerdict, verdictProperty } from "./cib-xml.ts";
import { parseVerdict, type Verdict } from "./verdict-word.ts";

/** The word that stands now; another controller's may have been first. `later`: nothing was written, and none is known. */
export type VerdictOutcome = { readonly kind: "decided"; readonly word: Verdict["word"] } | CibLater;

/**
 * The word on a revision in this host's copy of the CIB (crm_attribute(8)); null: none, or Pacemaker does not answer. A minority's copy may be
 * old, never wrong: a word is written with quorum alone.
 */
export async function observeVerdict(run: CommandRunner, trial: string): Promise<Verdict["word"] | null> {
  const argv = ["crm_attribute", "--type", "crm_config", "--name", verdictProperty, "--query", "--quiet"];
  const { code, stdout } = await run(argv, { timeoutMs: 5_000 });
  const verdict = code === 0 ? parseVerdict(stdout.trim()) : null;
  return verdict?.trial === trial ? verdict.word : null;
}

/**
 * Says a word on a revision, unless one stands already that it does not outweigh. Any controller may, for the agent on the DC may be the one
 * that is cut off from the server: it is one patch against the CIB as it was read, so of two that speak at once one is first, and the other
 * one reads what it said.
 */
export async function decideVerdict(run: CommandRunner, wanted: Verdict): Promise<VerdictOutcome> {
  return changeCib<VerdictOutcome>(run, (current) => {
    const stands = readVerdict(current);
    // Of a host that was away for that long: what was decided since is not its to take back.
    if (stands !== null && sinceMs(stands) > sinceMs(wanted)) {
      const reason = `another revision was decided since: ${stands.trial}`;
      return { patched: null, result: wanted.word === "confirmed" ? { kind: "decided", word: wanted.word } : { kind: "later", reason } };
    }
    const isDecided = stands?.trial === wanted.trial && (stands.word === "confirmed" || stands.word === wanted.word);
    return isDecided
      ? { patched: null, result: { kind: "decided", word: stands.word } }
      : { patched: setVerdict(current, wanted), result: { kind: "decided", word: wanted.word } };
  });
}

/** When the revision was made, in milliseconds: the second half of `7@1790000000000`. */
function sinceMs({ trial }: Verdict): number {
  return Number(trial.split("@")[1] ?? 0);
}
