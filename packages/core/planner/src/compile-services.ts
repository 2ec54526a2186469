import type { PacemakerCluster, ReservationIndex } from "@rackway/ipam";
import {
  announcersByRack,
  isAnnounced,
  namespaceIndexScope,
  namespaceOwner,
  namespaceScope,
  poolScope,
  racksOfVip,
  vipNumberOwner,
  vipOwner,
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
import { families, familyField, rackOf } from "./cluster-index.ts";
import { fabricOf } from "./fabric.ts";
import { healthTermsOf } from "./health-terms.ts";
import { compareText } from "./order.ts";
import { serviceBridge, serviceLink } from "./service-link.ts";

/** VIPs of one namespace that are alike in mode, racks and group, whatever the Pacemaker cluster. Made once, shared by all hosts. */
interface VipKind {
  readonly mode: ServiceVipSet["mode"];
  /** Null: all racks that announce. */
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

/** What one Pacemaker cluster does about anycast and roaming VIPs. */
export type ClusterServices = Pick<PacemakerState, "services" | "serviceBridge">;

/**
 * Anycast and roaming VIPs of a document, for each Pacemaker cluster. Linear in VIPs and clusters: ten thousand VIPs in a hundred racks are made
 * once and referred to from everywhere.
 */
export class ServiceTable {
  readonly #index: ClusterIndex;
  readonly #namespaces: readonly NamespaceKinds[];
  readonly #announcers: ReadonlyMap<string, readonly HostSpec[]>;

  constructor(index: ClusterIndex, reservations: ReservationIndex) {
    this.#index = index;
    this.#announcers = announcersByRack(index.document);
    this.#namespaces = namespacesOf(index, reservations);
  }

  of(cluster: PacemakerCluster): ClusterServices {
    const racks = new Set(cluster.settings.racks);
    const announcers = cluster.controllers.filter((host) => this.#announcers.get(host.rack)?.includes(host) === true);
    const pools = new Set<string>();
    const services = this.#namespaces.flatMap(({ state, kinds }): ServiceNamespaceState[] => {
      const sets = new Map<string, ServiceVipSet>();
      for (const kind of kinds) {
        const controllers = announcers.filter(({ rack }) => kind.racks?.includes(rack) ?? true).map(({ name }) => name);
        if (controllers.length === 0) continue;
        for (const pool of kind.pools) pools.add(pool);
        const name = kind.group ?? (racks.size > 1 ? (kind.racks?.filter((rack) => racks.has(rack)).join(".") ?? null) : null);
        const key = `${kind.mode} ${name ?? ""}`;
        const known = sets.get(key);
        const vips = known === undefined ? kind.vips : [...known.vips, ...kind.vips].sort((left, right) => left.number - right.number);
        sets.set(key, { mode: kind.mode, name, controllers, overlap: kind.overlap, vips: vips as ServiceVipState[] });
      }
      const found = [...sets].sort(([left], [right]) => compareText(left, right)).map(([, set]) => set);
      return found.length === 0 ? [] : [{ ...state, sets: found }];
    });
    return { services, serviceBridge: services.length === 0 ? null : this.#bridge(announcers, pools) };
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
function namespacesOf({ document }: ClusterIndex, reservations: ReservationIndex): NamespaceKinds[] {
  const described = new Map(document.spec.namespaces.map((namespace) => [namespace.name, namespace]));
  const vips = Map.groupBy(document.spec.vips.filter(isAnnounced), ({ namespace }) => namespace);
  return [...vips]
    .sort(([left], [right]) => compareText(left, right))
    .map(([name, members]) => {
      const index = Number(reservations.value("namespace-index", namespaceIndexScope, namespaceOwner(name)));
      const existing = described.get(name)?.existing ?? false;
      const netns = existing ? (described.get(name)?.netns ?? name) : `rw-${name}`;
      const { checks, kinds } = kindsOf(members, reservations);
      return { state: { name, netns, existing, index, ...serviceLink(index), checks }, kinds };
    });
}

/** VIPs by number, so that neither the order of the document nor that of names decides anything. */
function kindsOf(members: readonly VipSpec[], reservations: ReservationIndex): { checks: HealthTerms[]; kinds: VipKind[] } {
  const numbered = members
    .map((vip) => ({ vip, number: Number(reservations.value("vip-number", namespaceScope(vip.namespace), vipNumberOwner(vip.name))) }))
    .sort((left, right) => left.number - right.number);
  const checks = new Map<string, { readonly place: number; readonly terms: HealthTerms }>();
  const kinds = new Map<
    string,
    { -readonly [Key in "mode" | "racks" | "group" | "overlap"]: VipKind[Key] } & { pools: Set<string>; vips: ServiceVipState[] }
  >();
  for (const { vip, number } of numbered) {
    const mode = vip.mode === "roaming" ? "roaming" : "anycast";
    const racks = vip.racks === undefined ? null : racksOfVip(vip, new Map()).sort(compareText);
    const group = mode === "roaming" ? (vip.group ?? vip.name) : null;
    const key = `${mode} ${group ?? ""} ${racks?.join(" ") ?? "*"}`;
    const kind = kinds.get(key) ?? { mode, racks, group, overlap: mode === "roaming", pools: new Set<string>(), vips: [] };
    kinds.set(key, kind);
    kind.overlap &&= vip.overlap === true;
    if (vip.pool !== undefined) kind.pools.add(vip.pool);
    kind.vips.push({ name: vip.name, number, addresses: addressesOf(vip, reservations), check: checkPlace(vip, checks) });
  }
  return { checks: [...checks.values()].map(({ terms }) => terms), kinds: [...kinds.values()] };
}

function addressesOf(vip: VipSpec, reservations: ReservationIndex): ServiceVipState["addresses"] {
  return families.flatMap((family) => {
    if (vip.address[familyField(family)] === undefined) return [];
    return [{ family, address: reservations.value("address", poolScope(vip.pool ?? ""), vipOwner(vip.name, family)) }];
  });
}

function checkPlace(vip: VipSpec, checks: Map<string, { readonly place: number; readonly terms: HealthTerms }>): number | null {
  const terms = healthTermsOf(vip);
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
