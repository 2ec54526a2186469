import { allocate } from "@rackway/ipam";
import { sampleCluster } from "@rackway/ipam/testing";
import { compile, planChange, validate } from "@rackway/planner";
import type { ClusterDocument } from "@rackway/schema";

import type { Run, Scenario } from "../../tests/harness/scenario.ts";

const sizes = [100, 1_000, 10_000] as const;

/** Everything pure between a parsed document full of anycast VIPs and what each host would do. */
export const compileVips: Scenario = {
  name: "compile-vips",
  summary: "Validate, allocate, compile and diff 100, 1,000 and 10,000 dual-stack anycast VIPs in 4 namespaces on 6 controllers of 2 racks",
  runs: 15,
  thresholds: [{ value: "compileMs", group: "10000 VIPs", statistic: "median", atMost: 2000 }],
  setUp: () =>
    Promise.resolve({ run: (index) => Promise.resolve(runOnce(sizes[index % sizes.length] ?? 100)), tearDown: () => Promise.resolve() }),
};

function runOnce(vips: number): Run {
  const shape = { racks: 2, controllersPerRack: 3, membersPerRack: 1, routersPerRack: 1, namespaces: 4 };
  const before = planned(sampleCluster({ ...shape, vips }), []);
  // One VIP more, beside all those that are there.
  const next = sampleCluster({ ...shape, vips: vips + 1 });
  const validated = timed(() => validate(next));
  const after = planned(next, before.reservations);
  const changed = timed(() => planChange({ current: before, next: after }));
  const faults = validated.result.filter(({ severity, code }) => severity === "error" && code !== "not-yet-supported");
  return {
    group: `${vips} VIPs`,
    values: {
      validateMs: validated.ms,
      allocateMs: after.allocateMs,
      compileMs: after.compileMs,
      diffMs: changed.ms,
      steps: changed.result.hosts.flatMap(({ steps }) => steps).length,
    },
    failures: [
      ...faults.map(({ message }) => message),
      ...(changed.result.hosts.length === 6 ? [] : ["the plan does not see the VIP that came"]),
    ],
  };
}

function planned(document: ClusterDocument, existing: ReturnType<typeof reservationsOf>) {
  const allocated = timed(() => reservationsOf(document, existing));
  const options = {
    revision: 1,
    epoch: 1,
    operations: { paused: new Set<string>(), drained: new Map<string, null>() },
    authKeys: new Map(),
  };
  const compiled = timed(() => compile(document, allocated.result, options));
  return { document, reservations: allocated.result, hostStates: compiled.result, allocateMs: allocated.ms, compileMs: compiled.ms };
}

function reservationsOf(document: ClusterDocument, existing: Parameters<typeof allocate>[0]["existing"]) {
  const allocation = allocate({ document, existing, revision: 1 });
  if (!allocation.ok) throw new Error(allocation.issues[0]?.message);
  return allocation.reservations;
}

function timed<Result>(work: () => Result): { readonly result: Result; readonly ms: number } {
  const startedAt = performance.now();
  const result = work();
  return { result, ms: performance.now() - startedAt };
}
