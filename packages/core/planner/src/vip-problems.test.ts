import { describe, expect, test } from "vitest";

import type { VipFacts, VipOnHost } from "./vip-facts.ts";
import { summariseVip } from "./vip-facts.ts";
import type { VipSurroundings } from "./vip-problems.ts";
import { findVipProblems } from "./vip-problems.ts";

const names = ["ctl-a1", "ctl-a2", "ctl-b1"] as const;
type Name = (typeof names)[number] | "ctl-x";
type Changes = Partial<Record<Name, Partial<VipOnHost>>>;

/** On three hosts, where all is well, but for what is changed. */
function anycast(changes: Changes = {}, more: Partial<VipFacts> = {}): VipFacts {
  const hosts = [...names, ...("ctl-x" in changes ? (["ctl-x"] as const) : [])].map((host): VipOnHost => ({
    host,
    state: "ok",
    isEligible: host !== "ctl-x",
    isConverged: true,
    held: true,
    announced: true,
    health: "up",
    reason: "http 8080: status 200",
    hold: null,
    since: null,
    ageMs: 800,
    ...changes[host],
  }));
  return { name: "web", mode: "anycast", namespace: "web", family: 4, address: "10.77.0.1", hosts, ...more };
}

const nothing: Partial<VipOnHost> = { held: false, announced: false, health: "unknown", reason: "not there" };

/** ctl-a1 has it, but for what is changed. */
function roaming(changes: Changes = {}): VipFacts {
  return anycast({ "ctl-a2": nothing, "ctl-b1": nothing, ...changes }, { name: "store", mode: "roaming", address: "10.77.0.9" });
}

/** Likewise; nobody announces it. */
function failover(changes: Changes = {}): VipFacts {
  const own = { announced: false, ...changes["ctl-a1"] };
  return anycast(
    { "ctl-a2": nothing, "ctl-b1": nothing, ...changes, "ctl-a1": own },
    { name: "shop", mode: "failover", address: "10.0.1.9" },
  );
}

const down: Partial<VipOnHost> = { health: "down", announced: false, reason: "http 8080: connection refused" };
const keeps: Partial<VipOnHost> = {
  ...down,
  announced: true,
  hold: "last",
  reason: "http 8080: connection refused; no other host announces it, so it stays",
};
const dampened: Partial<VipOnHost> = {
  announced: false,
  hold: "dampened",
  reason: "http 8080: status 200; it has come and gone too often, and waits",
};
const everyone = (change: Partial<VipOnHost>): Changes => Object.fromEntries(names.map((name) => [name, change]));

function problemsOf(vips: readonly VipFacts[], more: Partial<VipSurroundings> = {}) {
  return findVipProblems(vips, {
    isAnyoneHeard: true,
    whyNoOwner: () => "",
    since: () => "2026-11-22T12:59:50.000Z",
    nowMs: Date.parse("2026-11-22T13:00:00.000Z"),
    ...more,
  }).map(({ severity, code, subject, message }) => `${severity} ${code} ${subject}: ${message}`);
}

