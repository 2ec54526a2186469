import type { HostState, Step } from "@rackway/schema";

import { planBridges } from "./bridge-driver.ts";
import { wantedTables } from "./host-tables.ts";
import type { IpOperation } from "./ip-operation.ts";
import type { NormalForm } from "./nftables.ts";
import type { HostObservation } from "./observation.ts";
import type { Originals } from "./originals.ts";
import { planRoutes } from "./plan-routes.ts";
import { planTunnel } from "./plan-tunnel.ts";
import type { SysctlWrite } from "./plan-sysctls.ts";
import { planSysctls, wantedSysctls } from "./plan-sysctls.ts";
import type { TablesPlan } from "./plan-tables.ts";
import { planTables } from "./plan-tables.ts";
import type { HostProblem } from "./problem.ts";
import { Stage } from "./stage.ts";

/** The part of a host state that this adapter carries out. */
export type HostNetworkState = Pick<HostState, "bridges" | "sysctls" | "defaultRoutes" | "routes" | "tunnel" | "hostRouters">;

/** The state of a host that has nothing of ours. */
export const emptyNetworkState: HostNetworkState = { bridges: [], sysctls: [], defaultRoutes: [], routes: [], hostRouters: [] };

export interface HostPlan {
  readonly steps: readonly Step[];
  /** Wanted, but not possible as the host is now; `problems` says why. */
  readonly blocked: readonly Step[];
  readonly problems: readonly HostProblem[];
  /** Must be on disk before anything of this is applied. */
  readonly remember: Originals;
  /** What is left to remember when all of it was applied. */
  readonly originals: Originals;
  /** Links and addresses: each stands on the one before. */
  readonly linkOperations: readonly IpOperation[];
  /** Routes: one that fails does not hold up the others. */
  readonly routeOperations: readonly IpOperation[];
  readonly sysctls: readonly SysctlWrite[];
  readonly tables: TablesPlan;
}

/**
 * What must change on a host: pure, from what is wanted, what is, and what was before us. Each stage stands on the world that the one
 * before it leaves (a route over a bridge that is about to be made). Nothing to do is an empty plan.
 */
export function planHost(
  state: HostNetworkState,
  observation: HostObservation,
  originals: Originals,
  normalForms: ReadonlyMap<string, NormalForm>,
): HostPlan {
  const stage = new Stage(observation, originals);
  planBridges(stage, state.bridges);
  const hasTunnel = planTunnel(stage, state.tunnel ?? null);
  const linkCount = stage.operations.length;
  planRoutes(stage, state, hasTunnel ? state.tunnel : undefined);
  const sysctls = planSysctls(stage, wantedSysctls(state));
  const tables = planTables(stage, wantedTables(state, stage.remember), normalForms);
  return {
    steps: stage.steps,
    blocked: stage.blocked,
    problems: stage.problems,
    remember: stage.remember,
    originals: stage.originals,
    linkOperations: stage.operations.slice(0, linkCount),
    routeOperations: stage.operations.slice(linkCount),
    sysctls,
    tables,
  };
}
