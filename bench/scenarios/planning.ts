import { sampleCluster } from "@rackway/ipam/testing";
import { planRevision } from "@rackway/planner";
import type { Run, Scenario } from "../../tests/harness/scenario.ts";

const sizes = [10, 100, 1000] as const;

/** Everything pure between a parsed document and what each host would do: validate, allocate, compile, diff against the revision before. */
export const planning: Scenario = {
  name: "planning",
  summary: "Validate, allocate, compile and diff a change of one router, for 10, 100 and 1,000 hosts",
  runs: 15,
  thresholds: [{ value: "planMs", group: "1000 hosts", statistic: "median", atMost: 2000 }],
  setUp: () =>
    Promise.resolve({ run: (index) => Promise.resolve(planOnce(sizes[index % sizes.length] ?? 10)), tearDown: () => Promise.resolve() }),
};

function planOnce(hosts: number): Run {
  const racks = Math.max(1, Math.round(hosts / 40));
  const document = sampleCluster({ racks, controllersPerRack: 3, routersPerRack: 1, membersPerRack: Math.round(hosts / racks) - 3 });
  const common = { operations: { paused: new Set<string>(), drained: new Map<string, null>() }, authKeys: new Map(), isCommitted: true };
  const first = planRevision({ document, current: null, revision: 1, epoch: 1, ...common });
  if (!first.ok) throw new Error(first.issues[0]?.message);
  const changed = structuredClone(document);
  const router = changed.spec.virtualRouters[0];
  if (router) router.uplinkCheck.fall += 1;
  const current = { revision: 1, document, reservations: first.allocation.reservations };
  const startedAt = performance.now();
  const second = planRevision({ document: changed, current, revision: 2, epoch: 2, ...common });
  const planMs = performance.now() - startedAt;
  if (!second.ok) throw new Error(second.issues[0]?.message);
  return {
    group: `${hosts} hosts`,
    values: { planMs, hostsChanged: second.change.hosts.length },
    failures: second.change.hosts.length === 0 ? ["the plan does not see the change"] : [],
  };
}
