/** Why the lab did not do what it was asked. `usage`-like codes give exit code 2, everything else 1. */
export type LabErrorCode =
  | "not-root"
  | "kernel-lacks"
  | "root-build-failed"
  | "topology-invalid"
  | "topology-unreadable"
  | "lab-exists"
  | "lab-unknown"
  | "host-unknown"
  | "network-unknown"
  | "process-unknown"
  | "host-off"
  | "boot-failed"
  | "fabric-unsettled"
  | "command-failed"
  | "server-failed"
  | "not-converged"
  | "payload-missing"
  | "usage";

const usageCodes: ReadonlySet<LabErrorCode> = new Set([
  "topology-invalid",
  "topology-unreadable",
  "lab-unknown",
  "host-unknown",
  "network-unknown",
  "usage",
]);

/** A failure that the operator of the lab can act on: the text says what is wrong, the hint what to do. */
export class LabError extends Error {
  readonly code: LabErrorCode;
  readonly hint: string | undefined;

  constructor(code: LabErrorCode, message: string, hint?: string) {
    super(message);
    this.name = "LabError";
    this.code = code;
    this.hint = hint;
  }

  /** 2 when the request itself was wrong, 1 when it could not be done. */
  get exitCode(): 1 | 2 {
    return usageCodes.has(this.code) ? 2 : 1;
  }
}

/** "unknown host ctl-a4", with the nearest names. */
export function unknownName(code: LabErrorCode, kind: string, wanted: string, known: string[]): LabError {
  const near = known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate) }))
    .filter(({ distance }) => distance <= 2)
    .sort((a, b) => a.distance - b.distance)
    .map(({ candidate }) => candidate);
  const hint = near.length > 0 ? `did you mean ${near.slice(0, 3).join(" or ")}?` : `there are: ${known.join(", ") || "none"}`;
  return new LabError(code, `unknown ${kind} ${wanted}`, hint);
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
