import { issue } from "@rackway/errors";
import type { ErrorCode, ErrorParameters } from "@rackway/errors";

/** Something about the host that an operator must know or mend (the catalogue's host part); the agent goes on with everything else. */
export interface HostProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | null;
}

export function problem<Code extends ErrorCode>(code: Code, parameters: ErrorParameters<Code>): HostProblem {
  const { message, hint } = issue(code, parameters);
  return { code, message, hint };
}
