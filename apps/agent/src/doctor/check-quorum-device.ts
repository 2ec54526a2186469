import { corosyncClusterName, fine, finding, orFine, toldFinding, unseen } from "@rackway/schema";
import type { Finding } from "@rackway/schema";

import { lackOf } from "../quorum-device-words.ts";
import type { JudgedHost } from "./host-sight.ts";

/** A controller's side: is it connected, and does the vote count? */
export function checkQuorumDevice({ wanted, quorumDevice, quorum }: JudgedHost): Finding[] {
  const { pacemaker } = wanted;
  const device = pacemaker?.quorumDevice ?? null;
  if (pacemaker === null || device === null)
    return [fine({ check: "quorum device", subject: `host/${wanted.host.name}` }, "the document gives this host none")];
  const place = { check: "quorum device", subject: `pacemaker/${pacemaker.cluster}` };
  if (!quorumDevice.isSeen) return [unseen(place, "the quorum device", quorumDevice.why)];
  const word = quorumDevice.value;
  const hasVote = quorum.isSeen ? quorum.value.hasDeviceVote : null;
  const reason = lackOf({ word, isConnected: word === "Connected", hasVote });
  const { host, address } = device;
  if (reason !== null) return [finding(place, "quorum-device-lost", { host, address, reason }, { seen: "corosync-qdevice-tool -s" })];
  return [fine(place, `connected to ${host} (${address}), and its vote counts`)];
}

/** The device's side: does it run as it should, and do the controllers come? */
export function checkQuorumServer({ wanted, quorumServer }: JudgedHost): Finding[] {
  const place = { check: "quorum device of others", subject: `host/${wanted.host.name}` };
  if (wanted.quorumServer === null) return [fine(place, "this host is nobody's quorum device")];
  if (!quorumServer.isSeen) return [unseen(place, "corosync-qnetd", quorumServer.why)];
  const { pending, problems, clients } = quorumServer.value;
  const { clusters } = wanted.quorumServer;
  const missing = clients === null ? [] : clusters.filter((cluster) => !clients.includes(corosyncClusterName(cluster)));
  const found = [
    ...problems.map((problem) => toldFinding(place, problem)),
    ...(pending.length > 0 && problems.length === 0
      ? [finding(place, "quorum-server-pending", { steps: pending.map(({ target }) => target).join(", ") })]
      : []),
    ...(missing.length > 0 ? [finding(place, "quorum-server-alone", { clusters: missing.join(", ") })] : []),
  ];
  if (clients === null && found.length === 0) return [unseen(place, "who is connected", "corosync-qnetd-tool -l gives no answer")];
  return orFine(place, found, `corosync-qnetd runs, and controllers of ${clusters.join(", ")} are connected`);
}
