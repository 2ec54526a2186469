import type { HostBridge } from "@rackway/schema";

import type { BridgeDriver } from "./bridge-driver.ts";
import { isOurVlan, planVlan, planVlanRemovals, vlanName } from "./bridge-vlan.ts";
import { movablePart, planPortRelease, replaceDevice } from "./bridge-port.ts";
import type { AddressObservation, LinkObservation } from "./observation.ts";
import { addressText, isOurLink } from "./observation.ts";
import { savedAddress, savedRoute } from "./originals.ts";
import type { HostProblem } from "./problem.ts";
import { problem } from "./problem.ts";
import { isSameRouteKey } from "./simulate.ts";
import type { Stage } from "./stage.ts";
import { step } from "./stage.ts";

/**
 * Linux bridges (ip-link(8), type bridge). Ours carry the alias `rackway:bridge/NETWORK`; the MAC address is pinned to the port's, because
 * a bridge otherwise takes the lowest of its ports', and the host's own addresses would change their MAC as routers come and go; the MTU is
 * set explicitly, because a bridge otherwise follows its smallest port.
 */
export const linuxBridgeDriver: BridgeDriver = {
  name: "linux",
  plan(stage, wanted) {
    const link = findLink(stage, wanted.name);
    if (link !== undefined && !isOurs(stage, link)) return checkForeignBridge(stage, link, wanted);
    // Its removal is blocked; or it keeps the interface that it has, because the new one is not there to be taken.
    if (link !== undefined && hasOtherPort(stage, wanted)) return isTakeable(stage, wanted) ? undefined : sayWhatBlocks(stage, wanted);
    const port = planPort(stage, wanted);
    if (port === null) return;
    if (link === undefined) createBridge(stage, wanted, port);
    else mendBridge(stage, wanted, port);
  },
  planRemovals(stage, wanted) {
    const ours = stage.world.links.filter((link) => link.alias?.startsWith(bridgeAlias("")) === true);
    const bridges = new Map(wanted.filter(({ driver }) => driver === "linux").map((bridge) => [bridge.name, bridge]));
    for (const link of ours) if (!bridges.has(link.name)) removeBridge(stage, link, isRenamed(stage, link, [...bridges.values()]));
    // All that change their interface let go before any takes one: two may change places.
    for (const link of ours) {
      const bridge = bridges.get(link.name);
      if (bridge !== undefined && hasOtherPort(stage, bridge) && isTakeable(stage, bridge)) removeBridge(stage, link, true);
    }
    planVlanRemovals(stage, wanted);
  },
};

function bridgeAlias(network: string): string {
  return `rackway:bridge/${network}`;
}

/**
 * Whether the network of a bridge that goes gets one of another name, which can be made at once. Then the routers' links go along: their resource
 * waits for the new bridge, so a bridge that waited for them would wait for ever.
 */
function isRenamed(stage: Stage, link: LinkObservation, wanted: readonly HostBridge[]): boolean {
  const next = wanted.find(({ network }) => bridgeAlias(network) === link.alias);
  if (next === undefined || next.port === null || findLink(stage, next.name) !== undefined || !isTakeable(stage, next)) return false;
  // Another bridge of ours may keep it: somebody else's port may be in that one.
  const holder = findLink(stage, next.port)?.master ?? null;
  return holder === null || holder === link.name;
}

/** By its mark; or without any, when we were cut off between making it and marking it. */
function isOurs(stage: Stage, link: LinkObservation): boolean {
  if (link.alias !== null) return link.alias.startsWith(bridgeAlias(""));
  return link.kind === "bridge" && Object.values(stage.originals.ports).some((port) => port.bridge === link.name);
}

function checkForeignBridge(stage: Stage, link: LinkObservation, wanted: HostBridge): void {
  const bridge = wanted.name;
  if (link.kind !== "bridge" && link.kind !== "openvswitch") stage.problems.push(problem("bridge-not-a-bridge", { bridge }));
  if (!link.up) stage.problems.push(problem("bridge-down", { bridge }));
  if (link.mtu < wanted.mtu) stage.problems.push(problem("bridge-mtu", { bridge, actual: link.mtu, wanted: wanted.mtu }));
  for (const address of missingAddresses(link, wanted.addresses)) {
    stage.problems.push(problem("bridge-address-missing", { bridge, address }));
  }
}

