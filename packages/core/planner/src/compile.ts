import type { PacemakerCluster, Reservation } from "@rackway/ipam";
import { ReservationIndex, hasVips, pacemakerClustersOf } from "@rackway/ipam";
import type { ClusterDocument, HostBridge, HostSpec, HostState, NetworkSpec, PacemakerState, SecretRef } from "@rackway/schema";

import type { ClusterIndex, RackIndex } from "./cluster-index.ts";
import { families, hostAddress, indexCluster, networkOf, prefixOfNetwork, rackOf, routerFamilies } from "./cluster-index.ts";
import { AnnouncingHosts } from "./compile-announcing.ts";
import { compileClients } from "./compile-clients.ts";
import type { AuthKey } from "./compile-pacemaker.ts";
import type { DrainedHosts } from "./compile-pacemaker.ts";
import { NameTable } from "./compile-names.ts";
import { compilePacemaker } from "./compile-pacemaker.ts";
import { QuorumDevices } from "./compile-quorum-device.ts";
import { roamingRouterOf } from "./compile-roaming-router.ts";
import { failoverOf } from "./compile-failover.ts";
import { compileHostRouter } from "./compile-router.ts";
import { clientsOf } from "./compile-router-services.ts";
import { RackRoutes, compileWayOut } from "./compile-routes.ts";
import { ServiceTable } from "./compile-services.ts";
import { byName } from "./order.ts";

export interface CompileOptions {
  readonly revision: number;
  /** Number of the last change of any kind (revision, drain, resume, pause); it only grows. */
  readonly epoch: number;
  /** Host names; kept beside revisions, so that a rollback does not undo what an operator holds. Unknown names are ignored. */
  readonly operations: { readonly paused: ReadonlySet<string>; readonly drained: DrainedHosts };
  /** Corosync's key for each Pacemaker cluster, by its name. For a plan, whose keys are not made yet, `pendingAuthKey` stands in. */
  readonly authKeys: ReadonlyMap<string, AuthKey>;
  /** Certificates of quorum devices by what they are for (`certificatePurpose`). Absent, or one that is: not made yet. */
  readonly certificates?: ReadonlyMap<string, SecretRef>;
}

/** Stands for the key of a Pacemaker cluster that is only planned. Never sent to a host. */
export function pendingAuthKey(cluster: string): AuthKey {
  return { id: `corosync-${cluster}`, sha256: "made when the change is applied" };
}

/**
 * The host state of every host of a validated document, by name. Pure, deterministic, and independent of the order in which the document
 * lists things. Linear in the number of hosts; routes between racks and what
 * a Pacemaker cluster's controllers have in common are made once and shared. Throws only on what validation and allocation rule out.
 */
export function compile(document: ClusterDocument, reservations: Iterable<Reservation>, options: CompileOptions): Map<string, HostState> {
  const index = indexCluster(document);
  const values = new ReservationIndex(reservations);
  const routerServices = { cluster: document.metadata.name, clients: clientsOf(index), names: new NameTable(index, values) };
  const services = new ServiceTable(index, values, routerServices);
  const announcing = new AnnouncingHosts();
  const devices = new QuorumDevices(index, options.certificates ?? new Map<string, SecretRef>());
  const networks = new Map(pacemakerClustersOf(document).flatMap(({ settings }) => settings.racks.map((rack) => [rack, settings.network])));
  const memberships = new Map<string, { readonly cluster: PacemakerCluster; readonly state: PacemakerState }>();
  for (const cluster of index.pacemaker) {
    const { name } = cluster.settings;
    const authKey = options.authKeys.get(name) ?? pendingAuthKey(name);
    const state = compilePacemaker(cluster, index, values, services, routerServices, {
      drained: options.operations.drained,
      epoch: options.epoch,
      authKey,
      quorumDevice: devices.of(cluster),
    });
    for (const host of cluster.controllers) memberships.set(host.name, { cluster, state });
  }
  const rackRoutes = new RackRoutes(index);
  const states = byName(document.spec.hosts).map((host): [string, HostState] => {
    const membership = memberships.get(host.name) ?? null;
    const rack = rackOf(index, host.rack);
    const state: HostState = {
      schema: 1,
      cluster: document.metadata.name,
      revision: options.revision,
      host: { name: host.name, rack: host.rack, role: host.role },
      paused: options.operations.paused.has(host.name),
      bridges: compileBridges(host, rack, index),
      sysctls: compileSysctls(host, rack, membership?.state.services ?? []),
      ...compileWayOut(host, index, membership?.cluster ?? null, values, rackRoutes),
      hostRouters: compileHostRouters(host, rack),
      pacemaker: membership?.state ?? null,
      quorumServer: devices.servedBy(host.name),
      ...compileClients(index, host, rack, values),
      ...announcing.of(host, rack, membership?.state ?? null, networks.get(host.rack) ?? "management"),
      ...failoverOf(host.name, membership?.state.services ?? []),
    };
    return [host.name, state];
  });
  return new Map(states);
}

