import { issue, severityInStatus } from "@rackway/errors";
import type { ErrorCode, ErrorParameters } from "@rackway/errors";
import { z } from "zod";

/**
 * What `rackway doctor` finds: of a host (`rackway agent doctor` makes it) and of a cluster (the command line makes it of the server's answers).
 * A check answers always: with what is wrong, with what could not be looked at and why, or with what is right.
 */
export const findingSeverities = ["critical", "warning", "unknown", "info", "ok"] as const;

export const findingSchema = z.strictObject({
  /** What was checked: `quorum`, `routing`, `disks`, … */
  check: z.string(),
  /** As a problem's in `status`; `unknown`: it could not be looked at, so it may be anything. */
  severity: z.enum(findingSeverities),
  /** The catalogue's (docs/reference/errors.md); null: nothing is wrong. */
  code: z.string().nullable(),
  /** `host/ctl-a1`, `vip/api`, `pacemaker/rack-a`, `cluster/dc1`. */
  subject: z.string(),
  /** One sentence, without a full stop. */
  what: z.string(),
  /** A command or a change that mends it; null: none is needed, or the sentence says it. */
  remedy: z.string().nullable(),
  /** The evidence: what was read, and where; null: the sentence has it. */
  seen: z.string().nullable(),
});

export const doctorReportSchema = z.strictObject({
  /** `host/ctl-a1` or `cluster/dc1`. */
  subject: z.string(),
  at: z.iso.datetime(),
  tookMs: z.int(),
  findings: z.array(findingSchema),
});

export type Finding = z.infer<typeof findingSchema>;
export type FindingSeverity = Finding["severity"];
export type DoctorReport = z.infer<typeof doctorReportSchema>;

/** Whom a check speaks of, and under what name. */
export interface FindingPlace {
  readonly check: string;
  readonly subject: string;
}

/** Makes a finding of its catalogue entry; `severity` where this place makes it graver or lighter than the entry says. */
export function finding<Code extends ErrorCode>(
  { check, subject }: FindingPlace,
  code: Code,
  parameters: ErrorParameters<Code>,
  more: { readonly seen?: string; readonly severity?: FindingSeverity } = {},
): Finding {
  const { message, hint } = issue(code, parameters);
  return { check, severity: more.severity ?? severityInStatus(code), code, subject, what: message, remedy: hint, seen: more.seen ?? null };
}

/** What somebody else has put into words already: an agent's problem, a plan's warning. */
export function toldFinding(
  { check, subject }: FindingPlace,
  told: { readonly code: string; readonly message: string; readonly hint: string | null },
  severity: FindingSeverity = severityInStatus(told.code),
): Finding {
  return { check, severity, code: told.code, subject, what: told.message, remedy: told.hint, seen: null };
}

/** All is well there. */
export function fine({ check, subject }: FindingPlace, what: string, seen: string | null = null): Finding {
  return { check, severity: "ok", code: null, subject, what, remedy: null, seen };
}

/** Nobody could look: said, so that it does not pass for well. */
export function unseen(place: FindingPlace, what: string, why: string): Finding {
  return finding(place, "doctor-unseen", { what, why: why === "" ? "no reason was given" : why }, { severity: "unknown" });
}

/** The findings, or that all is well: a check never answers with nothing. */
export function orFine(place: FindingPlace, found: readonly Finding[], what: string, seen: string | null = null): Finding[] {
  return found.length > 0 ? [...found] : [fine(place, what, seen)];
}

/** Gravest first; what is alike stays in its order. Pure. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const rank = ({ severity }: Finding): number => findingSeverities.indexOf(severity);
  return findings.toSorted((left, right) => rank(left) - rank(right));
}

/** What a look brought: a value, or why there is none. */
export type Seen<Value> = { readonly isSeen: true; readonly value: Value } | { readonly isSeen: false; readonly why: string };
