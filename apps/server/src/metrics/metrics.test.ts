import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { Status } from "@rackway/schema";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { report, showCluster } from "../testing/seen-cluster.ts";
import { makeReport, startTestServer } from "../testing/test-server.ts";
import type { TestServer } from "../testing/test-server.ts";
import { metricCatalogue } from "./catalogue.ts";
import { metricsMediaType } from "./samples.ts";

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());

const ask = (token: string | null = server.adminToken) =>
  server.app.inject({ method: "GET", url: "/metrics", headers: token === null ? {} : { authorization: `Bearer ${token}` } });

/** Value by series, as it is written: `rackway_host_online{host="ctl-a1",…}`. */
async function scrape(): Promise<ReadonlyMap<string, number>> {
  const { statusCode, payload } = await ask();
  expect(statusCode).toBe(200);
  const lines = payload.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const series = lines.map((line): [string, number] => {
    const end = line.lastIndexOf(" ");
    return [line.slice(0, end), Number(line.slice(end + 1))];
  });
  expect(new Set(series.map(([name]) => name)).size, "a series is there twice").toBe(series.length);
  return new Map(series);
}

const namesIn = (series: ReadonlyMap<string, number>): Set<string> =>
  new Set([...series.keys()].map((name) => name.replace(/\{.*/, "").replace(/_(bucket|sum|count)$/, "")));

describe("GET /metrics", () => {
  it("is for the admin and for a token that opens nothing else; for no agent, and for nobody without one", async () => {
    expect((await ask(null)).statusCode).toBe(401);
    expect((await ask(await server.enroll("ctl-a1"))).statusCode).toBe(403);
    const token = (await readFile(join(server.dataDirectory, "metrics-token"), "utf8")).trim();
    expect(token).toMatch(/^rackway-metrics-/);
    expect((await ask(token)).statusCode).toBe(200);
    for (const path of ["/status", "/export", "/hosts", "/agent/state"])
      expect((await server.ask("GET", path, { token })).statusCode).toBe(403);
    expect((await server.ask("PUT", "/hosts/ctl-a1/drain", { token })).statusCode).toBe(403);
    const answer = await ask();
    expect(answer.headers["content-type"]).toBe(metricsMediaType);
  });

  it("tells every metric of the catalogue of a cluster in which all can be seen", async () => {
    await showCluster(server);
    const series = await scrape();
    expect([...namesIn(series)].toSorted()).toEqual(Object.keys(metricCatalogue).toSorted());
    expect(Object.fromEntries(series)).toMatchObject({
      rackway_revision: 1,
      'rackway_host_online{host="ctl-a1",rack="rack-a",role="controller"}': 1,
      'rackway_pacemaker_quorum_device_connected_hosts{pacemaker="rack-a"}': 3,
      'rackway_router_active{router="vr-a",host="ctl-a1"}': 1,
      'rackway_router_active{router="vr-a",host="ctl-a2"}': 0,
      'rackway_router_vip_owners{router="vr-a",vip="public",family="ipv6"}': 1,
      'rackway_router_sync_lag_seconds{router="vr-a"}': 0.012,
      'rackway_router_ntp_offset_seconds{router="vr-a"}': -0.0015,
      'rackway_vip_announcers{vip="web",family="ipv4",mode="anycast",namespace="web"}': 6,
      'rackway_routing_neighbors{host="ctl-a1",protocol="bgp",state="down"}': 1,
      'rackway_snat_ports_used{router="vr-a",family="ipv4"}': 9000,
      'rackway_certificate_expiry_timestamp_seconds{purpose="quorum-cluster",name="rack-a"}': Date.UTC(2120, 0, 1) / 1000,
      'rackway_addresses{scope="network/rack-a/public",family="ipv4"}': 20,
      'rackway_addresses_used{scope="network/rack-a/public",family="ipv4"}': 1,
      'rackway_addresses{scope="pool/services",family="ipv4"}': 254,
      'rackway_problems{code="router-without-host",severity="critical"}': 0,
    });
  });

  it("has no series for what nobody sees: before the first revision, of hosts that never reported, and of those that fell silent", async () => {
    const before = namesIn(await scrape());
    expect([...before].filter((name) => /_(host|agent|router|vip|pacemaker|addresses|revision|problems)/.test(name))).toEqual([]);
    await showCluster(server);
    server.advance(20_000);
    const silent = await scrape();
    expect(silent.get('rackway_agent_reporting{host="ctl-a1"}')).toBe(0);
    expect(silent.get('rackway_agent_report_age_seconds{host="ctl-a1"}')).toBeGreaterThanOrEqual(20);
    const gone = [...silent.keys()].filter((name) =>
      /^rackway_(router_(active|vip|sync)|vip_owners|pacemaker_quorate|bfd|conntrack|host_converged)/.test(name),
    );
    expect(gone).toEqual([]);
  });

  it("counts a router's moves: planned where its host is drained, unplanned where nobody asked, and neither where it is first seen", async () => {
    await showCluster(server);
    const moves = async () => {
      const series = await scrape();
      return ["planned", "unplanned"].map((cause) => series.get(`rackway_router_moves_total{router="vr-a",cause="${cause}"}`));
    };
    expect(await moves()).toEqual([0, 0]);
    const vips = (await server.get<Status>("GET", "/status")).routers.find(({ name }) => name === "vr-a")?.vips ?? [];
    const goTo = async (from: string, to: string) => {
      const router = (holds: typeof vips) => ({
        name: "vr-a",
        namespaceExists: true,
        holds: holds.map(({ name, family, address }) => ({ name, family, address })),
        connectionSync: null,
        dns: null,
        ntp: null,
      });
      await report(server, makeReport(from, { routers: [router([])] }));
      await report(server, makeReport(to, { routers: [router(vips)] }));
    };
    // What a host says of a router's moves counts for nothing: neither a wish of long from now nor a move.
    const token = await server.enroll("node-a1");
    const forged = [
      { at: "2099-01-01T00:00:00Z", kind: "operation-created", subject: "router/vr-a", reason: "", data: { to: "ctl-a2" } },
      { at: "2026-01-01T00:00:00Z", kind: "router-active", subject: "router/vr-a", reason: "", data: { from: "ctl-a3", to: "ctl-a1" } },
    ];
    expect((await server.ask("POST", "/agent/events", { token, body: { events: forged } })).statusCode).toBeLessThan(300);
    await goTo("ctl-a1", "ctl-a2");
    expect(await moves()).toEqual([0, 1]);
    await server.get("PUT", "/hosts/ctl-a2/drain", { body: { reason: "new memory" } });
    await goTo("ctl-a2", "ctl-a3");
    expect(await moves()).toEqual([1, 1]);
    expect((await scrape()).get('rackway_events_total{kind="router-active",severity="warning"}')).toBeGreaterThanOrEqual(2);
  });

  it("counts requests by route, not by path: what a client makes up is no label", async () => {
    await server.ask("GET", "/hosts/ctl-zz9");
    await server.ask("GET", "/made/up/path");
    const names = [...(await scrape()).keys()].join("\n");
    expect(names).toContain('route="/api/v1/hosts/:name",code="404"');
    expect(names).not.toMatch(/zz9|made/);
  });
});