/** The interface that is to be the bridge's port, made if it is a VLAN that does not exist; null, with a problem, if there is none. */
function planPort(stage: Stage, wanted: HostBridge): string | null {
  const name = checkPort(stage, wanted);
  const parent = wanted.port === null ? undefined : findLink(stage, wanted.port);
  if (name !== null && parent !== undefined && vlanName(wanted) !== null) planVlan(stage, wanted, parent, name);
  return name;
}

/** The name of the interface that is to be the bridge's port, a VLAN's where the document names one; null, with a problem, if it cannot be. */
function checkPort(stage: Stage, wanted: HostBridge): string | null {
  const refuse = (reason: HostProblem): null => {
    stage.blocked.push(step("create", "bridge", wanted.name, null, describe(wanted)));
    stage.problems.push(reason);
    return null;
  };
  const { network } = wanted;
  if (wanted.port === null) return refuse(problem("bridge-missing", { bridge: wanted.name, network }));
  if (findLink(stage, wanted.port) === undefined) return refuse(problem("port-missing", { interface: wanted.port, network }));
  const name = vlanName(wanted) ?? wanted.port;
  if (name.length > 15) return refuse(problem("port-name-long", { interface: name }));
  return name;
}

/**
 * Whether the interface that a bridge of ours is to move to can be had. While it cannot, the bridge keeps the one that it has: a typing error
 * in the document must not take a host off the network.
 */
function isTakeable(stage: Stage, wanted: HostBridge): boolean {
  if (wanted.port === null) return true; // The bridge itself is no longer ours to keep.
  const name = vlanName(wanted) ?? wanted.port;
  if (findLink(stage, wanted.port) === undefined || name.length > 15) return false;
  const port = findLink(stage, name);
  if (port === undefined) return true; // A VLAN that is still to be made.
  const isOthers = port.master !== null && findLink(stage, port.master)?.alias?.startsWith(bridgeAlias("")) !== true;
  return !isOthers && leasedAddress(port) === undefined;
}

function sayWhatBlocks(stage: Stage, wanted: HostBridge): void {
  const port = checkPort(stage, wanted);
  if (port !== null) portIsFree(stage, wanted, port);
}

function leasedAddress(link: LinkObservation): AddressObservation | undefined {
  return link.addresses.find((address) => address.family === 4 && address.dynamic);
}

function createBridge(stage: Stage, wanted: HostBridge, port: string): void {
  if (!portIsFree(stage, wanted, port)) return;
  stage.run({ do: "add-bridge", name: wanted.name, alias: bridgeAlias(wanted.network) });
  stage.run({ do: "set-alias", name: wanted.name, alias: bridgeAlias(wanted.network) });
  mendLink(stage, wanted, port);
  takePort(stage, wanted, port);
  restoreRoutes(stage, wanted.name, port);
  // Said explicitly even where it is the same: only then does the bridge stop following its ports' MTU.
  stage.run({ do: "set-mtu", name: wanted.name, mtu: wanted.mtu });
  addMissingAddresses(stage, wanted, port);
  const formerNames = new Set(stage.before.links.filter(({ alias }) => alias === bridgeAlias(wanted.network)).map(({ name }) => name));
  const isAttached = ({ master }: LinkObservation): boolean => master !== null && (master === wanted.name || formerNames.has(master));
  const attached = stage.before.links.filter((link) => isAttached(link) && isOurLink(link) && !isOurVlan(link));
  for (const { name } of attached) stage.run({ do: "set-master", name, master: wanted.name });
  stage.steps.push(step("create", "bridge", wanted.name, null, describe(wanted)));
}

function mendBridge(stage: Stage, wanted: HostBridge, port: string): void {
  for (const [what, from, to] of mendLink(stage, wanted, port)) {
    stage.steps.push(step("change", "bridge", `${wanted.name} ${what}`, from, to));
  }
  const isPort = findLink(stage, port)?.master === wanted.name;
  if (!isPort && !portIsFree(stage, wanted, port)) return;
  if (takePort(stage, wanted, port)) {
    stage.steps.push(
      step(isPort ? "change" : "create", "bridge-port", `${port} in ${wanted.name}`, isPort ? "its addresses are on it" : null, port),
    );
  }
  const bridge = findLink(stage, wanted.name);
  if (bridge !== undefined && bridge.mtu !== wanted.mtu) {
    stage.run({ do: "set-mtu", name: wanted.name, mtu: wanted.mtu });
    stage.steps.push(step("change", "bridge", `${wanted.name} mtu`, String(bridge.mtu), String(wanted.mtu)));
  }
  for (const address of addMissingAddresses(stage, wanted, port)) {
    stage.steps.push(step("create", "address", `${address} on ${wanted.name}`, null, address));
  }
}

