import type { HostNetworkState } from "../plan-host.ts";

/** A rack with one controller, which routes in its root namespace: both families translated, three ways in. */
export const hostRouterExample: HostNetworkState = {
  bridges: [
    { network: "management", name: "br-mgmt", driver: "linux", port: null, mtu: 1500, vlan: null, addresses: ["10.10.1.11/24", "fd00:10:1::11/64"] },
    { network: "public", name: "br-ex", driver: "linux", port: "eth-pub", mtu: 1500, vlan: null, addresses: ["203.0.113.11/25", "2001:db8:a::11/64"] },
  ],
  sysctls: [],
  defaultRoutes: [],
  routes: [],
  hostRouters: [
    {
      name: "vr-min",
      management: { bridge: "br-mgmt", cidrs: ["10.10.1.0/24", "fd00:10:1::/64"] },
      public: { bridge: "br-ex", addresses: ["203.0.113.11/25", "2001:db8:a::11/64"] },
      nat: { ipv4: "snat", ipv6: "nat66" },
      inbound: [
        { family: 4, to: "10.10.1.21", protocol: "tcp", ports: ["22", "8000-8010"] },
        { family: 6, to: "fd00:10:1::21/128", protocol: "icmp", ports: [] },
        { family: 6, to: "fd00:10:1::/64", protocol: "udp", ports: [] },
      ],
    },
  ],
};
