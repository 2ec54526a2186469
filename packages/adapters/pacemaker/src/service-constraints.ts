import type { PacemakerState, ServiceNamespaceState } from "@rackway/schema";
import { ownerHealth } from "@rackway/schema";

import { failoverPlacement, linkWatchPrimitive, networksOf } from "./failover-resources.ts";
import type { Constraint } from "./resource.ts";
import { banFrom, drainedAttribute, rule, scores } from "./resource-parts.ts";
import type { HeldChunk } from "./service-ids.ts";
import { chunksHeld, isAnnounced, releasedAttribute, serviceBridgeId, serviceResourceIds, setPreference } from "./service-ids.ts";
import { answeringPrimitives } from "./service-resources.ts";
/**
 * Order and place. A rebuilt namespace restarts what is in it (mandatory); a bridge that is put right restarts nothing. The checker is ordered behind the VIPs only where both are acted upon
 * in one transition (optional): it stops first, so that everything is withdrawn before addresses go; a chunk that is recovered does
 * not take the announcements of a whole namespace down. A clone is never ordered behind one that is barred from its host: Pacemaker
 * would keep it from starting there.
 */
export function serviceConstraints({ services, serviceBridge, nodes }: PacemakerState): Constraint[] {
  const names = nodes.map(({ name }) => name);
  const speakers = serviceBridge?.hosts.map(({ name }) => name) ?? [];
  const ofBridge = serviceBridge === null || services.length === 0 ? [] : barred(clone(serviceBridgeId), names, speakers);
  return [...ofBridge, ...services.flatMap((service) => namespaceConstraints(service, names))];
}

function namespaceConstraints(service: ServiceNamespaceState, nodes: readonly string[]): Constraint[] {
  const ids = serviceResourceIds(service);
  const held = chunksHeld(service);
  const hosts = nodes.filter((node) => service.sets.some(({ controllers }) => controllers.includes(node)));
  const [ground, mode] = service.existing ? ([serviceBridgeId, "Optional"] as const) : ([ids.namespace, "Mandatory"] as const);
  return [
    ...(service.existing
      ? []
      : [
          ...(isAnnounced(service) ? [order(clone(serviceBridgeId), clone(ids.namespace), "Optional")] : []),
          ...barred(clone(ids.namespace), nodes, hosts),
        ]),
    ...networkConstraints(service, nodes),
    ...held.flatMap(({ id, set, chunk }): Constraint[] => {
      const resource = set.mode === "anycast" ? clone(id) : id;
      return [
        order(clone(ground), resource, mode),
        order(resource, clone(ids.check), "Optional"),
        ...(set.mode === "anycast" ? [released(resource)] : ownerPlacement(id, clone(ground), setPreference(service, set))),
        ...(set.mode === "failover" ? failoverPlacement(id, service, networksOf(service, set, chunk), ids.failover) : []),
        ...barred(resource, nodes, set.controllers),
      ];
    }),
    ...setTogether(held),
    ...(service.router === undefined ? [] : tunnelConstraints(service, nodes, hosts, held)),
    // They stop after everything is withdrawn.
    ...answeringPrimitives(service).flatMap(({ id }): Constraint[] => [
      order(clone(ground), clone(id), mode),
      ...(id === ids.wayOut ? [] : [order(clone(id), clone(ids.check), "Optional"), ...answered(held, clone(id))]),
      ...(id === ids.dns || id === ids.ntp ? [order(clone(ids.wayOut), clone(id), "Optional")] : []),
      ...barred(clone(id), nodes, hosts),
    ]),
    order(clone(ground), clone(ids.check), mode),
    ...barred(clone(ids.check), nodes, hosts),
  ];
}

/** Nobody withdraws a failover VIP from a host that is shut down: it goes before what answers on it, and comes after. */
function answered(held: readonly HeldChunk[], daemon: string): Constraint[] {
  return held.flatMap(({ id, set }) => (set.mode === "failover" ? [order(daemon, id, "Optional")] : []));
}

/** Links and watches of failover VIPs, on the controllers of their rack. */
function networkConstraints(service: ServiceNamespaceState, nodes: readonly string[]): Constraint[] {
  const ids = serviceResourceIds(service);
  return (service.networks ?? []).flatMap((network): Constraint[] => {
    const [link, watch] = [ids.failover.link(network), ids.failover.watch(network)];
    const isWatched = linkWatchPrimitive(watch, service, network) !== null;
    return [
      order(clone(ids.namespace), clone(link), "Mandatory"),
      ...barred(clone(link), nodes, network.controllers),
      ...(isWatched
        ? [
            order(clone(ids.namespace), clone(watch), "Mandatory"),
            order(clone(link), clone(watch), "Optional"),
            ...barred(clone(watch), nodes, network.controllers),
          ]
        : []),
    ];
  });
}

/** The VIPs are where the tunnel's end is, and where the fabric is; one that is put right does not take them down. */
function tunnelConstraints(
  service: ServiceNamespaceState,
  nodes: readonly string[],
  hosts: readonly string[],
  held: readonly HeldChunk[],
): Constraint[] {
  const ids = serviceResourceIds(service);
  const tunnel = clone(ids.tunnel);
  return [
    order(clone(ids.namespace), tunnel, "Mandatory"),
    ...held.flatMap(({ id }): Constraint[] => [
      order(tunnel, id, "Optional"),
      { kind: "colocation", id: `${id}-with-tunnel`, resource: id, with: tunnel, score: "INFINITY" },
    ]),
    ...held.map(({ id }) => rule(id, "uplink", { attribute: ids.uplink }, { attribute: ids.uplink, operation: "defined" })),
    ...barred(tunnel, nodes, hosts),
    ...barred(clone(ids.watch), nodes, hosts),
  ];
}

function released(resource: string): Constraint {
  return rule(resource, "released", { fixed: "-INFINITY" }, { attribute: releasedAttribute, operation: "eq", value: "true" });
}

function ownerPlacement(id: string, ground: string, prefer: string): Constraint[] {
  const health = ownerHealth(id);
  return [
    { kind: "colocation", id: `${id}-with-ground`, resource: id, with: ground, score: "INFINITY" },
    rule(id, "drained", { fixed: scores.drained }, { attribute: drainedAttribute, operation: "eq", value: "true" }),
    rule(id, "prefer", { attribute: prefer }, { attribute: prefer, operation: "defined" }),
    // Only ever in favour of a host: what is less than nothing stops a resource that has nowhere else to go.
    rule(id, "well", { fixed: scores.wellPlace }, { attribute: health, operation: "not_defined" }),
    rule(id, "health", { attribute: health }, { attribute: health, operation: "defined" }),
  ];
}

/** Resources of one group stay with its first. */
function setTogether(held: readonly HeldChunk[]): Constraint[] {
  return [
    ...Map.groupBy(
      held.filter(({ set }) => set.mode !== "anycast"),
      ({ set }) => set,
    ).values(),
  ].flatMap(([first, ...others]) =>
    others.map(({ id }): Constraint => ({
      kind: "colocation",
      id: `${id}-with-group`,
      resource: id,
      with: first?.id ?? id,
      score: "INFINITY",
    })),
  );
}

function barred(resource: string, nodes: readonly string[], allowed: readonly string[]): Constraint[] {
  const hosts = nodes.filter((node) => !allowed.includes(node));
  return hosts.length === 0 ? [] : [banFrom(resource, hosts)];
}

function order(first: string, then: string, mode: "Mandatory" | "Optional"): Constraint {
  return { kind: "order", id: `${then}-after-${first}`, first, then, mode, symmetrical: true };
}

function clone(id: string): string {
  return `${id}-clone`;
}
