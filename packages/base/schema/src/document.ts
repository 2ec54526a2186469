import { z } from "zod";

import {
  addressOfFamily,
  addressOrPrefix,
  cidrOfFamily,
  fenceOptionName,
  fenceOptionValue,
  hostAddresses,
  interfaceName,
  name,
  port,
  portRange,
  rangeOfFamily,
  valueFacts,
} from "./document-values.ts";
import type { proxyFrontendSchema, proxySchema } from "./document-proxy.ts";
import { bgpSchema, hostRoutingSchema, ospfSchema } from "./document-routing.ts";
import { roamingRouterSchema } from "./document-roaming-router.ts";
import { dnsSchema } from "./document-name-service.ts";
import { ntpSchema } from "./document-time-service.ts";
import { serviceNamespaceSchema, vipSchema } from "./document-vips.ts";
import { vipPairMemberSchema } from "./document-vip-pair.ts";

/**
 * The cluster document as an operator writes it (`apiVersion: rackway/v1`, `kind: Cluster`).
 * Shapes, single values and defaults; what holds *between* fields is checked by the planner's validation.
 * Addresses are strings, canonical once parsed. The descriptions become docs/reference/document.md and the published JSON Schema.
 */
function familyNetworkSchemaOf(family: 4 | 6) {
  return z.strictObject({
    cidr: cidrOfFamily(family).describe("The network, in CIDR notation."),
    gateway: addressOfFamily(family).optional().describe("The router that leads out of the network. Never handed out."),
    ranges: z
      .array(rangeOfFamily(family))
      .min(1)
      .optional()
      .describe("Addresses that may be handed out automatically: `A-B` or one address. Absent: the whole network."),
  });
}

export const ipv4NetworkSchema = familyNetworkSchemaOf(4);
export const ipv6NetworkSchema = familyNetworkSchemaOf(6);

const ipv4Network = ipv4NetworkSchema.optional().describe("The network's IPv4 side. Absent: no IPv4.");
const ipv6Network = ipv6NetworkSchema.optional().describe("The network's IPv6 side. Absent: no IPv6.");

export const networkSchema = z.strictObject({
  name: name.describe("Name of the network, unique in its rack. `management` and `public` are what virtual routers look for."),
  bridge: interfaceName.describe("The hosts' bridge for this network."),
  driver: z.enum(["linux", "openvswitch"]).default("linux").describe("What kind of bridge it is."),
  interface: interfaceName
    .optional()
    .describe(
      "The hosts' interface that becomes the bridge's port when Rackway makes the bridge. A bridge that exists already is left as it is.",
    ),
  vlan: z.int().min(1).max(4094).optional().describe("VLAN id of the network on that interface (IEEE 802.1Q)."),
  mtu: z.int().min(1280).max(65535).default(1500).describe("MTU in bytes."),
  shared: z.boolean().default(false).describe("True: the same L2 network in every rack that names it, with the same CIDR and gateway."),
  ipv4: ipv4Network,
  ipv6: ipv6Network,
});

const useVipsSchema = z.strictObject({
  dns: z
    .array(name)
    .min(1)
    .max(3)
    .optional()
    .describe(
      "VIPs with `dns`, in the order in which they are asked. Absent: members resolve names by their router, where that has `dns`.",
    ),
  ntp: z
    .array(name)
    .min(1)
    .max(3)
    .optional()
    .describe("VIPs with `ntp`. Absent: members take the time from their router, where that has `ntp`."),
});

export const rackSchema = z.strictObject({
  name: name.describe("Name of the rack."),
  networks: z.array(networkSchema).min(1).describe("The rack's L3 networks."),
  ospf: ospfSchema
    .optional()
    .describe("How the rack's controllers announce addresses to the top-of-rack routers: by OSPF. At most one of `ospf` and `bgp`."),
  bgp: bgpSchema.optional().describe("The same by BGP."),
  useVips: useVipsSchema
    .optional()
    .describe("Service VIPs that the rack's members ask for names and the time, in place of their router. Absent: none."),
});

const useRouterSchema = z.strictObject({
  dns: z
    .boolean()
    .optional()
    .describe(
      "Resolve names by the router, or by the VIPs that its rack names (`useVips`). Absent: yes, where there is `dns`; a host with an address in the public network does not.",
    ),
  ntp: z
    .boolean()
    .optional()
    .describe(
      "Take the time from the router, or from the VIPs that its rack names (`useVips`). Absent: yes, where there is `ntp`; a host with an address in the public network does not.",
    ),
});