const cases: [string, VipFacts, string[]][] = [
  ["all is well", anycast(), []],
  ["a roaming VIP on one host", roaming(), []],
  [
    "nobody announces it, because it is down everywhere and the document wants it withdrawn",
    anycast(everyone(down)),
    [
      "critical vip-announced-nowhere vip/web: no host announces 10.77.0.1: its service is down on ctl-a1, ctl-a2 and ctl-b1: http 8080: connection refused",
    ],
  ],
  [
    "nobody announces it, because all are drained",
    anycast(everyone({ state: "drained", announced: false, hold: "drained" })),
    ["critical vip-announced-nowhere vip/web: no host announces 10.77.0.1: every host that could is drained"],
  ],
  [
    "nobody announces it, for another reason",
    anycast(everyone({ announced: false, hold: "way-back", reason: "http 8080: status 200; no gateway for its replies answers" })),
    [
      "critical vip-announced-nowhere vip/web: no host announces 10.77.0.1: ctl-a1 says: http 8080: status 200; no gateway for its replies answers",
    ],
  ],
  ["one host lacks it", anycast({ "ctl-b1": nothing }), ["warning vip-missing vip/web: missing on ctl-b1: 10.77.0.1"]],
  [
    "one host lacks it and converges",
    anycast({ "ctl-b1": { ...nothing, isConverged: false } }),
    ["info vip-missing vip/web: missing on ctl-b1: 10.77.0.1"],
  ],
  ["a drained host lacks nothing", anycast({ "ctl-b1": { ...nothing, state: "drained" } }), []],
  ["a dead host lacks nothing", anycast({ "ctl-b1": { ...nothing, state: "absent" } }), []],
  ["a host that has not looked lacks nothing", anycast({ "ctl-b1": { ...nothing, held: null, announced: null } }), []],
  [
    "down everywhere, and the last one keeps it",
    anycast({ "ctl-a1": keeps, "ctl-a2": down, "ctl-b1": down }),
    [
      "critical vip-kept vip/web: still announced by ctl-a1, where its service is down (http 8080: connection refused): 10.77.0.1",
      "info vip-down-somewhere vip/web: not announced by ctl-a2 and ctl-b1, where its service is down (http 8080: connection refused): 10.77.0.1",
    ],
  ],
  [
    "kept, and well on another host that waits",
    anycast({ "ctl-a1": keeps, "ctl-a2": { announced: false, hold: "arrival" }, "ctl-b1": { announced: false, hold: "arrival" } }),
    ["warning vip-kept vip/web: still announced by ctl-a1, where its service is down (http 8080: connection refused): 10.77.0.1"],
  ],
  [
    "one flaps, and two others have its traffic",
    anycast({ "ctl-a1": dampened }),
    ["info vip-dampened vip/web: kept back on ctl-a1, where its service has come and gone too often: 10.77.0.1"],
  ],
  [
    "two flap: one is left",
    anycast({ "ctl-a1": dampened, "ctl-a2": dampened }),
    ["warning vip-dampened vip/web: kept back on ctl-a1 and ctl-a2, where its service has come and gone too often: 10.77.0.1"],
  ],
  [
    "a host that the document does not name announces it",
    anycast({ "ctl-x": {} }),
    ["warning vip-announced-astray vip/web: announced by ctl-x, where the document does not put it: 10.77.0.1"],
  ],
  ["nobody has looked", anycast(everyone({ held: null })), ["warning vip-unseen vip/web: no host has reported on 10.77.0.1"]],
  ["all that was said is old", anycast(everyone({ state: "stale" })), ["warning vip-unseen vip/web: no host has reported on 10.77.0.1"]],
  [
    "a roaming VIP with two owners",
    roaming({ "ctl-a2": {} }),
    ["critical vip-owned-twice vip/store: 10.77.0.9 is on 2 hosts at once: ctl-a1 and ctl-a2"],
  ],
  ["a roaming VIP whose other owner is a silent host's last word", roaming({ "ctl-a2": { state: "stale" } }), []],
  ["a roaming VIP without an owner", roaming({ "ctl-a1": nothing }), ["critical vip-without-owner vip/store: 10.77.0.9 is on no host"]],
  [
    "a roaming VIP whose owner does not announce it",
    roaming({ "ctl-a1": down }),
    ["critical vip-announced-nowhere vip/store: no host announces 10.77.0.9: its service is down on ctl-a1: http 8080: connection refused"],
  ],
  ["a failover VIP on one host, which nobody announces", failover(), []],
  ["a failover VIP without an owner", failover({ "ctl-a1": nothing }), ["critical vip-without-owner vip/shop: 10.0.1.9 is on no host"]],
  [
    "a failover VIP with two owners",
    failover({ "ctl-b1": { announced: false } }),
    ["critical vip-owned-twice vip/shop: 10.0.1.9 is on 2 hosts at once: ctl-a1 and ctl-b1"],
  ],
  [
    "a failover VIP whose service is down where it is",
    failover({ "ctl-a1": down }),
    ["critical vip-owner-down vip/shop: on ctl-a1, where its service is down (http 8080: connection refused): 10.0.1.9"],
  ],
];

