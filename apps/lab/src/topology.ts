import { BlockList, isIP } from "node:net";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { LabError } from "./lab-error.ts";

/**
 * What the lab is asked to build: racks with their networks and hosts behind one router each, further routers, hosts outside
 * (the "internet"), and the cables between routers. `examples/topologies/` holds the ones that tests and documents use.
 */

const name = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, "use lower-case letters, digits and dashes, starting with a letter, at most 31");
const linkName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,14}$/, "an interface name has at most 15 characters: lower-case letters, digits, dashes");
const address = z.string().refine((text) => isIP(text) !== 0, "not an IPv4 or IPv6 address");
const cidr = z.string().refine(isCidr, "not a prefix, as in 10.10.1.0/24 or fd00:10:1::/64");
const prefix = z.strictObject({ cidr, gateway: address });

const network = z.strictObject({
  name,
  /** The interface that a host has on this network. */
  nic: linkName,
  /** First letter(s) of the router's port names: `m` gives `m-ctl-a1`. */
  port: z.string().regex(/^[a-z]{1,3}$/, "one to three lower-case letters"),
  /** The Linux bridge that the operating system makes over `nic` on every host, which then carries the host's addresses. */
  bridge: linkName.optional(),
  /** `configured`: addresses are there after boot. `unconfigured`: the interface is up and bare, the agent does the rest. */
  boot: z.enum(["configured", "unconfigured"]).default("configured"),
  /** Hosts get a default route through the gateways at boot, with metric 1024. */
  defaultRoute: z.boolean().default(false),
  mtu: z.int().min(1280).max(65535).default(1500),
  ipv4: prefix.optional(),
  ipv6: prefix.optional(),
});

const rackHost = z.strictObject({
  name,
  role: z.enum(["controller", "member"]),
  /** By network; the host has an interface on exactly these networks (and the fabric). */
  addresses: z.record(z.string(), z.array(address)),
});

const policyRoute = z.strictObject({
  /** Only packets that come in over the cable from this router or network. */
  from: z.string(),
  /** … and not from these sources. */
  exceptFrom: z.array(cidr).default([]),
  to: cidr,
  via: address,
});

const daemon = z.enum(["frr", "bird"]);

const spokenOn = {
  /** `fabric`, every host's own cable, and networks of the router's racks: over these its hosts may speak. */
  networks: z.array(name).min(1).default(["fabric"]),
};
/** Goes into a daemon's configuration between quotes. */
const secret = z.string().regex(/^[\w.-]{1,16}$/, "1 to 16 letters, digits, dots, dashes, underscores");

const ospfTowardsHosts = z.strictObject({
  protocol: z.literal("ospf"),
  ...spokenOn,
  area: z
    .string()
    .refine((text) => isIP(text) === 4, "a dotted quad, as in 0.0.0.1")
    .default("0.0.0.0"),
  networkType: z.enum(["point-to-point", "broadcast"]).default("point-to-point"),
  helloSeconds: z.int().min(1).max(65535).default(10),
  deadSeconds: z.int().min(2).max(65535).default(40),
  /** OSPFv3 is always HMAC-SHA-256 (RFC 7166); `algorithm` is OSPFv2's (RFC 5709, or RFC 2328 D.4.3). */
  authentication: z.strictObject({ keyId: z.int().min(1).max(255), key: secret, algorithm: z.enum(["hmac-sha-256", "md5"]) }).optional(),
});

const bgpTowardsHosts = z.strictObject({
  protocol: z.literal("bgp"),
  ...spokenOn,
  /** The router's; its hosts have others (RFC 4271, external). */
  asn: z.int().min(1).max(4294967295),
  /** One session for each cable between link-local addresses, for both families (RFC 8950), instead of one for each address. */
  unnumbered: z.boolean().default(false),
  /** TCP MD5 (RFC 2385). */
  password: secret.optional(),
});

const router = z.strictObject({
  name,
  /** Its routing daemon; default: the topology's. */
  daemon: daemon.optional(),
  towardsHosts: z.discriminatedUnion("protocol", [ospfTowardsHosts, bgpTowardsHosts]).prefault({ protocol: "ospf" }),
  /** Flows stay on the path that they have when another path to the same host route goes or comes (guest/flow-keeper). */
  keepsFlows: z.boolean().default(false),
  policyRoutes: z.array(policyRoute).default([]),
});

