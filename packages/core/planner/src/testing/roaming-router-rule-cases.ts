import type { RuleCase } from "./rule-cases.ts";

/** Two racks in one Pacemaker cluster, with members in both and one way out for all of them. */
export const roamingRouterDocument = `apiVersion: rackway/v1
kind: Cluster
metadata: { name: roaming }
spec:
  pacemaker:
    - { name: both, racks: [rack-a, rack-b], fencing: [{ agent: fence_ipmilan }] }
  racks:
    - name: rack-a
      networks:
        - name: management
          bridge: br-mgmt
          ipv4: { cidr: 10.0.1.0/24, gateway: 10.0.1.1 }
          ipv6: { cidr: "fd00:1::/64", gateway: "fd00:1::1" }
      ospf: { interfaces: [eth-fab], gateways: [10.20.1.1, "fe80::1"] }
    - name: rack-b
      networks: [{ name: management, bridge: br-mgmt, mtu: 9000, ipv4: { cidr: 10.0.2.0/24, gateway: 10.0.2.1 } }]
      ospf: { interfaces: [eth-fab], gateways: [10.20.2.1, "fe80::1"] }
  hosts:
    - { name: ctl-a1, rack: rack-a, role: controller, addresses: { management: [10.0.1.11] } }
    - { name: ctl-a2, rack: rack-a, role: controller, addresses: { management: [10.0.1.12] } }
    - { name: ctl-b1, rack: rack-b, role: controller, addresses: { management: [10.0.2.11] } }
    - { name: node-a1, rack: rack-a, role: member, addresses: { management: [10.0.1.21, "fd00:1::21"] } }
    - { name: node-b1, rack: rack-b, role: member, addresses: { management: [10.0.2.21] } }
  roamingRouters:
    - name: edge
      racks: [rack-a, rack-b]
      pool: services
      publicVip: { ipv4: auto, ipv6: auto }
      managementVip: { ipv4: auto, ipv6: auto }
      connectionSync: { enabled: false }
  vipPools:
    - { name: services, ipv4: { cidr: 10.77.0.0/24 }, ipv6: { cidr: "fd00:77::/120" } }
  vips:
    - { name: db, mode: roaming, pool: services, address: { ipv4: auto }, namespace: store }
`;

const name = "    - name: edge\n";
const own = "  roamingRouters:\n";
const sync = "      connectionSync: { enabled: false }\n";
const publicVip = "publicVip: { ipv4: auto, ipv6: auto }";
const managementVip = "managementVip: { ipv4: auto, ipv6: auto }";
const rackRouter =
  "  virtualRouters:\n    - { name: vr-a, rack: rack-a, publicNetwork: outside, publicVip: { ipv4: auto }, managementVip: { ipv4: auto } }\n";
const outside = "        - { name: outside, bridge: br-ex, interface: eth1, ipv4: { cidr: 192.0.2.0/24, gateway: 192.0.2.1 } }\n";
const ospf = '      ospf: { interfaces: [eth-fab], gateways: [10.20.1.1, "fe80::1"] }\n';
const db = "{ name: db, mode: roaming, pool: services, address: { ipv4: auto }, namespace: store }";

