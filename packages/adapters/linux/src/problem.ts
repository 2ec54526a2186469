/** Something about the host that an operator must know or mend; the agent goes on with everything else. */
export interface HostProblem {
  /** Stable and kebab-case. */
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export function problem(code: string, message: string, hint: string | null = null): HostProblem {
  return { code, message, hint };
}
