import type { HostProblem } from "@rackway/linux";
import { problem } from "@rackway/linux";
import type { ClusterTrouble } from "@rackway/pacemaker";
import { barredWords } from "@rackway/pacemaker";

/** Resources that have failed on `host`, this one, lately: each host tells of its own, or all would tell of all. Pure. */
export function failingProblems(host: string, { failCounts, failures }: ClusterTrouble): HostProblem[] {
  return failCounts
    .filter((each) => each.host === host)
    .map((each) => {
      const { resource, count, threshold } = each;
      const last = failures.findLast((failure) => failure.resource === resource && failure.host === host);
      return problem("resource-failing", {
        resource,
        host,
        times: countWords(count, threshold),
        reason: last === undefined ? "" : `: ${last.task}: ${last.reason === "" ? "no reason given" : last.reason}`,
        barred: count < threshold ? "" : `; this host is barred from it${barredWords(each)}`,
      });
    });
}

function countWords(count: number, threshold: number): string {
  const times = count >= 1_000_000 ? "for good" : count === 1 ? "once" : `${count} times`;
  return threshold > 0 && threshold < 1_000_000 ? `${times} (barred from ${threshold} on)` : `${times} (never barred)`;
}
