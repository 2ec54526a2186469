import { setTimeout as sleep } from "node:timers/promises";

import type { CheckerEvent } from "@rackway/schema";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { stringify } from "yaml";

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
  });

  test("leaves nothing when it is taken out of the document", async () => {
    const { stand } = roaming;
    await stand.mend();
    const text = stringify({ ...stand.document, spec: { ...stand.document.spec, vips: [], vipPools: [] } });
    await stand.controlPlane.apply("roaming.yaml", text);
    await stand.controlPlane.converged();
    const left =
      "ip netns list; ip -br link; ip rule; ip -6 rule; ip route show table all proto 82; ip -6 route show table all proto 82; nft list tables";
    for (const host of roaming.hosts) {
      await stand.until(`nothing of it is left on ${host}`, 60_000, async () => {
        const now = await stand.lab.run(host, ["sh", "-c", left]);
        return /rw-api|rw-any|rackway-any|8190|8200|8201|10\.77\.|fd00:77:/.test(now) ? undefined : true;
      });
    }
    expect(await stand.lab.run(roaming.hosts[0] ?? "", ["crm_mon", "-1A"])).not.toMatch(/rw-api-roam/);
  });
});
