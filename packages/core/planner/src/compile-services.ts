import type { PacemakerCluster, ReservationIndex } from "@rackway/ipam";
import {
  announcersByRack,
  namespaceIndexScope,
  namespaceOwner,
  namespaceScope,
  racksOfVip,
  serviceVips,
  vipNumberOwner,
} from "@rackway/ipam";
import type {
  HealthTerms,
  HostSpec,
  PacemakerState,
  ServiceNamespaceState,
  ServiceVipSet,
  ServiceVipState,
  VipSpec,
} from "@rackway/schema";

import type { ClusterIndex } from "./cluster-index.ts";
import { families, familyField, networkOf, rackOf } from "./cluster-index.ts";
import { compileServiceDaemons } from "./compile-service-daemons.ts";
import type { SharedServices } from "./compile-router.ts";
import { compileRoamingRouter } from "./compile-roaming-router.ts";
import { fabricOf } from "./fabric.ts";
import { healthTermsOf } from "./health-terms.ts";
import { reservedAddresses } from "./vip-addresses.ts";
import { compareText } from "./order.ts";
import { proxyOf } from "./proxy-state.ts";
import { serviceBridge, serviceLink } from "./service-link.ts";
import { serviceNetwork } from "./service-networks.ts";

/** VIPs of one namespace that are alike in mode, racks and group, whatever the Pacemaker cluster. Made once, shared by all hosts. */
interface VipKind {
  readonly mode: ServiceVipSet["mode"];
  /** Null: all racks that announce. Of failover VIPs their one rack. */
  readonly racks: readonly string[] | null;
  readonly group: string | null;
  readonly overlap: boolean;
  readonly pools: ReadonlySet<string>;
  readonly vips: readonly ServiceVipState[];
}

interface NamespaceKinds {
  readonly state: Omit<ServiceNamespaceState, "sets">;
  readonly kinds: readonly VipKind[];
}

/** What one Pacemaker cluster does about service VIPs. */
export type ClusterServices = Pick<PacemakerState, "services" | "serviceBridge">;

/**
 * Service VIPs of a document, for each Pacemaker cluster. Linear in VIPs and clusters: ten thousand VIPs in a hundred racks are made
 * once and referred to from everywhere.
 */
export class ServiceTable {
  readonly #index: ClusterIndex;
  readonly #namespaces: readonly NamespaceKinds[];
  readonly #announcers: ReadonlyMap<string, readonly HostSpec[]>;

  constructor(index: ClusterIndex, reservations: ReservationIndex, services: SharedServices) {
    this.#index = index;
    this.#announcers = announcersByRack(index.document);
    this.#namespaces = namespacesOf(index, reservations, services);
  }

