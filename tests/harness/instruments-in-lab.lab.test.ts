import { Lab } from "@rackway/lab";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDownloads } from "./downloads.ts";
import { labPlace } from "./lab-place.ts";
import { mustRunIn, type Place } from "./place.ts";
import { QuietWatch } from "./quiet-watch.ts";
import { diffSnapshots, renderDifferences, takeSnapshot } from "./snapshot.ts";
import { TcpFlows } from "./tcp-flows.ts";
import { startUdpProbe } from "./udp-probe.ts";
import { VipWatch } from "./vip-watch.ts";

let lab: Lab;
let places: Record<"node" | "one" | "two" | "tor" | "spine" | "internet", Place>;
beforeAll(async () => {
  lab = await Lab.up({ name: "probes", racks: ["rack-a"] });
  const place = (host: string): Place => labPlace(lab, host);
  places = {
    node: place("node-a1"),
    one: place("ctl-a1"),
    two: place("ctl-a2"),
    tor: place("tor-a"),
    spine: place("spine"),
    internet: place("internet"),
  };
});
afterAll(async () => {
  await lab?.down();
});

describe("the instruments inside lab hosts", () => {
  it("see a power cut from a member: the blackout has no end, and the dead server's books are missed", async () => {
    const probe = await startUdpProbe({
      client: places.node,
      server: places.two,
      address: "10.10.1.12",
      port: 7001,
      rateHz: 1000,
      count: 10_000,
    });
    await sleep(500);
    await lab.powerOff("ctl-a2");
    await sleep(500);
    const result = await probe.stop();
    await lab.powerOn("ctl-a2");
    expect(result.instrument.serverReport).toBe("absent");
    expect(result.gaps.at(-1)).toMatchObject({ open: true });
    expect(result.toServer!.lost).toBeGreaterThan(400);
    expect(result.toServer!.received).toBeGreaterThan(300);
  });

  it("hold flows to a controller, and find all of them alive", async () => {
    const flows = await TcpFlows.open({
      client: places.node,
      server: places.one,
      address: "fd00:10:1::11",
      firstPort: 8000,
      clientFirst: 500,
      serverFirst: 500,
      maxMs: 60_000,
    });
    expect(flows.opened).toMatchObject({ opened: 1000, failed: {} });
    const { clientFirst, serverFirst } = await flows.exchange();
    expect([clientFirst.alive, serverFirst.alive]).toEqual([500, 500]);
    await flows.close();
  });

  it("download from the internet host's own web server", async () => {
    const [, sha256] = /^([0-9a-f]{64})/.exec(await mustRunIn(places.internet, ["cat", "/srv/rackway-lab/random-1m.bin.sha256"])) ?? [];
    const url = "http://198.51.100.80/files/random-1m.bin";
    // The bare lab translates nothing, and the internet host knows no way back to management networks.
    const downloads = await startDownloads(places.spine, { url, sha256: sha256!, downloads: 2, bytesPerSecond: 2 ** 20, maxMs: 60_000 });
    expect(await downloads.result).toMatchObject({ right: 2, wrong: 0, failed: {} });
  });

  it("know the one owner of an address on the rack's bridge, and its silent absence", async () => {
    await mustRunIn(places.one, ["ip", "addr", "add", "10.10.1.150/32", "dev", "br-mgmt"]);
    const mac = (await mustRunIn(places.one, ["cat", "/sys/class/net/br-mgmt/address"])).trim();
    const watch = await VipWatch.start({ place: places.tor, interface: "br-management", addresses: ["10.10.1.150"], maxMs: 20_000 });
    await sleep(500);
    await mustRunIn(places.one, ["ip", "addr", "del", "10.10.1.150/32", "dev", "br-mgmt"]);
    await sleep(300);
    const ownership = (await watch.stop()).byAddress["10.10.1.150"]!;
    expect(new Set(ownership.tenures.map((tenure) => tenure.mac))).toEqual(new Set([mac]));
    expect(ownership.twoOwners).toEqual([]);
    expect(ownership.longestNobodyMs).toBeGreaterThan(200);
  });

  it("find a host that nobody touches the same after a while, and quiet; and name what a change leaves behind", async () => {
    const before = await takeSnapshot(places.one);
    const quiet = await QuietWatch.start([places.one, places.node], { maxMs: 60_000 });
    await sleep(3000);
    expect((await quiet.stop()).changes).toEqual([]);
    expect(renderDifferences(diffSnapshots(before, await takeSnapshot(places.one)))).toBe("");
    await mustRunIn(places.one, ["sh", "-c", "ip netns add rw-x; echo x >/etc/rackway-left; (tail -f /dev/null >/dev/null 2>&1 & )"]);
    const left = diffSnapshots(before, await takeSnapshot(places.one)).map(({ fact }) => fact);
    await mustRunIn(places.one, ["sh", "-c", "ip netns delete rw-x; rm /etc/rackway-left; kill $(pgrep -f '^tail -f /dev/null')"]);
    expect(left).toContain("namespace: rw-x");
    expect(left).toContain("file: /etc/rackway-left");
    expect(left).toContain("process: tail -f /dev/null");
    expect(left).toContain("link: rw-x lo");
    expect(renderDifferences(diffSnapshots(before, await takeSnapshot(places.one)))).toBe("");
  });
});
