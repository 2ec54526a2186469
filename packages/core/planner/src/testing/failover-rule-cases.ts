import type { RuleCase } from "./rule-cases.ts";

/** A rack with three controllers that announces anycast VIPs as well, one with a member alone, and failover VIPs in two networks. */
export const failoverDocument = `apiVersion: rackway/v1
kind: Cluster
metadata: { name: failover }
spec:
  pacemaker:
    - { name: rack-a, racks: [rack-a], fencing: [{ agent: fence_ipmilan }] }
  racks:
    - name: rack-a
      networks:
        - { name: management, bridge: br-mgmt, ipv4: { cidr: 10.0.1.0/24, gateway: 10.0.1.1 }, ipv6: { cidr: "fd00:1::/64", gateway: "fd00:1::1" } }
        - { name: public, bridge: br-ex, interface: eth1, ipv4: { cidr: 192.0.2.0/25, gateway: 192.0.2.1 } }
      ospf: { interfaces: [eth-fab], gateways: [10.20.1.1] }
    - name: rack-b
      networks: [{ name: management, bridge: br-mgmt, ipv4: { cidr: 10.0.2.0/24 } }]
  hosts:
    - { name: ctl-a1, rack: rack-a, role: controller, addresses: { management: [10.0.1.11, "fd00:1::11"] } }
    - { name: ctl-a2, rack: rack-a, role: controller, addresses: { management: [10.0.1.12, "fd00:1::12"] } }
    - { name: ctl-a3, rack: rack-a, role: controller, addresses: { management: [10.0.1.13, "fd00:1::13"] } }
    - { name: node-b1, rack: rack-b, role: member, addresses: { management: [10.0.2.21] } }
  vipPools:
    - { name: services, ipv4: { cidr: 10.77.0.0/24 } }
  namespaces:
    - { name: web, existing: true, netns: cni-1234 }
  vips:
    - name: inside
      mode: failover
      rack: rack-a
      network: management
      address: { ipv4: 10.0.1.200, ipv6: auto }
      namespace: haproxy
      health: { http: { port: 8080, path: /healthz } }
    - { name: outside, mode: failover, rack: rack-a, network: public, address: { ipv4: auto }, namespace: haproxy }
    - { name: api, mode: anycast, pool: services, address: { ipv4: auto }, namespace: web }
`;

const outside = "{ name: outside, mode: failover, rack: rack-a, network: public, address: { ipv4: auto }, namespace: haproxy }";
const wholeAddress = "address: { ipv4: 10.0.1.200, ipv6: auto }";
const rackB = "{ name: node-b1, rack: rack-b, role: member, addresses: { management: [10.0.2.21] } }";

export const failoverRuleCases: readonly RuleCase[] = [
  {
    code: "vip-network-missing",
    about: "the network",
    broken: [[outside, outside.replace("network: public, ", "")]],
    path: "spec.vips[1]",
    nearest: [[outside, outside.replace("public", "management")]],
  },
  {
    code: "vip-network-missing",
    about: "the rack",
    broken: [[outside, outside.replace("rack: rack-a, ", "")]],
    path: "spec.vips[1]",
    nearest: [],
  },
  {
    code: "vip-rack-empty",
    broken: [[outside, outside.replace("rack-a, network: public", "rack-b, network: management")]],
    path: "spec.vips[1].rack",
    nearest: [
      [outside, outside.replace("rack-a, network: public", "rack-b, network: management")],
      [rackB, rackB.replace("member", "controller")],
    ],
  },
  {
    code: "rack-unknown",
    about: "the rack of a failover VIP",
    broken: [[outside, outside.replace("rack-a", "rack-c")]],
    path: "spec.vips[1].rack",
    nearest: [],
  },
  {
    code: "network-unknown",
    about: "the network of a failover VIP",
    broken: [[outside, outside.replace("public", "storage")]],
    path: "spec.vips[1].network",
    nearest: [],
  },
  {
    code: "failover-group-rack",
    broken: [
      [
        outside,
        `${outside.replace("namespace", "group: inside, namespace").replace("rack-a, network: public", "rack-b, network: management")}`,
      ],
      [rackB, rackB.replace("member", "controller")],
    ],
    path: "spec.vips[1].rack",
    nearest: [[outside, outside.replace("namespace", "group: inside, namespace")]],
  },
  {
    code: "family-missing",
    about: "a failover VIP in a network without that family",
    broken: [[outside, outside.replace("ipv4: auto", "ipv4: auto, ipv6: auto")]],
    path: "spec.vips[1].address.ipv6",
    nearest: [],
  },
  {
    code: "address-outside-network",
    about: "a failover VIP",
    broken: [[wholeAddress, wholeAddress.replace("10.0.1.200", "10.0.2.200")]],
    path: "spec.vips[0].address.ipv4",
    nearest: [[wholeAddress, wholeAddress.replace("10.0.1.200", "10.0.1.201")]],
  },
  {
    code: "address-duplicate",
    about: "a failover VIP and a host",
    broken: [[wholeAddress, wholeAddress.replace("10.0.1.200", "10.0.1.12")]],
    path: "spec.vips[0].address.ipv4",
    nearest: [],
  },
  {
    code: "vip-without-address",
    about: "a failover VIP",
    broken: [[wholeAddress, "address: {}"]],
    path: "spec.vips[0].address",
    nearest: [],
  },
  {
    code: "vip-field-foreign",
    about: "the pool of a failover VIP",
    broken: [[outside, outside.replace("namespace", "racks: [rack-a], namespace")]],
    path: "spec.vips[1].racks",
    nearest: [],
  },
  {
    code: "vip-field-foreign",
    about: "withdrawing the last of a failover VIP",
    broken: [[outside, outside.replace("namespace", "withdrawLast: true, namespace")]],
    path: "spec.vips[1].withdrawLast",
    nearest: [[outside, outside.replace("namespace", "withdrawLast: false, namespace")]],
  },
  {
    code: "not-yet-supported",
    about: "a failover VIP in a namespace that is there already",
    broken: [[outside, outside.replace("haproxy", "web")]],
    path: "spec.vips[1].namespace",
    nearest: [],
  },
  {
    code: "not-yet-supported",
    about: "failover VIPs and announced ones in one namespace",
    broken: [
      ["namespace: web }", "namespace: haproxy }"],
      ["  namespaces:\n    - { name: web, existing: true, netns: cni-1234 }\n", ""],
      [`    - ${outside}\n`, ""],
    ],
    path: "spec.vips[0].namespace",
    nearest: [],
  },
];
