import { setTimeout as sleep } from "node:timers/promises";

import type { CheckerEvent } from "@rackway/schema";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { RoamingStand } from "../harness/roaming-stand.ts";

/**
 * A roaming VIP in a cluster across both racks: one owner, announced by it alone, moved when its service fails and when its host does, never
 * two owners, and gone without a trace. Facts, not times: the machine may be busy. Drains, partitions and a service that is down everywhere
 * are soaks.
 */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 420_000 });

let roaming: RoamingStand;

beforeAll(async () => {
  roaming = await RoamingStand.up({ name: `t-roam-${process.pid}`, onProgress: (text) => console.log(text) });
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
    const owner = await roaming.serving(null);
    const other = roaming.hosts.find((host) => host !== owner && stand.lab.isOn(host)) ?? "";
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

  test("leaves nothing when it is taken out of the document", async () => {
    const { stand } = roaming;
    await stand.mend();
    await roaming.takeOut();
    expect(await stand.lab.run(roaming.hosts[0] ?? "", ["crm_mon", "-1A"])).not.toMatch(/rw-api-roam/);
  });
});
