import { RackwayError } from "@rackway/api-client/browser";

/** What an operator reads of a thrown thing: the server's own words, with its hint. */
export function messageOf(error: unknown): string {
  if (error instanceof RackwayError) {
    const hint = error.hint ?? null;
    return hint === null || hint === "" ? error.message : `${error.message} (${hint})`;
  }
  return error instanceof Error ? error.message : String(error);
}
