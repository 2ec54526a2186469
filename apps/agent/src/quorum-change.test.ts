import { renderCorosyncConf } from "@rackway/pacemaker";
import type { PacemakerState } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import type { ClusterObservation } from "./cluster-plan.ts";
import { planCluster } from "./cluster-plan.ts";
import { freshHost, idle, pacemakerState, running } from "./testing.ts";

const without: PacemakerState = {
  ...pacemakerState({ hosts: ["ctl-a1", "ctl-a2"] }),
  fencing: [{ agent: "fence_ipmilan", parameters: {}, hosts: [] }],
};
const certificate = { id: "quorum-cluster-rack-a", sha256: "cd".repeat(32) };
const withDevice: PacemakerState = {
  ...without,
  quorumDevice: { host: "node-a1", address: "10.10.1.21", algorithm: "ffsplit", certificate },
};
const services = { corosync: running, "corosync-qdevice": idle, pacemaker: running, "rackway-guard": running };

/** A member whose file is of `state`, with quorum. */
function member(state: PacemakerState, members: number, change: Partial<ClusterObservation> = {}): ClusterObservation {
  const has = state.quorumDevice !== null;
  return freshHost({
    conf: renderCorosyncConf(state),
    authKeySha256: state.authKey.sha256,
    authKeyMode: 0o400,
    services: has ? { ...services, "corosync-qdevice": running } : services,
    deviceStore: has ? { kind: "ours", sha256: certificate.sha256 } : { kind: "absent" },
    quorum: { quorate: true, members },
    ...change,
  });
}

const plan = (seen: ClusterObservation, wanted: PacemakerState | null) =>
  planCluster("ctl-a1", wanted, seen, "/etc/corosync/corosync.conf");
const verbs = (seen: ClusterObservation, wanted: PacemakerState | null): string[] =>
  plan(seen, wanted).actions.map((action) => ("service" in action ? `${action.do} ${action.service}` : action.do));

describe("a quorum device", () => {
  test("of a cluster that begins has its certificate before Corosync starts, and its daemon before Pacemaker", () => {
    expect(verbs(freshHost(), withDevice)).toEqual([
      ...["write-key", "write-certificate", "write-conf", "clear-cluster-state"],
      ...["start corosync", "start corosync-qdevice", "start pacemaker", "start rackway-guard"],
    ]);
    expect(verbs(member(withDevice, 2), withDevice)).toEqual([]);
  });

  test("comes into a running cluster without a restart, and goes out of it with its vote first", () => {
    expect(verbs(member(without, 2), withDevice)).toEqual(["write-certificate", "write-conf", "reload-corosync", "start corosync-qdevice"]);
    expect(verbs(member(withDevice, 2), without)).toEqual(["stop corosync-qdevice", "write-conf", "reload-corosync", "remove-certificate"]);
  });

  test("that becomes another, or has another certificate, is taken up by a new corosync-qdevice", () => {
    const elsewhere = { ...withDevice, quorumDevice: { ...withDevice.quorumDevice!, host: "node-b1", address: "10.10.2.21" } };
    expect(verbs(member(withDevice, 2), elsewhere)).toEqual([
      "stop corosync-qdevice",
      "write-conf",
      "reload-corosync",
      "start corosync-qdevice",
    ]);
    const old = member(withDevice, 2, { deviceStore: { kind: "ours", sha256: "00" } });
    expect(verbs(old, withDevice)).toEqual(["stop corosync-qdevice", "write-certificate", "start corosync-qdevice"]);
  });

  test("neither comes nor goes while that would cost quorum, and says what it waits for", () => {
    for (const [seen, wanted] of [
      [member(without, 1), withDevice],
      [member(withDevice, 1), without],
    ] as const) {
      const { actions, problems, blocked } = plan(seen, wanted);
      expect(actions).toEqual([]);
      expect(problems.map(({ message }) => message)).toEqual([
        "Pacemaker cluster rack-a: votes are counted as before until 2 controllers are there (1 now)",
      ]);
      expect(blocked).toHaveLength(1);
    }
    // There is none to lose.
    expect(verbs(member(without, 1, { quorum: { quorate: false, members: 1 } }), withDevice)).toContain("reload-corosync");
  });

  test("goes with the host that leaves: after Pacemaker, before Corosync", () => {
    expect(verbs(member(withDevice, 2), null)).toEqual([
      ...["stop pacemaker", "stop corosync-qdevice", "stop corosync", "stop rackway-guard", "remove-files", "remove-certificate"],
    ]);
  });
});
