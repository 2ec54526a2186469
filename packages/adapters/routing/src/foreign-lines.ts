import type { FrrLine } from "./frr-config.ts";
import { isNamedOurs } from "./frr-config.ts";

/**
 * Lines of an operator that would announce our routes as well: `redistribute kernel` without our route map, in whatever protocol. A VIP's
 * announcement is a kernel route, so such a line tells of it, too, with other metrics, and of other routes of the host besides. Pure.
 */
export function foreignRedistribution(config: readonly FrrLine[]): FrrLine[] {
  return config.filter((line) => /^redistribute kernel(?: |$)/.test(line.text) && !isNamedOurs(line));
}
