import type { ProxyFrontendState, ServiceNamespaceState } from "@rackway/schema";
import { proxyLimits } from "@rackway/schema";
import { describe, expect, it } from "vitest";

import { proxyCertificates, proxyName, renderHaproxyConf } from "./haproxy-conf.ts";
import { proxiedNamespace } from "./testing/proxied-namespace.ts";

const lines = (service: ServiceNamespaceState): string[] => renderHaproxyConf(service).trimEnd().split("\n");

/** That HAProxy itself accepts it is held by tests/lab/service-agents.lab.test.ts. */
describe("HAProxy's configuration", () => {
  it("is as it was", async () => {
    await expect(renderHaproxyConf(proxiedNamespace)).toMatchFileSnapshot("./goldens/haproxy.cfg");
  });

  it("is the same in whatever order the document has its VIPs, and has nothing of those without a proxy", () => {
    const sets = proxiedNamespace.sets.map((set) => ({ ...set, vips: set.vips.toReversed() })).toReversed();
    expect(renderHaproxyConf({ ...proxiedNamespace, sets })).toBe(renderHaproxyConf(proxiedNamespace));
    expect(renderHaproxyConf(proxiedNamespace)).not.toContain("10.77.0.9");
  });

  it("has no line that a resource's parameter or HAProxy could not carry", () => {
    for (const line of lines(withFrontends(proxyLimits.frontends, 1))) {
      expect(line).not.toContain(";");
      expect([line, line.length < 2000 && line.split(" ").length < 60]).toEqual([line, true]);
    }
  });

  it("fits into one parameter where it is as large as a document may have it", () => {
    const perFrontend = proxyLimits.backends / proxyLimits.frontends;
    expect(renderHaproxyConf(withFrontends(proxyLimits.frontends, perFrontend)).length).toBeLessThan(95_000);
  });

  it("names certificates by the frontend, and says nothing of their keys", () => {
    expect(proxyCertificates(proxiedNamespace)).toEqual([
      { name: "api-443", certificate: "/etc/rackway/tls/api.crt", key: "/etc/rackway/tls/api.key" },
    ]);
    expect(renderHaproxyConf(proxiedNamespace)).not.toContain("/etc/rackway");
  });
});

/** Each with the longest names, addresses and words; each VIP has as many as it may have. */
function withFrontends(count: number, backends: number): ServiceNamespaceState {
  const [set] = proxiedNamespace.sets;
  const [vip] = set?.vips ?? [];
  const [frontend] = vip?.proxy ?? [];
  if (set === undefined || vip === undefined || frontend === undefined) throw new Error("the example has no proxy");
  const perVip = 20;
  const vips = Array.from({ length: count / perVip }, (_, index) => {
    const proxy = Array.from({ length: perVip }, (__, place): ProxyFrontendState => ({
      ...frontend,
      port: 10_000 + place,
      sendProxy: "v2",
      backends: Array.from({ length: backends }, (___, number) => ({
        address: `2001:db8:1234:5678:9abc:def0:1234:${(0x1000 + place * 100 + number).toString(16)}`,
        port: 10_000,
      })),
      check: { ...frontend.check, http: { path: `/${"x".repeat(100)}`, host: "h".repeat(100) } },
    }));
    return { ...vip, name: `v${String(index).padStart(39, "0")}`, number: index + 1, proxy };
  });
  expect(proxyName(vips[0]?.name ?? "", frontend).length).toBeGreaterThan(40);
  return { ...proxiedNamespace, sets: [{ ...set, vips }] };
}
