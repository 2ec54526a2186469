import type { ErrorCode } from "@rackway/errors";

import { nameServiceRuleCases } from "./name-service-rule-cases.ts";

/** One rule's fault, and the nearest document without it: both are the sound document with a few texts replaced. */
export interface RuleCase {
  readonly code: ErrorCode;
  /** What this case is about, where a code has several. */
  readonly about?: string;
  readonly broken: readonly Edit[];
  /** What the broken document's issue points at. */
  readonly path: string;
  readonly nearest: readonly Edit[];
}

/** A text that stands in the document exactly once, and what takes its place. */
export type Edit = readonly [from: string, to: string];

/** Two racks: rack-a with three controllers and a router with VIPs, rack-b with one controller and a router without. No issue, no warning. */
export const soundDocument = `apiVersion: rackway/v1
kind: Cluster
metadata: { name: sound }
spec:
  pacemaker:
    - { name: rack-a, racks: [rack-a], takeover: quorum, fencing: [{ agent: fence_ipmilan, parameters: { lanplus: "1" } }] }
  racks:
    - name: rack-a
      networks:
        - name: management
          bridge: br-mgmt
          ipv4: { cidr: 10.0.1.0/24, gateway: 10.0.1.1, ranges: [10.0.1.100-10.0.1.149, 10.0.1.200-10.0.1.249] }
          ipv6: { cidr: "fd00:1::/64", gateway: "fd00:1::1" }
        - name: public
          bridge: br-ex
          interface: eth1
          ipv4: { cidr: 192.0.2.0/25, gateway: 192.0.2.1 }
          ipv6: { cidr: "2001:db8:a::/64", gateway: "2001:db8:a::1" }
    - name: rack-b
      networks:
        - { name: management, bridge: br-mgmt, ipv4: { cidr: 10.0.2.0/24 } }
        - { name: public, bridge: br-ex, ipv4: { cidr: 192.0.2.128/25, gateway: 192.0.2.129 } }
  hosts:
    - { name: ctl-a1, rack: rack-a, role: controller, addresses: { management: [10.0.1.11, "fd00:1::11"], public: [192.0.2.11] } }
    - { name: ctl-a2, rack: rack-a, role: controller, addresses: { management: [10.0.1.12, "fd00:1::12"] } }
    - { name: ctl-a3, rack: rack-a, role: controller, addresses: { management: [10.0.1.13, "fd00:1::13"] } }
    - { name: node-a1, rack: rack-a, role: member, addresses: { management: [10.0.1.21, "fd00:1::21"] } }
    - { name: ctl-b1, rack: rack-b, role: controller, addresses: { management: [10.0.2.11], public: [192.0.2.139] } }
    - { name: node-b1, rack: rack-b, role: member, addresses: { management: [10.0.2.21] } }
  virtualRouters:
    - name: vr-a
      rack: rack-a
      publicVip: { ipv4: auto, ipv6: auto }
      managementVip: { ipv4: auto, ipv6: auto }
      routerAdvertisements: { enabled: true }
      inbound: [{ to: 10.0.1.21, protocol: tcp, ports: [22] }]
    - { name: vr-b, rack: rack-b }
  vipPools:
    - { name: services, ipv4: { cidr: 10.77.0.0/24 } }
`;

const fencing = 'fencing: [{ agent: fence_ipmilan, parameters: { lanplus: "1" } }]';
const lastController = '    - { name: ctl-a3, rack: rack-a, role: controller, addresses: { management: [10.0.1.13, "fd00:1::13"] } }\n';
const vips = "      publicVip: { ipv4: auto, ipv6: auto }\n      managementVip: { ipv4: auto, ipv6: auto }\n";
const noAdvertisements: Edit = ["      routerAdvertisements: { enabled: true }\n", ""];
const ctlB1 = "{ name: ctl-b1, rack: rack-b, role: controller, addresses: { management: [10.0.2.11], public: [192.0.2.139] } }";
const pools = "    - { name: services, ipv4: { cidr: 10.77.0.0/24 } }";
const vrB = "    - { name: vr-b, rack: rack-b }";

