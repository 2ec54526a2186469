import type { Edit, RuleCase } from "./rule-cases.ts";

const inbound = "      inbound: [{ to: 10.0.1.21, protocol: tcp, ports: [22] }]\n";
/** `vr-a` of the sound document with name service. */
const dns = (text: string): Edit => [inbound, `${inbound}      dns: ${text}\n`];
const ntp = (text: string): Edit => [inbound, `${inbound}      ntp: ${text}\n`];
const chosenVip: Edit = ["managementVip: { ipv4: auto, ipv6: auto }", "managementVip: { ipv4: 10.0.1.5, ipv6: auto }"];
const vrB = "    - { name: vr-b, rack: rack-b }";
const manyHosts = Array.from(
  { length: 1500 },
  (_, place) =>
    `    - { name: node-with-a-long-name-of-its-own-${place}, rack: rack-c, role: member, addresses: { management: [10.9.${place >> 8}.${place & 255}] } }\n`,
).join("");
const rackC =
  "    - name: rack-c\n      networks:\n        - { name: management, bridge: br-mgmt, ipv4: { cidr: 10.8.0.0/15 } }\n  hosts:\n";

export const nameServiceRuleCases: readonly RuleCase[] = [
  {
    code: "upstream-duplicate",
    broken: [dns('{ upstreams: [198.51.100.53, "2001:DB8:100::53", "2001:db8:100:0::53"] }')],
    path: "spec.virtualRouters[0].dns.upstreams[2]",
    nearest: [dns('{ upstreams: [198.51.100.53, "2001:db8:100::53", "2001:db8:100::54"] }')],
  },
  {
    code: "upstream-duplicate",
    about: "a server of a local domain",
    broken: [dns("{ upstreams: [198.51.100.53], localDomains: [{ name: corp.example, servers: [10.9.0.2, 10.9.0.2] }] }")],
    path: "spec.virtualRouters[0].dns.localDomains[0].servers[1]",
    nearest: [dns("{ upstreams: [10.9.0.2], localDomains: [{ name: corp.example, servers: [10.9.0.2] }] }")],
  },
  {
    code: "dns-upstreams-mixed",
    broken: [dns("{ upstreams: [198.51.100.53, { address: 198.51.100.54, tls: dns.example }] }")],
    path: "spec.virtualRouters[0].dns.upstreams[1]",
    nearest: [
      dns("{ upstreams: [{ address: 198.51.100.54, tls: dns.example }, { address: 198.51.100.54, port: 8853, tls: dns.example }] }"),
    ],
  },
  {
    code: "upstream-loop",
    about: "to itself",
    broken: [chosenVip, dns("{ upstreams: [198.51.100.53, 10.0.1.5] }")],
    path: "spec.virtualRouters[0].dns.upstreams[1]",
    nearest: [chosenVip, dns("{ upstreams: [198.51.100.53, 10.0.1.6] }")],
  },
  {
    code: "upstream-loop",
    about: "a local domain",
    broken: [chosenVip, dns("{ upstreams: [198.51.100.53], localDomains: [{ name: corp.example, servers: [10.0.1.5] }] }")],
    path: "spec.virtualRouters[0].dns.localDomains[0].servers[0]",
    nearest: [chosenVip, dns("{ upstreams: [198.51.100.53], localDomains: [{ name: corp.example, servers: [10.0.1.6] }] }")],
  },
  {
    code: "dns-domain-own",
    broken: [dns("{ upstreams: [198.51.100.53], localDomains: [{ name: Sound.internal, servers: [10.9.0.2] }] }")],
    path: "spec.virtualRouters[0].dns.localDomains[0].name",
    nearest: [dns("{ upstreams: [198.51.100.53], localDomains: [{ name: more.sound.internal, servers: [10.9.0.2] }] }")],
  },
  {
    code: "dns-rack-label",
    broken: [dns("{ upstreams: [198.51.100.53] }"), ["  hosts:\n", `${rackC.replace("rack-c", "vip")}`]],
    path: "spec.racks[2].name",
    nearest: [dns("{ upstreams: [198.51.100.53], names: none }"), ["  hosts:\n", `${rackC.replace("rack-c", "vip")}`]],
  },
  {
    code: "dns-names-too-many",
    broken: [dns("{ upstreams: [198.51.100.53] }"), ["  hosts:\n", `${rackC}${manyHosts}`]],
    path: "spec.virtualRouters[0].dns.names",
    nearest: [dns("{ upstreams: [198.51.100.53], names: rack }"), ["  hosts:\n", `${rackC}${manyHosts}`]],
  },
  {
    code: "upstream-duplicate",
    about: "a time server",
    broken: [ntp("{ upstreams: [198.51.100.123, { server: 198.51.100.123, nts: true }] }")],
    path: "spec.virtualRouters[0].ntp.upstreams[1]",
    nearest: [ntp("{ upstreams: [198.51.100.123, { server: 198.51.100.124, nts: true }] }")],
  },
  {
    code: "upstream-loop",
    about: "a time service that would follow itself",
    broken: [chosenVip, ntp("{ upstreams: [198.51.100.123, 10.0.1.5] }")],
    path: "spec.virtualRouters[0].ntp.upstreams[1]",
    nearest: [chosenVip, ntp("{ upstreams: [198.51.100.123, 10.0.1.6] }")],
  },
  {
    code: "ntp-name-without-dns",
    broken: [ntp("{ upstreams: [198.51.100.123, { server: time.example, nts: true }] }")],
    path: "spec.virtualRouters[0].ntp.upstreams[1]",
    nearest: [[inbound, `${inbound}      ntp: { upstreams: [198.51.100.123, time.example] }\n      dns: { upstreams: [198.51.100.53] }\n`]],
  },
  {
    code: "not-yet-supported",
    about: "time service of a router without VIPs",
    broken: [[vrB, "    - { name: vr-b, rack: rack-b, ntp: { upstreams: [198.51.100.123] } }"]],
    path: "spec.virtualRouters[1].ntp",
    nearest: [],
  },
  {
    code: "not-yet-supported",
    about: "name service of a router without VIPs",
    broken: [[vrB, "    - { name: vr-b, rack: rack-b, dns: { upstreams: [198.51.100.53] } }"]],
    path: "spec.virtualRouters[1].dns",
    nearest: [],
  },
];
