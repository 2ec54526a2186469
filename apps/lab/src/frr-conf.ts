import type { LabPlan, RouterBridge } from "./plan.ts";
import { portsOf } from "./plan.ts";
import type { Port } from "./ports.ts";

/**
 * A router's FRR (8.4, docs.frrouting.org: OSPFv2, OSPFv3, BFD): area 0 with its neighbours, its racks' networks as stubs, a default
 * route from the router that has the way out. Ports towards hosts speak OSPF with FRR's own timers and BFD 50 ms × 3, so that a host's
 * routing daemon can join; cables between routers say hello every second and leave failures to the carrier, so that a machine
 * under load does not make the fabric flap.
 */
export function renderFrr(plan: LabPlan, router: string, bridges: RouterBridge[]): Record<string, string> {
  const routers = plan.hosts.filter((host) => host.kind === "router").map((host) => host.name);
  const ports = portsOf(plan, router).filter((port) => port.master === undefined);
  const isRackHost = (name: string): boolean => plan.hosts.some((host) => host.name === name && host.kind === "rack");
  const hasWayOut = plan.hosts.some((host) => host.kind === "external" && host.external.router === router);
  const id = routerId(plan, router);
  const originate = hasWayOut ? [" default-information originate always"] : [];
  const lines = [
    "frr version 8.4",
    "frr defaults traditional",
    `hostname ${router}`,
    "log syslog informational",
    "!",
    ...ports.filter((port) => routers.includes(port.network)).flatMap(betweenRouters),
    ...ports.filter((port) => isRackHost(port.network)).flatMap(towardsHost),
    ...ports.filter((port) => !routers.includes(port.network) && !isRackHost(port.network)).flatMap((port) => passive(port.name)),
    ...bridges.flatMap((bridge) => passive(bridge.name)),
    "router ospf",
    ` ospf router-id ${id}`,
    // Just above the neighbours' MinLSArrival (RFC 2328, appendix B) instead of 5 s, so that a lab is up soon; what the routers
    // accept from hosts keeps its default, as a foreign router's would.
    " timers throttle lsa all 1100",
    " timers throttle spf 0 50 500",
    ...originate,
    "exit",
    "!",
    "router ospf6",
    ` ospf6 router-id ${id}`,
    " timers throttle spf 0 50 500",
    ...originate,
    "exit",
    "!",
    "bfd",
    " profile fabric",
    "  detect-multiplier 3",
    "  receive-interval 50",
    "  transmit-interval 50",
    " exit",
    "exit",
    "!",
  ];
  return { "etc/frr/frr.conf": `${lines.join("\n")}\n`, "etc/frr/daemons": daemons };
}

/**
 * The router's loopback address, which zebra takes for router-id as soon as it starts. With an id of its own choice first and the
 * configured one a moment later, a point-to-point neighbour would wait out the dead interval for the first of the two.
 */
export function routerId(plan: LabPlan, router: string): string {
  const index = plan.hosts.filter((host) => host.kind === "router").findIndex((host) => host.name === router) + 1;
  return `10.255.${index >> 8}.${index & 255}`;
}

const daemons = `ospfd=yes
ospf6d=yes
bfdd=yes
vtysh_enable=yes
zebra_options="  -A 127.0.0.1 -s 90000000"
ospfd_options="  -A 127.0.0.1"
ospf6d_options=" -A ::1"
staticd_options="-A 127.0.0.1"
bfdd_options="   -A 127.0.0.1"
`;

function betweenRouters(port: Port): string[] {
  return [
    `interface ${port.name}`,
    " ip ospf area 0.0.0.0",
    " ip ospf network point-to-point",
    " ip ospf hello-interval 1",
    " ip ospf dead-interval 10",
    " ip ospf retransmit-interval 1",
    " ipv6 ospf6 area 0.0.0.0",
    " ipv6 ospf6 network point-to-point",
    " ipv6 ospf6 hello-interval 1",
    " ipv6 ospf6 dead-interval 10",
    " ipv6 ospf6 retransmit-interval 1",
    "exit",
    "!",
  ];
}

/** `ip ospf bfd` comes before its profile: in FRR 8.4 no session is made otherwise. */
function towardsHost(port: Port): string[] {
  return [
    `interface ${port.name}`,
    " ip ospf area 0.0.0.0",
    " ip ospf network point-to-point",
    " ip ospf bfd",
    " ip ospf bfd profile fabric",
    " ipv6 ospf6 area 0.0.0.0",
    " ipv6 ospf6 network point-to-point",
    " ipv6 ospf6 bfd profile fabric",
    "exit",
    "!",
  ];
}

function passive(name: string): string[] {
  return [`interface ${name}`, " ip ospf area 0.0.0.0", " ip ospf passive", " ipv6 ospf6 area 0.0.0.0", " ipv6 ospf6 passive", "exit", "!"];
}
