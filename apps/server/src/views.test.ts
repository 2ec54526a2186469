import type { EventList, HostView, NetworkView, PoolView, RackView, RouterView, Status, VipView } from "@rackway/schema";
import { statusSchema } from "@rackway/schema";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { exampleText, filesOf, makePacemaker, makeReport, makeRouter, startTestServer } from "./testing/test-server.ts";
import type { TestServer } from "./testing/test-server.ts";

interface ListOf<Item> {
  readonly revision: number | null;
  readonly items: Item[];
}

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());

const applyLab = async () => server.get("POST", "/apply", { body: filesOf(await exampleText("default-lab")) });

describe("views", () => {
  it("are empty before the first revision", async () => {
    for (const path of ["/racks", "/networks", "/hosts", "/routers", "/vips", "/pools"]) {
      expect(await server.get("GET", path)).toEqual({ revision: null, items: [] });
      expect(await server.refused("GET", `${path}/x${path === "/networks" ? "/y" : ""}`)).toMatchObject({ status: 404, code: "not-found" });
    }
    const status = statusSchema.parse(await server.get("GET", "/status"));
    expect(status).toMatchObject({ cluster: "", revision: null, hosts: [], routers: [], pacemaker: [], vips: [] });
  });

  it("show the revision's objects with what is reserved for them", async () => {
    await applyLab();
    const racks = await server.get<ListOf<RackView>>("GET", "/racks");
    expect(racks).toMatchObject({
      revision: 1,
      items: [{ name: "rack-a", controllers: ["ctl-a1", "ctl-a2", "ctl-a3"], routers: ["vr-a"] }, {}],
    });
    expect(await server.get<RackView>("GET", "/racks/rack-b")).toMatchObject({ members: ["node-b1"], networks: ["management", "public"] });

    const networks = await server.get<ListOf<NetworkView>>("GET", "/networks");
    expect(networks.items.map(({ id }) => id)).toEqual(["rack-a/management", "rack-a/public", "rack-b/management", "rack-b/public"]);
    const network = await server.get<NetworkView>("GET", "/networks/rack-a/public");
    expect(network).toMatchObject({ bridge: "br-ex", ipv4: { cidr: "203.0.113.0/25", reserved: 1 }, ipv6: { reserved: 1 } });
    expect(network.reservations.map(({ owner }) => owner)).toEqual(["router/vr-a/public/4", "router/vr-a/public/6"]);

    const router = await server.get<RouterView>("GET", "/routers/vr-a");
    expect(router).toMatchObject({ pacemaker: "rack-a", takeover: "quorum", controllers: ["ctl-a1", "ctl-a2", "ctl-a3"] });
    expect(router.reservations).toHaveLength(4);
    expect((await server.get<ListOf<RouterView>>("GET", "/routers")).items.map(({ name }) => name)).toEqual(["vr-a", "vr-b"]);

    const vips = await server.get<ListOf<VipView>>("GET", "/vips");
    expect(vips.items.map(({ name }) => name)).toEqual(["vr-a/management", "vr-a/public", "vr-b/management", "vr-b/public"]);
    const vip = await server.get<VipView>("GET", "/vips/vr-b/public");
    expect(vip).toMatchObject({ mode: "failover", router: "vr-b", namespace: "rw-vr-b", scope: "network/rack-b/public" });
    expect(vip.addresses.map(({ isUserDefined }) => isUserDefined)).toEqual([false, true]);
    expect((await server.get<ListOf<PoolView>>("GET", "/pools")).items).toEqual([]);
  });

  it("show a roaming router beside those of racks, and its VIPs as VIPs", async () => {
    await server.get("POST", "/apply", { body: filesOf(await exampleText("roaming")) });
    const router = await server.get<RouterView>("GET", "/routers/edge");
    expect(router).toMatchObject({ racks: ["rack-a", "rack-b"], pacemaker: "both-racks", pool: "services", status: { active: null } });
    expect(router.reservations).toHaveLength(4);
    expect(await server.get<VipView>("GET", "/vips/edge-public")).toMatchObject({
      mode: "roaming",
      namespace: "edge",
      scope: "pool/services",
    });
    const status = statusSchema.parse(await server.get("GET", "/status"));
    expect(status.routers.map(({ name, rack }) => `${name} ${rack}`)).toEqual(["edge rack-a"]);
    // Told once, of the VIPs.
    expect(status.problems.filter(({ subject }) => subject.startsWith("router/"))).toEqual([]);
    const move = (body: object) => server.ask("POST", "/operations", { body });
    // Of any rack; and its VIPs are its own.
    expect((await move({ kind: "move", router: "edge", to: "ctl-b1" })).json()).toMatchObject({ state: "pending", subject: "router/edge" });
    expect((await move({ kind: "move", router: "edge", to: "node-a1" })).json()).toMatchObject({ status: 409, code: "move-refused" });
    expect((await move({ kind: "move-vip", vip: "edge-public", to: "ctl-b1" })).json()).toMatchObject({ subject: "vip/edge-public" });
    expect((await move({ kind: "move-vip", vip: "nobody", to: "ctl-b1" })).json()).toMatchObject({ status: 404 });
  });

  it("show a host's report beside what it should be", async () => {
    await applyLab();
    expect(await server.get<HostView>("GET", "/hosts/ctl-a1")).toMatchObject({
      hasToken: false,
      revision: null,
      status: { agent: "absent" },
    });
    const token = await server.enroll("ctl-a1");
    const problems = [{ code: "corosync-foreign", message: "a foreign corosync.conf", hint: null }];
    await server.ask("POST", "/agent/report", { token, body: makeReport("ctl-a1", { problems, converged: false }) });
    const host = await server.get<HostView>("GET", "/hosts/ctl-a1");
    expect(host).toMatchObject({ pacemaker: "rack-a", hasToken: true, revision: 1, agentVersion: "0.1.0", problems });
    expect(host.status).toMatchObject({ agent: "ok", online: true, converged: false });
    expect((await server.get<ListOf<HostView>>("GET", "/hosts")).items).toHaveLength(8);
    const { problems: shown } = await server.get<Status>("GET", "/status");
    expect(shown).toContainEqual({
      severity: "warning",
      subject: "host/ctl-a1",
      ...problems[0],
      since: expect.toSatisfy((since: string | null) => since === null || Number.isFinite(Date.parse(since))) as string | null,
    });
    // The router that no controller of rack-b says anything of comes before what one host lacks.
    expect(shown[0]).toMatchObject({ severity: "critical", subject: expect.stringMatching(/^router\//) as string });
  });

  it("show that an agent in a host's name is refused, until it is let in", async () => {
    await applyLab();
    const token = await server.enroll("ctl-a1");
    const other = await server.enroll("ctl-a2");
    const refused = async () =>
      (await server.get<Status>("GET", "/status")).problems.filter(({ code }) => code === "token-refused").map(({ subject }) => subject);
    const report = (shown: string, host = "ctl-a1") =>
      server.ask("POST", "/agent/report", { token: shown, body: makeReport(host), headers: { "rackway-host": host } });
    expect((await report("rackway-host-stale")).statusCode).toBe(401);
    expect((await report("rackway-host-stale", "stranger")).statusCode).toBe(401);
    expect(await refused()).toEqual(["host/ctl-a1"]);
    server.advance(10);
    expect((await report(token)).statusCode).toBe(204);
    expect(await refused()).toEqual([]);
    server.advance(10);
    expect((await report(other)).statusCode).toBe(403);
    expect(await refused()).toEqual(["host/ctl-a1"]);
  });

  it("show the router without VIPs on its controller, once that says that it is as it should be", async () => {
    await server.get("POST", "/apply", { body: filesOf(await exampleText("minimal")) });
    expect(await server.get<Status>("GET", "/status")).toMatchObject({
      quorate: true,
      pacemaker: [],
      routers: [{ active: null, vips: [] }],
    });
    const token = await server.enroll("ctl-a1");
    await server.ask("POST", "/agent/report", { token, body: makeReport("ctl-a1", { converged: false }) });
    expect(await server.get<Status>("GET", "/status")).toMatchObject({ routers: [{ active: null }] });
    await server.ask("POST", "/agent/report", { token, body: makeReport("ctl-a1") });
    expect(await server.get<Status>("GET", "/status")).toMatchObject({ routers: [{ name: "vr-a", active: "ctl-a1" }] });
    expect(await server.get<RouterView>("GET", "/routers/vr-a")).toMatchObject({ pacemaker: null, takeover: null, reservations: [] });
  });
});

describe("a router that fails over", () => {
  it("is shown where it is, since when, with an event; a dead host's claim ends when its peers say so and it is silent", async () => {
    await applyLab();
    const tokens = new Map(await Promise.all(["ctl-a1", "ctl-a2"].map(async (host) => [host, await server.enroll(host)] as const)));
    const report = (host: string, holds: string[], online: string[]) =>
      server.ask("POST", "/agent/report", {
        token: tokens.get(host) ?? null,
        body: makeReport(host, { routers: [makeRouter("vr-a", holds)], pacemaker: makePacemaker(online) }),
      });
    const router = async () => (await server.get<Status>("GET", "/status")).routers[0];
    const address = "203.0.113.100";
    await report("ctl-a1", [address], ["ctl-a1", "ctl-a2", "ctl-a3"]);
    await report("ctl-a2", [], ["ctl-a1", "ctl-a2", "ctl-a3"]);
    const before = await router();
    expect(before).toMatchObject({ active: "ctl-a1", activeSince: expect.any(String) as string });
    expect(before?.vips[0]).toEqual({ name: "public", family: 4, address, owners: ["ctl-a1"] });

    await report("ctl-a2", [address], ["ctl-a2", "ctl-a3"]);
    expect((await router())?.vips[0]?.owners).toEqual(["ctl-a1", "ctl-a2"]);
    expect((await server.get<Status>("GET", "/status")).problems[0]).toMatchObject({
      severity: "critical",
      code: "vip-owned-twice",
      subject: "router/vr-a",
    });
    const asked = await server.get<{ observeNow: string | null }>("GET", "/agent/state", { token: tokens.get("ctl-a1") ?? null });
    expect(asked.observeNow).not.toBeNull();

    server.advance(1100);
    await report("ctl-a2", [address], ["ctl-a2", "ctl-a3"]);
    expect(await router()).toMatchObject({ active: "ctl-a2", vips: [{ owners: ["ctl-a2"] }, {}, {}, {}] });
    const moves = async () => (await server.get<EventList>("GET", "/events?kind=router-active")).events.map(({ data }) => data);
    await expect.poll(moves, { timeout: 20_000 }).toEqual([
      { from: null, to: "ctl-a1" },
      { from: "ctl-a1", to: "ctl-a2" },
    ]);
  });

  it("stays shown twice as long as both hosts say that they hold it", async () => {
    await applyLab();
    const hosts = ["ctl-a1", "ctl-a2"];
    const tokens = await Promise.all(hosts.map((host) => server.enroll(host)));
    const both = async () => {
      for (const [index, host] of hosts.entries()) {
        const body = makeReport(host, { routers: [makeRouter("vr-a", ["203.0.113.100"])], pacemaker: makePacemaker([host]) });
        await server.ask("POST", "/agent/report", { token: tokens[index] ?? null, body });
      }
    };
    for (let round = 0; round < 4; round += 1) {
      await both();
      server.advance(900);
      const { routers } = await server.get<Status>("GET", "/status");
      expect(routers[0]?.vips[0]?.owners).toEqual(hosts);
    }
  });

  it("is nowhere when nobody has said anything for fifteen seconds, and its hosts are absent after sixty", async () => {
    await applyLab();
    const token = await server.enroll("ctl-a1");
    const body = makeReport("ctl-a1", { routers: [makeRouter("vr-a", ["203.0.113.100"])], pacemaker: makePacemaker(["ctl-a1"]) });
    await server.ask("POST", "/agent/report", { token, body });
    const host = async () => (await server.get<Status>("GET", "/status")).hosts.find(({ name }) => name === "ctl-a1");
    expect(await host()).toMatchObject({ agent: "ok", dc: true, online: true });
    server.advance(15_100);
    const status = await server.get<Status>("GET", "/status");
    expect(status.routers[0]).toMatchObject({ active: null, ageMs: null, vips: [{ owners: [] }, {}, {}, {}] });
    expect(status.pacemaker[0]).toMatchObject({ quorate: false, dc: null, ageMs: null });
    expect(await host()).toMatchObject({ agent: "stale", online: false, converged: true });
    server.advance(45_000);
    expect(await host()).toMatchObject({ agent: "absent", online: false, converged: null });
    expect((await host())?.ageMs).toBeGreaterThan(60_000);
    const told = async () => (await server.get<EventList>("GET", "/events?subject=host/ctl-a1")).events.map(({ kind }) => kind);
    await expect.poll(told, { timeout: 20_000 }).toContain("agent-absent");
    await server.ask("POST", "/agent/report", { token, body });
    await expect.poll(told, { timeout: 20_000 }).toContain("agent-ok");
  });
});
