import { announcedVips, runningPacemakerClusters } from "@rackway/ipam";
import type { VipFacts } from "@rackway/planner";
import { vipOnHost } from "@rackway/planner";
import { parseDocument } from "@rackway/schema";
import type { ServiceVipObservation } from "@rackway/schema";
import { expect, test } from "vitest";

import { roamingRouterStatus, roamingRouterView } from "./roaming-router-status.ts";
import { exampleText } from "./testing/test-server.ts";

const parsed = parseDocument([{ name: "roaming", text: await exampleText("roaming") }]);
if (!parsed.ok) throw new Error("the example is broken");
const { document } = parsed;
const router = document.spec.roamingRouters?.[0];
if (router === undefined) throw new Error("the example has no roaming router");

const addresses = { "edge-public": "10.77.0.3", "edge-management": "10.77.0.2" };

function facts(holders: readonly string[]): VipFacts[] {
  return Object.entries(addresses).map(([name, address]) => ({
    name,
    mode: "roaming" as const,
    namespace: "edge",
    family: 4 as const,
    address,
    hosts: ["ctl-a1", "ctl-b1"].map((host) => {
      const held = holders.includes(host);
      const seen = {
        vip: name,
        address,
        held,
        announced: held,
        health: "unknown",
        reason: "not checked",
        since: null,
      } as ServiceVipObservation;
      return vipOnHost({ host, state: "ok", isEligible: true, isConverged: true }, seen, 40);
    }),
  }));
}

const statusOf = (holders: readonly string[]) => roamingRouterStatus(router, document, facts(holders), { since: () => null });

test("it is where its VIPs are, in the rack of that host; on two hosts it is on none", () => {
  expect(statusOf(["ctl-b1"])).toMatchObject({ active: "ctl-b1", rack: "rack-b", racks: ["rack-a", "rack-b"], ageMs: 40 });
  expect(statusOf(["ctl-b1"]).vips).toEqual([
    { name: "public", family: 4, address: "10.77.0.3", owners: ["ctl-b1"] },
    { name: "management", family: 4, address: "10.77.0.2", owners: ["ctl-b1"] },
  ]);
  expect(statusOf([])).toMatchObject({ active: null, rack: "rack-a" });
  expect(statusOf(["ctl-a1", "ctl-b1"])).toMatchObject({ active: null });
});

test("its view names the controllers that may have it, and what is reserved for it", () => {
  const record = {
    revision: 1,
    createdAt: "",
    author: "",
    comment: "",
    kind: "apply",
    rollbackTo: null,
    documentSha256: "",
    confirmation: null,
  } as const;
  const reservations = announcedVips(document).map(({ vip }) => {
    const value = addresses[vip.name as keyof typeof addresses] ?? "10.77.0.1";
    return { kind: "address" as const, scope: "pool/services", value, owner: `vip/${vip.name}/4`, isUserDefined: false, sinceRevision: 1 };
  });
  const view = roamingRouterView(
    router,
    { record, document, reservations, pacemaker: runningPacemakerClusters(document) },
    statusOf(["ctl-a1"]),
  );
  expect(view).toMatchObject({ pacemaker: "both-racks", takeover: "quorum", pool: "services", publicNetwork: null });
  expect(view.controllers).toEqual(["ctl-a1", "ctl-a2", "ctl-a3", "ctl-b1", "ctl-b2"]);
  expect(view.reservations.map(({ owner, value }) => `${owner} ${value}`)).toEqual([
    "vip/edge-public/4 10.77.0.3",
    "vip/edge-management/4 10.77.0.2",
  ]);
});
