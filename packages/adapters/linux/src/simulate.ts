import type { HostObservation, LinkObservation, RouteObservation } from "./observation.ts";
import type { IpOperation } from "./ip-operation.ts";

/**
 * What the world will be after operations, as far as planning cares: so that a later stage of a plan (routes) stands on what an earlier
 * one (bridges) leaves, and so that a property test can ask whether a plan leads where it should. It models what the kernel does by
 * itself too: a deleted link takes its routes and its ports' membership along, a route needs its device. It throws where the kernel would refuse.
 */
export function simulate(observation: HostObservation, operations: readonly IpOperation[]): HostObservation {
  return operations.reduce(simulateOne, observation);
}

function simulateOne(world: HostObservation, operation: IpOperation): HostObservation {
  switch (operation.do) {
    case "add-bridge":
      refuseIf(hasLink(world, operation.name), operation, "File exists");
      return { ...world, links: [...world.links, newBridge(operation.name, operation.alias)] };
    case "add-vlan": {
      refuseIf(hasLink(world, operation.name), operation, "File exists");
      const parent = linkOf(world, operation.parent, operation);
      const vlan = { ...newBridge(operation.name, operation.alias), kind: "vlan", bridge: null, vlanId: operation.id, mac: parent.mac };
      return { ...world, links: [...world.links, vlan] };
    }
    case "add-tunnel": {
      refuseIf(hasLink(world, operation.name), operation, "File exists");
      const { name, alias, mtu, port } = operation;
      const tunnel = { ...newBridge(name, alias), kind: "vxlan", bridge: null, mtu, vxlan: { port, isBare: true } };
      return { ...world, links: [...world.links, tunnel] };
    }
    case "delete-link":
      linkOf(world, operation.name, operation);
      return deleteLink(world, operation.name);
    case "set-bridge-options":
      return change(world, operation.name, operation, { bridge: ourBridgeOptions });
    case "set-alias":
      return change(world, operation.name, operation, { alias: operation.alias });
    case "set-bare":
      return change(world, operation.name, operation, {});
    case "set-mac":
      return change(world, operation.name, operation, { mac: operation.mac });
    case "set-mtu":
      return change(world, operation.name, operation, { mtu: operation.mtu });
    case "set-up":
      return change(world, operation.name, operation, { up: operation.up });
    case "set-master":
      if (operation.master !== null) linkOf(world, operation.master, operation);
      return change(world, operation.name, operation, { master: operation.master });
    case "add-address": {
      const link = linkOf(world, operation.device, operation);
      const { address } = operation;
      refuseIf(link.addresses.some(isSameAddress(address)), operation, "File exists");
      const label = address.family === 4 && (address.label === null || !address.label.startsWith(link.name)) ? link.name : address.label;
      return change(world, operation.device, operation, { addresses: [...link.addresses, { ...address, label }] });
    }
    case "delete-address": {
      const link = linkOf(world, operation.device, operation);
      const kept = link.addresses.filter((address) => !isSameAddress(operation.address)(address));
      refuseIf(kept.length === link.addresses.length, operation, "Cannot assign requested address");
      return change(world, operation.device, operation, { addresses: kept });
    }
    case "add-route":
    case "replace-route":
    case "delete-route":
      return { ...world, routes: simulateRoute(world, operation) };
  }
}

function simulateRoute(world: HostObservation, operation: IpOperation & { readonly route: RouteObservation }): RouteObservation[] {
  const { route } = operation;
  for (const hop of route.nextHops) linkOf(world, hop.device, operation);
  const others = world.routes.filter((other) => !isSameRouteKey(other, route));
  switch (operation.do) {
    case "add-route":
      refuseIf(others.length < world.routes.length, operation, "File exists");
      return [...others, route];
    case "delete-route":
      refuseIf(others.length === world.routes.length, operation, "No such process");
      return others;
    default:
      return [...others, route];
  }
}

function isSameAddress(wanted: { readonly address: string; readonly prefixLength: number }) {
  return (other: { readonly address: string; readonly prefixLength: number }): boolean =>
    other.address === wanted.address && other.prefixLength === wanted.prefixLength;
}

/** The kernel keeps one route for each destination and metric (IPv6 could hold several as one multipath route). */
export function isSameRouteKey(a: RouteObservation, b: RouteObservation): boolean {
  return a.family === b.family && a.to === b.to && a.metric === b.metric;
}

const ourBridgeOptions = { stp: false, forwardDelayCs: 0, multicastSnooping: false };

function newBridge(name: string, alias: string): LinkObservation {
  return {
    name,
    kind: "bridge",
    alias,
    mac: null,
    mtu: 1500,
    up: false,
    master: null,
    bridge: ourBridgeOptions,
    vlanId: null,
    addresses: [],
  };
}

function deleteLink(world: HostObservation, name: string): HostObservation {
  const links = world.links.filter((link) => link.name !== name).map((link) => (link.master === name ? { ...link, master: null } : link));
  const routes = world.routes.filter((route) => route.nextHops.every((hop) => hop.device !== name));
  return { ...world, links, routes };
}

function change(world: HostObservation, name: string, operation: IpOperation, to: Partial<LinkObservation>): HostObservation {
  linkOf(world, name, operation);
  return { ...world, links: world.links.map((link) => (link.name === name ? { ...link, ...to } : link)) };
}

function hasLink(world: HostObservation, name: string): boolean {
  return world.links.some((link) => link.name === name);
}

function linkOf(world: HostObservation, name: string, operation: IpOperation): LinkObservation {
  const link = world.links.find((candidate) => candidate.name === name);
  refuseIf(link === undefined, operation, `Cannot find device "${name}"`);
  return link as LinkObservation;
}

function refuseIf(condition: boolean, operation: IpOperation, reason: string): void {
  if (condition) throw new Error(`${operation.do}: ${reason}: ${JSON.stringify(operation)}`);
}
