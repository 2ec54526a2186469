import type { HostState } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import { sampleCluster } from "@rackway/ipam/testing";
import { diffHostStates } from "./diff-host.ts";
import { compiled, mustParse } from "./testing/plan-options.ts";
import { editDocument } from "./testing/rule-cases.ts";
import type { Edit } from "./testing/rule-cases.ts";
import { serviceDocument } from "./testing/service-rule-cases.ts";

function state(host: string, ...edits: Edit[]): HostState {
  const found = compiled(mustParse(editDocument(edits, serviceDocument))).get(host);
  if (found === undefined) throw new Error(`no host ${host}`);
  return found;
}

function told(from: HostState | null, to: HostState | null): string[] {
  return diffHostStates(from, to).map(({ action, kind, target, from: was, to: becomes }) =>
    [action, kind, target, [was, becomes].filter((text) => text !== null).join(" -> ")].join(" | "),
  );
}

describe("steps about anycast and roaming VIPs", () => {
  test("say who announces what, by which protocol", () => {
    const announcements = (host: string) => told(null, state(host)).filter((line) => line.includes("| announce |"));
    expect(announcements("ctl-a1")).toContain("create | announce | 10.77.0.1/32 (api) | by OSPF");
    expect(announcements("ctl-b1")).toEqual([
      "create | announce | 10.77.0.1/32 (api) | by BGP",
      "create | announce | fd00:77::1/128 (api) | by BGP",
      "create | announce | 10.77.0.3/32 (db) | by BGP",
      "create | announce | 10.77.0.2/32 (db-admin) | by BGP",
    ]);
  });

  test("say which way replies leave, how the host speaks, and what becomes of the VIPs without quorum", () => {
    const lines = told(null, state("ctl-a1"));
    expect(lines).toContain(
      "create | routing | OSPF | router id 10.0.1.11, IPv4 and IPv6, area 0.0.0.0 on eth-fab, broadcast, cost 10, hello 10 s, dead 40 s, hmac-sha-256 key 1 of /etc/rackway/ospf.key, BFD 50 ms × 3",
    );
    expect(lines).toContain("create | replies | IPv4 | from 10.77.0.0/24 on rw-any via 10.20.1.1 dev eth-fab");
    expect(lines).toContain(
      "create | anycast | haproxy | on ctl-a1 ctl-a2 ctl-b1; without quorum they go on answering until the host is fenced",
    );
    expect(lines).toContain("create | roaming | haproxy store | on one of ctl-a1 ctl-a2 ctl-b1; without quorum on none");
    expect(lines).toContain("create | namespace | web | cni-1234, which is there already, number 2");
    expect(told(null, state("ctl-b1"))).toContain(
      "create | routing | BGP | router id 10.0.2.11, IPv4 and IPv6, AS 65001 with eth-up1 eth-up2 (external), communities 65000:82",
    );
  });

  test("are those of the VIP that changes, on the hosts that may hold it", () => {
    const moved: Edit = ["ipv4: 10.77.0.1, ipv6: auto", 'ipv4: 10.77.0.1, ipv6: "fd00:77::9"'];
    expect(told(state("ctl-a1"), state("ctl-a1", moved))).toEqual([
      "create | announce | fd00:77::9/128 (api) | by OSPF",
      "delete | announce | fd00:77::1/128 (api) | by OSPF",
    ]);
    const checked: Edit = ["path: /healthz", "path: /ready"];
    expect(told(state("ctl-b1"), state("ctl-b1", checked))).toEqual([
      "change | check | api | http 8080 /healthz, every 500 ms, timeout 200 ms, rise 2, fall 2, at most 6 changes a minute -> http 8080 /ready, every 500 ms, timeout 200 ms, rise 2, fall 2, at most 6 changes a minute",
    ]);
    const elsewhere: Edit = ["namespace: web, racks: [rack-a]", "namespace: web, racks: [rack-b]"];
    expect(told(state("ctl-b1"), state("ctl-b1", elsewhere)).filter((line) => line.includes("announce"))).toEqual([
      "create | announce | 10.77.0.4/32 (site) | by BGP",
    ]);
  });

  test("say whom a proxy passes on to, and what changes about that", () => {
    const health = "health: { http: { port: 8080, path: /healthz } }";
    const proxied = (backends: string): Edit => [health, `proxy: { frontends: [{ port: 80, mode: http, backends: [${backends}] }] }`];
    const rest = "roundrobin, each checked by tcp every 1000 ms, timeout 1000 ms, rise 2, fall 2, connect within 2000 ms, idle 60000 ms";
    expect(told(state("ctl-a1", proxied("10.0.2.21:80")), state("ctl-a1", proxied('10.0.2.21:80, "[fd00::1]:80"')))).toEqual([
      `change | proxy | api port 80 | http to 10.0.2.21:80, ${rest} -> http to 10.0.2.21:80 [fd00::1]:80, ${rest}`,
    ]);
  });

  test("of hundreds of VIPs are one, with the first few by name", () => {
    const shape = { racks: 1, controllersPerRack: 3, membersPerRack: 0, routersPerRack: 0 };
    const [none, many] = [0, 300].map((vips) => compiled(sampleCluster({ ...shape, vips })).get("ctl-1-1") ?? null);
    const steps = diffHostStates(none ?? null, many ?? null);
    expect(steps.filter(({ kind }) => kind === "announce")).toMatchObject([{ action: "create", target: "600 of the VIPs in services-1" }]);
    expect(steps.find(({ kind }) => kind === "announce")?.to).toMatch(/^172\.24\.0\.1\/32 \(vip-1\), .* and 592 more$/);
    expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
    const back = diffHostStates(many ?? null, none ?? null).find(({ kind }) => kind === "announce");
    expect([back?.to, back?.from?.endsWith("and 592 more")]).toEqual([null, true]);
  });
});
