import type { CommandRunner } from "@rackway/linux";
import { expect, it } from "vitest";
import { rackA, routerA } from "./fixtures/pacemaker-state.ts";
import { observeRouters } from "./observe-routers.ts";

/** A host whose router's namespace has these addresses; without any, there is no namespace and no conntrackd either. */
function host(addresses: readonly string[]): CommandRunner {
  const isThere = addresses.length > 0;
  const shown = JSON.stringify([{ addr_info: addresses.map((local) => ({ local })) }]);
  return ([command]) => Promise.resolve({ code: isThere ? 0 : 1, stdout: isThere && command === "ip" ? shown : "", stderr: "" });
}

it("a host that may not run a router is no standby of it: it is not counted as one that is out of step", async () => {
  expect(await observeRouters(host([]), rackA, "ctl-b1")).toEqual([
    { name: "vr-a", namespaceExists: false, holds: [], connectionSync: null, dns: null, ntp: null },
  ]);
  expect(await observeRouters(host([]), rackA, "ctl-a1")).toMatchObject([{ connectionSync: { running: false } }]);
});

it("an address is told of wherever it is, also where it must not be", async () => {
  const [vip] = routerA.vips;
  expect(await observeRouters(host([vip!.address]), rackA, "ctl-b1")).toMatchObject([{ holds: [{ address: vip?.address }] }]);
});
