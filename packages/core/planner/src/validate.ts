import type { Issue } from "@rackway/errors";
import type { ClusterDocument } from "@rackway/schema";

/** Filled in next: every rule between fields. */
export function validate(_document: ClusterDocument): Issue[] {
  return [];
}