/** The bridge's own settings. Returns what was changed: name, from, to. */
function mendLink(stage: Stage, wanted: HostBridge, port: string): [string, string | null, string][] {
  const changed: [string, string | null, string][] = [];
  const link = findLink(stage, wanted.name);
  if (link === undefined) return changed;
  const { name } = link;
  if (link.alias !== bridgeAlias(wanted.network)) {
    stage.run({ do: "set-alias", name, alias: bridgeAlias(wanted.network) });
    changed.push(["alias", link.alias, bridgeAlias(wanted.network)]);
  }
  const options = link.bridge;
  if (options === null || options.stp || options.forwardDelayCs !== 0 || options.multicastSnooping) {
    stage.run({ do: "set-bridge-options", name });
    changed.push(["options", null, "no spanning tree, no forward delay, no multicast snooping"]);
  }
  const mac = findLink(stage, port)?.mac ?? null;
  if (mac !== null && link.mac !== mac) {
    stage.run({ do: "set-mac", name, mac });
    changed.push(["mac", link.mac, mac]);
  }
  if (!link.up) {
    stage.run({ do: "set-up", name, up: true });
    changed.push(["state", "down", "up"]);
  }
  return changed;
}

function portIsFree(stage: Stage, wanted: HostBridge, port: string): boolean {
  const link = findLink(stage, port);
  if (link === undefined) return false;
  const leased = leasedAddress(link);
  const taken = link.master !== null && link.master !== wanted.name;
  if (!taken && leased === undefined) return true;
  stage.blocked.push(step("create", "bridge", wanted.name, null, describe(wanted)));
  const words = { interface: port, bridge: wanted.name };
  if (taken) stage.problems.push(problem("port-taken", { ...words, master: link.master ?? "" }));
  else stage.problems.push(problem("port-address-leased", { ...words, address: leased?.address ?? "" }));
  return false;
}

/** Makes `port` the bridge's port, its addresses and routes moved to the bridge. False where all of that is so already. */
function takePort(stage: Stage, wanted: HostBridge, port: string): boolean {
  const link = findLink(stage, port);
  if (link === undefined) return false;
  const before = stage.operations.length;
  const { addresses, routes } = movablePart(stage.world, link);
  keepPort(stage, wanted, link, addresses);
  if (link.mtu < wanted.mtu) stage.run({ do: "set-mtu", name: port, mtu: wanted.mtu });
  if (link.master !== wanted.name) stage.run({ do: "set-master", name: port, master: wanted.name });
  if (!link.up) stage.run({ do: "set-up", name: port, up: true });
  for (const route of routes) stage.run({ do: "delete-route", route });
  // Last first: the kernel takes secondary addresses away with their primary.
  for (const address of addresses.toReversed()) stage.run({ do: "delete-address", device: port, address });
  for (const address of addresses) addAddress(stage, wanted.name, address);
  for (const route of routes) addRoute(stage, replaceDevice(route, port, wanted.name));
  return stage.operations.length > before;
}

function keepPort(stage: Stage, wanted: HostBridge, link: LinkObservation, addresses: readonly AddressObservation[]): void {
  if (isOurVlan(link)) return; // All of it is ours: it goes with the bridge.
  const { routes } = movablePart(stage.world, link);
  stage.keep((originals) => {
    const known = originals.ports[link.name] ?? { bridge: wanted.name, mtu: link.mtu, up: link.up, addresses: [], routes: [] };
    const newAddresses = addresses.filter((address) => known.addresses.every((other) => addressText(other) !== addressText(address)));
    const newRoutes = routes.filter((route) => known.routes.every((other) => !isSameRouteKey(other, route)));
    const port = {
      ...known,
      bridge: wanted.name,
      addresses: [...known.addresses, ...newAddresses.map(savedAddress)],
      routes: [...known.routes, ...newRoutes.map(savedRoute)],
    };
    return { ...originals, ports: { ...originals.ports, [link.name]: port } };
  });
}

