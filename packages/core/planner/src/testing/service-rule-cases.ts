import type { RuleCase } from "./rule-cases.ts";

/**
 * Two racks in one Pacemaker cluster, one that speaks OSPF and one that speaks BGP, with anycast and roaming VIPs, in a namespace of
 * Rackway's and one that is there already.
 */
export const serviceDocument = `apiVersion: rackway/v1
kind: Cluster
metadata: { name: services }
spec:
  pacemaker:
    - { name: both, racks: [rack-a, rack-b], timers: careful, fencing: [{ agent: fence_ipmilan }] }
  racks:
    - name: rack-a
      networks: [{ name: management, bridge: br-mgmt, interface: eth0, ipv4: { cidr: 10.0.1.0/24 } }]
      ospf:
        interfaces: [eth-fab]
        gateways: [10.20.1.1, "fe80::1%eth-fab"]
        authentication: { keyId: 1, keyFile: /etc/rackway/ospf.key }
        bfd: { intervalMs: 50, multiplier: 3 }
    - name: rack-b
      networks: [{ name: management, bridge: br-mgmt, ipv4: { cidr: 10.0.2.0/24 } }]
      bgp:
        asn: 65001
        neighbors: [{ interface: eth-up1 }, { interface: eth-up2 }]
        gateways: ["10.20.2.1%eth-up1", "10.20.3.1%eth-up2", "fe80::1%eth-up1"]
        communities: ["65000:82"]
  hosts:
    - { name: ctl-a1, rack: rack-a, role: controller, addresses: { management: [10.0.1.11] } }
    - { name: ctl-a2, rack: rack-a, role: controller, addresses: { management: [10.0.1.12] } }
    - { name: ctl-b1, rack: rack-b, role: controller, addresses: { management: [10.0.2.11] } }
    - { name: node-b1, rack: rack-b, role: member, addresses: { management: [10.0.2.21] } }
  vipPools:
    - { name: services, ipv4: { cidr: 10.77.0.0/24 }, ipv6: { cidr: "fd00:77::/120" } }
  namespaces:
    - { name: web, existing: true, netns: cni-1234 }
  vips:
    - name: api
      mode: anycast
      pool: services
      address: { ipv4: 10.77.0.1, ipv6: auto }
      namespace: haproxy
      health: { http: { port: 8080, path: /healthz } }
    - { name: site, mode: anycast, pool: services, address: { ipv4: auto }, namespace: web, racks: [rack-a] }
    - { name: db, mode: roaming, pool: services, address: { ipv4: auto }, namespace: haproxy, group: store }
    - { name: db-admin, mode: roaming, pool: services, address: { ipv4: auto }, namespace: haproxy, group: store }
`;

const ospf = `      ospf:
        interfaces: [eth-fab]
        gateways: [10.20.1.1, "fe80::1%eth-fab"]
        authentication: { keyId: 1, keyFile: /etc/rackway/ospf.key }
        bfd: { intervalMs: 50, multiplier: 3 }
`;
const bgp = `      bgp:
        asn: 65001
        neighbors: [{ interface: eth-up1 }, { interface: eth-up2 }]
        gateways: ["10.20.2.1%eth-up1", "10.20.3.1%eth-up2", "fe80::1%eth-up1"]
        communities: ["65000:82"]
`;
const neighbors = "neighbors: [{ interface: eth-up1 }, { interface: eth-up2 }]";
const health = "health: { http: { port: 8080, path: /healthz } }";
/** `api` with a proxy, whose frontends have these words. */
const proxied = (...frontends: string[]): [string, string][] => [[health, `proxy: { frontends: [${frontends.join(", ")}] }`]];
const web80 = "{ port: 80, backends: [10.0.2.21:8080] }";
const rackBNetwork = "networks: [{ name: management, bridge: br-mgmt, ipv4: { cidr: 10.0.2.0/24 } }]";
const db = "{ name: db, mode: roaming, pool: services, address: { ipv4: auto }, namespace: haproxy, group: store }";
const dbAdmin = "{ name: db-admin, mode: roaming, pool: services, address: { ipv4: auto }, namespace: haproxy, group: store }";
const site = "{ name: site, mode: anycast, pool: services, address: { ipv4: auto }, namespace: web, racks: [rack-a] }";
const web = "{ name: web, existing: true, netns: cni-1234 }";
const ctlA1 = "{ name: ctl-a1, rack: rack-a, role: controller, addresses: { management: [10.0.1.11] } }";
const both = "    - { name: both, racks: [rack-a, rack-b], timers: careful, fencing: [{ agent: fence_ipmilan }] }\n";

