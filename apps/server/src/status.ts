import { hasVips, networkScope, pacemakerClustersOf, routerVipOwner } from "@rackway/ipam";
import type { Reservation } from "@rackway/ipam";
import { findProblems } from "@rackway/planner";
import type { ProblemSources, StatusFacts, VipFacts } from "@rackway/planner";
import { summariseVip } from "@rackway/planner";
import { families } from "./families.ts";
import type { ClusterDocument, PacemakerObservation, Status, VirtualRouterSpec } from "@rackway/schema";
import { routerResourceIds } from "@rackway/schema";

import type { CurrentView } from "./current-view.ts";
import type { ReceivedReport } from "./report-book.ts";
import { roamingRouterStatus } from "./roaming-router-status.ts";
import type { RouterWatch } from "./router-watch.ts";
import { unconfirmedOf } from "./unconfirmed.ts";
import { vipFactsOf } from "./vip-status.ts";
import type { HostWord } from "./vip-status.ts";

/** All that a status is made of. Pure: the same input gives the same status. */
export interface StatusInput {
  readonly view: CurrentView;
  readonly reports: ReadonlyMap<string, ReceivedReport>;
  readonly nowMs: number;
  readonly routers: Pick<RouterWatch, "since">;
  /** When a host was last asked to look again because another claims what it claimed. */
  readonly askedAtMs: (host: string) => number | null;
  /** Since when a problem has been seen; null: longer than this server runs. */
  readonly problemSince: (code: string, subject: string) => string | null;
  /** In whose name somebody was refused since the host was last let in, and since when. */
  readonly refused: ReadonlyMap<string, string>;
}

/** A report older than this says nothing of now; agents report every five seconds at least. */
export const staleAfterMs = 15_000;
export const absentAfterMs = 60_000;
/** How long a host that was asked about a claim may stay silent before its word is worth less than its peers'. */
const silenceMs = 1000;

export type Freshness = "ok" | "stale" | "absent";

export function freshnessOf(received: ReceivedReport | undefined | null, nowMs: number): Freshness {
  const ageMs = nowMs - (received?.receivedAtMs ?? -Infinity);
  return ageMs > absentAfterMs ? "absent" : ageMs > staleAfterMs ? "stale" : "ok";
}

/** `rackway status`: who carries what, from reports alone; a host's silence makes its words stale, never true. */
export function buildStatus(input: StatusInput): Status {
  const { view, nowMs } = input;
  const document = view.current?.document ?? null;
  const reader = new ReportReader(input);
  const pacemaker = view.current === null ? [] : pacemakerStatus(view, reader);
  const hosts = document === null ? [] : hostStatus(document, input, reader, pacemaker);
  const vips = vipFactsOf(view, hosts, (host) => reader.wordOf(host));
  const routers = document === null ? [] : routerStatuses(document, input, reader, vips);
  const facts: StatusFacts = {
    cluster: document?.metadata.name ?? "",
    quorate: pacemaker.every(({ quorate }) => quorate),
    revision: view.current?.record.revision ?? null,
    observedAt: new Date(nowMs).toISOString(),
    unconfirmed: unconfirmedOf(view, nowMs),
    pacemaker,
    hosts,
    routers,
    vips: vips.map(summariseVip),
  };
  return { ...facts, problems: document === null ? [] : findProblems(facts, problemSources(input, reader, vips)) };
}

/** What the hosts say of each address of a service VIP: what a status is made of, one by one. */
export function vipsOnHosts(input: StatusInput, { hosts }: Pick<Status, "hosts">): VipFacts[] {
  const reader = new ReportReader(input);
  return vipFactsOf(input.view, hosts, (host) => reader.wordOf(host));
}

function problemSources(input: StatusInput, reader: ReportReader, vips: readonly VipFacts[]): Parameters<typeof findProblems>[1] {
  return {
    clusters: problemClusters(input.view),
    vips,
    told: [...reader.fresh.values()].flatMap(({ report }) => report.problems.map((problem) => ({ host: report.host, ...problem }))),
    runsByWord: (router) => reader.runsByWord(router, input.view),
    refused: input.refused,
    heardAt: (host) => {
      const received = input.reports.get(host);
      return received === undefined ? null : new Date(received.receivedAtMs).toISOString();
    },
    since: input.problemSince,
    isLocal: false,
  };
}