/** A bridge of ours that was deleted by hand took the routes along that had been moved to it. */
function restoreRoutes(stage: Stage, bridge: string, port: string): void {
  for (const address of stage.originals.ports[port]?.addresses ?? []) addAddress(stage, bridge, address);
  for (const route of stage.originals.ports[port]?.routes ?? []) addRoute(stage, replaceDevice(route, port, bridge));
}

function addMissingAddresses(stage: Stage, wanted: HostBridge, port: string): string[] {
  const link = findLink(stage, wanted.name);
  if (link === undefined) return [];
  const moved = stage.originals.ports[port]?.addresses ?? [];
  const missing = missingAddresses(link, [...wanted.addresses, ...moved.map(addressText)]);
  for (const text of missing) addAddress(stage, wanted.name, moved.find((address) => addressText(address) === text) ?? ownAddress(text));
  return missing;
}

function addAddress(stage: Stage, device: string, address: AddressObservation): void {
  const link = findLink(stage, device);
  if (link !== undefined && missingAddresses(link, [addressText(address)]).length > 0) stage.run({ do: "add-address", device, address });
}

function addRoute(stage: Stage, route: Parameters<typeof isSameRouteKey>[0]): void {
  if (!stage.world.routes.some((other) => isSameRouteKey(other, route))) stage.run({ do: "add-route", route });
}

function ownAddress(text: string): AddressObservation {
  const [address = "", length = ""] = text.split("/");
  const family = address.includes(":") ? 6 : 4;
  const prefixLength = Number(length);
  const broadcast = family === 4 && prefixLength < 31 ? "+" : null;
  return { family, address, prefixLength, scope: "global", broadcast, label: null, dynamic: false, noPrefixRoute: false };
}

function missingAddresses(link: LinkObservation, wanted: readonly string[]): string[] {
  const present = new Set(link.addresses.map(addressText));
  return [...new Set(wanted)].filter((text) => !present.has(text));
}

/**
 * Takes a bridge of ours away and gives its interface back. It waits while something else is attached, our routers' links too: they go first.
 * Only where it is made anew in the same batch, from another interface or under another name (`isRemade`), do those not count; they are
 * attached again.
 */
function removeBridge(stage: Stage, link: LinkObservation, isRemade: boolean): void {
  const ports = stage.world.links.filter((other) => other.master === link.name);
  const isOwn = (port: LinkObservation): boolean =>
    Object.hasOwn(stage.originals.ports, port.name) || isOurVlan(port) || (isRemade && isOurLink(port));
  const foreign = ports.filter((port) => !isOwn(port));
  const removal = step("delete", "bridge", link.name, link.alias, null);
  if (foreign.length > 0) {
    stage.blocked.push(removal);
    const names = foreign.map(({ name }) => name).join(", ");
    stage.problems.push(problem("bridge-in-use", { bridge: link.name, ports: names }));
    return;
  }
  for (const port of ports) stage.run({ do: "set-master", name: port.name, master: null });
  stage.run({ do: "delete-link", name: link.name });
  for (const [name, saved] of Object.entries(stage.originals.ports)) if (saved.bridge === link.name) planPortRelease(stage, name, saved);
  stage.steps.push(removal);
}

/** True where something else than `port` is or was made this bridge's port by us. */
function hasOtherPort(stage: Stage, wanted: HostBridge): boolean {
  const port = vlanName(wanted) ?? wanted.port;
  const remembered = Object.entries(stage.originals.ports).some(([name, saved]) => saved.bridge === wanted.name && name !== port);
  return remembered || stage.world.links.some((link) => link.master === wanted.name && isOurVlan(link) && link.name !== port);
}

function findLink(stage: Stage, name: string): LinkObservation | undefined {
  return stage.world.links.find((link) => link.name === name);
}

function describe(wanted: HostBridge): string {
  const port = wanted.port === null ? "" : ` with port ${vlanName(wanted) ?? wanted.port}`;
  return `${wanted.network}${port}, MTU ${wanted.mtu}${wanted.addresses.map((address) => `, ${address}`).join("")}`;
}
