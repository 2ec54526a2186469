import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Stand } from "../harness/index.ts";
import { logIn, openBrowser, openPage } from "../harness/web/browser.ts";
import { TcpDoor } from "../harness/web/tcp-door.ts";
import { compareWithBefore, cutAndWatch, lookBefore } from "../soak/scenarios/cuts-in-a-row.ts";
import { killInstead, moveUnderTraffic } from "../soak/scenarios/planned-move.ts";
import { cutPower } from "../soak/scenarios/power-cut.ts";

// A bound for a machine that does much else beside; a quiet one needs a tenth of it.
vi.setConfig({ testTimeout: 300_000 });

/** The soaks' own code with small counts. Facts only: what a busy machine makes longer is printed, never asserted. */
let stand: Stand;
beforeAll(async () => {
  stand = await Stand.up({ name: "failover", racks: ["rack-a"], onProgress: console.log });
  await stand.mend();
});
afterAll(async () => {
  await stand?.down();
});

const planned = { flows: 400, newFlowsPerSecond: 20, probes: 3000 };

describe("a planned move of a virtual router", () => {
  it.each(["move", "drain"] as const)("by %s, there and back, loses nothing, touches no flow and leaves nothing behind", async (way) => {
    const run = await moveUnderTraffic(stand, { way, ...planned });
    expect(run.failures).toEqual([]);
    expect(run.values["probesSent"]).toBeGreaterThanOrEqual(2 * planned.probes);
    expect([run.values["clientFirstAlive"], run.values["serverFirstAlive"]]).toEqual([200, 200]);
    expect(run.values["newFlows"]).toBeGreaterThan(0);
    // One or two on a quiet machine (`npm run soak -- planned-move`); how long a state is on its way is the machine's load.
    expect(run.values["newUdpUnanswered"]).toBeLessThanOrEqual(8);
  });

  it("proves something: the hard kill of the same host, in the same harness, loses", async () => {
    expect((await killInstead(stand, 40)).failures).toEqual([]);
  });
});

describe("a power cut of the host that carries a virtual router", () => {
  it.each([
    { who: "is not the DC", isVictimDc: false },
    { who: "is the DC", isVictimDc: true },
  ])("that $who lets every flow and every download live", async ({ isVictimDc }) => {
    const run = await cutPower(stand, { flows: 400, downloads: 4, isVictimDc });
    console.log(`blackout, ${run.group}: ${run.values["blackoutMs"]} ms`);
    expect(run.failures).toEqual([]);
    const { clientFirstAlive, serverFirstAlive, downloadsRight } = run.values;
    expect({ clientFirstAlive, serverFirstAlive, downloadsRight }).toEqual({
      clientFirstAlive: 200,
      serverFirstAlive: 200,
      downloadsRight: 4,
    });
  });

  it("twice in a row never shows two owners on the wire, and leaves every host as it was", async () => {
    const before = await lookBefore(stand);
    for (const turn of [1, 2]) {
      const run = await cutAndWatch(stand);
      console.log(`nobody answered after cut ${turn} for ${run.values["nobodyMs"]} ms`);
      expect(run.failures).toEqual([]);
    }
    expect(await compareWithBefore(stand, before)).toEqual([]);
  });
});

describe("the web UI", () => {
  it("shows a power cut as it happens: the router and the way that traffic takes move on a page that is open", async () => {
    await stand.pacemakerAtRest();
    const [door, browser] = [await TcpDoor.to(stand.controlPlane.socket), await openBrowser()];
    try {
      const { page, faults } = await openPage(browser, { url: door.url });
      await page.goto("/");
      await logIn(page, readFileSync(stand.controlPlane.adminTokenFile, "utf8").trim());
      const victim = await stand.owner();
      await page.locator(`[data-router="vr-a"][data-host="${victim}"]`).waitFor();
      await stand.lab.powerOff(victim);
      const heir = await stand.ownerOtherThan(victim);
      const takenMs = Date.now();
      await page.locator(`[data-router="vr-a"][data-host="${heir}"]`).waitFor();
      console.log(`the page showed the new owner ${Date.now() - takenMs} ms after its kernel had the VIPs`);
      await page.locator(`[data-way="${heir}"]`).waitFor({ state: "attached" });
      await page.getByText(`it went from ${victim} to ${heir}`).waitFor();
      expect(await page.locator('[data-router="vr-a"]').count()).toBe(1);
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
      await door.close();
      await stand.mend();
    }
  });
});

describe("connection state", () => {
  it("is told by the owner alone, also when a standby's conntrackd is made to tell all it knows", async () => {
    const owner = await stand.owner();
    const standby = stand.controllers().find((host) => host !== owner) ?? "";
    await stand.lab.run("node-a1", ["ping", "-q", "-n", "-c", "3", "-i", "0.2", "198.51.100.2"]);
    await stand.until("the standby's kernel knows of the ping", 10_000, async () =>
      (await stand.inRouter(standby, "conntrack -L -p icmp 2>/dev/null")).stdout.includes("198.51.100.2") ? true : undefined,
    );
    const told = async (by: string, to: string): Promise<number> => {
      const mac = /link\/ether (\S+)/.exec((await stand.inRouter(by, "ip -o link show dev sync")).stdout)?.[1] ?? "";
      // conntrackd's port: chronyd speaks over the link, too. From the 4th byte of UDP: its length. More than a greeting.
      const filter = `ether src ${mac} and udp dst port 3780 and ip6[44:2] > 32`;
      const capture = await stand.lab.capture(to, "sync", filter, { netns: "rw-vr-a" });
      const tellAll = "conntrackd -C /run/rackway/rw-vr-a-sync/conntrackd.conf";
      await stand.lab.run(by, ["sh", "-c", `${tellAll} -R && ${tellAll} -B && sleep 1`]);
      return (await capture.stop()).length;
    };
    expect(await told(standby, owner)).toBe(0);
    expect(await told(owner, standby)).toBeGreaterThan(0);
  });
});
