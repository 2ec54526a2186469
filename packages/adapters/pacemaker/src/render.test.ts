import { describe, expect, it } from "vitest";
import { renderCib } from "./cib-intent.ts";
import { patchCib } from "./cib-xml.ts";
import { renderConntrackdConf } from "./conntrackd-conf.ts";
import { renderCorosyncConf } from "./corosync-conf.ts";
import { bothRacks, rackA, routerA } from "./fixtures/pacemaker-state.ts";
import { renderRadvdConf } from "./radvd-conf.ts";
import { renderRouterRuleset } from "./router-ruleset.ts";
import { renderWayOutRuleset, routerWayOut, serviceWayOut } from "./way-out.ts";

const golden = (name: string): string => `./goldens/${name}`;
const empty = `<cib epoch="1" num_updates="0" admin_epoch="0"><configuration><crm_config/><nodes><node id="1" uname="ctl-a1"/></nodes><resources/><constraints/></configuration><status/></cib>`;

/** That the real daemons accept these is held by tests/lab/renderings.lab.test.ts. */
describe("renderings", () => {
  it("of corosync.conf are as they were", async () => {
    await expect(renderCorosyncConf(rackA)).toMatchFileSnapshot(golden("corosync.conf"));
  });

  it("of a router's rules are as they were: nat66, and routed with an inbound rule and two MTUs", async () => {
    await expect(renderRouterRuleset(routerA)).toMatchFileSnapshot(golden("router-nat66.nft"));
    const routed = {
      ...routerA,
      nat: { ipv4: "snat", ipv6: "routed" } as const,
      public: { ...routerA.public, mtu: 9000 },
      inbound: [
        { family: 6 as const, to: "fd00:10:1::21", protocol: "tcp" as const, ports: ["22", "8000-8010"] },
        { family: 6 as const, to: "fd00:10:1::/64", protocol: "icmp" as const, ports: [] },
      ],
    };
    await expect(renderRouterRuleset(routed)).toMatchFileSnapshot(golden("router-routed.nft"));
    await expect(renderWayOutRuleset(routerWayOut(routerA))).toMatchFileSnapshot(golden("way-out.nft"));
  });

  it("of conntrackd.conf are as they were", async () => {
    await expect(renderConntrackdConf(routerA)).toMatchFileSnapshot(golden("conntrackd.conf"));
  });

  it("of radvd.conf are as they were", async () => {
    await expect(renderRadvdConf(routerA)).toMatchFileSnapshot(golden("radvd.conf"));
  });

  it("of the CIB are as they were", async () => {
    const xml = patchCib(empty, renderCib(rackA, 1)).replaceAll("><", ">\n<");
    await expect(xml).toMatchFileSnapshot(golden("cib.xml"));
  });

  it("of the CIB with anycast and roaming VIPs are as they were", async () => {
    const xml = patchCib(empty, renderCib(bothRacks, 1)).replaceAll("><", ">\n<");
    await expect(xml).toMatchFileSnapshot(golden("cib-services.xml"));
  });
});

describe("corosync.conf", () => {
  it("lets each of two hosts go on alone only when there is fencing to decide between them", () => {
    const two = { ...rackA, nodes: rackA.nodes.slice(0, 2) };
    expect(renderCorosyncConf(two)).toContain("two_node: 1");
    expect(renderCorosyncConf({ ...two, fencing: [] })).not.toContain("two_node");
    expect(renderCorosyncConf(rackA)).not.toContain("two_node");
  });

  it("counts a quorum device's vote instead, and talks to it by TLS only", async () => {
    const certificate = { id: "quorum-cluster-rack-a", sha256: "0".repeat(64) };
    const quorumDevice = { host: "node-a1", address: "10.10.1.21", algorithm: "ffsplit", certificate } as const;
    const two = { ...rackA, nodes: rackA.nodes.slice(0, 2), quorumDevice };
    expect(renderCorosyncConf(two)).not.toContain("two_node");
    await expect(renderCorosyncConf(two)).toMatchFileSnapshot(golden("corosync-quorum-device.conf"));
  });
});

describe("fencing", () => {
  const agentOf = (takeover: "quorum" | "fenced"): string =>
    /type="(fence_[a-z_]+)"/.exec(patchCib(empty, renderCib({ ...rackA, takeover }, 1)))?.[1] ?? "";
  it("stands in the way of a takeover when that is the promise, and beside it otherwise", () => {
    expect([agentOf("fenced"), agentOf("quorum")]).toEqual(["fence_rackway_lab", "fence_rackway"]);
  });
});

describe("ways out", () => {
  it("are different for every router and service namespace, and stay within their blocks", () => {
    const indices = Array.from({ length: 4094 }, (_, n) => ({ index: n + 1 }));
    const all = [...indices.map(routerWayOut), ...indices.map(serviceWayOut)];
    for (const field of ["netnsIpv4", "netnsIpv6", "link", "table"] as const)
      expect(new Set(all.map((one) => one[field])).size, field).toBe(2 * 4094);
    expect(all.every((one) => /^169\.254\.(12[89]|1[3-9]\d|2[0-5]\d)\.\d{1,3}$/.test(one.hostIpv4))).toBe(true);
  });
});
