import { isIP } from "node:net";
import type { RouterSpeech } from "./router-speech.ts";
import type { BgpTowardsHosts, OspfTowardsHosts } from "./topology.ts";

/**
 * A router's FRR (8.4, docs.frrouting.org: OSPFv2, OSPFv3, BFD, BGP): area 0 with its neighbours, its racks' networks as stubs, a default
 * route from the router that has the way out. Ports towards hosts speak OSPF with FRR's own timers and BFD 50 ms × 3 unless the topology
 * says otherwise, so that a host's routing daemon can join; cables between routers say hello every second and leave failures to the
 * carrier, so that a machine under load does not make the fabric flap.
 */
export function renderFrr(name: string, speech: RouterSpeech): Record<string, string> {
  const { towardsHosts } = speech;
  const hasBgp = towardsHosts.protocol === "bgp";
  const distribute = [
    ...(speech.wayOut.length > 0 ? [" default-information originate always"] : []),
    ...(hasBgp ? [" redistribute bgp"] : []),
  ];
  const lines = [
    "frr version 8.4",
    "frr defaults traditional",
    `hostname ${name}`,
    "log syslog informational",
    // Without next-hop objects: the kernel takes a dead port's out of its groups, and zebra, which keeps a group for three minutes after its last
    // use, does not put it back: a host whose power was off for less than that would be sent nothing.
    "no zebra nexthop kernel enable",
    "!",
    ...(towardsHosts.protocol === "ospf" ? keyChain(towardsHosts) : []),
    ...speech.betweenRouters.flatMap(betweenRouters),
    ...speech.hosts.flatMap((port) => (towardsHosts.protocol === "bgp" ? silent(port) : towardsHost(port, towardsHosts))),
    ...speech.silent.flatMap(silent),
    "router ospf",
    ` ospf router-id ${speech.id}`,
    // Just above the neighbours' MinLSArrival (RFC 2328, appendix B) instead of 5 s, so that a lab is up soon; what the routers
    // accept from hosts keeps its default, as a foreign router's would.
    " timers throttle lsa all 1100",
    " timers throttle spf 0 50 500",
    ...distribute,
    "exit",
    "!",
    "router ospf6",
    ` ospf6 router-id ${speech.id}`,
    " timers throttle spf 0 50 500",
    ...distribute,
    "exit",
    "!",
    ...(towardsHosts.protocol === "bgp" ? bgp(speech, towardsHosts) : []),
    "bfd",
    " profile fabric",
    "  detect-multiplier 3",
    "  receive-interval 50",
    "  transmit-interval 50",
    " exit",
    "exit",
    "!",
  ];
  return { "etc/frr/frr.conf": `${lines.join("\n")}\n`, "etc/frr/daemons": hasBgp ? `bgpd=yes\n${daemons}` : daemons };
}

const daemons = `ospfd=yes
ospf6d=yes
bfdd=yes
vtysh_enable=yes
zebra_options="  -A 127.0.0.1 -s 90000000 --v6-rr-semantics"
ospfd_options="  -A 127.0.0.1"
ospf6d_options=" -A ::1"
bgpd_options="   -A 127.0.0.1"
staticd_options="-A 127.0.0.1"
bfdd_options="   -A 127.0.0.1"
`;

function betweenRouters(name: string): string[] {
  return [
    `interface ${name}`,
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
function towardsHost(name: string, { area, networkType, helloSeconds, deadSeconds, authentication }: OspfTowardsHosts): string[] {
  const key4 = [
    " ip ospf authentication message-digest",
    ` ip ospf message-digest-key ${authentication?.keyId} md5 ${authentication?.key}`,
  ];
  return [
    `interface ${name}`,
    ` ip ospf area ${area}`,
    ` ip ospf network ${networkType}`,
    ` ip ospf hello-interval ${helloSeconds}`,
    ` ip ospf dead-interval ${deadSeconds}`,
    " ip ospf bfd",
    " ip ospf bfd profile fabric",
    ...(authentication === undefined ? [] : key4),
    ` ipv6 ospf6 area ${area}`,
    ` ipv6 ospf6 network ${networkType}`,
    ` ipv6 ospf6 hello-interval ${helloSeconds}`,
    ` ipv6 ospf6 dead-interval ${deadSeconds}`,
    " ipv6 ospf6 bfd profile fabric",
    ...(authentication === undefined ? [] : [" ipv6 ospf6 authentication keychain hosts"]),
    "exit",
    "!",
  ];
}

function keyChain({ authentication: key }: OspfTowardsHosts): string[] {
  if (key === undefined) return [];
  const lines = [` key ${key.keyId}`, `  key-string ${key.key}`, "  cryptographic-algorithm hmac-sha-256", " exit"];
  return ["key chain hosts", ...lines, "exit", "!"];
}

function silent(name: string): string[] {
  return [`interface ${name}`, " ip ospf area 0.0.0.0", " ip ospf passive", " ipv6 ospf6 area 0.0.0.0", " ipv6 ospf6 passive", "exit", "!"];
}

function bgp(speech: RouterSpeech, towards: BgpTowardsHosts): string[] {
  const neighbors = towards.unnumbered
    ? speech.hosts.map((port) => ({ name: port, begin: `${port} interface peer-group hosts`, families: [4, 6] }))
    : speech.neighbors.map(({ address }) => ({ name: address, begin: `${address} peer-group hosts`, families: [isIP(address)] }));
  const family = (number: 4 | 6): string[] => [
    ` address-family ipv${number} unicast`,
    `  redistribute ${number === 4 ? "ospf" : "ospf6"} route-map of-routers`,
    "  maximum-paths 64",
    ...neighbors.filter(({ families }) => families.includes(number)).map(({ name }) => `  neighbor ${name} activate`),
    " exit-address-family",
  ];
  return [
    // What other routers have told is for the hosts to know; it does not outrank a host's own word, as routes that BGP takes over else do.
    "route-map of-routers permit 10",
    " set local-preference 50",
    " set weight 0",
    "exit",
    "!",
    `router bgp ${towards.asn}`,
    ` bgp router-id ${speech.id}`,
    " no bgp ebgp-requires-policy",
    " no bgp default ipv4-unicast",
    // Hosts have numbers of their own; the same prefix from several is one route with several ways.
    " bgp bestpath as-path multipath-relax",
    " neighbor hosts peer-group",
    " neighbor hosts remote-as external",
    " neighbor hosts timers connect 1",
    " neighbor hosts bfd",
    " neighbor hosts bfd profile fabric",
    ...(towards.password === undefined ? [] : [` neighbor hosts password ${towards.password}`]),
    ...neighbors.map(({ begin }) => ` neighbor ${begin}`),
    ...family(4),
    ...family(6),
    "exit",
    "!",
  ];
}