/** As `ruleCases`, on `serviceDocument`. */
export const serviceRuleCases: readonly RuleCase[] = [
  // --- VIPs: what they are
  {
    code: "pool-unknown",
    broken: [["mode: anycast\n      pool: services", "mode: anycast\n      pool: servces"]],
    path: "spec.vips[0].pool",
    nearest: [],
  },
  {
    code: "vip-pool-missing",
    broken: [["mode: anycast\n      pool: services\n", "mode: anycast\n"]],
    path: "spec.vips[0]",
    nearest: [],
  },
  {
    code: "vip-without-address",
    broken: [["address: { ipv4: 10.77.0.1, ipv6: auto }", "address: {}"]],
    path: "spec.vips[0].address",
    nearest: [["address: { ipv4: 10.77.0.1, ipv6: auto }", "address: { ipv6: auto }"]],
  },
  {
    code: "vip-field-foreign",
    about: "the network of an anycast VIP",
    broken: [[site, site.replace("racks:", "network: management, racks:")]],
    path: "spec.vips[1].network",
    nearest: [],
  },
  {
    code: "vip-field-foreign",
    about: "the group of an anycast VIP",
    broken: [[site, site.replace("racks:", "group: store, racks:")]],
    path: "spec.vips[1].group",
    nearest: [],
  },
  {
    code: "family-missing",
    about: "a pool without that family",
    broken: [[', ipv6: { cidr: "fd00:77::/120" }', ""]],
    path: "spec.vips[0].address.ipv6",
    nearest: [
      [', ipv6: { cidr: "fd00:77::/120" }', ""],
      ["ipv4: 10.77.0.1, ipv6: auto", "ipv4: 10.77.0.1"],
    ],
  },
  {
    code: "address-outside-network",
    about: "a VIP just beyond its pool",
    broken: [["ipv4: 10.77.0.1,", "ipv4: 10.77.1.0,"]],
    path: "spec.vips[0].address.ipv4",
    nearest: [["ipv4: 10.77.0.1,", "ipv4: 10.77.0.254,"]],
  },
  {
    code: "address-not-assignable",
    about: "the first address of a pool as a VIP",
    broken: [["ipv4: 10.77.0.1,", "ipv4: 10.77.0.0,"]],
    path: "spec.vips[0].address.ipv4",
    nearest: [],
  },
  {
    code: "address-not-assignable",
    about: "a multicast address as a top-of-rack router",
    broken: [["gateways: [10.20.1.1,", "gateways: [224.0.0.5,"]],
    path: "spec.racks[0].ospf.gateways[0]",
    nearest: [["gateways: [10.20.1.1,", "gateways: [10.20.1.5,"]],
  },
  {
    code: "address-duplicate",
    about: "two VIPs",
    broken: [[site, site.replace("ipv4: auto", "ipv4: 10.77.0.1")]],
    path: "spec.vips[1].address.ipv4",
    nearest: [[site, site.replace("ipv4: auto", "ipv4: 10.77.0.2")]],
  },
  {
    code: "address-duplicate",
    about: "a VIP and a top-of-rack router",
    broken: [["gateways: [10.20.1.1,", "gateways: [10.77.0.1,"]],
    path: "spec.vips[0].address.ipv4",
    nearest: [],
  },
  {
    code: "address-duplicate",
    about: "a host and a BGP neighbour",
    broken: [[neighbors, "neighbors: [{ address: 10.0.2.21 }]\n        interfaces: [eth-up1, eth-up2]"]],
    path: "spec.hosts[3].addresses.management[0]",
    nearest: [[neighbors, "neighbors: [{ address: 10.0.2.1 }]\n        interfaces: [eth-up1, eth-up2]"]],
  },

  // --- VIPs: where they are
  {
    code: "rack-unknown",
    about: "a VIP's",
    broken: [[site, site.replace("[rack-a]", "[rack-c]")]],
    path: "spec.vips[1].racks[0]",
    nearest: [],
  },
  {
    code: "vip-nowhere",
    broken: [
      [ospf, ""],
      [bgp, ""],
      [`    - ${site}\n`, ""],
      [`    - ${web}\n`, ""],
      ["  namespaces:\n", ""],
      [`    - ${db}\n`, ""],
      [`    - ${dbAdmin}\n`, ""],
    ],
    path: "spec.vips[0]",
    nearest: [[bgp, ""]],
  },
  {
    code: "routing-missing",
    about: "a rack that speaks with nobody",
    broken: [[ospf, ""]],
    path: "spec.vips[1].racks[0]",
    nearest: [
      [ospf, ""],
      ["racks: [rack-a] }", "racks: [rack-b] }"],
    ],
  },
  {
    code: "routing-missing",
    about: "a rack without controllers",
    broken: [
      ["role: controller, addresses: { management: [10.0.2.11] }", "role: member, addresses: { management: [10.0.2.11] }"],
      ["name: ctl-a2, rack: rack-a, role: controller", "name: ctl-a2, rack: rack-a, role: member"],
      ["racks: [rack-a] }", "racks: [rack-b] }"],
    ],
    path: "spec.vips[1].racks[0]",
    nearest: [],
  },
  {
    code: "reply-gateway-missing",
    about: "of a rack",
    broken: [['gateways: [10.20.1.1, "fe80::1%eth-fab"]', "gateways: [10.20.1.1]"]],
    path: "spec.racks[0].ospf",
    nearest: [
      ['gateways: [10.20.1.1, "fe80::1%eth-fab"]', "gateways: [10.20.1.1]"],
      ["ipv4: 10.77.0.1, ipv6: auto", "ipv4: 10.77.0.1"],
    ],
  },
  {
    code: "reply-gateway-missing",
    about: "of a rack that names none, on an interface that is no network's bridge",
    broken: [
      ['        gateways: [10.20.1.1, "fe80::1%eth-fab"]\n', ""],
      ["ipv4: 10.77.0.1, ipv6: auto", "ipv4: 10.77.0.1"],
    ],
    path: "spec.racks[0].ospf",
    nearest: [
      ['        gateways: [10.20.1.1, "fe80::1%eth-fab"]\n', ""],
      ["ipv4: 10.77.0.1, ipv6: auto", "ipv4: 10.77.0.1"],
      ["bridge: br-mgmt, interface: eth0, ipv4: { cidr: 10.0.1.0/24 }", "bridge: eth-fab, ipv4: { cidr: 10.0.1.0/24, gateway: 10.0.1.1 }"],
    ],
  },
  {
    code: "reply-gateway-missing",
    about: "of a host that speaks otherwise than its rack",
    broken: [[ctlA1, `${ctlA1.slice(0, -2)}, routing: { ospf: { interfaces: [eth9], gateways: [10.20.9.1] } } }`]],
    path: "spec.hosts[0].routing.ospf",
    nearest: [[ctlA1, `${ctlA1.slice(0, -2)}, routing: { ospf: { interfaces: [eth9], gateways: [10.20.9.1, "fe80::1"] } } }`]],
  },
  {
    code: "roaming-clusters",
    broken: [
      [both, both.replace("[rack-a, rack-b]", "[rack-a]").replace("timers", "takeover: fenced, timers")],
      [`    - ${dbAdmin}\n`, ""],
    ],
    path: "spec.vips[2]",
    nearest: [
      [both, both.replace("[rack-a, rack-b]", "[rack-a]").replace("timers", "takeover: fenced, timers")],
      [`    - ${dbAdmin}\n`, ""],
      [db, db.replace("group: store", "racks: [rack-a]")],
    ],
  },
  {
    code: "roaming-group-racks",
    broken: [[dbAdmin, dbAdmin.replace("group:", "racks: [rack-b], group:")]],
    path: "spec.vips[3].racks",
    nearest: [[dbAdmin, dbAdmin.replace("group:", "racks: [rack-b, rack-a], group:")]],
  },

  // --- service namespaces
  {
    code: "namespace-clash",
    about: "an existing one under a name of Rackway's",
    broken: [["netns: cni-1234", "netns: rw-haproxy"]],
    path: "spec.namespaces[0].netns",
    nearest: [["netns: cni-1234", "netns: haproxy"]],
  },
  {
    code: "namespace-clash",
    about: "two names for one that exists",
    broken: [
      [web, `${web}\n    - { name: cni-1234, existing: true }`],
      [dbAdmin, dbAdmin.replace("haproxy, group: store", "cni-1234")],
    ],
    path: "spec.namespaces[1].name",
    nearest: [
      [web, `${web}\n    - { name: cni-1235, existing: true }`],
      [dbAdmin, dbAdmin.replace("haproxy, group: store", "cni-1235")],
    ],
  },
  {
    code: "namespace-clash",
    about: "the bridge's name",
    broken: [[dbAdmin, dbAdmin.replace("haproxy, group: store", "any")]],
    path: "spec.vips[3].namespace",
    nearest: [[dbAdmin, dbAdmin.replace("haproxy, group: store", "anyone")]],
  },
  {
    code: "namespace-clash",
    about: "a name that is what another has and an appendix",
    broken: [[dbAdmin, dbAdmin.replace("haproxy, group: store", "haproxy-ns")]],
    path: "spec.vips[3].namespace",
    nearest: [[dbAdmin, dbAdmin.replace("haproxy, group: store", "haproxy-nss")]],
  },
  {
    code: "namespace-clash",
    about: "a name that a clone of another has in the Pacemaker cluster",
    broken: [[dbAdmin, dbAdmin.replace("haproxy, group: store", "haproxy-check-clone")]],
    path: "spec.vips[3].namespace",
    nearest: [[dbAdmin, dbAdmin.replace("haproxy, group: store", "haproxy-checks-clone")]],
  },
  {
    code: "namespace-clash",
    about: "a name of Rackway's own resources",
    broken: [[dbAdmin, dbAdmin.replace("haproxy, group: store", "node-1")]],
    path: "spec.vips[3].namespace",
    nearest: [[dbAdmin, dbAdmin.replace("haproxy, group: store", "node")]],
  },
  {
    code: "namespace-netns",
    broken: [[web, "{ name: web, netns: cni-1234 }"]],
    path: "spec.namespaces[0].netns",
    nearest: [[web, "{ name: web }"]],
  },
  {
    code: "namespace-unused",
    broken: [[web, `${web}\n    - { name: hapraxy }`]],
    path: "spec.namespaces[1].name",
    nearest: [[web, `${web}\n    - { name: haproxy }`]],
  },

  // --- checks
  {
    code: "health-kind",
    about: "none",
    broken: [[health, "health: { intervalMs: 200 }"]],
    path: "spec.vips[0].health",
    nearest: [[health, "health: { intervalMs: 200, ntp: {} }"]],
  },
  {
    code: "health-kind",
    about: "two",
    broken: [[health, "health: { tcp: { port: 80 }, dns: { name: example.org } }"]],
    path: "spec.vips[0].health",
    nearest: [[health, "health: { dns: { name: example.org } }"]],
  },

  // --- proxies
  {
    code: "proxy-port-twice",
    broken: proxied(web80, "{ port: 443, backends: [10.0.2.21:8443] }", "{ port: 80, mode: http, backends: [10.0.2.22:8080] }"),
    path: "spec.vips[0].proxy.frontends[2].port",
    nearest: proxied(web80, "{ port: 81, mode: http, backends: [10.0.2.22:8080] }"),
  },
  {
    code: "proxy-port-reserved",
    broken: proxied("{ port: 8482, backends: [10.0.2.21:8080] }"),
    path: "spec.vips[0].proxy.frontends[0].port",
    nearest: proxied("{ port: 8483, backends: [10.0.2.21:8482] }"),
  },
  {
    code: "proxy-key-missing",
    broken: proxied("{ port: 443, tls: { certificate: /etc/rackway/tls/api.crt }, backends: [10.0.2.21:8080] }"),
    path: "spec.vips[0].proxy.frontends[0].tls",
    nearest: proxied("{ port: 443, tls: { certificate: /etc/ssl/api.pem, key: /etc/ssl/api.pem }, backends: [10.0.2.21:8080] }"),
  },
  {
    code: "backend-twice",
    about: "in two spellings",
    broken: proxied('{ port: 80, backends: ["[fd00:2::21]:8080", 10.0.2.21:8080, "[fd00:2:0::21]:8080"] }'),
    path: "spec.vips[0].proxy.frontends[0].backends[2]",
    nearest: proxied(web80, "{ port: 81, backends: [10.0.2.21:8080, 10.0.2.21:8081] }"),
  },
  {
    code: "backend-loop",
    broken: proxied("{ port: 80, backends: [10.0.2.21:8080, 10.77.0.1:443] }", "{ port: 443, backends: [10.0.2.21:8443] }"),
    path: "spec.vips[0].proxy.frontends[0].backends[1]",
    nearest: proxied("{ port: 80, backends: [10.0.2.21:8080, 10.77.0.1:8080] }", "{ port: 443, backends: [10.0.2.21:8443] }"),
  },
  {
    code: "proxy-in-existing",
    broken: [[site, site.replace("racks:", `proxy: { frontends: [${web80}] }, racks:`)]],
    path: "spec.vips[1].proxy",
    nearest: [
      [site, site.replace("racks:", `proxy: { frontends: [${web80}] }, racks:`)],
      [web, "{ name: web }"],
    ],
  },
  {
    code: "proxy-too-large",
    broken: [
      [health, `proxy: { frontends: [${manyFrontends(20)}] }`],
      [db, db.replace("group:", `proxy: { frontends: [${manyFrontends(20)}] }, group:`)],
      [dbAdmin, dbAdmin.replace("group:", `proxy: { frontends: [${manyFrontends(1)}] }, group:`)],
    ],
    path: "spec.vips[3].proxy",
    nearest: [
      [health, `proxy: { frontends: [${manyFrontends(20)}] }`],
      [db, db.replace("group:", `proxy: { frontends: [${manyFrontends(20)}] }, group:`)],
    ],
  },
  {
    code: "proxy-health-port",
    broken: [[health, `health: { http: { port: 8080, path: / } }\n      proxy: { frontends: [${web80}] }`]],
    path: "spec.vips[0].health.http.port",
    nearest: [[health, `health: { http: { port: 80, path: / } }\n      proxy: { frontends: [${web80}] }`]],
  },
  {
    code: "proxy-health-protocol",
    broken: [
      [
        health,
        "health: { http: { port: 80, path: / } }\n      proxy: { frontends: [{ port: 80, proxyProtocol: { accept: true }, backends: [10.0.2.21:80] }] }",
      ],
    ],
    path: "spec.vips[0].health.http.port",
    nearest: [
      [
        health,
        "health: { proxy: {} }\n      proxy: { frontends: [{ port: 80, proxyProtocol: { accept: true }, backends: [10.0.2.21:80] }] }",
      ],
    ],
  },
  {
    code: "health-without-proxy",
    broken: [[health, "health: { proxy: {}, intervalMs: 200 }"]],
    path: "spec.vips[0].health.proxy",
    nearest: [[health, `health: { proxy: {}, intervalMs: 200 }\n      proxy: { frontends: [${web80}] }`]],
  },

  // --- name and time service
  {
    code: "service-in-existing",
    broken: [[site, site.replace("racks:", "dns: { upstreams: [198.51.100.53] }, racks:")]],
    path: "spec.vips[1].dns",
    nearest: [
      [site, site.replace("racks:", "dns: { upstreams: [198.51.100.53] }, racks:")],
      ["    - { name: web, existing: true, netns: cni-1234 }", "    - { name: web }"],
    ],
  },
  {
    code: "service-in-existing",
    about: "a program of the administrator's",
    broken: [[site, site.replace("racks:", "service: { name: mailer }, health: { tcp: { port: 25 } }, racks:")]],
    path: "spec.vips[1].service",
    nearest: [
      [site, site.replace("racks:", "service: { name: mailer }, health: { tcp: { port: 25 } }, racks:")],
      ["    - { name: web, existing: true, netns: cni-1234 }", "    - { name: web }"],
    ],
  },
  {
    code: "service-without-health",
    broken: [[health, "service: { name: mailer }"]],
    path: "spec.vips[0].service",
    nearest: [[health, "service: { name: mailer }\n      health: { tcp: { port: 25 } }"]],
  },
  {
    code: "vip-service-differs",
    broken: [
      [db, db.replace("group:", "ntp: { upstreams: [198.51.100.123] }, group:")],
      [dbAdmin, dbAdmin.replace("group:", "ntp: { upstreams: [198.51.100.124] }, group:")],
    ],
    path: "spec.vips[3].ntp",
    nearest: [
      [db, db.replace("group:", "ntp: { upstreams: [198.51.100.123], orphanStratum: 8 }, group:")],
      [dbAdmin, dbAdmin.replace("group:", "ntp: { orphanStratum: 8, upstreams: [198.51.100.123] }, group:")],
    ],
  },
  {
    code: "dns-names-rack",
    broken: [[health, "dns: { upstreams: [198.51.100.53], names: rack }"]],
    path: "spec.vips[0].dns.names",
    nearest: [[health, "dns: { upstreams: [198.51.100.53], names: none }"]],
  },
  {
    code: "proxy-port-taken",
    broken: [
      [health, "dns: { upstreams: [198.51.100.53] }"],
      [
        db,
        db.replace(
          "group:",
          "proxy: { frontends: [{ port: 80, backends: [10.0.2.21:80] }, { port: 53, backends: [10.0.2.21:53] }] }, group:",
        ),
      ],
    ],
    path: "spec.vips[2].proxy.frontends[1].port",
    nearest: [
      [health, "ntp: { upstreams: [198.51.100.123] }"],
      [
        db,
        db.replace(
          "group:",
          "proxy: { frontends: [{ port: 80, backends: [10.0.2.21:80] }, { port: 53, backends: [10.0.2.21:53] }] }, group:",
        ),
      ],
    ],
  },
  {
    code: "upstream-loop",
    about: "a service VIP that would ask itself",
    broken: [[health, "dns: { upstreams: [198.51.100.53, 10.77.0.1] }"]],
    path: "spec.vips[0].dns.upstreams[1]",
    nearest: [[health, "dns: { upstreams: [198.51.100.53, 10.77.0.2] }"]],
  },
  {
    code: "ntp-name-without-dns",
    about: "of a service VIP",
    broken: [[health, "ntp: { upstreams: [time.example] }"]],
    path: "spec.vips[0].ntp.upstreams[0]",
    nearest: [
      [health, "ntp: { upstreams: [time.example] }"],
      [db, db.replace("group:", "dns: { upstreams: [198.51.100.53] }, group:")],
    ],
  },
  {
    code: "use-vip-unknown",
    broken: [[rackBNetwork, `${rackBNetwork}\n      useVips: { dns: [apx] }`]],
    path: "spec.racks[1].useVips.dns[0]",
    nearest: [
      [rackBNetwork, `${rackBNetwork}\n      useVips: { dns: [api] }`],
      [health, "dns: { upstreams: [198.51.100.53] }"],
    ],
  },
  {
    code: "use-vip-unserved",
    broken: [
      [rackBNetwork, `${rackBNetwork}\n      useVips: { ntp: [api] }`],
      [health, "dns: { upstreams: [198.51.100.53] }"],
    ],
    path: "spec.racks[1].useVips.ntp[0]",
    nearest: [
      [rackBNetwork, `${rackBNetwork}\n      useVips: { ntp: [api] }`],
      [health, "ntp: { upstreams: [198.51.100.123] }"],
    ],
  },
  {
    code: "use-vip-family",
    broken: [
      [rackBNetwork, `${rackBNetwork}\n      useVips: { ntp: [db] }`],
      [db, db.replace("{ ipv4: auto }", "{ ipv6: auto }").replace("group:", "ntp: { upstreams: [198.51.100.123] }, group:")],
    ],
    path: "spec.racks[1].useVips.ntp",
    nearest: [
      [rackBNetwork, `${rackBNetwork}\n      useVips: { ntp: [db] }`],
      [db, db.replace("{ ipv4: auto }", "{ ipv4: auto, ipv6: auto }").replace("group:", "ntp: { upstreams: [198.51.100.123] }, group:")],
    ],
  },

  // --- top-of-rack routers
  {
    code: "routing-both",
    about: "in a rack",
    broken: [[bgp, `${bgp}      ospf: { interfaces: [eth-up1], gateways: ["10.20.2.1", "fe80::1"] }\n`]],
    path: "spec.racks[1].bgp",
    nearest: [[bgp, '      ospf: { interfaces: [eth-up1], gateways: ["10.20.2.1", "fe80::1"] }\n']],
  },
  {
    code: "routing-on-member",
    broken: [["addresses: { management: [10.0.2.21] }", "addresses: { management: [10.0.2.21] }, routing: { routerId: 10.9.9.9 }"]],
    path: "spec.hosts[3].routing",
    nearest: [["addresses: { management: [10.0.2.11] }", "addresses: { management: [10.0.2.11] }, routing: { routerId: 10.9.9.9 }"]],
  },
  {
    code: "router-id-missing",
    broken: [
      ["bridge: br-mgmt, ipv4: { cidr: 10.0.2.0/24 }", 'bridge: br-mgmt, ipv6: { cidr: "fd00:2::/64" }'],
      ["[10.0.2.11]", '["fd00:2::11"]'],
      ["[10.0.2.21]", '["fd00:2::21"]'],
      [both, both.replace("[rack-a, rack-b]", "[rack-a]").replace("timers", "takeover: fenced, timers")],
      [`    - ${db}\n`, ""],
      [`    - ${dbAdmin}\n`, ""],
    ],
    path: "spec.hosts[2]",
    nearest: [
      ["bridge: br-mgmt, ipv4: { cidr: 10.0.2.0/24 }", 'bridge: br-mgmt, ipv6: { cidr: "fd00:2::/64" }'],
      ["management: [10.0.2.11] }", 'management: ["fd00:2::11"] }, routing: { routerId: 10.0.2.11 }'],
      ["[10.0.2.21]", '["fd00:2::21"]'],
      [both, both.replace("[rack-a, rack-b]", "[rack-a]").replace("timers", "takeover: fenced, timers")],
      [`    - ${db}\n`, ""],
      [`    - ${dbAdmin}\n`, ""],
    ],
  },
  {
    code: "router-id-duplicate",
    broken: [["management: [10.0.2.11] }", "management: [10.0.2.11] }, routing: { routerId: 10.0.1.12 }"]],
    path: "spec.hosts[2].routing.routerId",
    nearest: [["management: [10.0.2.11] }", "management: [10.0.2.11] }, routing: { routerId: 10.0.1.13 }"]],
  },
  {
    code: "gateway-interface",
    about: "one of several interfaces, and it is not said which",
    broken: [['"10.20.2.1%eth-up1"', '"10.20.2.1"']],
    path: "spec.racks[1].bgp.gateways[0]",
    nearest: [],
  },
  {
    code: "gateway-interface",
    about: "an interface that is none to the fabric",
    broken: [["fe80::1%eth-fab", "fe80::1%eth-fab2"]],
    path: "spec.racks[0].ospf.gateways[1]",
    nearest: [
      ["fe80::1%eth-fab", "fe80::1%eth-fab2"],
      ["interfaces: [eth-fab]\n        gateways: [10.20.1.1,", 'interfaces: [eth-fab, eth-fab2]\n        gateways: ["10.20.1.1%eth-fab",'],
    ],
  },
  {
    code: "fabric-interface-port",
    broken: [
      ["interfaces: [eth-fab]", "interfaces: [eth-fab, eth0]"],
      ["[10.20.1.1,", '["10.20.1.1%eth-fab",'],
    ],
    path: "spec.racks[0].ospf.interfaces[1]",
    nearest: [
      ["interfaces: [eth-fab]", "interfaces: [eth-fab, br-mgmt]"],
      ["[10.20.1.1,", '["10.20.1.1%eth-fab",'],
    ],
  },
  {
    code: "ospf-dead-interval",
    broken: [["interfaces: [eth-fab]", "helloSeconds: 40\n        interfaces: [eth-fab]"]],
    path: "spec.racks[0].ospf.deadSeconds",
    nearest: [["interfaces: [eth-fab]", "helloSeconds: 39\n        interfaces: [eth-fab]"]],
  },
  {
    code: "bgp-neighbor-form",
    about: "neither",
    broken: [[neighbors, "neighbors: [{ interface: eth-up1 }, { interface: eth-up2 }, {}]"]],
    path: "spec.racks[1].bgp.neighbors[2]",
    nearest: [[neighbors, "neighbors: [{ interface: eth-up1 }, { interface: eth-up2 }, { address: 10.20.2.1 }]"]],
  },
  {
    code: "bgp-neighbor-form",
    about: "both",
    broken: [[neighbors, "neighbors: [{ interface: eth-up1, address: 10.20.2.1 }, { interface: eth-up2 }]"]],
    path: "spec.racks[1].bgp.neighbors[0]",
    nearest: [],
  },
  {
    code: "bgp-neighbor-twice",
    broken: [[neighbors, "neighbors: [{ interface: eth-up1 }, { interface: eth-up2 }, { interface: eth-up1 }]"]],
    path: "spec.racks[1].bgp.neighbors[2]",
    nearest: [],
  },
  {
    code: "bgp-interfaces-missing",
    broken: [
      [neighbors, "neighbors: [{ address: 10.20.2.1 }]"],
      ['gateways: ["10.20.2.1%eth-up1", "10.20.3.1%eth-up2", "fe80::1%eth-up1"]', 'gateways: ["10.20.2.1", "fd00:20:2::1"]'],
    ],
    path: "spec.racks[1].bgp",
    nearest: [
      [neighbors, "neighbors: [{ address: 10.20.2.1 }]\n        interfaces: [eth-up1]"],
      ['gateways: ["10.20.2.1%eth-up1", "10.20.3.1%eth-up2", "fe80::1%eth-up1"]', 'gateways: ["10.20.2.1", "fd00:20:2::1"]'],
    ],
  },
];

function manyFrontends(count: number): string {
  return Array.from({ length: count }, (_, index) => `{ port: ${1000 + index}, backends: [10.0.2.21:8080] }`).join(", ");
}
