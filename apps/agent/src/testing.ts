import type { ServiceObservation } from "@rackway/linux";
import type { PacemakerSight } from "@rackway/pacemaker";
import { noTrouble } from "@rackway/pacemaker";
import { emptyHostState } from "@rackway/planner";
import type { HostState, PacemakerState } from "@rackway/schema";

import type { ClusterObservation } from "./cluster-plan.ts";
import { noFencing } from "./fencing.ts";
import type { ClusterView } from "./observer.ts";

/** States and observations of one rack, for the tests beside this file. */
export function pacemakerState(
  change: { readonly cluster?: string; readonly hosts?: readonly string[]; readonly timers?: PacemakerState["timers"] } = {},
): PacemakerState {
  const hosts = change.hosts ?? ["ctl-a1", "ctl-a2", "ctl-a3"];
  return {
    cluster: change.cluster ?? "rack-a",
    takeover: "quorum",
    timers: change.timers ?? "local",
    nodes: hosts.map((name, index) => ({
      name,
      rack: "rack-a",
      nodeId: index + 1,
      addresses: [`10.10.1.${11 + index}`],
      drained: false,
    })),
    fencing: [],
    epoch: 1,
    routers: [
      {
        name: "vr-a",
        netns: "rw-vr-a",
        index: 1,
        controllers: [...hosts],
        management: { bridge: "br-mgmt", mtu: 1500, cidrs: ["10.10.1.0/24"] },
        public: { bridge: "br-ex", mtu: 1500, cidrs: ["203.0.113.0/25"], gateways: [{ family: 4, address: "203.0.113.1" }] },
        vips: [
          { name: "public", family: 4, address: "203.0.113.100", prefixLength: 25 },
          { name: "management", family: 4, address: "10.10.1.100", prefixLength: 24 },
        ],
        nat: { ipv4: "snat", ipv6: "routed" },
        inbound: [],
        routerAdvertisements: null,
        connectionSync: { bridge: "br-mgmt", mtu: 1500 },
        uplink: { intervalMs: 1000, fall: 3, rise: 2, targets: [] },
        dns: null,
        ntp: null,
      },
    ],
    services: [],
    serviceBridge: null,
    authKey: { id: "corosync-rack-a", sha256: "ab".repeat(32) },
    quorumDevice: null,
  };
}

export function hostState(host = "ctl-a1", change: Partial<HostState> = {}): HostState {
  return {
    ...emptyHostState("dc1", 7, { name: host, rack: "rack-a", role: "controller" }),
    pacemaker: pacemakerState(),
    ...change,
  };
}

export const idle: ServiceObservation = { installed: true, enabled: false, running: false };
export const running: ServiceObservation = { installed: true, enabled: true, running: true };

/** A host with the packages installed and nothing set up. */
export function freshHost(change: Partial<ClusterObservation> = {}): ClusterObservation {
  return {
    conf: null,
    confIsPackageDefault: false,
    authKeySha256: null,
    authKeyMode: null,
    init: "runit",
    services: { corosync: idle, "corosync-qdevice": idle, pacemaker: idle, "rackway-guard": idle },
    restartPending: [],
    deviceStore: { kind: "absent" },
    quorum: null,
    ...change,
  };
}

/** What a controller sees when all is well and `owner` has the router. */
export function clusterView(host: string, owner: string, change: Partial<NonNullable<ClusterView["pacemaker"]>> = {}): ClusterView {
  const vips = pacemakerState().routers.flatMap(({ vips: all }) => all.map(({ name, family, address }) => ({ name, family, address })));
  return {
    pacemaker: {
      cluster: "rack-a",
      quorate: true,
      dc: "ctl-a1",
      fencing: "off",
      online: ["ctl-a1", "ctl-a2", "ctl-a3"],
      resources: [{ id: "rw-vr-a-vips", running: [owner], failed: [] }],
      revision: 7,
      quorumDevice: null,
      ...change,
    },
    routers: [
      {
        name: "vr-a",
        namespaceExists: true,
        holds: host === owner ? vips : [],
        connectionSync: { running: true, inStep: true, entries: 5, lagMs: null },
        dns: null,
        ntp: null,
      },
    ],
    daemons: {},
    guard: "running",
    trouble: noTrouble,
    disks: [],
    fencing: noFencing,
    uplinks: [],
    carriers: { "vr-a": owner },
  };
}

/** A look at Pacemaker that would make this view. */
export function sightOf({ pacemaker, trouble }: ClusterView): PacemakerSight | null {
  return pacemaker === null ? null : { observation: pacemaker, trouble };
}
