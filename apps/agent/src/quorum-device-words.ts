import type { HostProblem } from "@rackway/linux";
import { problem } from "@rackway/linux";
import type { HostState, QuorumDeviceObservation } from "@rackway/schema";

import type { ClusterView } from "./observer.ts";

/** What is wrong with the quorum device, as this controller sees it. No reason to call the host other than its state: the device is another's. */
export function quorumDeviceProblems({ pacemaker }: Pick<HostState, "pacemaker">, view: Pick<ClusterView, "pacemaker">): HostProblem[] {
  const device = pacemaker?.quorumDevice ?? null;
  const seen = view.pacemaker?.quorumDevice ?? null;
  if (device === null || seen === null) return [];
  const reason = lackOf(seen);
  return reason === null ? [] : [problem("quorum-device-lost", { host: device.host, address: device.address, reason })];
}

/** Null: it is connected, and gives its vote. */
export function lackOf({ word, isConnected, hasVote }: QuorumDeviceObservation): string | null {
  if (word === null) return "corosync-qdevice does not answer";
  if (!isConnected) return `corosync-qdevice says "${word}"`;
  return hasVote === false ? "it is connected, and its vote is not counted: it is the other half's, or is still being decided" : null;
}
