import { afterEach, describe, expect, it } from "vitest";
import type { Status } from "@rackway/schema";
import { Stand, type StandOptions } from "../harness/index.ts";
import { moveRouter } from "../soak/scenarios/steering.ts";

/**
 * The examples beside the default lab's, each in a lab of its own as `npm start` would bring it up: the way out, and what `status` tells. Those of
 * two controllers are in two-controllers.lab.test.ts.
 */
let stand: Stand | undefined;
afterEach(async () => {
  await stand?.down();
  stand = undefined;
});

async function up(name: string, example: StandOptions["example"] & string): Promise<Stand> {
  stand = await Stand.up({ name, example, onProgress: console.log });
  return stand;
}

/** Over each family: an answer to a ping, and a page of the internet host's web server. */
async function expectWayOut(on: Stand, member: string): Promise<void> {
  for (const address of ["198.51.100.80", "2001:db8:100::80"]) {
    await on.until(`${member} reaches ${address}`, 20_000, async () =>
      (await on.lab.exec(member, ["ping", "-n", "-c", "1", "-W", "1", address])).code === 0 ? true : undefined,
    );
    const url = `http://${address.includes(":") ? `[${address}]` : address}/`;
    const { stdout } = await on.lab.exec(member, ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-m", "10", url]);
    expect(stdout, `${member}: ${url}`).toMatch(/^(200|403|404)$/);
  }
}

function activeOf(status: Status): Record<string, string | null> {
  return Object.fromEntries(status.routers.map(({ name, active }) => [name, active]));
}

describe("examples/minimal.yaml", () => {
  it("gives the member a way out by its one controller, and status names it", async () => {
    const on = await up("ex-minimal", "minimal");
    await expectWayOut(on, "node-a1");
    const status = await on.controlPlane.client.status();
    expect(activeOf(status)).toEqual({ "vr-a": "ctl-a1" });
    expect(status.hosts.map(({ name, converged }) => ({ name, converged }))).toEqual([
      { name: "ctl-a1", converged: true },
      { name: "node-a1", converged: true },
    ]);
  });
});

describe("examples/spanning.yaml", () => {
  it("keeps each router in its own rack, though one Pacemaker cluster spans both", async () => {
    const on = await up("ex-span", "spanning");
    await on.mend();
    for (const member of ["node-a1", "node-b1", "ctl-b3"]) await expectWayOut(on, member);
    const owners = { "vr-a": await on.owner("vr-a"), "vr-b": await on.owner("vr-b") };
    expect(owners["vr-a"]).toMatch(/^ctl-a/);
    expect(owners["vr-b"]).toMatch(/^ctl-b/);
    const status = await on.controlPlane.client.status();
    expect(activeOf(status)).toEqual(owners);
    expect(status.pacemaker.map(({ name, quorate, hosts }) => ({ name, quorate, hosts: hosts.toSorted() }))).toEqual([
      { name: "both-racks", quorate: true, hosts: ["ctl-a1", "ctl-a2", "ctl-a3", "ctl-b1", "ctl-b2"] },
    ]);
    for (const rack of ["a", "b"]) {
      const router = `vr-${rack}`;
      const to = on.controllers(`rack-${rack}`).find((host) => host !== owners[router as "vr-a"]) ?? "";
      await moveRouter(on, to, router);
      expect(await on.owner(router)).toBe(to);
    }
    // Its networks are in rack-a: nothing across the racks could carry it.
    await expect(on.controlPlane.client.startOperation({ kind: "move", router: "vr-a", to: "ctl-b1" })).rejects.toMatchObject({
      message: expect.stringContaining("ctl-b1") as string,
    });
    expect(await on.owner("vr-a")).toMatch(/^ctl-a/);
    for (const member of ["node-a1", "node-b1"]) await expectWayOut(on, member);
  }, 240_000);
});
