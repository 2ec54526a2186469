import { isIP } from "node:net";
import type { Cable, Port } from "./ports.ts";
import { interfaceName, macOf, pointToPoint, portName } from "./ports.ts";
import type { External, Rack, RackHost, Router, RoutingDaemon, Topology } from "./topology.ts";
import { isInside } from "./topology.ts";

/** What a lab is made of, derived from its topology alone: hosts, cables with both their ends, addresses, bridges. */
export interface LabPlan {
  hosts: LabHost[];
  cables: Cable[];
}

interface HostBase {
  name: string;
}
export type LabHost =
  | (HostBase & { kind: "rack"; host: RackHost; rack: Rack })
  | (HostBase & { kind: "router"; router: Router; daemon: RoutingDaemon; bridges: RouterBridge[] })
  | (HostBase & { kind: "external"; external: External });

/** A network of a rack as its router has it. */
export interface RouterBridge {
  name: string;
  network: string;
  mac: string;
  mtu: number;
  /** The gateways' addresses with prefix length. */
  addresses: string[];
}

/**
 * Lays out the lab. `racks` keeps only these racks, their routers and everything between them; what is left has the same names and
 * addresses as in the whole lab.
 */
export function planLab(topology: Topology, racks?: readonly string[]): LabPlan {
  const whole = planWhole(topology);
  if (racks === undefined) return whole;
  const gone = new Set<string>();
  for (const rack of topology.racks) {
    if (racks.includes(rack.name)) continue;
    gone.add(rack.router);
    for (const host of rack.hosts) gone.add(host.name);
  }
  for (const rack of topology.racks) if (racks.includes(rack.name)) gone.delete(rack.router);
  return {
    hosts: whole.hosts.filter((host) => !gone.has(host.name)),
    cables: whole.cables.filter(({ near, far }) => !gone.has(near.host) && !gone.has(far.host)),
  };
}

function planWhole(topology: Topology): LabPlan {
  const hosts: LabHost[] = [
    ...topology.routers.map((router): LabHost => {
      return {
        kind: "router",
        name: router.name,
        router,
        daemon: router.daemon ?? topology.daemon,
        bridges: planBridges(topology, router),
      };
    }),
    ...topology.externals.map((external): LabHost => ({ kind: "external", name: external.name, external })),
    ...topology.racks.flatMap((rack) => rack.hosts.map((host): LabHost => ({ kind: "rack", name: host.name, host, rack }))),
  ];
  const pointToPoints = [
    ...topology.links.map(([near, far]) => ({ near, nearName: interfaceName(far), nearNetwork: far, far, farName: interfaceName(near) })),
    ...topology.racks.flatMap((rack) =>
      rack.hosts.map(({ name }) => ({
        near: name,
        nearName: "fabric",
        nearNetwork: "fabric",
        far: rack.router,
        farName: portName("f", name),
      })),
    ),
  ];
  const cables: Cable[] = pointToPoints.map((cable, index) => {
    const [farAddresses, nearAddresses] = pointToPoint(topology.fabric, index);
    return {
      near: port(cable.near, cable.nearName, cable.nearNetwork, { addresses: nearAddresses }),
      far: port(cable.far, cable.farName, cable.near, { addresses: farAddresses }),
    };
  });
  cables.push(...topology.racks.flatMap((rack) => rack.hosts.flatMap((host) => networkCables(rack, host))));
  cables.push(...topology.externals.map(externalCable));
  return { hosts, cables };
}

function port(host: string, name: string, network: string, rest: Partial<Port> = {}): Port {
  return { host, name, network, mac: macOf(host, name), mtu: 1500, addresses: [], ...rest };
}

function networkCables(rack: Rack, host: RackHost): Cable[] {
  return rack.networks.flatMap((network) => {
    const addresses = host.addresses[network.name];
    if (addresses === undefined) return [];
    const lengths = { 4: network.ipv4?.cidr.split("/")[1] ?? "32", 6: network.ipv6?.cidr.split("/")[1] ?? "128" };
    const withLength = addresses.map((text) => `${text}/${lengths[isIP(text) as 4 | 6]}`);
    const near = port(host.name, network.nic, network.name, {
      mtu: network.mtu,
      addresses: network.boot === "configured" ? withLength : [],
      ...(network.bridge === undefined ? {} : { master: network.bridge }),
    });
    const farName = portName(network.port, host.name);
    return [{ near, far: port(rack.router, farName, host.name, { mtu: network.mtu, master: interfaceName(`br-${network.name}`) }) }];
  });
}

function externalCable(external: External): Cable {
  const length = (text: string): string => (isInside(text, external.ipv4.cidr) ? external.ipv4 : external.ipv6).cidr.split("/")[1] ?? "";
  const gateways = [external.ipv4, external.ipv6].map(({ cidr, gateway }) => `${gateway}/${cidr.split("/")[1]}`);
  return {
    near: port(external.name, "eth0", external.router, { addresses: external.addresses.map((text) => `${text}/${length(text)}`) }),
    far: port(external.router, interfaceName(external.name), external.name, { addresses: gateways }),
  };
}

function planBridges(topology: Topology, router: Router): RouterBridge[] {
  return topology.racks
    .filter((rack) => rack.router === router.name)
    .flatMap((rack) => rack.networks)
    .map((network) => {
      const name = interfaceName(`br-${network.name}`);
      const prefixes = [network.ipv4, network.ipv6].flatMap((prefix) => (prefix ? [prefix] : []));
      const addresses = prefixes.map(({ cidr, gateway }) => `${gateway}/${cidr.split("/")[1]}`);
      return { name, network: network.name, mac: macOf(router.name, name), mtu: network.mtu, addresses };
    });
}

/** The host's own ends of its cables. */
export function portsOf(plan: LabPlan, host: string): Port[] {
  return plan.cables.flatMap(({ near, far }) => [near, far].filter((end) => end.host === host));
}

/** The cable that `HOST:NETWORK` names, and which end of it is the host's. */
export function findCable(plan: LabPlan, host: string, network: string): { own: Port; other: Port } | undefined {
  for (const { near, far } of plan.cables) {
    if (near.host === host && near.network === network) return { own: near, other: far };
    if (far.host === host && far.network === network) return { own: far, other: near };
  }
  return undefined;
}
