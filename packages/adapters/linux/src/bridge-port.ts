import type { AddressObservation, HostObservation, LinkObservation, RouteObservation } from "./observation.ts";
import { addressText, isOurRoute } from "./observation.ts";
import { savedRoute } from "./originals.ts";
import type { SavedPort } from "./originals.ts";
import { isSameRouteKey } from "./simulate.ts";
import type { Stage } from "./stage.ts";

/**
 * What must move with an interface's network to the bridge that it becomes a port of: addresses and routes through a port reach nobody.
 * Left where they are: link-local addresses, what the kernel made by itself, and what router advertisements brought (they come again, on the bridge);
 * and our own routes, which are planned by themselves.
 */
export function movablePart(
  world: HostObservation,
  port: LinkObservation,
): { addresses: AddressObservation[]; routes: RouteObservation[] } {
  const addresses = port.addresses.filter((address) => address.scope !== "link" && !address.dynamic);
  const routes = world.routes.filter(
    (route) =>
      !isOurRoute(route) &&
      !["kernel", "ra", "redirect"].includes(route.protocol) &&
      route.nextHops.some((hop) => hop.device === port.name),
  );
  return { addresses, routes };
}

export function replaceDevice(route: RouteObservation, from: string, to: string): RouteObservation {
  return { ...route, nextHops: route.nextHops.map((hop) => (hop.device === from ? { ...hop, device: to } : hop)) };
}

/** Makes an interface again what it was before it became our bridge's port, and forgets about it. */
export function planPortRelease(stage: Stage, name: string, saved: SavedPort): void {
  const forget = (): void => {
    // A foreign route that ours had replaced on the bridge comes back on the interface.
    stage.forget((originals) => ({
      ...originals,
      ports: without(originals.ports, name),
      routes: originals.routes.map((route) => savedRoute(replaceDevice(route, saved.bridge, name))),
    }));
  };
  const link = stage.world.links.find((candidate) => candidate.name === name);
  if (link === undefined) return forget();
  if (link.master === saved.bridge) stage.run({ do: "set-master", name, master: null });
  if (link.mtu !== saved.mtu) stage.run({ do: "set-mtu", name, mtu: saved.mtu });
  for (const address of saved.addresses) {
    if (link.addresses.every((other) => addressText(other) !== addressText(address)))
      stage.run({ do: "add-address", device: name, address });
  }
  for (const route of saved.routes) {
    const devicesExist = route.nextHops.every((hop) => stage.world.links.some((other) => other.name === hop.device));
    if (devicesExist && !stage.world.routes.some((other) => isSameRouteKey(other, route))) stage.run({ do: "add-route", route });
  }
  if (!saved.up && link.up) stage.run({ do: "set-up", name, up: false });
  forget();
}

function without<Value>(record: Readonly<Record<string, Value>>, key: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}