/** As `ruleCases`, on `roamingRouterDocument`. */
export const roamingRouterRuleCases: readonly RuleCase[] = [
  {
    code: "roaming-router-name",
    about: "one that a VIP's namespace has",
    broken: [[db, db.replace("namespace: store", "namespace: edge")]],
    path: "spec.roamingRouters[0].name",
    nearest: [[db, db.replace("namespace: store", "namespace: edges")]],
  },
  {
    code: "roaming-router-name",
    about: "one whose VIPs are called like another",
    broken: [[db, db.replace("name: db", "name: edge-public")]],
    path: "spec.roamingRouters[0].name",
    nearest: [[db, db.replace("name: db", "name: edge-outside")]],
  },
  {
    code: "namespace-clash",
    about: "a roaming router beside a router of a rack",
    broken: [
      [own, `${rackRouter.replace("vr-a", "edge-tunnel")}${own}`],
      ["racks: [rack-a, rack-b]\n      pool", "racks: [rack-b]\n      pool"],
      [ospf, `${outside}${ospf}`],
    ],
    path: "spec.roamingRouters[0].name",
    nearest: [
      [own, `${rackRouter}${own}`],
      ["racks: [rack-a, rack-b]\n      pool", "racks: [rack-b]\n      pool"],
      [ospf, `${outside}${ospf}`],
    ],
  },
  {
    code: "roaming-router-rack",
    about: "one that has a router of its own",
    broken: [
      [own, `${rackRouter}${own}`],
      [ospf, `${outside}${ospf}`],
    ],
    path: "spec.roamingRouters[0].racks[0]",
    nearest: [],
  },
  {
    code: "roaming-router-rack",
    about: "one of two roaming routers",
    broken: [
      [
        name,
        `    - { name: border, racks: [rack-b], pool: services, ${publicVip}, ${managementVip}, connectionSync: { enabled: false } }\n${name}`,
      ],
    ],
    path: "spec.roamingRouters[1].racks[1]",
    nearest: [],
  },
  {
    code: "roaming-router-sync",
    broken: [[sync, ""]],
    path: "spec.roamingRouters[0].connectionSync",
    nearest: [],
  },
  {
    code: "roaming-router-mtu",
    broken: [["bridge: br-mgmt\n", "bridge: br-mgmt\n          mtu: 1335\n"]],
    path: "spec.racks[0].networks[0].mtu",
    nearest: [["bridge: br-mgmt\n", "bridge: br-mgmt\n          mtu: 1336\n"]],
  },
  {
    code: "rack-unknown",
    about: "of a roaming router",
    broken: [["racks: [rack-a, rack-b]\n      pool", "racks: [rack-a, rack-c]\n      pool"]],
    path: "spec.roamingRouters[0].racks[1]",
    nearest: [],
  },
  {
    code: "network-unknown",
    about: "of a roaming router",
    broken: [
      ["      pool: services\n", "      pool: services\n      managementNetwork: inside\n"],
      ["racks: [rack-a, rack-b]\n      pool", "racks: [rack-a]\n      pool"],
    ],
    path: "spec.roamingRouters[0].managementNetwork",
    nearest: [["racks: [rack-a, rack-b]\n      pool", "racks: [rack-a]\n      pool"]],
  },
  {
    code: "gateway-missing",
    about: "of members' management network",
    broken: [["ipv4: { cidr: 10.0.1.0/24, gateway: 10.0.1.1 }", "ipv4: { cidr: 10.0.1.0/24 }"]],
    path: "spec.racks[0].networks[0].ipv4",
    nearest: [],
  },
  {
    code: "pool-unknown",
    about: "of a roaming router",
    broken: [["      pool: services\n", "      pool: servces\n"]],
    path: "spec.roamingRouters[0].pool",
    nearest: [],
  },
  {
    code: "family-missing",
    about: "of a roaming router's pool",
    broken: [[', ipv6: { cidr: "fd00:77::/120" }', ""]],
    path: "spec.roamingRouters[0].publicVip.ipv6",
    nearest: [
      [', ipv6: { cidr: "fd00:77::/120" }', ""],
      [managementVip, "managementVip: { ipv4: auto }"],
      [publicVip, "publicVip: { ipv4: auto }"],
    ],
  },
  {
    code: "address-outside-network",
    about: "of a roaming router's pool",
    broken: [[publicVip, "publicVip: { ipv4: 10.78.0.1, ipv6: auto }"]],
    path: "spec.roamingRouters[0].publicVip.ipv4",
    nearest: [[publicVip, "publicVip: { ipv4: 10.77.0.1, ipv6: auto }"]],
  },
  {
    code: "router-vips-unpaired",
    about: "of a roaming router",
    broken: [[managementVip, "managementVip: { ipv4: auto }"]],
    path: "spec.roamingRouters[0].publicVip.ipv6",
    nearest: [
      [managementVip, "managementVip: { ipv4: auto }"],
      [publicVip, "publicVip: { ipv4: auto }"],
    ],
  },
  {
    code: "vip-without-address",
    about: "of a roaming router",
    broken: [
      [managementVip, "managementVip: {}"],
      [publicVip, "publicVip: {}"],
    ],
    path: "spec.roamingRouters[0].publicVip",
    nearest: [],
  },
  {
    code: "roaming-clusters",
    about: "of a roaming router",
    broken: [
      ["racks: [rack-a, rack-b], fencing: [{ agent: fence_ipmilan }]", "racks: [rack-a], fencing: [{ agent: fence_ipmilan }]"],
      [db, db.replace("namespace: store", "namespace: store, racks: [rack-a]")],
      [
        "    - { name: ctl-b1,",
        "    - { name: ctl-a3, rack: rack-a, role: controller, addresses: { management: [10.0.1.13] } }\n    - { name: ctl-b1,",
      ],
    ],
    path: "spec.roamingRouters[0].racks",
    nearest: [],
  },
];
