import { noTrouble } from "@rackway/pacemaker";
import { describe, expect, test } from "vitest";

import { cibEvent, stepEvents, viewEvents } from "./events.ts";
import { clusterView } from "./testing.ts";

const kinds = (host: string, before: ReturnType<typeof clusterView>, after: ReturnType<typeof clusterView>): string[] =>
  viewEvents(host, before, after).map(({ kind, reason }) => `${kind}: ${reason}`);

describe("what is told of two views", () => {
  test("nothing, when nothing changed", () => {
    expect(kinds("ctl-a1", clusterView("ctl-a1", "ctl-a2"), clusterView("ctl-a1", "ctl-a2"))).toEqual([]);
  });

  test("a router that came and went, by the host that has seen it in its own kernel", () => {
    const [without, withVips] = [clusterView("ctl-a2", "ctl-a1"), clusterView("ctl-a2", "ctl-a2")];
    expect(kinds("ctl-a2", without, withVips)).toEqual(["vips-taken: ctl-a2 took over 203.0.113.100, 10.10.1.100"]);
    expect(kinds("ctl-a2", withVips, without)).toEqual(["vips-released: ctl-a2 gave up 203.0.113.100, 10.10.1.100"]);
  });

  test("a host that mends its own VIPs takes nothing over", () => {
    const had = clusterView("ctl-a2", "ctl-a2");
    const [router] = had.routers;
    const half = { ...had, routers: [{ ...router!, holds: router!.holds.slice(1) }] };
    expect(kinds("ctl-a2", half, had)).toEqual(["vips-restored: ctl-a2 has 203.0.113.100 again"]);
    const none = { ...had, routers: [{ ...router!, holds: [] }] };
    expect(kinds("ctl-a2", none, had)).toEqual(["vips-restored: ctl-a2 has 203.0.113.100, 10.10.1.100 again"]);
  });

  test("a link that was lost and came back, once each, with the moment that the watch wrote down", () => {
    const well = clusterView("ctl-a3", "ctl-a3");
    const silent = { kind: "silent", router: "vr-a", link: "public", address: "203.0.113.1", since: "2026-11-22T20:10:03Z" } as const;
    const cut = { kind: "no-carrier", router: "vr-a", link: "public", bridge: "br-ex" } as const;
    const [ill, dark] = [
      { ...well, uplinks: [silent] },
      { ...well, uplinks: [cut] },
    ];
    expect(viewEvents("ctl-a3", well, ill)).toMatchObject([
      {
        kind: "uplink-lost",
        subject: "router/vr-a",
        at: "2026-11-22T20:10:03Z",
        reason: "ctl-a3: public gateway 203.0.113.1 does not answer vr-a",
      },
    ]);
    expect(kinds("ctl-a3", ill, ill)).toEqual([]);
    expect(kinds("ctl-a3", ill, dark)).toEqual(["uplink-lost: ctl-a3: public has no carrier (br-ex, for vr-a)"]);
    expect(kinds("ctl-a3", dark, well)).toEqual(["uplink-back: ctl-a3: public has carrier again (br-ex, for vr-a)"]);
    expect(kinds("ctl-a3", ill, well)).toEqual(["uplink-back: ctl-a3: public gateway 203.0.113.1 answers vr-a again"]);
  });

  test("hosts that are lost, by the DC's alone", () => {
    const before = clusterView("ctl-a1", "ctl-a2");
    const after = clusterView("ctl-a1", "ctl-a2", { online: ["ctl-a1", "ctl-a2"] });
    expect(kinds("ctl-a1", before, after)).toEqual(["host-lost: ctl-a1 no longer sees ctl-a3"]);
    expect(kinds("ctl-a2", before, after)).toEqual([]);
  });

  test("a minority's view as that host's own, whatever it elected and whomever it misses; nothing of it as the cluster's", () => {
    const before = clusterView("ctl-a3", "ctl-a1");
    const alone = clusterView("ctl-a3", "ctl-a1", {
      quorate: false,
      dc: "ctl-a3",
      online: ["ctl-a3"],
      resources: [{ id: "rw-vr-a-vips", running: [], failed: ["ctl-a3"] }],
    });
    expect(viewEvents("ctl-a3", before, alone)).toMatchObject([
      { kind: "quorum-lost", subject: "host/ctl-a3", reason: "lost quorum; sees ctl-a3", data: { cluster: "rack-a", sees: ["ctl-a3"] } },
    ]);
    const healed = clusterView("ctl-a3", "ctl-a1", { dc: "ctl-a3" });
    expect(viewEvents("ctl-a3", alone, healed).map(({ kind, subject, reason }) => [kind, subject, reason])).toEqual([
      ["quorum-gained", "host/ctl-a3", "has quorum again; sees ctl-a1, ctl-a2, ctl-a3"],
      ["dc-elected", "pacemaker/rack-a", "ctl-a3 is the DC now; it was not known here"],
    ]);
  });

  test("an election by the one that was elected", () => {
    const before = clusterView("ctl-a1", "ctl-a1", { dc: "ctl-a3" });
    expect(kinds("ctl-a1", before, clusterView("ctl-a1", "ctl-a1"))).toEqual(["dc-elected: ctl-a1 is the DC now; it was ctl-a3"]);
  });

  test("a failure once, with its reason, by the DC; also one that Pacemaker has mended between two looks, and the next one again", () => {
    const failure = { key: "1", resource: "rw-vr-a-sync", host: "ctl-a3", task: "monitor", reason: "conntrackd has died" };
    const well = clusterView("ctl-a1", "ctl-a1");
    const ill = { ...well, trouble: { ...noTrouble, failures: [failure] } };
    const again = { ...well, trouble: { ...noTrouble, failures: [{ ...failure, key: "2" }] } };
    const told = "resource-failed: rw-vr-a-sync failed on ctl-a3 (monitor): conntrackd has died";
    expect(kinds("ctl-a1", well, ill)).toEqual([told]);
    expect(kinds("ctl-a1", ill, ill)).toEqual([]);
    expect(kinds("ctl-a1", ill, again)).toEqual([told]);
    expect(kinds("ctl-a3", well, ill)).toEqual([]);
  });
});

test("a step is told with its reason; services start and stop", () => {
  const step = {
    id: "address:x",
    action: "create",
    kind: "address",
    target: "203.0.113.11/25 on br-ex",
    from: null,
    to: "203.0.113.11/25",
  } as const;
  expect(stepEvents("ctl-a1", [step], "revision 3")).toMatchObject([
    { kind: "address-created", subject: "host/ctl-a1", reason: "203.0.113.11/25 on br-ex: revision 3" },
  ]);
  expect(stepEvents("ctl-a1", [{ ...step, kind: "service" }], "")[0]?.kind).toBe("service-started");
});

test("one patch of the CIB is one event with all that it changed", () => {
  const steps = (["create", "create", "delete"] as const).map((action, index) => ({
    id: `cib/${index}`,
    action,
    kind: "cib",
    target: `rw-${index}`,
    from: null,
    to: null,
  }));
  expect(cibEvent("ctl-a1", "rack-a", steps, "revision 3")).toEqual({
    kind: "cib-written",
    subject: "pacemaker/rack-a",
    reason: "2 created, 1 deleted: revision 3",
    data: { host: "ctl-a1", created: ["rw-0", "rw-1"], changed: [], deleted: ["rw-2"] },
  });
});
