import { isIP } from "node:net";
import type { LabHost, LabPlan } from "./plan.ts";
import { portsOf } from "./plan.ts";
import type { Router } from "./topology.ts";

/** What a router says over which of its interfaces, whatever daemon says it. */
export interface RouterSpeech {
  /** Dotted quad. */
  id: string;
  /** Interfaces with another router at the other end. */
  betweenRouters: string[];
  /** Interfaces over which hosts may speak. */
  hosts: string[];
  towardsHosts: Router["towardsHosts"];
  /** Its hosts' addresses, for BGP: the interface that each is behind, and the router's own there. */
  neighbors: { interface: string; address: string; own: string }[];
  /** Networks that are told of and not spoken over. */
  silent: string[];
  /** Next hops out of the lab, one a family; none where the way out is another router's. */
  wayOut: string[];
}

export type RouterHost = Extract<LabHost, { kind: "router" }>;

export function planSpeech(plan: LabPlan, host: RouterHost): RouterSpeech {
  const { towardsHosts } = host.router;
  const kinds = new Map(plan.hosts.map(({ name, kind }) => [name, kind]));
  const ports = portsOf(plan, host.name).filter((port) => port.master === undefined);
  const named = (kind: LabHost["kind"]): string[] => ports.filter(({ network }) => kinds.get(network) === kind).map(({ name }) => name);
  const speaksOn = (network: string): boolean => towardsHosts.networks.includes(network);
  const hosts = [
    ...(speaksOn("fabric") ? named("rack") : []),
    ...host.bridges.filter(({ network }) => speaksOn(network)).map(({ name }) => name),
  ];
  return {
    id: routerId(plan, host.name),
    betweenRouters: named("router"),
    hosts,
    towardsHosts,
    neighbors: hosts.flatMap((port) => neighborsBehind(plan, host, port)),
    silent: [...named("external"), ...named("rack"), ...host.bridges.map(({ name }) => name)].filter((name) => !hosts.includes(name)),
    wayOut: wayOutOf(plan, host.name),
  };
}

function neighborsBehind(plan: LabPlan, host: RouterHost, port: string): RouterSpeech["neighbors"] {
  const bridge = host.bridges.find(({ name }) => name === port);
  const own = bridge?.addresses ?? portsOf(plan, host.name).find(({ name }) => name === port)?.addresses ?? [];
  const theirs =
    bridge === undefined
      ? plan.cables.filter(({ far }) => far.host === host.name && far.name === port).flatMap(({ near }) => near.addresses)
      : plan.hosts.flatMap((other) =>
          other.kind === "rack" && other.rack.router === host.name ? (other.host.addresses[bridge.network] ?? []) : [],
        );
  const bare = (text: string): string => text.split("/")[0] ?? text;
  return theirs.map(bare).flatMap((address) => {
    const near = own.map(bare).find((text) => isIP(text) === isIP(address));
    return near === undefined ? [] : [{ interface: port, address, own: near }];
  });
}

/** The outside host's own address of each family. */
function wayOutOf(plan: LabPlan, router: string): string[] {
  const outside = plan.hosts.find((host) => host.kind === "external" && host.external.router === router);
  if (outside?.kind !== "external") return [];
  return [4, 6].flatMap((family) => outside.external.addresses.find((text) => isIP(text) === family) ?? []);
}

/**
 * The router's loopback address, which FRR's zebra takes for router-id as soon as it starts. With an id of its own choice first and the
 * configured one a moment later, a point-to-point neighbour would wait out the dead interval for the first of the two.
 */
export function routerId(plan: LabPlan, router: string): string {
  const index = plan.hosts.filter((host) => host.kind === "router").findIndex((host) => host.name === router) + 1;
  return `10.255.${index >> 8}.${index & 255}`;
}
