import { setTimeout as sleep } from "node:timers/promises";

import type { CheckerEvent } from "@rackway/schema";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { runRackway } from "../harness/command-line.ts";
import { RoamingRouter } from "../harness/roaming-router.ts";
import { RoamingStand } from "../harness/roaming-stand.ts";
import { families } from "../harness/vip-stand.ts";
import { leftovers, moveRouter } from "../soak/scenarios/steering.ts";

/**
 * A roaming VIP in a cluster across both racks: one owner, announced by it alone, moved when its service fails and when its host does, never
 * two owners, and gone without a trace. Facts, not times: the machine may be busy. Drains, partitions and a service that is down everywhere
 * are soaks. And a router whose VIPs roam, by which members of both racks get out.
 */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 420_000 });

let roaming: RoamingStand;
let router: RoamingRouter;

beforeAll(async () => {
  roaming = await RoamingStand.up({ name: `t-roam-${process.pid}`, onProgress: (text) => console.log(text) });
  router = await RoamingRouter.of(roaming.stand);
});

afterAll(() => roaming?.down());

async function eventsOf(host: string): Promise<CheckerEvent[]> {
  const text = await roaming.stand.lab.run(host, ["cat", "/run/rackway/rw-api-check/events"]);
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as CheckerEvent]));
}

describe("a roaming VIP", () => {
  test("has one owner, is announced by that alone, and answers members of both racks and the internet", async () => {
    expect(roaming.hosts).toContain(await roaming.serving(null));
  });

  test("leaves a host on which its service dies, and says why", async () => {
    const owner = await roaming.serving(null);
    const seen = await roaming.watch().start();
    const began = performance.now();
    await roaming.service(owner, "stop");
    const next = await roaming.serving(owner);
    const { summary, twoOwners, twoAnnouncers } = await seen.stop();
    console.log("service dead", { ms: Math.round(performance.now() - began), from: owner, to: next, ...summary });
    expect([...twoOwners, ...twoAnnouncers]).toEqual([]);
    // The watch saw it go: what sees nobody sees no two.
    expect(summary.owners.toSorted()).toEqual([owner, next].toSorted());
    const reasons = (await eventsOf(owner)).filter(({ kind }) => kind === "vip-down").map(({ reason }) => reason);
    expect(reasons.at(-1)).toMatch(/refused/);
    // Back there, it does not draw the VIP to itself.
    await roaming.service(owner, "start");
    await sleep(1_000);
    expect(await roaming.serving(null)).toBe(next);
  });

  test("is moved to the other rack when an operator wants it, stays there, and no wish is left behind", async () => {
    const owner = await roaming.serving(null);
    const to = roaming.hosts.find((host) => host[4] !== owner[4]) ?? "";
    const { code, stdout } = await runRackway(roaming.stand, ["move", "api", "--to", to]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(new RegExp(`^Moved api from ${owner} to ${to} in `))]);
    expect(await roaming.serving(owner)).toBe(to);
    expect(await leftovers(roaming.stand)).toEqual([]);
  });

  test("goes to another when its owner's power is cut, and never has two", async () => {
    const { lab } = roaming.stand;
    const owner = await roaming.serving(null);
    const seen = await roaming.watch().start();
    await lab.powerOff(owner);
    const next = await roaming.serving(owner);
    const { summary, twoOwners, twoAnnouncers } = await seen.stop();
    console.log("power cut", { from: owner, to: next, ...summary });
    expect([...twoOwners, ...twoAnnouncers]).toEqual([]);
    expect(summary.owners.toSorted()).toEqual([owner, next].toSorted());
  });

  test("sees two owners and two announcers where there are two: the watch is not blind", async () => {
    const { stand, vip, netns } = roaming;
    await stand.mend();
    const owner = await roaming.serving(null);
    const other = roaming.hosts.find((host) => host !== owner) ?? "";
    // It may have come back from a power cut a moment ago, and Pacemaker makes the namespace after the agent is content.
    await stand.until(`${netns} on ${other}`, 60_000, async () =>
      (await stand.lab.exec(other, ["ip", "netns", "exec", netns, "true"])).code === 0 ? true : undefined,
    );
    const address = `${vip[4]}/32 dev rw-vip`;
    const route = `${vip[4]}/32 via 169.254.64.9 dev rw-any proto 82 metric 82`;
    // A host that has never had it has no such interface.
    await stand.lab.sh(other, `ip -n ${netns} link show rw-vip || ip -n ${netns} link add rw-vip type bridge`);
    const seen = await roaming.watch().start();
    await stand.lab.run(other, [
      "sh",
      "-ec",
      `ip -n ${netns} address add ${address}; ip route add ${route}; sleep 0.3; ip route del ${route}; ip -n ${netns} address del ${address}`,
    ]);
    const { twoOwners, twoAnnouncers } = await seen.stop();
    expect([twoOwners.length, twoAnnouncers.length]).toEqual([1, 1]);
  });
});