const external = z.strictObject({
  name,
  router: name,
  ipv4: prefix,
  ipv6: prefix,
  /** The first of each family is the host's own; services answer on the others. */
  addresses: z.array(address).min(2),
  /** The only prefixes that this host can answer, through its gateways. */
  routes: z.array(cidr),
  services: z
    .strictObject({ http: z.array(address).default([]), dns: z.array(address).default([]), ntp: z.array(address).default([]) })
    .prefault({}),
});

const topologySchema = z.strictObject({
  apiVersion: z.literal("rackway-lab/v1"),
  kind: z.literal("Topology"),
  metadata: z.strictObject({ name }),
  /** Point-to-point cables are numbered from here, one /31 and one /127 each. */
  fabric: z
    .strictObject({
      ipv4: z.string().regex(/^\d+\.\d+\.0\.0\/16$/, "a /16, as in 172.31.0.0/16"),
      ipv6: z.string().regex(/^[0-9a-f:]+[0-9a-f]::\/64$/, "a /64 that ends in ::, as in fd00:ff::/64"),
    })
    .prefault({ ipv4: "172.31.0.0/16", ipv6: "fd00:ff::/64" }),
  racks: z.array(z.strictObject({ name, router: name, networks: z.array(network).min(1), hosts: z.array(rackHost).min(1) })).min(1),
  /** The routing daemon of routers that name none. */
  daemon: daemon.default("frr"),
  routers: z.array(router).min(1),
  /** Cables between routers. */
  links: z.array(z.tuple([name, name])).default([]),
  externals: z.array(external).default([]),
});

export type Topology = z.output<typeof topologySchema>;
export type Rack = Topology["racks"][number];
export type RackNetwork = Rack["networks"][number];
export type RackHost = Rack["hosts"][number];
export type Router = Topology["routers"][number];
export type RoutingDaemon = z.output<typeof daemon>;
export type OspfTowardsHosts = z.output<typeof ospfTowardsHosts>;
export type BgpTowardsHosts = z.output<typeof bgpTowardsHosts>;
export type External = Topology["externals"][number];

/**
 * Reads a topology file.
 * @throws {LabError} `topology-invalid`, with one line for each mistake: file:line:column, path, text.
 */
export function parseTopology(text: string, file = "topology"): Topology {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    throw new LabError(
      "topology-invalid",
      document.errors.map((error) => `${place(error.pos[0])}: ${error.message.split("\n")[0]}`).join("\n"),
    );
  }
  const parsed = topologySchema.safeParse(document.toJS({ maxAliasCount: 20 }));
  const issues = parsed.success ? contradictions(parsed.data) : parsed.error.issues;
  if (issues.length > 0 || !parsed.success) {
    throw new LabError("topology-invalid", issues.map((issue) => `${place(offsetOf(document, issue.path))}: ${textOf(issue)}`).join("\n"));
  }
  return parsed.data;
}

interface Issue {
  path: PropertyKey[];
  message: string;
}

function textOf(issue: Issue): string {
  return `${issue.path.map(String).join(".") || "document"}: ${issue.message}`;
}

/** The deepest node of the path that exists: a missing field is reported where it should have been. */
function offsetOf(document: ReturnType<typeof parseDocument>, path: PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return node.range[0];
  }
  return 0;
}

/** Everything that the shape alone cannot say: names that exist once, references that exist, addresses inside their networks. */
function contradictions(topology: Topology): Issue[] {
  const issues: Issue[] = [];
  const routers = new Set(topology.routers.map((router) => router.name));
  const needRouter = (path: PropertyKey[], wanted: string): void => {
    if (!routers.has(wanted)) issues.push({ path, message: `there is no router ${wanted}; routers are ${[...routers].join(", ")}` });
  };
  issues.push(...repeatedNames(topology), ...repeatedAddresses(topology), ...impossibleRouting(topology));
  topology.racks.forEach((rack, r) => {
    needRouter(["racks", r, "router"], rack.router);
    rack.hosts.forEach((host, h) => issues.push(...misplacedAddresses(rack, host, ["racks", r, "hosts", h, "addresses"])));
  });
  topology.links.forEach((link, l) => link.forEach((end, e) => needRouter(["links", l, e], end)));
  topology.externals.forEach((host, e) => {
    needRouter(["externals", e, "router"], host.router);
    for (const [service, addresses] of Object.entries(host.services)) {
      addresses.forEach((wanted, a) => {
        if (host.addresses.includes(wanted)) return;
        issues.push({ path: ["externals", e, "services", service, a], message: `${wanted} is not one of the host's addresses` });
      });
    }
  });
  return issues;
}

