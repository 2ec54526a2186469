import { sortFindings, unseen } from "@rackway/schema";
import type { Finding } from "@rackway/schema";

import { sightChecks } from "./check-agent.ts";
import { checkClients } from "./check-clients.ts";
import { checkCluster } from "./check-cluster.ts";
import { checkGuard, checkPackages, checkServices } from "./check-daemons.ts";
import { checkDrift, checkPaused } from "./check-drift.ts";
import { checkKernel } from "./check-kernel.ts";
import { checkQuorumDevice, checkQuorumServer } from "./check-quorum-device.ts";
import { checkRouting } from "./check-routing.ts";
import { checkFailover } from "./check-failover.ts";
import { checkNamespaces } from "./check-services.ts";
import { checkMtu, checkWayOut } from "./check-way-out.ts";
import type { HostSight, JudgedHost } from "./host-sight.ts";
import { nameOfHost } from "./host-sight.ts";

/** One question about a host. Pure; never answers with nothing. */
export type HostCheck = (host: JudgedHost) => Finding[];

const hostChecks: readonly HostCheck[] = [
  checkPackages,
  checkServices,
  checkGuard,
  checkCluster,
  checkQuorumDevice,
  checkQuorumServer,
  checkPaused,
  checkDrift,
  checkClients,
  checkKernel,
  checkMtu,
  checkWayOut,
  checkNamespaces,
  checkFailover,
  checkRouting,
];

/** All that is asked about a host, gravest first. Pure. */
export function judgeHost(sight: HostSight): Finding[] {
  const { state } = sight;
  const place = { check: "everything else", subject: `host/${nameOfHost(sight)}` };
  const judged = state.isSeen
    ? hostChecks.flatMap((check) => check({ ...sight, wanted: state.value }))
    : [unseen(place, "daemons, quorum, routing and drift", "without a host state nobody knows what should be here")];
  return sortFindings([...sightChecks.flatMap((check) => check(sight)), ...judged]);
}
