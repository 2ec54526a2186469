import type { ProxyFrontendState, ServiceNamespaceState } from "@rackway/schema";

const plain: ProxyFrontendState = {
  port: 5432,
  mode: "tcp",
  tls: null,
  acceptProxy: false,
  sendProxy: "off",
  balance: "roundrobin",
  backends: [
    { address: "10.10.1.21", port: 5432 },
    { address: "fd00:10:1::21", port: 5432 },
  ],
  check: { http: null, intervalMs: 1000, timeoutMs: 1000, rise: 2, fall: 2 },
  connectMs: 2000,
  idleMs: 60_000,
};

/** A namespace with a VIP of every kind that a proxy can be for, and one without. */
export const proxiedNamespace: ServiceNamespaceState = {
  name: "web",
  netns: "rw-web",
  existing: false,
  index: 1,
  linkIpv4: "169.254.64.2",
  linkIpv6: "fd72:6b77:616e::2",
  checks: [],
  sets: [
    {
      mode: "anycast",
      name: null,
      controllers: ["ctl-a1"],
      overlap: false,
      vips: [
        {
          name: "api",
          number: 1,
          addresses: [
            { family: 4, address: "10.77.0.1" },
            { family: 6, address: "fd00:77::1" },
          ],
          check: null,
          proxy: [
            {
              ...plain,
              port: 80,
              mode: "http",
              acceptProxy: true,
              balance: "leastconn",
              check: { http: { path: "/healthz?deep=1", host: "api.example.org" }, intervalMs: 500, timeoutMs: 200, rise: 3, fall: 1 },
            },
            {
              ...plain,
              port: 443,
              mode: "http",
              tls: { certificate: "/etc/rackway/tls/api.crt", key: "/etc/rackway/tls/api.key" },
              sendProxy: "v2",
              check: { http: { path: "/", host: null }, intervalMs: 1000, timeoutMs: 1000, rise: 2, fall: 2 },
            },
          ],
        },
        { name: "bare", number: 9, addresses: [{ family: 4, address: "10.77.0.9" }], check: null },
      ],
    },
    {
      mode: "roaming",
      name: "db",
      controllers: ["ctl-a1"],
      overlap: false,
      vips: [
        {
          name: "db",
          number: 2,
          addresses: [{ family: 4, address: "10.77.0.2" }],
          check: null,
          proxy: [{ ...plain, sendProxy: "v1", balance: "source" }],
        },
      ],
    },
  ],
};
