import type { HealthCheckState, HostState } from "@rackway/schema";
import { expect, test } from "vitest";

import { readHostState } from "./received-state.ts";
import { hostState, pacemakerState } from "./testing.ts";

/** Something in every list, so that every text is tried. */
const fencing = [{ agent: "fence_ipmilan", parameters: { ip: "192.0.2.9", login: "a b" }, hosts: ["ctl-a1"] }];
const inbound = [{ family: 4 as const, to: "10.10.1.21", protocol: "tcp" as const, ports: ["8000-8080"] }];
const checks: HealthCheckState[] = [
  { kind: "tcp", port: 22 },
  { kind: "http", port: 8080, path: "/healthz?deep=1&pool=a%20b", host: "api.example" },
  { kind: "https", port: 8443, path: "/", host: "api.example", verify: true },
  { kind: "dns", port: 53, name: "_srv.corp.example", type: "A" },
  { kind: "ntp", port: 123, maxStratum: 4 },
  { kind: "command", name: "check_db" },
  {
    kind: "each",
    questions: [
      { kind: "tcp", port: 22 },
      { kind: "dns", port: 53, name: "dc1.internal", type: "SOA" },
    ],
  },
];
const dns = {
  upstreams: [{ address: "198.51.100.53", port: 853, tls: "dns.example" }],
  certificateAuthorities: "/etc/ssl/certs/ca-certificates.crt",
  localDomains: [{ name: "corp.example", servers: ["10.10.0.2"] }],
  domain: "dc1.internal",
  trustAnchors: null,
  clients: ["10.10.1.0/24"],
  names: [{ name: "ctl-a1.rack-a", addresses: ["10.10.1.11"] }],
};
const ntp = {
  upstreams: [{ server: "time.example", nts: true }],
  certificateAuthorities: "/etc/rackway/ca.pem",
  orphanStratum: 10,
  clients: ["10.10.1.0/24"],
};
const terms = { intervalMs: 500, timeoutMs: 200, rise: 2, fall: 2, maxChangesPerMinute: 6, withdrawLast: false };
const gateways = [{ family: 6 as const, via: "fe80::1", device: "eth-fab" }];
const bridge = {
  hostIpv4: "169.254.64.1",
  hostIpv6: "fd72:6b77:616e::1",
  ipv4Length: 18,
  ipv6Length: 64,
  replyTable: 8200,
  replySources: ["10.77.0.0/24", "fd00:77::/64"],
};
const namespace = {
  name: "haproxy",
  netns: "rw-haproxy",
  existing: false,
  index: 1,
  linkIpv4: "169.254.64.2",
  linkIpv6: "fd72:6b77:616e::2",
};
const serviceVip = { name: "api", number: 1, addresses: [{ family: 4 as const, address: "10.77.0.1" }], check: 0 };
const full: HostState = hostState("ctl-a1", {
  bridges: [
    { network: "public", name: "br-ex", driver: "linux", port: "eth1", mtu: 1500, vlan: 4, addresses: ["203.0.113.11/25", "fd00::1/64"] },
  ],
  sysctls: [{ key: "net.ipv4.ip_forward", value: "1" }],
  defaultRoutes: [{ family: 6, via: "fe80::1", device: "br-ex", metric: 20 }],
  routes: [{ family: 4, to: "10.10.2.0/24", via: "10.10.1.1", device: "br-mgmt", metric: 20 }],
  hostRouters: [
    {
      name: "vr-b",
      management: { bridge: "br-mgmt", cidrs: ["10.10.2.0/24"] },
      public: { bridge: "br-ex", addresses: ["203.0.113.139/25"] },
      nat: { ipv4: "snat", ipv6: "routed" },
      inbound,
    },
  ],
  pacemaker: {
    ...pacemakerState(),
    fencing,
    routers: pacemakerState().routers.map((router) => ({ ...router, inbound })),
    services: [
      {
        ...namespace,
        dns,
        ntp,
        programs: ["mailer"],
        checks: checks.map((check) => ({ ...terms, check })),
        sets: [{ mode: "roaming", name: "db", controllers: ["ctl-a1"], overlap: false, vips: [serviceVip] }],
      },
    ],
    serviceBridge: { ...bridge, name: "rw-any", hosts: [{ name: "ctl-a1", interfaces: ["eth-fab"], gateways }] },
  },
  anycast: {
    ...bridge,
    bridge: "rw-any",
    interfaces: ["eth-fab"],
    gateways,
    namespaces: [{ ...namespace, vips: [{ name: "api", family: 6, address: "fd00:77::1", mode: "anycast" }] }],
  },
  routing: {
    routerId: "10.20.1.11",
    families: [4, 6],
    ospf: {
      area: "0.0.0.0",
      interfaces: ["eth-fab"],
      networkType: "broadcast",
      cost: 10,
      helloSeconds: 1,
      deadSeconds: 4,
      authentication: { keyId: 1, keyFile: "/etc/rackway/ospf.key", algorithm: "hmac-sha-256" },
      bfd: { intervalMs: 50, multiplier: 3 },
    },
    bgp: {
      asn: 65010,
      remoteAsn: "external",
      neighbors: [
        { kind: "address", family: 4, address: "10.20.1.1" },
        { kind: "interface", interface: "eth-fab" },
      ],
      communities: ["65000:82"],
      authentication: { keyFile: "/etc/rackway/bgp.key" },
      bfd: null,
    },
    announce: [{ family: 4, prefix: "10.77.0.1/32", vip: "api", namespace: "haproxy" }],
  },
  health: checks.map((check) => ({ ...terms, check, namespace: "haproxy", vip: "api" })),
});

/** Each text of a value with what it would be with `ending` after it. */
function spoilt(value: unknown, ending: string): { readonly at: string; readonly value: unknown }[] {
  if (typeof value === "string") return [{ at: "", value: value + ending }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    spoilt(item, ending).map(({ at, value: changed }) => {
      const others: readonly unknown[] | null = Array.isArray(value) ? value : null;
      return { at: `.${key}${at}`, value: others?.with(Number(key), changed) ?? { ...value, [key]: changed } };
    }),
  );
}

test("a whole state is taken", () => {
  expect(readHostState(full, "ctl-a1")).toEqual({ ok: true, state: full });
});

test.each(["\n", '" accept; }', "\u0000", "\r\nnetns exec x sh"])("no text of it can end a word and begin a command: %j", (ending) => {
  const all = spoilt(full, ending);
  expect(all.length).toBeGreaterThan(110);
  // The options of fence agents are text of one line.
  const taken = all.filter(({ value }) => readHostState(value, "ctl-a1").ok).map(({ at }) => at);
  expect(taken.filter((at) => !at.startsWith(".pacemaker.fencing.0.parameters."))).toEqual([]);
  if (/\p{Cc}/u.test(ending)) expect(taken).toEqual([]);
});

test("another host's state is not taken", () => {
  expect(readHostState(full, "ctl-a2")).toEqual({ ok: false, reason: "the token is that of ctl-a1, and this host is ctl-a2" });
});
