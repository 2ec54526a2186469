import type { HostProblem } from "@rackway/linux";
import { problem } from "@rackway/linux";
import type { ClusterTrouble } from "@rackway/pacemaker";
import { failureTimeoutMs } from "@rackway/pacemaker";

/** Resources that have failed on `host`, this one, lately: each host tells of its own, or all would tell of all. Pure. */
export function failingProblems(host: string, { failCounts, failures }: ClusterTrouble): HostProblem[] {
  return failCounts
    .filter((each) => each.host === host)
    .map(({ resource, count, threshold, lastFailureAt }) => {
      const last = failures.findLast((failure) => failure.resource === resource && failure.host === host);
      const until = lastFailureAt === null ? null : new Date(lastFailureAt.getTime() + failureTimeoutMs);
      return problem("resource-failing", {
        resource,
        host,
        times: countWords(count, threshold),
        reason: last === undefined ? "" : `: ${last.task}: ${last.reason === "" ? "no reason given" : last.reason}`,
        // Pacemaker looks for what it may forget when something happens, and every 30 s: not to the second.
        barred:
          count < threshold
            ? ""
            : `; this host is barred from it${until === null ? "" : ` until about ${until.toISOString().slice(11, 19)} UTC`}`,
      });
    });
}

function countWords(count: number, threshold: number): string {
  const times = count >= 1_000_000 ? "for good" : count === 1 ? "once" : `${count} times`;
  return threshold > 0 && threshold < 1_000_000 ? `${times} (barred from ${threshold} on)` : `${times} (never barred)`;
}