export const hostSchema = z.strictObject({
  name: name.describe("Name of the host, as `uname -n` gives it."),
  rack: name.describe("The rack that the host is in."),
  role: z
    .enum(["controller", "member"])
    .describe("`controller`: runs Pacemaker, carries VIPs and routers. `member`: has no public interface, uses the virtual router."),
  addresses: z.record(name, hostAddresses).describe("The host's own addresses, by network: one IPv4 and one IPv6 at most."),
  interfaces: z
    .record(name, interfaceName)
    .optional()
    .describe("Interfaces by network, where this host differs from the network's `interface`."),
  routing: hostRoutingSchema.optional().describe("Of a controller: where it speaks otherwise than its rack says."),
  useRouter: useRouterSchema
    .optional()
    .describe(
      "Of a member: whether it asks its virtual router, or its rack's `useVips`, for names and the time. Absent: as each field says.",
    ),
});

export const inboundRuleSchema = z.strictObject({
  to: addressOrPrefix.describe("Where unsolicited traffic from outside may go: an address or network of the inside."),
  protocol: z.enum(["tcp", "udp", "icmp", "any"]).describe("Which traffic. `icmp` is ICMPv6 for IPv6."),
  ports: z
    .array(z.union([port, portRange]).register(valueFacts, { expects: "a port (1 to 65535) or a range of ports such as 8000-8080" }))
    .min(1)
    .optional()
    .describe("Destination ports, of `tcp` and `udp`. Absent: all."),
});

const natSchema = z.strictObject({
  ipv4: z.enum(["snat", "routed"]).default("snat").describe("`snat`: translate to the public VIP. `routed`: forward as it is."),
  ipv6: z.enum(["nat66", "routed"]).default("nat66").describe("`nat66`: translate to the public VIP. `routed`: forward as it is."),
});

const uplinkCheckSchema = z.strictObject({
  intervalMs: z.int().min(200).max(60000).default(1000).describe("How often the gateways are asked, in milliseconds."),
  fall: z.int().min(1).max(10).default(3).describe("How many answers must be missing until the uplink counts as down."),
  rise: z.int().min(1).max(10).default(2).describe("How many answers must have come until it counts as up again."),
});

const routerAdvertisementsSchema = z.strictObject({
  enabled: z.boolean().describe("Whether the owner of the router sends router advertisements into the management network."),
  lifetimeSeconds: z.int().min(3).max(9000).default(180).describe("Router lifetime that they announce, in seconds (RFC 4861)."),
});

const connectionSyncSchema = z.strictObject({
  enabled: z.boolean().default(true).describe("Keep the connection state of the controllers in step, so that flows survive a failover."),
  network: name.optional().describe("The network that synchronisation goes over. Absent: the management network."),
});

export const virtualRouterSchema = z.strictObject({
  name: name.describe("Name of the router."),
  rack: name.describe("The rack whose controllers run it and whose members use it."),
  managementNetwork: name.default("management").describe("The network whose hosts it leads out."),
  publicNetwork: name.default("public").describe("The network that it leads out through."),
  publicVip: vipPairMemberSchema
    .optional()
    .describe("Its address outside. Absent, as `managementVip`: no pair to move; the router works on the one controller's own addresses."),
  managementVip: vipPairMemberSchema
    .optional()
    .describe("Its address inside: the members' default gateway. Moves together with `publicVip`."),
  nat: natSchema.prefault({}).describe("How traffic that leaves is translated."),
  inbound: z.array(inboundRuleSchema).default([]).describe("Unsolicited traffic from outside that is let in. Everything else is dropped."),
  routerAdvertisements: routerAdvertisementsSchema.optional().describe("IPv6 router advertisements. Absent: none."),
  connectionSync: connectionSyncSchema.prefault({}).describe("Connection state on the standby controllers."),
  uplinkCheck: uplinkCheckSchema
    .prefault({})
    .describe("How a controller's way out is watched. One that is worse loses the router to a better one."),
  dns: dnsSchema.optional().describe("Name service on the management VIP. Absent: none."),
  ntp: ntpSchema.optional().describe("Time service on the management VIP. Absent: none."),
});

export const vipPoolSchema = z.strictObject({
  name: name.describe("Name of the pool."),
  ipv4: ipv4Network.describe("IPv4 addresses of the pool."),
  ipv6: ipv6Network.describe("IPv6 addresses of the pool."),
});