/** Only networks that a router of this rack or a failover VIP uses on this host: a rack without them keeps its hosts as they are. */
function compileBridges(host: HostSpec, rack: RackIndex, index: ClusterIndex): HostBridge[] {
  const used = new Map<string, NetworkSpec>();
  const tunnels = host.role === "member" ? (roamingRouterOf(host, index)?.managementNetwork ?? null) : null;
  if (tunnels !== null) used.set(tunnels, networkOf(rack, tunnels));
  for (const router of rack.routers) {
    const inside = networkOf(rack, router.managementNetwork);
    if (host.role === "controller") {
      for (const name of [router.publicNetwork, router.connectionSync.network ?? inside.name]) used.set(name, networkOf(rack, name));
      used.set(inside.name, inside);
    } else if (families.some((family) => hostAddress(host, inside.name, family) !== null)) used.set(inside.name, inside);
  }
  if (host.role === "controller") for (const name of rack.vipNetworks) used.set(name, networkOf(rack, name));
  return byName([...used.values()]).map((network) => ({
    network: network.name,
    name: network.bridge,
    driver: network.driver,
    port: host.interfaces?.[network.name] ?? network.interface ?? null,
    mtu: network.mtu,
    vlan: network.vlan ?? null,
    addresses: families.flatMap((family) => {
      const address = hostAddress(host, network.name, family);
      const prefix = prefixOfNetwork(network, family);
      return address === null || prefix === null ? [] : [`${address.text}/${prefix.length}`];
    }),
  }));
}

/**
 * A controller forwards: for a router namespace whose VIPs are elsewhere, or one that asks upstreams for names or the time, by its way out
 * through the host; or for a router in its root namespace. `ip_nonlocal_bind` is not needed there: what binds VIPs lives in the router's namespace, which has sysctls of its own.
 */
function compileSysctls(host: HostSpec, rack: RackIndex, services: PacemakerState["services"]): HostState["sysctls"] {
  if (host.role !== "controller") return [];
  const asks = services.some(
    ({ dns, ntp, sets }) => (dns ?? ntp) !== undefined && sets.some(({ controllers }) => controllers.includes(host.name)),
  );
  const served = new Set(asks ? families : rack.routers.flatMap((router) => routerFamilies(router, rack.controllers)));
  return [
    ...(served.has(4) ? [{ key: "net.ipv4.ip_forward", value: "1" }] : []),
    ...(served.has(6) ? [{ key: "net.ipv6.conf.all.forwarding", value: "1" }] : []),
  ];
}

function compileHostRouters(host: HostSpec, rack: RackIndex): HostState["hostRouters"] {
  if (host.role !== "controller") return [];
  return rack.routers.filter((router) => !hasVips(router)).map((router) => compileHostRouter(router, rack, host));
}