function impossibleRouting(topology: Topology): Issue[] {
  return topology.routers.flatMap((router, r) => {
    const path = ["routers", r, "towardsHosts"];
    const { towardsHosts } = router;
    const known = [
      "fabric",
      ...topology.racks.filter((rack) => rack.router === router.name).flatMap((rack) => rack.networks.map((net) => net.name)),
    ];
    const issues: Issue[] = towardsHosts.networks.flatMap((net, n) =>
      known.includes(net)
        ? []
        : [{ path: [...path, "networks", n], message: `${router.name} has no network ${net}; it has ${known.join(", ")}` }],
    );
    if (towardsHosts.protocol === "bgp") return issues;
    if (towardsHosts.deadSeconds <= towardsHosts.helloSeconds) {
      issues.push({ path: [...path, "deadSeconds"], message: "a neighbour would be dead before its next hello" });
    }
    if (towardsHosts.authentication?.algorithm === "hmac-sha-256" && (router.daemon ?? topology.daemon) === "frr") {
      issues.push({ path: [...path, "authentication", "algorithm"], message: "FRR 8.4 has only md5 in OSPFv2; `daemon: bird` has both" });
    }
    return issues;
  });
}

function repeatedNames(topology: Topology): Issue[] {
  const seen = new Set<string>();
  const named = [
    ...topology.routers.map((router, i) => ({ path: ["routers", i, "name"], name: router.name })),
    ...topology.racks.flatMap((rack, r) => rack.hosts.map((host, h) => ({ path: ["racks", r, "hosts", h, "name"], name: host.name }))),
    ...topology.externals.map((host, i) => ({ path: ["externals", i, "name"], name: host.name })),
  ];
  return named.flatMap(({ path, name: wanted }) => {
    if (seen.has(wanted)) return [{ path, message: `${wanted} is the name of another host or router` }];
    seen.add(wanted);
    return [];
  });
}

function repeatedAddresses(topology: Topology): Issue[] {
  const holders = new Map<string, string>();
  const issues: Issue[] = [];
  const claim = (path: PropertyKey[], wanted: string, holder: string): void => {
    const other = holders.get(wanted);
    if (other !== undefined) issues.push({ path, message: `${wanted} belongs to ${other} already` });
    else holders.set(wanted, holder);
  };
  topology.racks.forEach((rack, r) => {
    rack.networks.forEach((net, n) => {
      if (net.ipv4) claim(["racks", r, "networks", n, "ipv4", "gateway"], net.ipv4.gateway, rack.router);
      if (net.ipv6) claim(["racks", r, "networks", n, "ipv6", "gateway"], net.ipv6.gateway, rack.router);
    });
    rack.hosts.forEach((host, h) => {
      for (const [net, addresses] of Object.entries(host.addresses)) {
        addresses.forEach((wanted, a) => claim(["racks", r, "hosts", h, "addresses", net, a], wanted, host.name));
      }
    });
  });
  return issues;
}

function misplacedAddresses(rack: Rack, host: RackHost, path: PropertyKey[]): Issue[] {
  return Object.entries(host.addresses).flatMap(([wanted, addresses]) => {
    const net = rack.networks.find((candidate) => candidate.name === wanted);
    if (!net) {
      const known = rack.networks.map((candidate) => candidate.name).join(", ");
      return [{ path: [...path, wanted], message: `${rack.name} has no network ${wanted}; its networks are ${known}` }];
    }
    return addresses.flatMap((text, a) => {
      const inside = (isIP(text) === 4 ? net.ipv4 : net.ipv6)?.cidr;
      if (inside !== undefined && isInside(text, inside)) return [];
      return [{ path: [...path, wanted, a], message: `${text} is not in ${inside ?? `an IPv${isIP(text)} prefix of ${wanted}`}` }];
    });
  });
}

function isCidr(text: string): boolean {
  const [base, length, rest] = text.split("/");
  const family = isIP(base ?? "");
  return family !== 0 && rest === undefined && /^\d{1,3}$/.test(length ?? "") && Number(length) <= (family === 4 ? 32 : 128);
}

/** Whether the address lies in the prefix; both are valid text. */
export function isInside(text: string, prefixText: string): boolean {
  const [base = "", length = ""] = prefixText.split("/");
  const families = { 4: "ipv4", 6: "ipv6" } as const;
  const family = families[isIP(text) as 4 | 6];
  if (isIP(base) !== isIP(text)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(length), family);
  return list.check(text, family);
}