describe("a roaming router", () => {
  test("leads members of both racks out as its public VIP, in both families, and lets nobody in", async () => {
    const owner = await router.leading(null);
    expect(router.hosts).toContain(owner);
    await roaming.stand.until("the status tells of it", 15_000, async () => {
      const { routers } = await roaming.stand.controlPlane.client.status();
      return routers.find(({ name }) => name === router.name)?.active === owner ? true : undefined;
    });
    expect(router.members.toSorted()).toEqual(["ctl-b3", "node-a1", "node-b1"]);
    // Full-sized packets both ways: what does not fit into the tunnel is said to its sender.
    const sizes = await Promise.all(router.members.flatMap((from) => families.map((family) => router.downloaded(from, family))));
    expect(sizes).toEqual(sizes.map(() => 1_000_000));
    const { code } = await roaming.stand.lab.exec("internet", ["curl", "-s", "-m", "2", `http://${router.publicVip[4]}/`]);
    expect(code).toBe(28);
  });

  test("takes no packet round: each goes each way once, over four routers", async () => {
    const { lab } = roaming.stand;
    const owner = await router.leading(null);
    for (const { member, family, to, word } of [
      { member: "node-a1", family: 4, to: "198.51.100.2", word: "icmp" },
      { member: "node-b1", family: 6, to: "2001:db8:100::2", word: "icmp6" },
    ] as const) {
      const outside = await lab.capture("internet", "eth0", `${word} and src host ${router.publicVip[family]}`);
      const tunnel = `udp port 4790 and host ${router.managementVip[family]}`;
      const atMember = await lab.capture(member, "br-mgmt", tunnel);
      const atOwner = await lab.capture(owner, "fabric", tunnel);
      const pings = await lab.run(member, ["ping", `-${family}`, "-c", "10", "-i", "0.05", "-W", "2", to]);
      const seen = { outside: await outside.stop(), atMember: await atMember.stop(), atOwner: await atOwner.stop() };
      // Router, its host, two routers of the fabric; the member's and the internet's packets begin with 64.
      expect([...pings.matchAll(/ttl=(\d+)/g)].map(([, ttl]) => ttl)).toEqual(Array.from({ length: 10 }, () => "60"));
      const counts = { outside: seen.outside.length, atMember: seen.atMember.length, atOwner: seen.atOwner.length };
      expect({ member, ...counts }).toEqual({ member, outside: 10, atMember: 20, atOwner: 20 });
    }
  });

  test("drops what comes out of a tunnel under another's name", async () => {
    const { lab } = roaming.stand;
    const owner = await router.leading(null);
    const outside = await lab.capture("internet", "eth0", "udp and dst port 4444");
    const dropped = async (): Promise<number> => {
      const { stdout } = await lab.sh(owner, `ip netns exec ${router.netns} nft list counter inet rackway-router spoofed`);
      return Number(/packets (\d+)/.exec(stdout)?.[1]);
    };
    const before = await dropped();
    await router.tunnelled("ctl-a1", "10.10.1.21", "no-member");
    await router.tunnelled("ctl-a1", "fd00:10:1::21", "no-member");
    await router.tunnelled("node-a1", "10.10.2.21", "another-member");
    await router.tunnelled("node-a1", "fd00:10:2::21", "another-member");
    // What a member sends under its own name comes through: the counting is not blind.
    await router.tunnelled("node-a1", "10.10.1.21", "itself");
    await router.tunnelled("node-a1", "fd00:10:1::21", "itself");
    await roaming.stand.until("the last of them has been seen outside", 10_000, async () => (outside.lines.length >= 2 ? true : undefined));
    const seen = await outside.stop();
    const sources = seen.map((line) => (/ (\S+)\.4444 > /.exec(line) ?? [])[1]);
    expect(sources).toEqual([router.publicVip[4], router.publicVip[6]]);
    expect((await dropped()) - before).toBe(4);
  });

  test("keeps its members' tunnels: one that is gone is put back, and its own packets never go into it", async () => {
    const { lab } = roaming.stand;
    const device = (await lab.run("node-b1", ["sh", "-c", "ls /sys/class/net | grep ^rwt-"])).trim();
    await lab.run("node-b1", ["ip", "link", "del", device]);
    const put = `ip route show default | grep -q 'encap ip .*dev ${device}' && ip -6 route show default | grep -q 'encap ip6 .*dev ${device}'`;
    const isBack = async (): Promise<true | undefined> => ((await lab.sh("node-b1", put)).code === 0 ? true : undefined);
    await roaming.stand.until("the agent has put the tunnel back", 30_000, isBack);
    await lab.run("node-b1", ["sh", "-c", "ip route del default metric 20"]);
    await roaming.stand.until("the agent has put the way into it back", 30_000, isBack);
    await router.leading(null);
    expect(await lab.run("node-b1", ["ip", "route", "get", router.managementVip[4]])).toContain("via 10.10.2.1 dev br-mgmt");
    expect(await lab.run("node-b1", ["ip", "route", "get", "198.51.100.80"])).toContain(`dev ${device}`);
  });

  test("is moved to the other rack when an operator wants it, and stays there", async () => {
    const owner = await router.leading(null);
    const to = router.hosts.find((host) => host[4] !== owner[4]) ?? "";
    await moveRouter(roaming.stand, to, router.name);
    expect(await router.leading(owner)).toBe(to);
    expect(await leftovers(roaming.stand)).toEqual([]);
  });

  test("leaves a host whose cable to the fabric is cut", async () => {
    const { lab } = roaming.stand;
    const owner = await router.leading(null);
    const began = performance.now();
    await lab.link(owner, "fabric", "down");
    const next = await router.leading(owner);
    console.log("cable of the router's host cut", { ms: Math.round(performance.now() - began), from: owner, to: next });
    await lab.link(owner, "fabric", "up");
    await router.evenPlaces();
  });

  test("goes to another host when its owner's power is cut, never has two, and leads members of both racks out again", async () => {
    const { lab } = roaming.stand;
    const owner = await router.leading(null);
    const seen = await router.watch().start();
    const began = performance.now();
    await lab.powerOff(owner);
    const next = await router.leading(owner).catch(async (error: unknown) => {
      console.log("power cut of the router", { from: owner, ...(await seen.stop()).summary });
      throw error;
    });
    const { summary, twoOwners, twoAnnouncers } = await seen.stop();
    console.log("power cut of the router", { ms: Math.round(performance.now() - began), from: owner, to: next, ...summary });
    expect([...twoOwners, ...twoAnnouncers]).toEqual([]);
    expect(summary.owners.toSorted()).toEqual([owner, next].toSorted());
  });
});

describe("both", () => {
  test("leave nothing when they are taken out of the document", async () => {
    const { stand } = roaming;
    await stand.mend();
    await roaming.takeOut();
    for (const member of router.members) {
      const look = "ip -br link; ip route show proto 82; ip -6 route show proto 82; nft list tables";
      await stand.until(`nothing of the router is left on ${member}`, 60_000, async () => {
        const { code, stdout } = await stand.lab.sh(member, look);
        return code === 0 && !/rwt-|proto 82|rackway/.test(stdout) ? true : undefined;
      });
    }
    expect(await stand.lab.run(roaming.hosts[0] ?? "", ["crm_mon", "-1A"])).not.toMatch(/rw-api-roam/);
  });
});