export const fenceDeviceSchema = z.strictObject({
  agent: z
    .string()
    .regex(/^fence_[a-z0-9_]+$/)
    .register(valueFacts, { expects: "the name of a fence agent such as fence_ipmilan" })
    .describe("A fence agent that is installed on the hosts (`fence_ipmilan`, …)."),
  parameters: z
    .record(fenceOptionName, fenceOptionValue)
    .default({})
    .describe("Options of the fence agent. No secrets: point at a file on the host (`password_script`, …)."),
  hosts: z.array(name).optional().describe("The hosts that it can fence. Absent: all of the Pacemaker cluster."),
});

export const quorumDeviceSchema = z.strictObject({
  host: name.describe("The host that runs corosync-qnetd: any host of the document that is no controller of this Pacemaker cluster."),
  algorithm: z
    .enum(["ffsplit"])
    .default("ffsplit")
    .describe("`ffsplit`: its one vote goes to exactly one part of the cluster, where a split leaves two of the same size."),
});

export const pacemakerSchema = z.strictObject({
  name: name.describe("Name of the Pacemaker cluster."),
  racks: z.array(name).min(1).describe("The racks whose controllers form it."),
  takeover: z
    .enum(["quorum", "fenced"])
    .default("quorum")
    .describe("`quorum`: the majority takes over at once and fences alongside. `fenced`: it waits until the old owner is known to be off."),
  timers: z
    .enum(["local", "careful"])
    .default("local")
    .describe("`local`: for hosts in one room. `careful`: for long links; slower to notice a failure."),
  network: name.default("management").describe("The network that Corosync talks over."),
  fencing: z.array(fenceDeviceSchema).default([]).describe("Devices that switch hosts off from outside."),
  quorumDevice: quorumDeviceSchema
    .optional()
    .describe("A vote on another host, which decides between two halves. Absent: the controllers alone have votes."),
});

export const clusterDocumentSchema = z.strictObject({
  apiVersion: z.literal("rackway/v1").describe("Version of this format."),
  kind: z.literal("Cluster").describe("What the document describes."),
  metadata: z.strictObject({ name: name.describe("Name of the cluster.") }).describe("Which cluster it is."),
  spec: z
    .strictObject({
      pacemaker: z
        .array(pacemakerSchema)
        .optional()
        .describe("Pacemaker clusters: the failure domains. Absent: one for each rack with controllers, by these defaults."),
      racks: z.array(rackSchema).min(1).describe("The racks and their networks."),
      hosts: z.array(hostSchema).default([]).describe("The hosts."),
      virtualRouters: z.array(virtualRouterSchema).default([]).describe("Ways out for hosts without a public interface."),
      roamingRouters: z
        .array(roamingRouterSchema)
        .optional()
        .describe("Ways out whose VIPs roam between racks. Members of every rack of theirs use them, by tunnels."),
      vipPools: z.array(vipPoolSchema).default([]).describe("Addresses for VIPs that belong to no network."),
      namespaces: z
        .array(serviceNamespaceSchema)
        .default([])
        .describe("Service namespaces of which there is more to say than their name. One that only a VIP names is made by Rackway."),
      vips: z.array(vipSchema).default([]).describe("Service addresses."),
    })
    .describe("What the cluster must be."),
});

export type ClusterDocument = z.output<typeof clusterDocumentSchema>;
export type RackSpec = z.output<typeof rackSchema>;
export type NetworkSpec = z.output<typeof networkSchema>;
export type HostSpec = z.output<typeof hostSchema>;
export type { DnsSpec } from "./document-name-service.ts";
export type { NtpSpec } from "./document-time-service.ts";
export type VirtualRouterSpec = z.output<typeof virtualRouterSchema>;
export type RoamingRouterSpec = z.output<typeof roamingRouterSchema>;
export type PacemakerSpec = z.output<typeof pacemakerSchema>;
export type ServiceNamespaceSpec = z.output<typeof serviceNamespaceSchema>;
export type OspfSpec = z.output<typeof ospfSchema>;
export type BgpSpec = z.output<typeof bgpSchema>;
export type VipSpec = z.output<typeof vipSchema>;
export type ProxySpec = z.output<typeof proxySchema>;
export type ProxyFrontendSpec = z.output<typeof proxyFrontendSchema>;
export type VipPoolSpec = z.output<typeof vipPoolSchema>;
