import type { DnsState } from "@rackway/schema";
import { describe, expect, it } from "vitest";

import { renderNames, renderUnboundConf, routerNameServer } from "./unbound-conf.ts";

const dns: DnsState = {
  upstreams: [
    { address: "198.51.100.53", port: 53, tls: null },
    { address: "2001:db8:100::53", port: 53, tls: null },
  ],
  certificateAuthorities: "/etc/ssl/certs/ca-certificates.crt",
  localDomains: [{ name: "10.in-addr.arpa", servers: ["10.10.0.2", "fd00:10::2"] }],
  domain: "dc1.internal",
  trustAnchors: null,
  clients: ["10.10.1.0/24", "fd00:10:1::/64"],
  names: [
    { name: "ctl-a1.rack-a", addresses: ["10.10.1.11", "fd00:10:1::11"] },
    { name: "api.vip", addresses: ["10.77.0.1"] },
  ],
};
const server = routerNameServer(dns, {
  vips: [
    { name: "public", family: 4, address: "203.0.113.2", prefixLength: 25 },
    { name: "management", family: 4, address: "10.10.1.100", prefixLength: 24 },
    { name: "management", family: 6, address: "fd00:10:1::2", prefixLength: 64 },
  ],
});

/** That the real daemon accepts these is held by tests/lab/resource-agents.lab.test.ts. */
describe("unbound.conf", () => {
  it("is as it was: plain upstreams and a local domain", async () => {
    await expect(renderUnboundConf(server)).toMatchFileSnapshot("./goldens/unbound.conf");
  });

  it("is as it was: upstreams over TLS, and answers that are validated", async () => {
    const upstreams = [{ address: "198.51.100.53", port: 853, tls: "dns.example" }];
    await expect(renderUnboundConf({ ...server, upstreams, trustAnchors: "/usr/share/dns/root.key" })).toMatchFileSnapshot(
      "./goldens/unbound-tls-dnssec.conf",
    );
  });

  it("of service VIPs asks from an address of its own way out", () => {
    const lines = renderUnboundConf({ ...dns, listen: ["10.77.0.1", "fd00:77::1"], askFrom: ["169.254.192.6", "fd00::2"] }).split("\n");
    expect(lines.filter((line) => line.includes("interface:") && !line.includes("control"))).toEqual([
      "  interface: 127.0.0.1",
      "  interface: ::1",
      "  interface: 10.77.0.1",
      "  interface: fd00:77::1",
      "  outgoing-interface: 169.254.192.6",
      "  outgoing-interface: fd00::2",
    ]);
  });

  it("does not listen outside", () => {
    expect(renderUnboundConf(server)).not.toContain("203.0.113.2");
  });
});

it("names are handed on one a line", () => {
  expect(renderNames(server)).toBe("ctl-a1.rack-a 10.10.1.11 fd00:10:1::11\napi.vip 10.77.0.1");
});
