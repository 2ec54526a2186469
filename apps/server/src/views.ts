import { hasVips, networkScope, pacemakerClustersOf, poolScope } from "@rackway/ipam";
import { domainOf, timeServerText, timeServersOf, upstreamText, upstreamsOf } from "@rackway/planner";
import type {
  HostReport,
  HostView,
  NetworkSpec,
  NetworkView,
  PoolView,
  RackView,
  RouterView,
  ServiceVipObservation,
  Status,
  VirtualRouterSpec,
} from "@rackway/schema";

import type { ControlPlane } from "./control-plane.ts";
import type { CurrentView } from "./current-view.ts";
import { roamingRouterView } from "./roaming-router-status.ts";
import { routerReservations } from "./status.ts";

/** Lists for `get` and `describe`: what the current revision says, with what is reserved and what was seen beside it. */
export function rackViews({ current }: CurrentView): RackView[] {
  const { hosts = [], racks = [], virtualRouters = [], roamingRouters = [] } = current?.document.spec ?? {};
  const routers = sorted([
    ...virtualRouters.map(({ name, rack }) => ({ name, racks: [rack] })),
    ...roamingRouters.map((router) => ({ name: router.name, racks: router.racks })),
  ]);
  return sorted(racks).map(({ name, networks }) => {
    const inRack = sorted(hosts).filter(({ rack }) => rack === name);
    const names = (role: string): string[] => inRack.filter((host) => host.role === role).map((host) => host.name);
    return {
      name,
      networks: sorted(networks).map((network) => network.name),
      controllers: names("controller"),
      members: names("member"),
      routers: routers.filter((router) => router.racks.includes(name)).map((router) => router.name),
    };
  });
}

export function networkViews({ current }: CurrentView): NetworkView[] {
  return sorted(current?.document.spec.racks ?? []).flatMap((rack) =>
    sorted(rack.networks).map((network) => {
      const reservations = (current?.reservations ?? []).filter(
        ({ kind, scope }) => kind === "address" && scope === networkScope(rack.name, network),
      );
      const { name, bridge, driver, mtu, shared } = network;
      return {
        id: `${rack.name}/${name}`,
        name,
        rack: rack.name,
        bridge,
        driver,
        vlan: network.vlan ?? null,
        mtu,
        shared,
        ipv4: familyUse(network.ipv4, reservations, ":", false),
        ipv6: familyUse(network.ipv6, reservations, ":", true),
        reservations,
      };
    }),
  );
}

type Reservations = NetworkView["reservations"];

function familyUse(family: NetworkSpec["ipv4"], reservations: Reservations, mark: string, isMarked: boolean): NetworkView["ipv4"] {
  if (family === undefined) return null;
  const reserved = reservations.filter(({ value }) => value.includes(mark) === isMarked).length;
  return { cidr: family.cidr, gateway: family.gateway ?? null, ranges: family.ranges ?? [], reserved };
}

export function hostViews(plane: ControlPlane, status: Status): HostView[] {
  const { current } = plane.view;
  if (current === null) return [];
  const running = new Set(current.pacemaker.map(({ settings }) => settings.name));
  const clusters = new Map(
    pacemakerClustersOf(current.document)
      .filter(({ settings }) => running.has(settings.name))
      .flatMap(({ settings, controllers }) => controllers.map(({ name }) => [name, settings.name] as const)),
  );
  const statuses = new Map(status.hosts.map((each) => [each.name, each]));
  const holders = new Set(status.vips.flatMap(({ mode, eligible }) => (mode === "anycast" ? eligible : [])));
  return sorted(current.document.spec.hosts).flatMap(({ name, rack, role, addresses }) => {
    const seen = statuses.get(name);
    const report = plane.reports.get(name)?.report ?? null;
    if (seen === undefined) return [];
    return [
      {
        name,
        rack,
        role,
        addresses,
        pacemaker: clusters.get(name) ?? null,
        drained: seen.drained,
        paused: plane.view.flags.get(name)?.paused ?? false,
        hasToken: plane.authority.hasToken(name),
        revision: report?.revision ?? null,
        agentVersion: report?.agentVersion ?? null,
        trial: report?.trial ?? null,
        status: seen,
        vips: vipCounts(report?.services ?? null),
        drain: drainView(seen, report?.services ?? (holders.has(name) ? null : [])),
        clients: report?.clients ?? null,
        pendingSteps: report?.pendingSteps ?? [],
        problems: report?.problems ?? [],
      },
    ];
  });
}

