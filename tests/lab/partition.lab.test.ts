import { setTimeout as sleep } from "node:timers/promises";
import { queryCib } from "@rackway/pacemaker";
import { stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runIn, Stand, startUdpProbe } from "../harness/index.ts";
import { setTakeover, takeovers } from "../soak/scenarios/owner-watch.ts";
import { partitionOnce } from "../soak/scenarios/partition.ts";

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.up({ name: "partition", onProgress: console.log });
});
afterAll(async () => {
  await stand?.down();
});

describe("a rack whose owner is cut off from the others", () => {
  for (const [name, takeover] of Object.entries(takeovers)) {
    it(`has one owner at a time, on the wire, from the cut to the healing (takeover ${name})`, async () => {
      await setTakeover(stand, takeover);
      const { failures, values, details } = await partitionOnce(stand, "one-alone", takeover);
      console.log(name, values);
      expect({ failures, details }).toEqual({ failures: [], details });
    });
  }

  it("is told why the VIPs went there, once the host can tell it", async () => {
    const { events } = await stand.controlPlane.client.events({ kind: "guard-dropped", subject: "router/vr-a" });
    expect(events.map(({ reason }) => reason)).toContainEqual(
      expect.stringMatching(/the guard on ctl-a\d gave up the VIPs: Corosync says that quorum is lost/),
    );
  });

  it("does not let the minority's agent change the configuration, and has the majority's after healing", async () => {
    await setTakeover(stand, takeovers["quorum, fencing off"]);
    const alone = await stand.owner();
    const others = stand.controllers().filter((host) => host !== alone);
    await stand.lab.partition([alone], others);
    const winner = await stand.ownerOtherThan(alone);
    await stand.until(`Pacemaker on ${alone} has made itself the DC of a partition of one`, 60_000, async () =>
      (await stand.dc(alone)) === alone ? true : undefined,
    );
    const before = await checkIntervalIn(alone);
    await applyCheckInterval(before + 500);
    await stand.until("the majority's configuration has the change", 60_000, async () =>
      (await checkIntervalIn(winner)) === before + 500 ? true : undefined,
    );
    await stand.until("the minority's agent has the change, and says what it waits for", 60_000, async () => {
      const { problems = [] } = await stand.controlPlane.client.status();
      return problems.find(({ subject, code }) => subject === `host/${alone}` && code === "cib-waiting");
    });
    expect(await checkIntervalIn(alone)).toBe(before);
    await stand.mend();
    for (const host of stand.controllers()) expect([host, await checkIntervalIn(host)]).toEqual([host, before + 500]);
  });
});

describe("a rack that is lost entirely", () => {
  it("takes nothing from the other: not one of its packets", async () => {
    const [client, server] = [stand.place("node-b1"), stand.place("internet")];
    const probe = await startUdpProbe({ client, server, address: "198.51.100.2", port: 7001, rateHz: 1000, count: 60_000 });
    const rackA = stand.document.spec.hosts.filter(({ rack }) => rack === "rack-a").map(({ name }) => name);
    await Promise.all([...rackA, "tor-a"].map((host) => stand.lab.powerOff(host)));
    await stand.until("the others have seen it go", 30_000, async () => {
      const { code } = await runIn(stand.place("spine"), ["sh", "-c", "ip route show 203.0.113.0/25 | grep -q ."]);
      return code === 0 ? undefined : true;
    });
    // Long enough for whatever would follow: three failure detections of Corosync.
    await sleep(3000);
    const result = await probe.stop();
    expect([result.toServer?.lost, result.toClient.lost]).toEqual([0, 0]);
    expect(result.toServer?.sent).toBeGreaterThan(1000);
    expect(await stand.owners("vr-b")).toHaveLength(1);
    await stand.mend();
    // It comes back to one host; which one may change once more while the uplinks are judged.
    await stand.ownerOtherThan(null);
  });
});

/** How often the router's uplink is checked, as the configuration on this host has it: a parameter like any other, and harmless. */
async function checkIntervalIn(host: string): Promise<number> {
  const place = stand.place(host);
  const cib = await queryCib(async (argv) => ({ ...(await runIn(place, argv)), timedOut: false }));
  return Number(/name="interval_ms" value="(\d+)"/.exec(cib ?? "")?.[1]);
}

async function applyCheckInterval(intervalMs: number): Promise<void> {
  const document = structuredClone(stand.document);
  for (const cluster of document.spec.pacemaker ?? []) cluster.fencing = [];
  for (const router of document.spec.virtualRouters) router.uplinkCheck.intervalMs = intervalMs;
  await stand.controlPlane.apply("interval.yaml", stringify(document));
}