  of(cluster: PacemakerCluster): ClusterServices {
    const racks = new Set(cluster.settings.racks);
    const announcers = cluster.controllers.filter((host) => this.#announcers.get(host.rack)?.includes(host) === true);
    const pools = new Set<string>();
    const services = this.#namespaces.flatMap(({ state, kinds }): ServiceNamespaceState[] => {
      const sets = new Map<string, ServiceVipSet>();
      for (const kind of kinds) {
        const able = kind.mode === "failover" ? cluster.controllers : announcers;
        const controllers = able.filter(({ rack }) => kind.racks?.includes(rack) ?? true).map(({ name }) => name);
        if (controllers.length === 0) continue;
        for (const pool of kind.pools) pools.add(pool);
        const name = kind.group ?? (racks.size > 1 ? (kind.racks?.filter((rack) => racks.has(rack)).join(".") ?? null) : null);
        const key = `${kind.mode} ${name ?? ""}`;
        const known = sets.get(key);
        const vips = known === undefined ? kind.vips : [...known.vips, ...kind.vips].sort((left, right) => left.number - right.number);
        const rack = kind.mode === "failover" ? { rack: kind.racks?.[0] ?? "" } : {};
        sets.set(key, { mode: kind.mode, name, ...rack, controllers, overlap: kind.overlap, vips: vips as ServiceVipState[] });
      }
      const found = [...sets].sort(([left], [right]) => compareText(left, right)).map(([, set]) => set);
      return found.length === 0 ? [] : [{ ...state, ...this.#networks(state.index, found), sets: found }];
    });
    const isAnnouncing = services.some(({ sets }) => sets.some(({ mode }) => mode !== "failover"));
    return { services, serviceBridge: isAnnouncing ? this.#bridge(announcers, pools) : null };
  }

  /** Where a namespace's failover VIPs are. */
  #networks(index: number, sets: readonly ServiceVipSet[]): Pick<ServiceNamespaceState, "networks"> {
    const used = new Map<string, Set<string>>();
    for (const { rack, vips } of sets) {
      if (rack === undefined) continue;
      const names = used.get(rack) ?? new Set<string>();
      used.set(rack, names);
      for (const { network } of vips) if (network !== undefined) names.add(network);
    }
    const networks = [...used]
      .sort(([left], [right]) => compareText(left, right))
      .flatMap(([rack, names]) => {
        const place = rackOf(this.#index, rack);
        const beside = { controllers: place.controllers, taken: new Set<number>() };
        return [...names].sort(compareText).map((name) => serviceNetwork(index, rack, networkOf(place, name), beside));
      });
    return networks.length === 0 ? {} : { networks };
  }

  #bridge(announcers: readonly HostSpec[], pools: ReadonlySet<string>): PacemakerState["serviceBridge"] {
    const { vipPools } = this.#index.document.spec;
    const replySources = families.flatMap((family) =>
      vipPools
        .filter(({ name }) => pools.has(name))
        .flatMap((pool) => pool[familyField(family)]?.cidr ?? [])
        .sort(compareText),
    );
    const hosts = announcers.flatMap((host) => {
      const fabric = fabricOf(host, rackOf(this.#index, host.rack));
      if (fabric === null) return [];
      const gateways = fabric.gateways.map(({ family, via, device }) => ({ family, via, device: device ?? missingDevice(host.name, via) }));
      return [{ name: host.name, interfaces: [...fabric.interfaces], gateways }];
    });
    return { ...serviceBridge, replySources, hosts };
  }
}

/** Sorted by name; those that no VIP is in are left out. */
function namespacesOf(cluster: ClusterIndex, reservations: ReservationIndex, services: SharedServices): NamespaceKinds[] {
  const { document } = cluster;
  const described = new Map(document.spec.namespaces.map((namespace) => [namespace.name, namespace]));
  const routers = new Map(document.spec.roamingRouters?.map((router) => [router.name, router]));
  const vips = Map.groupBy(
    serviceVips(document).map(({ vip }) => vip),
    ({ namespace }) => namespace,
  );
  return [...vips]
    .sort(([left], [right]) => compareText(left, right))
    .map(([name, members]) => {
      const index = Number(reservations.value("namespace-index", namespaceIndexScope, namespaceOwner(name)));
      const existing = described.get(name)?.existing ?? false;
      const netns = existing ? (described.get(name)?.netns ?? name) : `rw-${name}`;
      const { checks, kinds } = kindsOf(members, reservations, services.cluster, cluster);
      const spec = routers.get(name);
      const router = spec === undefined ? {} : { router: compileRoamingRouter(spec, cluster, reservations) };
      const daemons = compileServiceDaemons(members, services);
      return { state: { name, netns, existing, index, ...serviceLink(index), ...router, ...daemons, checks }, kinds };
    });
}

/** VIPs by number, so that neither the order of the document nor that of names decides anything. */
function kindsOf(
  members: readonly VipSpec[],
  reservations: ReservationIndex,
  cluster: string,
  index: ClusterIndex,
): { checks: HealthTerms[]; kinds: VipKind[] } {
  const numbered = members
    .map((vip) => ({ vip, number: Number(reservations.value("vip-number", namespaceScope(vip.namespace), vipNumberOwner(vip.name))) }))
    .sort((left, right) => left.number - right.number);
  const checks = new Map<string, { readonly place: number; readonly terms: HealthTerms }>();
  const kinds = new Map<
    string,
    { -readonly [Key in "mode" | "racks" | "group" | "overlap"]: VipKind[Key] } & { pools: Set<string>; vips: ServiceVipState[] }
  >();
  for (const { vip, number } of numbered) {
    const { mode } = vip;
    const racks = mode === "failover" ? [vip.rack ?? ""] : vip.racks === undefined ? null : racksOfVip(vip, new Map()).sort(compareText);
    const group = mode === "anycast" ? null : (vip.group ?? vip.name);
    const key = `${mode} ${group ?? ""} ${racks?.join(" ") ?? "*"}`;
    const kind = kinds.get(key) ?? { mode, racks, group, overlap: mode === "roaming", pools: new Set<string>(), vips: [] };
    kinds.set(key, kind);
    kind.overlap &&= vip.overlap === true;
    if (vip.pool !== undefined) kind.pools.add(vip.pool);
    kind.vips.push({
      name: vip.name,
      number,
      addresses: reservedAddresses(vip, reservations, index),
      check: checkPlace(vip, cluster, checks),
      ...(mode === "failover" && vip.network !== undefined ? { network: vip.network } : {}),
      ...proxyOf(vip),
      ...(vip.dns === undefined ? {} : { dns: true as const }),
      ...(vip.ntp === undefined ? {} : { ntp: true as const }),
    });
  }
  return { checks: [...checks.values()].map(({ terms }) => terms), kinds: [...kinds.values()] };
}

function checkPlace(
  vip: VipSpec,
  cluster: string,
  checks: Map<string, { readonly place: number; readonly terms: HealthTerms }>,
): number | null {
  const terms = healthTermsOf(vip, cluster);
  if (terms === null) return null;
  const key = JSON.stringify(terms);
  const known = checks.get(key);
  if (known !== undefined) return known.place;
  checks.set(key, { place: checks.size, terms });
  return checks.size - 1;
}

function missingDevice(host: string, via: string): never {
  throw new Error(`the document was not validated: nothing says by which interface ${host} reaches ${via}`);
}