function vipCounts(services: HostReport["services"]): HostView["vips"] {
  if (services === null || services.length === 0) return null;
  const count = (isSuch: (vip: ServiceVipObservation) => boolean): number => services.filter(isSuch).length;
  return {
    mayHold: services.length,
    held: count(({ held }) => held),
    announced: count(({ announced }) => announced),
    down: count(({ held, health }) => held && health === "down"),
    silent: count(({ held, announced, health }) => held && !announced && health !== "down"),
  };
}

function drainView({ drained, agent, drain }: Status["hosts"][number], services: HostReport["services"]): HostView["drain"] {
  if (!drained) return null;
  const terms = { deadline: drain?.deadline ?? null, force: drain?.force ?? false };
  if (agent === "absent" || services === null) return { ...terms, held: null, left: [] };
  const anycast = services.filter(({ mode }) => mode === "anycast");
  const left = anycast
    .map(({ vip, address, held, announced, hold, flows }) => {
      return { vip, address, held, announced, isLast: announced && hold === "last", flows: flows ?? null };
    })
    .filter(({ held, announced, flows }) => announced || (flows === null ? held : flows > 0));
  return { ...terms, held: anycast.filter(({ held }) => held).length, left };
}

export function routerViews(view: CurrentView, status: Status): RouterView[] {
  const { current } = view;
  const statuses = new Map(status.routers.map((each) => [each.name, each]));
  const roaming = (current?.document.spec.roamingRouters ?? []).flatMap((router) => {
    const seen = statuses.get(router.name);
    return seen === undefined || current === null ? [] : [roamingRouterView(router, current, seen)];
  });
  return sorted([...rackRouterViews(view, statuses), ...roaming]);
}

function rackRouterViews(view: CurrentView, statuses: ReadonlyMap<string, Status["routers"][number]>): RouterView[] {
  return (view.current?.document.spec.virtualRouters ?? []).flatMap((router) => {
    const seen = statuses.get(router.name);
    if (seen === undefined || view.current === null) return [];
    const cluster = hasVips(router) ? (view.current.pacemaker.find(({ settings }) => settings.racks.includes(router.rack)) ?? null) : null;
    const controllers = sorted(view.current.document.spec.hosts).filter(({ rack, role }) => rack === router.rack && role === "controller");
    return [
      {
        name: router.name,
        rack: router.rack,
        pacemaker: cluster?.settings.name ?? null,
        takeover: cluster?.settings.takeover ?? null,
        controllers: controllers.map(({ name }) => name),
        managementNetwork: router.managementNetwork,
        publicNetwork: router.publicNetwork,
        nat: router.nat,
        dns: nameServiceView(router, view.current.document.metadata.name),
        ntp: timeServiceView(router),
        reservations: routerReservations(router, view).map(({ reservation }) => reservation),
        status: seen,
      },
    ];
  });
}

function nameServiceView(router: VirtualRouterSpec, cluster: string): RouterView["dns"] {
  if (router.dns === undefined) return null;
  const { localDomains, names, dnssec } = router.dns;
  return {
    upstreams: upstreamsOf(router.dns).map(upstreamText),
    localDomains,
    domain: domainOf(router, cluster),
    names,
    dnssec: dnssec !== false,
  };
}

function timeServiceView({ ntp }: VirtualRouterSpec): RouterView["ntp"] {
  return ntp === undefined ? null : { upstreams: timeServersOf(ntp).map(timeServerText), orphanStratum: ntp.orphanStratum };
}

export function poolViews({ current }: CurrentView): PoolView[] {
  return sorted(current?.document.spec.vipPools ?? []).map((pool) => {
    const reservations = (current?.reservations ?? []).filter(({ kind, scope }) => kind === "address" && scope === poolScope(pool.name));
    return {
      name: pool.name,
      ipv4: familyUse(pool.ipv4, reservations, ":", false),
      ipv6: familyUse(pool.ipv6, reservations, ":", true),
      reservations,
    };
  });
}

function sorted<Item extends { readonly name: string }>(items: readonly Item[]): Item[] {
  return [...items].sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
}
