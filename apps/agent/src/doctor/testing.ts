import type { HostObservation, LinkObservation } from "@rackway/linux";
import { noTrouble } from "@rackway/pacemaker";
import type { CheckedVip, HostState, Seen } from "@rackway/schema";

import { hostState, pacemakerState } from "../testing.ts";
import type { HostSight, ServiceLook } from "./host-sight.ts";

export function seen<Value>(value: Value): Seen<Value> {
  return { isSeen: true, value };
}
export const unsee = (why: string): Seen<never> => ({ isSeen: false, why });

const bgp = { intervalMs: 50, multiplier: 3 };

/** A controller that announces two addresses of one namespace by two links. */
export const announcing: HostState = hostState("ctl-a1", {
  pacemaker: pacemakerState(),
  defaultRoutes: [{ family: 4, via: "10.10.1.1", device: "br-mgmt", metric: 50 }],
  anycast: {
    bridge: "rw-any",
    hostIpv4: "169.254.64.1",
    hostIpv6: "fd72:6b77:616e::1",
    ipv4Length: 18,
    ipv6Length: 64,
    replyTable: 8200,
    replySources: ["10.77.0.0/24"],
    interfaces: ["fabric1", "fabric2"],
    gateways: [
      { family: 4, via: "10.20.1.1", device: "fabric1" },
      { family: 4, via: "10.20.2.1", device: "fabric2" },
    ],
    namespaces: [
      {
        ...{ name: "haproxy", netns: "rw-haproxy", existing: false, index: 1, linkIpv4: "169.254.64.2", linkIpv6: "fd72:6b77:616e::2" },
        vips: [
          { name: "api", family: 4, address: "10.77.0.1", mode: "anycast" },
          { name: "web", family: 4, address: "10.77.0.2", mode: "roaming" },
        ],
      },
    ],
  },
  routing: {
    routerId: "10.20.1.11",
    families: [4],
    ospf: {
      ...{ area: "0.0.0.0", interfaces: ["fabric1", "fabric2"], networkType: "point-to-point", cost: 10, helloSeconds: 1, deadSeconds: 4 },
      ...{ authentication: null, bfd: bgp },
    },
    bgp: null,
    announce: [
      { family: 4, prefix: "10.77.0.1/32", vip: "api", namespace: "haproxy" },
      { family: 4, prefix: "10.77.0.2/32", vip: "web", namespace: "haproxy" },
    ],
  },
});

function link(name: string, mtu: number, addresses: readonly string[] = []): LinkObservation {
  return {
    ...{ name, kind: null, alias: null, mac: null, mtu, up: true, master: null, bridge: null, vlanId: null },
    addresses: addresses.map((address) => ({
      ...{ family: address.includes(":") ? 6 : 4, address, prefixLength: 18, scope: "global" },
      ...{ broadcast: null, label: null, dynamic: false, noPrefixRoute: false },
    })),
  };
}

export function route(to: string, metric = 82): HostObservation["routes"][number] {
  const nextHops = [{ via: "169.254.64.2", device: "rw-any", weight: 1, onLink: false }];
  return { family: 4, to, nextHops, metric, protocol: "82", scope: null, source: null, mtu: null };
}

const neighbor = (address: string, name: string): object => ({
  ...{ protocol: "ospf", routerId: address, address, interface: name, state: "Full", isUp: true, unacknowledged: 0, bfd: "up" },
});

export const now = new Date("2026-11-29T06:00:00.000Z");

/** That controller in good health. Tests change one thing each. */
export function healthySight(change: Partial<HostSight> = {}): HostSight {
  const running = { installed: true, enabled: true, running: true };
  const services = Object.fromEntries(["rackway-agent", "corosync", "pacemaker", "rackway-guard", "frr"].map((name) => [name, running]));
  const packages = ["iproute2", "corosync", "pacemaker", "pacemaker-cli-utils", "nftables", "conntrackd", "frr"];
  const gateway = { family: 4 as const, purpose: "the way", mtu: 1500, answersSmall: true, answersLarge: true, isNeighbor: true };
  const nodes = ["ctl-a1", "ctl-a2", "ctl-a3"];
  return {
    now,
    files: { config: "/etc/rackway/agent.yaml", state: "/var/lib/rackway/agent/state.json" },
    config: seen({ server: "http://server", host: "ctl-a1", tokenFile: "/etc/rackway/token" }),
    hasToken: true,
    agent: seen({ agentVersion: "0.1.0", revision: 7, observedAt: now.toISOString() } as never),
    server: seen({ address: "http://server", aheadMs: 300 }),
    clock: seen({ isSynchronised: true, by: "chronyd", word: "Normal" }),
    disks: seen([]),
    state: seen(announcing),
    init: seen({ name: "systemd", services }),
    packages: seen(new Map(packages.map((name) => [name, "1"]))),
    guard: "running",
    quorum: seen({ quorate: true, reason: "", members: 3, hasDeviceVote: null }),
    quorumDevice: unsee("there is none"),
    quorumServer: unsee("this host is none"),
    links: seen([2, 3].map((nodeId) => ({ link: 0, nodeId, isConnected: true, word: "connected" }))),
    monitor: seen({
      seen: { dc: "ctl-a2", fencing: "on", online: nodes, resources: [] },
      trouble: noTrouble,
      modes: { maintenance: false, stopsAll: false, nodes: nodes.map((name) => ({ name, states: [] })), unmanaged: [], blocked: [] },
    }),
    fenceAgents: new Map([["fence_ipmilan", true]]),
    fencingLog: "",
    uplinks: seen([]),
    drift: seen({
      observation: {
        links: [link("fabric1", 1500), link("fabric2", 1500), link("rw-any", 1500, ["169.254.64.1", "fd72:6b77:616e::1"])],
        routes: [route("10.77.0.1/32")],
        tables: [],
        sysctls: {},
      },
      pending: [],
      problems: [],
    }),
    frr: seen({ pending: [], problems: [], config: [] }),
    routing: seen({
      observation: {
        version: "8.4.4",
        neighbors: [neighbor("10.20.1.1", "fabric1"), neighbor("10.20.2.1", "fabric2")] as never,
        bfd: [],
        announced: [{ family: 4, prefix: "10.77.0.1/32" }],
      },
      problems: [],
    }),
    others: seen({ 4: new Set<string>(), 6: null, bestOnly: false }),
    namespaces: seen([haproxy(["10.77.0.1"])]),
    failover: seen([]),
    clients: seen({ pending: [], problems: [], writers: [], isImmutable: false }),
    kernel: seen({
      sysctls: { "net.ipv4.conf.fabric1.rp_filter": "2", "net.ipv4.conf.all.rp_filter": "0", "net.ipv4.neigh.default.gc_thresh3": "1024" },
      neighbors: { 4: 20, 6: 20 },
    }),
    gateways: seen([{ ...gateway, via: "10.20.1.1", device: "fabric1" }]),
    ...change,
  };
}

/** The namespace as the kernel shows it (addresses, and those that have a route), with what its checker says. */
export function haproxy(addresses: readonly string[], routed = addresses, vips: readonly CheckedVip[] = []): ServiceLook {
  const checker = { kind: "heard" as const, vips: new Map(vips.map((vip) => [vip.address, vip])) };
  return { name: "haproxy", kernel: { kind: "seen", addresses: new Set(addresses), routed: new Set(routed) }, checker };
}