/** Pacemaker clusters as problems name them. */
export function problemClusters({ current }: CurrentView): ProblemSources["clusters"] {
  return (current?.pacemaker ?? []).map(({ settings, controllers }) => ({
    name: settings.name,
    racks: settings.racks,
    controllers: controllers.map(({ name }) => name),
  }));
}

/** The reports that count, with what follows from several of them together. */
class ReportReader {
  readonly #input: StatusInput;
  /** By host, fresh ones only. */
  readonly fresh: ReadonlyMap<string, ReceivedReport>;

  constructor(input: StatusInput) {
    this.#input = input;
    this.fresh = new Map([...input.reports].filter(([, received]) => freshnessOf(received, input.nowMs) === "ok"));
  }

  ageMs(host: string): number | null {
    const received = this.#input.reports.get(host);
    return received === undefined ? null : Math.max(0, this.#input.nowMs - received.receivedAtMs);
  }

  /** A Pacemaker cluster's view of itself: the newest that is quorate, else the newest. A minority's word does not count beside a majority's. */
  pacemaker(cluster: string, controllers: readonly string[]): { observation: PacemakerObservation; host: string } | null {
    const views = controllers.flatMap((host) => {
      const received = this.fresh.get(host);
      const observation = received?.report.pacemaker ?? null;
      return received === undefined || observation?.cluster !== cluster ? [] : [{ observation, host, received }];
    });
    views.sort((left, right) => right.received.receivedAtMs - left.received.receivedAtMs);
    return views.find(({ observation }) => observation.quorate) ?? views[0] ?? null;
  }

  /** Those of a Pacemaker cluster's controllers that say that they are connected to its quorum device. */
  connectedToDevice(controllers: readonly string[]): string[] {
    return controllers.filter((host) => this.fresh.get(host)?.report.pacemaker?.quorumDevice?.isConnected === true).toSorted();
  }

  /** The one host, silent itself, on which a majority's Pacemaker says that a router runs; null: none, or not one. */
  runsByWord(router: string, view: CurrentView): string | null {
    const hosts = (view.current?.pacemaker ?? []).flatMap(({ settings, controllers }) => {
      const seen = this.pacemaker(
        settings.name,
        controllers.map(({ name }) => name),
      )?.observation;
      if (seen?.quorate !== true) return [];
      const running = seen.resources.find(({ id }) => id === routerResourceIds({ name: router }).vips)?.running ?? [];
      return running.filter((host) => seen.online.includes(host));
    });
    const [host] = hosts;
    return hosts.length === 1 && host !== undefined && !this.fresh.has(host) ? host : null;
  }

  /**
   * Whether what a host said of itself still counts. It does not when the host was asked to look again, kept silent, and a quorate peer
   * has said since that it is gone: then it is a dead host's last word. A host that answers is believed, whatever its peers think: two
   * owners are shown as two.
   */
  isBelieved(host: string, received: ReceivedReport): boolean {
    const askedAtMs = this.#input.askedAtMs(host);
    if (askedAtMs === null || received.receivedAtMs >= askedAtMs || this.#input.nowMs - askedAtMs < silenceMs) return true;
    const cluster = received.report.pacemaker?.cluster;
    return ![...this.fresh.values()].some(
      ({ report, receivedAtMs }) =>
        report.pacemaker?.cluster === cluster &&
        report.pacemaker?.quorate === true &&
        receivedAtMs > received.receivedAtMs &&
        !report.pacemaker.online.includes(host),
    );
  }

  /** What a host said last, whether or not that counts still; null: nothing ever. */
  wordOf(host: string): HostWord | null {
    const received = this.#input.reports.get(host);
    if (received === undefined) return null;
    return {
      report: received.report,
      ageMs: Math.max(0, this.#input.nowMs - received.receivedAtMs),
      isBelieved: this.isBelieved(host, received),
    };
  }

  /** Fresh and believed reports that speak of a router, newest first. */
  observations(router: string) {
    const newestFirst = [...this.fresh].sort(([, left], [, right]) => right.receivedAtMs - left.receivedAtMs);
    return newestFirst.flatMap(([host, received]) => {
      const observation = received.report.routers.find(({ name }) => name === router);
      return observation === undefined || !this.isBelieved(host, received) ? [] : [{ host, observation, report: received.report }];
    });
  }
}

function pacemakerStatus(view: CurrentView, reader: ReportReader): Status["pacemaker"] {
  return (view.current?.pacemaker ?? []).map(({ settings, controllers }) => {
    const names = controllers.map(({ name }) => name);
    const seen = reader.pacemaker(settings.name, names);
    return {
      name: settings.name,
      quorate: seen?.observation.quorate ?? false,
      dc: seen?.observation.dc ?? null,
      fencing: seen?.observation.fencing ?? "off",
      takeover: settings.takeover,
      hosts: [...(seen?.observation.online ?? [])].sort(),
      quorumDevice:
        settings.quorumDevice === undefined ? null : { host: settings.quorumDevice.host, connected: reader.connectedToDevice(names) },
      ageMs: seen === null ? null : reader.ageMs(seen.host),
    };
  });
}

function hostStatus(document: ClusterDocument, input: StatusInput, reader: ReportReader, pacemaker: Status["pacemaker"]): Status["hosts"] {
  const revision = input.view.current?.record.revision ?? null;
  const clusterOf = new Map(
    pacemakerClustersOf(document).flatMap(({ settings, controllers }) => controllers.map(({ name }) => [name, settings.name] as const)),
  );
  return [...document.spec.hosts].sort(byName).map(({ name, rack, role }) => {
    const received = input.reports.get(name);
    const agent = freshnessOf(received, input.nowMs);
    const flags = input.view.flags.get(name);
    const cluster = pacemaker.find((each) => each.name === clusterOf.get(name));
    const isSeenByPeers = cluster !== undefined && cluster.quorate && cluster.ageMs !== null;
    const isPaused = agent === "ok" && received !== undefined ? received.report.paused : (flags?.paused ?? false);
    return {
      name,
      rack,
      role,
      // Peers know sooner that a controller is gone, and know of one whose agent is dead that it is there.
      online: isSeenByPeers ? cluster.hosts.includes(name) : agent === "ok",
      agent,
      drained: flags?.drained ?? false,
      // The agent's own word, while it is in contact: what was asked for may not have reached it.
      paused: isPaused,
      drain: flags?.drain ?? null,
      pause: (isPaused ? flags?.pause : null) ?? null,
      converged: received === undefined || agent === "absent" ? null : received.report.converged && received.report.revision === revision,
      dc: cluster?.dc === name,
      ageMs: reader.ageMs(name),
    };
  });
}

function routerStatuses(document: ClusterDocument, input: StatusInput, reader: ReportReader, vips: readonly VipFacts[]): RouterStatus[] {
  const ofRacks = document.spec.virtualRouters.map((router) => routerStatus(router, input, reader));
  const roaming = (document.spec.roamingRouters ?? []).map((router) => roamingRouterStatus(router, document, vips, input.routers));
  return [...ofRacks, ...roaming].sort(byName);
}

type RouterStatus = Status["routers"][number];

function routerStatus(router: VirtualRouterSpec, input: StatusInput, reader: ReportReader): RouterStatus {
  const observations = hasVips(router) ? reader.observations(router.name) : [];
  const vips = routerVips(router, input.view, observations);
  const active = hasVips(router) ? activeHost(router, vips, observations) : carryingHost(router, input.view, reader);
  const seenBy = active === null ? observations.map(({ host }) => host) : [active, ...observations.map(({ host }) => host)];
  const ages = seenBy.flatMap((host) => reader.ageMs(host) ?? []);
  return {
    name: router.name,
    rack: router.rack,
    active,
    activeSince: input.routers.since(router.name, active),
    vips,
    connectionSync: connectionSync(active, observations),
    ...servedBy(active, observations),
    ageMs: ages.length === 0 ? null : Math.min(...ages),
  };
}

type Observations = ReturnType<ReportReader["observations"]>;

/** The VIPs that should be, and any other that a host still holds for this router; owners as the hosts say of themselves. */
function routerVips(router: VirtualRouterSpec, view: CurrentView, observations: Observations): RouterStatus["vips"] {
  const vips = new Map<string, RouterStatus["vips"][number]>();
  const key = (name: string, address: string): string => `${name} ${address}`;
  for (const { name, family, reservation } of routerReservations(router, view)) {
    vips.set(key(name, reservation.value), { name, family, address: reservation.value, owners: [] });
  }
  for (const { host, observation } of observations) {
    for (const { name, family, address } of observation.holds) {
      const vip = vips.get(key(name, address)) ?? { name, family, address, owners: [] };
      if (!vip.owners.includes(host)) vip.owners.push(host);
      vips.set(key(name, address), vip);
    }
  }
  for (const vip of vips.values()) vip.owners.sort();
  return [...vips.values()];
}

/** The reservations of a router's pair, in a fixed order: public before management, IPv4 before IPv6. */
export function routerReservations(router: VirtualRouterSpec, view: CurrentView) {
  const found: { name: "public" | "management"; family: 4 | 6; scope: string; reservation: Reservation }[] = [];
  const rack = view.current?.document.spec.racks.find(({ name }) => name === router.rack);
  for (const [name, network] of [
    ["public", router.publicNetwork],
    ["management", router.managementNetwork],
  ] as const) {
    const spec = rack?.networks.find((each) => each.name === network);
    if (rack === undefined || spec === undefined) continue;
    const scope = networkScope(rack.name, spec);
    for (const family of families) {
      const owner = routerVipOwner(router.name, name, family);
      const reservation = view.current?.reservations.find(
        (each) => each.kind === "address" && each.scope === scope && each.owner === owner,
      );
      if (reservation !== undefined) found.push({ name, family, scope, reservation });
    }
  }
  return found;
}

/** A router without VIPs is part of what makes its one controller: it is there when that host says that all of the revision is. */
function carryingHost(router: VirtualRouterSpec, { current }: CurrentView, reader: ReportReader): string | null {
  const controllers = current?.document.spec.hosts.filter(({ rack, role }) => rack === router.rack && role === "controller") ?? [];
  const carrying = controllers.find(({ name }) => {
    const report = reader.fresh.get(name)?.report;
    return report?.converged === true && report.revision === current?.record.revision;
  });
  return carrying?.name ?? null;
}

/** The one host that holds a VIP of the pair. Of several, the one on which Pacemaker runs it; null when that is not clear. */
function activeHost(router: VirtualRouterSpec, vips: RouterStatus["vips"], observations: Observations): string | null {
  const owners = [...new Set(vips.flatMap((vip) => vip.owners))];
  if (owners.length <= 1) return owners[0] ?? null;
  // The newest word of a majority: what a dead host said of Pacemaker last is not asked.
  const newest = observations.find(({ report }) => report.pacemaker?.quorate === true)?.report ?? null;
  const running = newest?.pacemaker?.resources.find(({ id }) => id === routerResourceIds(router).vips)?.running ?? [];
  const both = owners.filter((host) => running.includes(host));
  return both.length === 1 ? (both[0] ?? null) : null;
}

/** What the active host's daemons, and its kernel, answered there. */
function servedBy(active: string | null, observations: Observations): Pick<RouterStatus, "connections" | "dns" | "ntp"> {
  const { connections = null, dns = null, ntp = null } = observations.find(({ host }) => host === active)?.observation ?? {};
  return { connections, dns, ntp };
}

/** In step: every standby that is seen has what the active host has. Entries are the active host's. Null: nobody said. */
function connectionSync(active: string | null, observations: Observations): RouterStatus["connectionSync"] {
  const seen = observations.flatMap(({ host, observation }) =>
    observation.connectionSync === null ? [] : [{ host, ...observation.connectionSync }],
  );
  if (seen.length === 0) return null;
  const standbys = seen.filter(({ host }) => host !== active);
  const lags = seen.flatMap(({ lagMs }) => lagMs ?? []);
  return {
    inStep:
      active !== null && standbys.length > 0 && seen.every(({ running }) => running) && standbys.every(({ inStep }) => inStep !== false),
    entries: seen.find(({ host }) => host === active)?.entries ?? Math.max(...seen.map(({ entries }) => entries)),
    lagMs: lags.length === 0 ? null : Math.max(...lags),
  };
}

function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}