describe("what is wrong with a service VIP", () => {
  test.each(cases)("%s", (_, vip, expected) => expect(problemsOf([vip])).toEqual(expected));

  test("what is missing for two minutes is missing, whatever the host says of itself", () => {
    const vip = anycast({ "ctl-b1": { ...nothing, isConverged: false } });
    expect(problemsOf([vip], { since: () => "2026-11-22T12:57:59.000Z" })).toEqual([
      "warning vip-missing vip/web: missing on ctl-b1: 10.77.0.1",
    ]);
  });

  test("without quorum nobody may own it, and that is why", () => {
    expect(problemsOf([roaming({ "ctl-a1": nothing })], { whyNoOwner: () => "Pacemaker cluster all has no quorum" })).toEqual([
      "critical vip-without-owner vip/store: 10.77.0.9 is on no host: Pacemaker cluster all has no quorum",
    ]);
  });

  test("where no agent is heard of, that is told of the hosts alone", () => {
    expect(problemsOf([anycast(everyone({ state: "absent" }))], { isAnyoneHeard: false })).toEqual([]);
  });
});

describe("a cause is told once", () => {
  const six = (changes: Changes): VipFacts => anycast(changes, { family: 6, address: "fd00:77::1" });

  test("of both families", () => {
    expect(problemsOf([anycast({ "ctl-b1": nothing }), six({ "ctl-b1": nothing })])).toEqual([
      "warning vip-missing vip/web: missing on ctl-b1: 10.77.0.1 and fd00:77::1",
    ]);
    expect(problemsOf([anycast(), six({ "ctl-b1": nothing })])).toEqual(["warning vip-missing vip/web: missing on ctl-b1: fd00:77::1"]);
  });

  test("of a thousand VIPs of a namespace; what is wrong with one of them alone stays its own", () => {
    const vips = Array.from({ length: 1000 }, (_, index) =>
      anycast(
        { "ctl-b1": nothing, ...(index === 7 ? { "ctl-a1": down } : {}) },
        { name: `v${index}`, address: `10.77.${index >> 8}.${index & 255}` },
      ),
    );
    expect(problemsOf(vips)).toEqual([
      "warning vip-missing namespace/web: missing on ctl-b1: 1000 addresses (10.77.0.0, 10.77.0.1, …)",
      "info vip-down-somewhere vip/v7: not announced by ctl-a1, where its service is down (http 8080: connection refused): 10.77.0.7",
    ]);
  });

  test("said of several, it is true of each of them", () => {
    const twice = { "ctl-a2": {} };
    const vips = [roaming(twice), { ...roaming(twice), family: 6 as const, address: "fd00:77::9" }];
    expect(problemsOf(vips)).toEqual([
      "critical vip-owned-twice vip/store: each of 10.77.0.9 and fd00:77::9 is on 2 hosts at once: ctl-a1 and ctl-a2",
    ]);
  });
});

describe("the row of a status", () => {
  test("owners and announcers are those that say so now; where it is down is said", () => {
    const vip = anycast({ "ctl-a1": { state: "stale", ageMs: 20_000 }, "ctl-a2": down, "ctl-x": { announced: false } });
    expect(summariseVip(vip)).toMatchObject({
      eligible: ["ctl-a1", "ctl-a2", "ctl-b1"],
      owners: ["ctl-a2", "ctl-b1", "ctl-x"],
      announcedBy: ["ctl-b1"],
      health: "up",
      reason: "down on ctl-a2: http 8080: connection refused",
      ageMs: 800,
    });
  });

  test("is empty where nobody has ever said a word", () => {
    expect(summariseVip(anycast(everyone({ held: null, announced: null, ageMs: null })))).toMatchObject({
      owners: [],
      health: "unknown",
      reason: "no host has reported on it",
      ageMs: null,
    });
  });
});