export const ruleCases: readonly RuleCase[] = [
  // --- names that lead nowhere
  {
    code: "rack-unknown",
    broken: [["{ name: node-b1, rack: rack-b,", "{ name: node-b1, rack: rack-v,"]],
    path: "spec.hosts[5].rack",
    nearest: [],
  },
  {
    code: "rack-unknown",
    about: "a Pacemaker cluster of a rack that is not there",
    broken: [["racks: [rack-a]", "racks: [rack-a, rack-c]"]],
    path: "spec.pacemaker[0].racks[1]",
    nearest: [],
  },
  {
    code: "network-unknown",
    about: "a host's",
    broken: [["{ management: [10.0.2.21] }", "{ management: [10.0.2.21], storage: [10.9.0.1] }"]],
    path: "spec.hosts[5].addresses.storage",
    nearest: [],
  },
  {
    code: "network-unknown",
    about: "a router's",
    broken: [[vrB, "    - { name: vr-b, rack: rack-b, publicNetwork: publik }"]],
    path: "spec.virtualRouters[1].publicNetwork",
    nearest: [[vrB, "    - { name: vr-b, rack: rack-b, publicNetwork: public }"]],
  },
  {
    code: "network-unknown",
    about: "the one that Corosync talks over",
    broken: [["takeover: quorum", "network: heartbeat"]],
    path: "spec.pacemaker[0].network",
    nearest: [["takeover: quorum", "network: management"]],
  },
  {
    code: "host-unknown",
    broken: [["agent: fence_ipmilan", "hosts: [ctl-a1, ctl-a2, ctl-a3, ctl-a9], agent: fence_ipmilan"]],
    path: "spec.pacemaker[0].fencing[0].hosts[3]",
    nearest: [["agent: fence_ipmilan", "hosts: [ctl-a1, ctl-a2, ctl-a3], agent: fence_ipmilan"]],
  },

  // --- addresses and networks
  {
    code: "network-without-family",
    broken: [[pools, "    - { name: services }"]],
    path: "spec.vipPools[0]",
    nearest: [[pools, '    - { name: services, ipv6: { cidr: "fd00:77::/120" } }']],
  },
  {
    code: "family-missing",
    about: "a host's address",
    broken: [["[10.0.2.21]", '[10.0.2.21, "fd00:2::21"]']],
    path: "spec.hosts[5].addresses.management[1]",
    nearest: [
      ["[10.0.2.21]", '[10.0.2.21, "fd00:2::21"]'],
      ["ipv4: { cidr: 10.0.2.0/24 }", 'ipv4: { cidr: 10.0.2.0/24 }, ipv6: { cidr: "fd00:2::/64" }'],
    ],
  },
  {
    code: "family-missing",
    about: "an automatic VIP",
    broken: [['          ipv6: { cidr: "2001:db8:a::/64", gateway: "2001:db8:a::1" }\n', ""]],
    path: "spec.virtualRouters[0].publicVip.ipv6",
    nearest: [],
  },
  {
    code: "address-outside-network",
    about: "a host's, just below the network",
    broken: [["[10.0.1.21, ", "[10.0.0.255, "]],
    path: "spec.hosts[3].addresses.management[0]",
    nearest: [["[10.0.1.21, ", "[10.0.1.254, "]],
  },
  {
    code: "address-outside-network",
    about: "a gateway",
    broken: [["gateway: 192.0.2.129", "gateway: 192.0.2.127"]],
    path: "spec.racks[1].networks[1].ipv4.gateway",
    nearest: [["gateway: 192.0.2.129", "gateway: 192.0.2.130"]],
  },
  {
    code: "address-outside-network",
    about: "a chosen VIP",
    broken: [["publicVip: { ipv4: auto,", "publicVip: { ipv4: 192.0.2.128,"]],
    path: "spec.virtualRouters[0].publicVip.ipv4",
    nearest: [["publicVip: { ipv4: auto,", "publicVip: { ipv4: 192.0.2.126,"]],
  },
  {
    code: "address-not-assignable",
    about: "a network's own address as a VIP",
    broken: [["publicVip: { ipv4: auto,", "publicVip: { ipv4: 192.0.2.0,"]],
    path: "spec.virtualRouters[0].publicVip.ipv4",
    nearest: [["publicVip: { ipv4: auto,", "publicVip: { ipv4: 192.0.2.2,"]],
  },
  {
    code: "address-not-assignable",
    about: "a broadcast address as a VIP",
    broken: [["publicVip: { ipv4: auto,", "publicVip: { ipv4: 192.0.2.127,"]],
    path: "spec.virtualRouters[0].publicVip.ipv4",
    nearest: [["publicVip: { ipv4: auto,", "publicVip: { ipv4: 192.0.2.126,"]],
  },
  {
    code: "address-not-assignable",
    about: "the subnet-router anycast address as a host's",
    broken: [['"fd00:1::21"', '"fd00:1::"']],
    path: "spec.hosts[3].addresses.management[1]",
    nearest: [['"fd00:1::21"', '"fd00:1::ffff"']],
  },
  {
    code: "address-not-assignable",
    about: "a multicast network",
    broken: [["10.77.0.0/24", "224.0.0.0/24"]],
    path: "spec.vipPools[0].ipv4.cidr",
    nearest: [["10.77.0.0/24", "223.0.0.0/24"]],
  },
  {
    code: "address-duplicate",
    about: "two hosts",
    broken: [["[10.0.1.21, ", "[10.0.1.13, "]],
    path: "spec.hosts[3].addresses.management[0]",
    nearest: [["[10.0.1.21, ", "[10.0.1.14, "]],
  },
  {
    code: "address-duplicate",
    about: "a host and its gateway",
    broken: [['"fd00:1::21"', '"fd00:1::1"']],
    path: "spec.hosts[3].addresses.management[1]",
    nearest: [['"fd00:1::21"', '"fd00:1::2"']],
  },
  {
    code: "address-duplicate",
    about: "a VIP and a host, the one written in another way than the other",
    broken: [["managementVip: { ipv4: auto, ipv6: auto }", 'managementVip: { ipv4: auto, ipv6: "FD00:1:0::0:21" }']],
    path: "spec.virtualRouters[0].managementVip.ipv6",
    nearest: [["managementVip: { ipv4: auto, ipv6: auto }", 'managementVip: { ipv4: auto, ipv6: "FD00:1:0::0:22" }']],
  },
  {
    code: "range-outside-network",
    broken: [["10.0.1.200-10.0.1.249", "10.0.1.200-10.0.2.9"]],
    path: "spec.racks[0].networks[0].ipv4.ranges[1]",
    nearest: [["10.0.1.200-10.0.1.249", "10.0.1.200-10.0.1.255"]],
  },
  {
    code: "range-overlap",
    broken: [["10.0.1.200-10.0.1.249", "10.0.1.149-10.0.1.249"]],
    path: "spec.racks[0].networks[0].ipv4.ranges[1]",
    nearest: [["10.0.1.200-10.0.1.249", "10.0.1.150-10.0.1.249"]],
  },
  {
    code: "range-empty",
    broken: [["cidr: 10.77.0.0/24", "cidr: 10.77.0.0/24, ranges: [10.77.0.255]"]],
    path: "spec.vipPools[0].ipv4.ranges",
    nearest: [["cidr: 10.77.0.0/24", "cidr: 10.77.0.0/24, ranges: [10.77.0.254]"]],
  },
  {
    code: "network-overlap",
    about: "two networks",
    broken: [["cidr: 192.0.2.0/25", "cidr: 192.0.2.0/24"]],
    path: "spec.racks[1].networks[1].ipv4.cidr",
    nearest: [],
  },
  {
    code: "network-overlap",
    about: "a pool inside of a network",
    broken: [["10.77.0.0/24", "10.0.2.128/25"]],
    path: "spec.vipPools[0].ipv4.cidr",
    nearest: [["10.77.0.0/24", "10.0.3.0/25"]],
  },
  {
    code: "network-overlap",
    about: "the same network in two racks that does not say that it is shared",
    broken: [
      [
        "bridge: br-ex, ipv4: { cidr: 192.0.2.128/25, gateway: 192.0.2.129 }",
        "bridge: br-ex, ipv4: { cidr: 192.0.2.0/25, gateway: 192.0.2.1 }",
      ],
      ["public: [192.0.2.139]", "public: [192.0.2.12]"],
      [vrB, "    - { name: vr-b, rack: rack-b, publicVip: { ipv4: auto }, managementVip: { ipv4: auto } }"],
    ],
    path: "spec.racks[1].networks[1].ipv4.cidr",
    nearest: [
      [
        "bridge: br-ex, ipv4: { cidr: 192.0.2.128/25, gateway: 192.0.2.129 }",
        'bridge: br-ex, shared: true, ipv4: { cidr: 192.0.2.0/25, gateway: 192.0.2.1 }, ipv6: { cidr: "2001:db8:a::/64", gateway: "2001:db8:a::1" }',
      ],
      ["interface: eth1", "interface: eth1\n          shared: true"],
      ["public: [192.0.2.139]", "public: [192.0.2.12]"],
    ],
  },
  {
    code: "network-shared-mismatch",
    broken: [
      [
        "bridge: br-ex, ipv4: { cidr: 192.0.2.128/25, gateway: 192.0.2.129 }",
        "bridge: br-ex, shared: true, ipv4: { cidr: 192.0.2.128/25, gateway: 192.0.2.129 }",
      ],
      ["interface: eth1", "interface: eth1\n          shared: true"],
      ['          ipv6: { cidr: "2001:db8:a::/64", gateway: "2001:db8:a::1" }\n', ""],
      [vips, "      publicVip: { ipv4: auto }\n      managementVip: { ipv4: auto }\n"],
      noAdvertisements,
    ],
    path: "spec.racks[1].networks[1].ipv4.cidr",
    nearest: [],
  },
  {
    code: "bridge-clash",
    broken: [["name: public, bridge: br-ex", "name: public, bridge: br-mgmt"]],
    path: "spec.racks[1].networks[1].bridge",
    nearest: [["name: public, bridge: br-ex", "name: public, bridge: br-mgmt2"]],
  },
  {
    code: "interface-clash",
    about: "one interface for two bridges",
    broken: [["bridge: br-mgmt\n", "bridge: br-mgmt\n          interface: eth1\n"]],
    path: "spec.racks[0].networks[1].interface",
    nearest: [["bridge: br-mgmt\n", "bridge: br-mgmt\n          interface: eth1\n          vlan: 7\n"]],
  },
  {
    code: "interface-clash",
    about: "an interface that has the name of a bridge",
    broken: [["interface: eth1", "interface: br-mgmt"]],
    path: "spec.racks[0].networks[1].interface",
    nearest: [["interface: eth1", "interface: br-mgmt0"]],
  },
  {
    code: "interface-clash",
    about: "by what one host has differently",
    broken: [["public: [192.0.2.11] }", "public: [192.0.2.11] }, interfaces: { management: eth1 }"]],
    path: "spec.hosts[0].interfaces.management",
    nearest: [["public: [192.0.2.11] }", "public: [192.0.2.11] }, interfaces: { management: eth1, public: eth0 }"]],
  },

  // --- hosts
  {
    code: "host-address-missing",
    about: "for Corosync",
    broken: [['{ management: [10.0.1.12, "fd00:1::12"] }', "{ public: [192.0.2.12] }"]],
    path: "spec.hosts[1].addresses",
    nearest: [['{ management: [10.0.1.12, "fd00:1::12"] }', "{ management: [10.0.1.12], public: [192.0.2.12] }"]],
  },
  {
    code: "host-address-missing",
    about: "of the one controller that is the router",
    broken: [[", public: [192.0.2.139]", ""]],
    path: "spec.hosts[4].addresses",
    nearest: [],
  },
  {
    code: "host-address-missing",
    about: "of a member that cannot reach its router",
    broken: [["{ management: [10.0.2.21] }", "{ public: [192.0.2.140] }"]],
    path: "spec.hosts[5].addresses",
    nearest: [],
  },
  {
    code: "use-router-controller",
    broken: [["public: [192.0.2.11] }", "public: [192.0.2.11] }, useRouter: { dns: false }"]],
    path: "spec.hosts[0].useRouter",
    nearest: [],
  },
  {
    code: "use-router-unserved",
    broken: [["{ management: [10.0.2.21] }", "{ management: [10.0.2.21] }, useRouter: { ntp: true }"]],
    path: "spec.hosts[5].useRouter.ntp",
    nearest: [["{ management: [10.0.2.21] }", "{ management: [10.0.2.21] }, useRouter: { ntp: false }"]],
  },

  // --- virtual routers
  {
    code: "router-without-controllers",
    broken: [[ctlB1, ctlB1.replace("controller", "member")]],
    path: "spec.virtualRouters[1].rack",
    nearest: [],
  },
  {
    code: "router-needs-vips",
    broken: [
      [vips, ""],
      noAdvertisements,
      ['{ management: [10.0.1.12, "fd00:1::12"] }', "{ management: [10.0.1.12], public: [192.0.2.12] }"],
      ['{ management: [10.0.1.13, "fd00:1::13"] }', "{ management: [10.0.1.13], public: [192.0.2.13] }"],
    ],
    path: "spec.virtualRouters[0]",
    nearest: [[vips, "      publicVip: { ipv4: auto }\n      managementVip: { ipv4: auto }\n"], noAdvertisements],
  },
  {
    code: "router-vips-unpaired",
    broken: [["managementVip: { ipv4: auto, ipv6: auto }", "managementVip: { ipv4: auto }"]],
    path: "spec.virtualRouters[0].publicVip.ipv6",
    nearest: [[vips, "      publicVip: { ipv4: auto }\n      managementVip: { ipv4: auto }\n"], noAdvertisements],
  },
  {
    code: "router-without-family",
    broken: [
      ["ipv4: { cidr: 192.0.2.128/25, gateway: 192.0.2.129 }", 'ipv6: { cidr: "2001:db8:b::/64", gateway: "2001:db8:b::1" }'],
      ["public: [192.0.2.139]", 'public: ["2001:db8:b::11"]'],
    ],
    path: "spec.virtualRouters[1]",
    nearest: [],
  },
  {
    code: "router-networks-equal",
    broken: [
      [vrB, "    - { name: vr-b, rack: rack-b, publicNetwork: management }"],
      ["cidr: 10.0.2.0/24", "cidr: 10.0.2.0/24, gateway: 10.0.2.1"],
    ],
    path: "spec.virtualRouters[1].publicNetwork",
    nearest: [["cidr: 10.0.2.0/24", "cidr: 10.0.2.0/24, gateway: 10.0.2.1"]],
  },
  {
    code: "gateway-missing",
    broken: [[", gateway: 192.0.2.129", ""]],
    path: "spec.racks[1].networks[1].ipv4",
    nearest: [],
  },
  {
    code: "router-advertisements-without-ipv6",
    broken: [[vips, "      publicVip: { ipv4: auto }\n      managementVip: { ipv4: auto }\n"]],
    path: "spec.virtualRouters[0].routerAdvertisements",
    nearest: [
      [vips, "      publicVip: { ipv4: auto }\n      managementVip: { ipv4: auto }\n"],
      ["enabled: true", "enabled: false"],
    ],
  },
  {
    code: "inbound-outside",
    broken: [["to: 10.0.1.21", "to: 10.0.2.21"]],
    path: "spec.virtualRouters[0].inbound[0].to",
    nearest: [["to: 10.0.1.21", "to: 10.0.1.0/24"]],
  },
  {
    code: "inbound-ports",
    broken: [["protocol: tcp, ports: [22]", "protocol: icmp, ports: [22]"]],
    path: "spec.virtualRouters[0].inbound[0].ports",
    nearest: [["protocol: tcp, ports: [22]", "protocol: icmp"]],
  },
  {
    code: "router-routed-private",
    broken: [[vrB, "    - { name: vr-b, rack: rack-b, nat: { ipv4: routed } }"]],
    path: "spec.virtualRouters[1].nat.ipv4",
    nearest: [
      [vrB, "    - { name: vr-b, rack: rack-b, nat: { ipv4: routed } }"],
      ["cidr: 10.0.2.0/24", "cidr: 198.18.2.0/24"],
      ["[10.0.2.11]", "[198.18.2.11]"],
      ["[10.0.2.21]", "[198.18.2.21]"],
    ],
  },
  {
    code: "router-second",
    broken: [[vrB, `${vrB}\n    - { name: vr-c, rack: rack-b }`]],
    path: "spec.virtualRouters[2]",
    nearest: [
      [vrB, `${vrB}\n    - { name: vr-c, rack: rack-b, managementNetwork: storage }`],
      [
        "- { name: public, bridge: br-ex,",
        "- { name: storage, bridge: br-st, ipv4: { cidr: 10.0.4.0/24 } }\n        - { name: public, bridge: br-ex,",
      ],
      ["{ management: [10.0.2.11],", "{ management: [10.0.2.11], storage: [10.0.4.11],"],
    ],
  },
  ...nameServiceRuleCases,
  {
    code: "not-yet-supported",
    about: "Open vSwitch",
    broken: [["interface: eth1", "interface: eth1\n          driver: openvswitch"]],
    path: "spec.racks[0].networks[1].driver",
    nearest: [["interface: eth1", "interface: eth1\n          driver: linux"]],
  },
  {
    code: "not-yet-supported",
    about: "router advertisements of a router without VIPs",
    broken: [[vrB, "    - { name: vr-b, rack: rack-b, routerAdvertisements: { enabled: true } }"]],
    path: "spec.virtualRouters[1].routerAdvertisements",
    nearest: [[vrB, "    - { name: vr-b, rack: rack-b, routerAdvertisements: { enabled: false } }"]],
  },

  // --- Pacemaker clusters
  {
    code: "pacemaker-rack-twice",
    broken: [
      [
        "  racks:\n    - name: rack-a",
        "    - { name: again, racks: [rack-b, rack-a], fencing: [{ agent: fence_ipmilan }] }\n  racks:\n    - name: rack-a",
      ],
    ],
    path: "spec.pacemaker[1].racks[1]",
    nearest: [
      [
        "  racks:\n    - name: rack-a",
        "    - { name: again, racks: [rack-b], fencing: [{ agent: fence_ipmilan }] }\n  racks:\n    - name: rack-a",
      ],
    ],
  },
  {
    code: "pacemaker-without-controllers",
    broken: [
      [
        "  racks:\n    - name: rack-a",
        "    - { name: empty, racks: [rack-c] }\n  racks:\n    - name: rack-c\n      networks: [{ name: public, bridge: br0, ipv4: { cidr: 10.9.0.0/24 } }]\n    - name: rack-a",
      ],
    ],
    path: "spec.pacemaker[1]",
    nearest: [
      [
        "  racks:\n    - name: rack-a",
        "  racks:\n    - name: rack-c\n      networks: [{ name: public, bridge: br0, ipv4: { cidr: 10.9.0.0/24 } }]\n    - name: rack-a",
      ],
    ],
  },
  {
    code: "pacemaker-name-taken",
    broken: [["{ name: rack-a, racks: [rack-a]", "{ name: rack-b, racks: [rack-a]"]],
    path: "spec.pacemaker[0].name",
    nearest: [
      ["{ name: rack-a, racks: [rack-a]", "{ name: rack-b, racks: [rack-a, rack-b]"],
      [
        "role: controller, addresses: { management: [10.0.2.11], public: [192.0.2.139] }",
        "role: member, addresses: { management: [10.0.2.11] }",
      ],
      [`${vrB}\n`, ""],
    ],
  },
  {
    code: "pacemaker-family",
    broken: [
      ["[10.0.1.12, ", "["],
      ['10.0.1.13, "fd00:1::13"', "10.0.1.13"],
    ],
    path: "spec.pacemaker[0]",
    nearest: [["[10.0.1.12, ", "["]],
  },
  {
    code: "takeover-fenced-without-fencing",
    broken: [[`takeover: quorum, ${fencing}`, "takeover: fenced"]],
    path: "spec.pacemaker[0].takeover",
    nearest: [["takeover: quorum", "takeover: fenced"]],
  },
  {
    code: "two-controllers",
    about: "that take over by quorum",
    broken: [[lastController, ""]],
    path: "spec.pacemaker[0]",
    nearest: [
      [lastController, ""],
      ["takeover: quorum", "takeover: fenced"],
    ],
  },
  {
    code: "two-controllers",
    about: "one of which cannot be fenced",
    broken: [
      [lastController, ""],
      ["takeover: quorum", "takeover: fenced"],
      ["agent: fence_ipmilan", "hosts: [ctl-a1], agent: fence_ipmilan"],
    ],
    path: "spec.pacemaker[0]",
    nearest: [
      [lastController, ""],
      ["takeover: quorum", "takeover: fenced"],
      ["agent: fence_ipmilan", "hosts: [ctl-a1, ctl-a2], agent: fence_ipmilan"],
    ],
  },
  {
    code: "controllers-even",
    broken: [["{ name: node-a1, rack: rack-a, role: member", "{ name: node-a1, rack: rack-a, role: controller"]],
    path: "spec.pacemaker[0]",
    nearest: [
      ["{ name: node-a1, rack: rack-a, role: member", "{ name: node-a1, rack: rack-a, role: controller"],
      [
        lastController,
        `${lastController}${lastController.replace("ctl-a3", "ctl-a4").replace('10.0.1.13, "fd00:1::13"', '10.0.1.14, "fd00:1::14"')}`,
      ],
    ],
  },
  {
    code: "host-unknown",
    about: "a quorum device's",
    broken: [
      [lastController, ""],
      ["takeover: quorum", "takeover: quorum, quorumDevice: { host: node-a2 }"],
    ],
    path: "spec.pacemaker[0].quorumDevice.host",
    nearest: [
      [lastController, ""],
      ["takeover: quorum", "takeover: quorum, quorumDevice: { host: node-a1 }"],
    ],
  },
  {
    code: "quorum-device-inside",
    broken: [
      [lastController, ""],
      ["takeover: quorum", "takeover: quorum, quorumDevice: { host: ctl-a2 }"],
    ],
    path: "spec.pacemaker[0].quorumDevice.host",
    nearest: [
      [lastController, ""],
      ["takeover: quorum", "takeover: quorum, quorumDevice: { host: ctl-b1 }"],
    ],
  },
  {
    code: "quorum-device-address",
    about: "of the controllers' common family",
    broken: [
      [lastController, ""],
      ["takeover: quorum", "takeover: quorum, quorumDevice: { host: node-b1 }"],
      ["[10.0.1.12, ", "["],
    ],
    path: "spec.pacemaker[0].quorumDevice.host",
    nearest: [
      [lastController, ""],
      ["takeover: quorum", "takeover: quorum, quorumDevice: { host: node-a1 }"],
      ["[10.0.1.12, ", "["],
    ],
  },
  {
    code: "quorum-device-single",
    broken: [
      [
        "  racks:\n    - name: rack-a",
        "    - { name: rack-b, racks: [rack-b], quorumDevice: { host: node-a1 } }\n  racks:\n    - name: rack-a",
      ],
    ],
    path: "spec.pacemaker[1].quorumDevice",
    nearest: [["  racks:\n    - name: rack-a", "    - { name: rack-b, racks: [rack-b] }\n  racks:\n    - name: rack-a"]],
  },
  {
    code: "quorum-device-odd",
    broken: [["takeover: quorum", "takeover: quorum, quorumDevice: { host: node-a1 }"]],
    path: "spec.pacemaker[0].quorumDevice",
    nearest: [
      [lastController, ""],
      ["takeover: quorum", "takeover: quorum, quorumDevice: { host: node-a1 }"],
    ],
  },
  {
    code: "fencing-absent",
    broken: [[`, ${fencing}`, ""]],
    path: "spec.pacemaker[0]",
    nearest: [],
  },
  {
    code: "fencing-incomplete",
    broken: [["agent: fence_ipmilan", "hosts: [ctl-a1, ctl-a3], agent: fence_ipmilan"]],
    path: "spec.pacemaker[0].fencing",
    nearest: [["agent: fence_ipmilan", "hosts: [ctl-a1, ctl-a3], agent: fence_ipmilan }, { hosts: [ctl-a2], agent: fence_ipmilan"]],
  },
  {
    code: "fencing-host-foreign",
    broken: [["agent: fence_ipmilan", "hosts: [ctl-a1, ctl-a2, ctl-a3, ctl-b1], agent: fence_ipmilan"]],
    path: "spec.pacemaker[0].fencing[0].hosts[3]",
    nearest: [["agent: fence_ipmilan", "hosts: [ctl-a1, ctl-a2, ctl-a3], agent: fence_ipmilan"]],
  },
  {
    code: "fencing-secret",
    about: "one that is called otherwise",
    broken: [['lanplus: "1"', 'lanplus: "1", hexadecimal-kg: c0ffee']],
    path: "spec.pacemaker[0].fencing[0].parameters.hexadecimal-kg",
    nearest: [['lanplus: "1"', 'lanplus: "1", identity_file: /etc/rackway/key']],
  },
  {
    code: "router-name-clash",
    broken: [[vrB, "    - { name: vr-a-vips, rack: rack-b }"]],
    path: "spec.virtualRouters[1].name",
    nearest: [[vrB, "    - { name: vr-a-2, rack: rack-b }"]],
  },
  {
    code: "router-name-clash",
    about: "a fence device",
    broken: [[vrB, "    - { name: fence-1, rack: rack-b }"]],
    path: "spec.virtualRouters[1].name",
    nearest: [[vrB, "    - { name: fence, rack: rack-b }"]],
  },
  {
    code: "fencing-secret",
    broken: [['lanplus: "1"', 'lanplus: "1", password: hunter2']],
    path: "spec.pacemaker[0].fencing[0].parameters.password",
    nearest: [['lanplus: "1"', 'lanplus: "1", password_script: /etc/rackway/ipmi']],
  },
];

/** A sound document with the edits. Throws where an edit's text does not stand there exactly once: the case would test nothing. */
export function editDocument(edits: readonly Edit[], document = soundDocument): string {
  return edits.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`"${from}" does not stand exactly once in the document`);
    return text.replace(from, () => to);
  }, document);
}
