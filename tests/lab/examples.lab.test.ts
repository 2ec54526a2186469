import { afterEach, describe, expect, it } from "vitest";
import type { Status } from "@rackway/schema";
import { Stand, type StandOptions } from "../harness/index.ts";
import { moveRouter } from "../soak/scenarios/steering.ts";

/** The examples beside the default lab's, each in a lab of its own as `npm start` would bring it up: the way out, and what `status` tells. */
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

describe("examples/two-controllers.yaml", () => {
  it("gives the member a way out by one of the two, and moves it to the other when asked", async () => {
    const on = await up("ex-two", "two-controllers");
    await on.mend();
    await expectWayOut(on, "node-a1");
    const from = await on.owner();
    expect(activeOf(await on.controlPlane.client.status())).toEqual({ "vr-a": from });
    const to = on.controllers().find((host) => host !== from) ?? "";
    await moveRouter(on, to);
    expect(await on.owner()).toBe(to);
    await on.until("status tells of the move", 20_000, async () =>
      activeOf(await on.controlPlane.client.status())["vr-a"] === to ? true : undefined,
    );
    await expectWayOut(on, "node-a1");
  });
});
