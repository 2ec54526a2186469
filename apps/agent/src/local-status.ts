import { findProblems, summariseVip, vipOnHost } from "@rackway/planner";
import type { StatusFacts } from "@rackway/planner";
import type { HostReport, HostState, RouterState, Status, Unconfirmed } from "@rackway/schema";
import { routerResourceIds } from "@rackway/schema";

import type { ClusterView } from "./observer.ts";

export interface LocalStatusParts {
  readonly state: HostState;
  readonly view: ClusterView;
  readonly isConverged: boolean;
  readonly observedAt: Date;
  readonly ageMs: number;
  /** What the agent's last report says is wrong here. */
  readonly told: HostReport["problems"];
  /** Service VIPs as the agent's last report has them. */
  readonly services: HostReport["services"];
  /** The revision that this host undoes unless it is confirmed; absent: none. */
  readonly unconfirmed?: Unconfirmed | null;
}

/**
 * `rackway status` as one host sees it, with no server: on a controller its own Pacemaker cluster, its own addresses from the kernel, the
 * other hosts' by Pacemaker's word; on a member the member. Other hosts' agents cannot be seen from here: they read as absent, without an age.
 */
export function renderLocalStatus(parts: LocalStatusParts): Status {
  const facts = localFacts(parts);
  const { pacemaker, host } = parts.state;
  const clusters =
    pacemaker === null
      ? []
      : [
          {
            name: pacemaker.cluster,
            racks: [...new Set(pacemaker.nodes.map(({ rack }) => rack))],
            controllers: pacemaker.nodes.map(({ name }) => name),
          },
        ];
  const problems = findProblems(facts, {
    clusters,
    told: parts.told.map((problem) => ({ host: host.name, ...problem })),
    // Whether a VIP lacks anything is not for one host to say.
    vips: [],
    // Owners on other hosts are by Pacemaker's word here already.
    runsByWord: () => null,
    refused: new Map(),
    heardAt: () => null,
    since: () => null,
    isLocal: true,
  });
  return { ...facts, problems };
}

function localFacts({ state, view, isConverged, observedAt, ageMs, services, unconfirmed = null }: LocalStatusParts): StatusFacts {
  const { pacemaker, host } = state;
  const seen = view.pacemaker;
  return {
    cluster: state.cluster,
    // Every Pacemaker cluster that this host is in: a member is in none, so there is none that lacks quorum.
    quorate: pacemaker === null || (seen?.quorate ?? false),
    revision: pacemaker === null ? state.revision : (seen?.revision ?? null),
    observedAt: observedAt.toISOString(),
    unconfirmed,
    pacemaker:
      pacemaker === null
        ? []
        : [
            {
              name: pacemaker.cluster,
              quorate: seen?.quorate ?? false,
              dc: seen?.dc ?? null,
              fencing: seen?.fencing ?? "off",
              takeover: pacemaker.takeover,
              hosts: seen === null ? [] : pacemaker.nodes.map(({ name }) => name),
              quorumDevice:
                pacemaker.quorumDevice === null
                  ? null
                  : { host: pacemaker.quorumDevice.host, connected: seen?.quorumDevice?.isConnected === true ? [host.name] : [] },
              ageMs: seen === null ? null : ageMs,
            },
          ],
    hosts: hostsOf(state).map(({ name, rack, drained }) => ({
      name,
      rack,
      role: host.role,
      online: name === host.name || (seen?.online.includes(name) ?? false),
      agent: name === host.name ? "ok" : "absent",
      drained,
      paused: name === host.name && state.paused,
      converged: name === host.name ? isConverged : null,
      dc: seen?.dc === name,
      ageMs: name === host.name ? ageMs : null,
    })),
    routers: pacemaker?.routers.map((router) => routerStatus(router, state, view, ageMs)) ?? [],
    vips: vipRows(state, services ?? [], isConverged, ageMs),
  };
}

/** What is on this host alone: nobody here knows who else has an anycast VIP, or which other host has one of a single owner. */
function vipRows({ host }: HostState, services: NonNullable<HostReport["services"]>, isConverged: boolean, ageMs: number): Status["vips"] {
  return services
    .filter(({ mode, held }) => mode === "anycast" || held)
    .map((seen) => {
      const own = vipOnHost({ host: host.name, state: "ok", isEligible: true, isConverged }, seen, ageMs);
      const { vip: name, mode, namespace, family, address } = seen;
      return summariseVip({ name, mode, namespace, family, address, hosts: [own] });
    });
}

function hostsOf({ pacemaker, host }: HostState): readonly { readonly name: string; readonly rack: string; readonly drained: boolean }[] {
  return pacemaker === null ? [{ name: host.name, rack: host.rack, drained: false }] : pacemaker.nodes;
}

/** A router is in its controllers' rack, which is not this host's for all routers of a Pacemaker cluster that spans racks. */
function rackOf(router: RouterState, { pacemaker, host }: HostState): string {
  return pacemaker?.nodes.find(({ name }) => router.controllers.includes(name))?.rack ?? host.rack;
}

function routerStatus(router: RouterState, state: HostState, view: ClusterView, ageMs: number): Status["routers"][number] {
  const own = view.routers.find(({ name }) => name === router.name);
  const held = new Set(own?.holds.map(({ address }) => address));
  const running = view.pacemaker?.resources.find(({ id }) => id === routerResourceIds(router).vips)?.running ?? [];
  const others = running.filter((name) => name !== state.host.name);
  const ownersOf = (address: string): string[] => [...(held.has(address) ? [state.host.name] : []), ...others];
  const owners = [...new Set(router.vips.flatMap(({ address }) => ownersOf(address)))];
  const sync = own?.connectionSync ?? null;
  return {
    name: router.name,
    rack: rackOf(router, state),
    active: owners.length === 1 ? (owners[0] ?? null) : null,
    vips: router.vips.map(({ name, family, address }) => ({ name, family, address, owners: ownersOf(address) })),
    connectionSync: sync === null ? null : { inStep: sync.inStep ?? false, entries: sync.entries, lagMs: sync.lagMs },
    // This host's own word is that of the router only where it is the active one.
    connections: held.size > 0 ? (view.daemons[router.name]?.connections ?? null) : null,
    dns: held.size > 0 ? (view.daemons[router.name]?.dns ?? null) : null,
    ntp: held.size > 0 ? (view.daemons[router.name]?.ntp ?? null) : null,
    ageMs,
  };
}
