import type { PacemakerCluster, ReservationIndex } from "@rackway/ipam";
import { hasVips, hostOwner, pacemakerScope } from "@rackway/ipam";
import type { DrainTerms, PacemakerState } from "@rackway/schema";

import type { ClusterIndex } from "./cluster-index.ts";
import { hostAddress, rackOf } from "./cluster-index.ts";
import type { RouterServices } from "./compile-router.ts";
import { compileRouter } from "./compile-router.ts";
import type { ServiceTable } from "./compile-services.ts";
import { corosyncFamily } from "./corosync-family.ts";
import { byName, compareText } from "./order.ts";

/** Where a Corosync key is fetched from, and the SHA-256 of its bytes in hexadecimal. */
export type AuthKey = PacemakerState["authKey"];

/** Drained hosts by name; null: how that ends was not kept. */
export type DrainedHosts = ReadonlyMap<string, DrainTerms | null>;

/** The part that is the same on every controller of one Pacemaker cluster. */
export function compilePacemaker(
  cluster: PacemakerCluster,
  index: ClusterIndex,
  reservations: ReservationIndex,
  services: ServiceTable,
  routerServices: Omit<RouterServices, "nodeId">,
  options: {
    readonly drained: DrainedHosts;
    readonly epoch: number;
    readonly authKey: AuthKey;
    readonly quorumDevice: PacemakerState["quorumDevice"];
  },
): PacemakerState {
  const { settings, controllers } = cluster;
  const family = corosyncFamily(cluster);
  const names = controllers.map(({ name }) => name);
  const nodeId = (host: string): number => Number(reservations.value("node-id", pacemakerScope(settings.name), hostOwner(host)));
  const routers = byName([...new Set(settings.racks)].flatMap((rack) => rackOf(index, rack).routers)).filter(hasVips);
  return {
    cluster: settings.name,
    takeover: settings.takeover,
    timers: settings.timers,
    nodes: controllers.map((host) => ({
      name: host.name,
      rack: host.rack,
      nodeId: nodeId(host.name),
      addresses: [(family === null ? null : hostAddress(host, settings.network, family))?.text ?? missingAddress(host.name)],
      drained: options.drained.has(host.name),
      ...drainOf(options.drained.get(host.name)),
    })),
    fencing: settings.fencing
      .map(({ agent, parameters, hosts }) => ({
        agent,
        parameters: Object.fromEntries(Object.entries(parameters).sort(([left], [right]) => compareText(left, right))),
        hosts: (hosts ?? names).toSorted(compareText),
      }))
      .sort((left, right) => compareText(JSON.stringify(left), JSON.stringify(right))),
    routers: routers.map((router) => compileRouter(router, rackOf(index, router.rack), reservations, { ...routerServices, nodeId })),
    ...services.of(cluster),
    epoch: options.epoch,
    authKey: options.authKey,
    quorumDevice: options.quorumDevice,
  };
}

function drainOf(terms: DrainTerms | null | undefined): Pick<PacemakerState["nodes"][number], "drain"> {
  return terms === null || terms === undefined ? {} : { drain: terms };
}

function missingAddress(host: string): never {
  throw new Error(`the document was not validated: ${host} has no address for Corosync`);
}
