import type { ClusterDocument } from "@rackway/schema";
import { clusterDocumentSchema } from "@rackway/schema";

/** A regular cluster of any size, for property tests and benchmarks. At most 4,096 racks of 900 hosts. */
export interface ClusterShape {
  readonly racks: number;
  readonly controllersPerRack: number;
  readonly membersPerRack: number;
  readonly routersPerRack: number;
  /** Absent: both. */
  readonly families?: readonly (4 | 6)[];
  /** How many addresses the ranges of each network have; absent: no ranges, so the whole network. */
  readonly rangeSize?: number;
  /** Anycast VIPs, every second with a check; every rack then speaks OSPF. Absent: none. */
  readonly vips?: number;
  /** How many service namespaces they are spread over; absent: one. */
  readonly namespaces?: number;
}

/**
 * A valid document: rack `rack-1` … with hosts `ctl-1-1` …, `node-1-1` … and routers `vr-1-1` …. Management networks are `/20`s of
 * 10.0.0.0/8, public networks `/22`s of 100.64.0.0/10; in both, host addresses begin at the 11th, ranges at the 1,001st (the 501st in
 * public networks).
 */
export function sampleCluster(shape: ClusterShape): ClusterDocument {
  const racks = numbers(shape.racks);
  return clusterDocumentSchema.parse({
    apiVersion: "rackway/v1",
    kind: "Cluster",
    metadata: { name: "sample" },
    spec: {
      racks: racks.map((rack) => ({
        name: `rack-${rack}`,
        networks: [managementNetwork(rack, shape), publicNetwork(rack, shape)],
        ...(shape.vips === undefined ? {} : { ospf: { interfaces: ["eth-fab"], gateways: fabric(rack, shape) } }),
      })),
      hosts: racks.flatMap((rack) => [
        ...numbers(shape.controllersPerRack).map((number) => sampleController(rack, number, shape)),
        ...numbers(shape.membersPerRack).map((number) => sampleMember(rack, number, shape)),
      ]),
      virtualRouters: racks.flatMap((rack) => numbers(shape.routersPerRack).map((number) => sampleRouter(rack, number, shape))),
      vipPools: shape.vips === undefined ? [] : [{ name: "services", ...pool(shape) }],
      vips: numbers(shape.vips ?? 0).map((number) => sampleVip(number, shape)),
    },
  });
}

function sampleVip(number: number, shape: ClusterShape): object {
  const check = { http: { port: 8080, path: "/healthz" } };
  return {
    name: `vip-${number}`,
    mode: "anycast",
    pool: "services",
    address: Object.fromEntries(familiesOf(shape).map((family) => [`ipv${family}`, "auto"])),
    namespace: `services-${1 + (number % (shape.namespaces ?? 1))}`,
    ...(number % 2 === 0 ? { health: check } : {}),
  };
}

/** 172.24.0.0/14 and an IPv6 pool: 262,000 addresses. */
function pool(shape: ClusterShape): object {
  const cidrs = { 4: "172.24.0.0/14", 6: "fd77::/96" } as const;
  return Object.fromEntries(familiesOf(shape).map((family) => [`ipv${family}`, { cidr: cidrs[family] }]));
}

/** The top-of-rack routers of a rack. */
function fabric(rack: number, shape: ClusterShape): string[] {
  return pick(shape, [quad((172 << 24) + (16 << 16) + (rack << 2) + 1), `fd00:ffff:${rack.toString(16)}::1`]);
}

function sampleController(rack: number, number: number, shape: ClusterShape): object {
  return {
    name: `ctl-${rack}-${number}`,
    rack: `rack-${rack}`,
    role: "controller",
    addresses: { management: inside(rack, 10 + number, shape), public: outside(rack, 10 + number, shape) },
  };
}

function sampleMember(rack: number, number: number, shape: ClusterShape): object {
  const place = 10 + shape.controllersPerRack + number;
  return { name: `node-${rack}-${number}`, rack: `rack-${rack}`, role: "member", addresses: { management: inside(rack, place, shape) } };
}

function sampleRouter(rack: number, number: number, shape: ClusterShape): object {
  const pair = Object.fromEntries(familiesOf(shape).map((family) => [`ipv${family}`, "auto"]));
  const vips = shape.controllersPerRack > 1 ? { publicVip: pair, managementVip: pair } : {};
  return { name: `vr-${rack}-${number}`, rack: `rack-${rack}`, ...vips };
}

function managementNetwork(rack: number, shape: ClusterShape): object {
  const sides = network(shape, (place) => inside(rack, place, { families: [4, 6] }), 1000, 20);
  return { name: "management", bridge: "br-mgmt", ...sides };
}

function publicNetwork(rack: number, shape: ClusterShape): object {
  const sides = network(shape, (place) => outside(rack, place, { families: [4, 6] }), 500, 22);
  return { name: "public", bridge: "br-ex", interface: "eth-pub", ...sides };
}

/** IPv4 is the first that `at` gives, IPv6 the second. */
function network(shape: ClusterShape, at: (place: number) => string[], firstOfRange: number, ipv4Length: number): object {
  const sides = familiesOf(shape).map((family): [string, object] => {
    const text = (place: number): string => at(place)[family === 4 ? 0 : 1] ?? "";
    const ranges = shape.rangeSize === undefined ? {} : { ranges: [`${text(firstOfRange + 1)}-${text(firstOfRange + shape.rangeSize)}`] };
    return [`ipv${family}`, { cidr: `${text(0)}/${family === 4 ? ipv4Length : 64}`, gateway: text(1), ...ranges }];
  });
  return Object.fromEntries(sides);
}

function inside(rack: number, place: number, shape: Pick<ClusterShape, "families">): string[] {
  return pick(shape, [quad((10 << 24) + ((rack - 1) << 12) + place), group(`fd00:${rack.toString(16)}:`, place)]);
}

function outside(rack: number, place: number, shape: Pick<ClusterShape, "families">): string[] {
  return pick(shape, [quad((100 << 24) + (64 << 16) + ((rack - 1) << 10) + place), group(`2001:db8:${rack.toString(16)}:`, place)]);
}

function pick(shape: Pick<ClusterShape, "families">, [ipv4, ipv6]: readonly [string, string]): string[] {
  return familiesOf(shape).map((family) => (family === 4 ? ipv4 : ipv6));
}

function familiesOf(shape: Pick<ClusterShape, "families">): readonly (4 | 6)[] {
  return shape.families ?? [4, 6];
}

function quad(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
}

function group(prefix: string, place: number): string {
  return place === 0 ? `${prefix}:` : `${prefix}:${place.toString(16)}`;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
