import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { FrrLine } from "./frr-config.ts";
import { isHeader, lineId, parseFrrConfig } from "./frr-config.ts";
import { planConfig } from "./plan-config.ts";
import type { ConfigPlan } from "./plan-config.ts";
import { renderFrr } from "./render-frr.ts";
import { bgpState, debian12, enter, keys, ospfState } from "./testing.ts";

const ospf = renderFrr(ospfState, keys, debian12);
const bgp = renderFrr(bgpState, keys, debian12);

/** What FRR prints of a configuration: no defaults, no section of an interface without lines. */
function shown(config: readonly FrrLine[], wishes = [...ospf, ...bgp]): FrrLine[] {
  const defaults = new Set(wishes.filter(({ isDefault }) => isDefault).map(lineId));
  return config.filter((line) => !defaults.has(lineId(line)));
}

function after(config: readonly FrrLine[], { withdraw, change }: ConfigPlan): FrrLine[] {
  return shown(enter(config, [...withdraw, ...change]));
}

const sorted = (lines: readonly FrrLine[]): string[] =>
  lines
    .filter(({ text }) => !isHeader(text))
    .map(lineId)
    .toSorted();

/** An operator's own, none of which sets what we set. */
const foreign = parseFrrConfig(`
hostname ctl-a1
interface e0
 description uplink
 ip ospf priority 5
interface e7
 ip ospf area 0.0.0.7
 ip ospf cost 77
router ospf
 passive-interface default
 redistribute static route-map mine
router bgp 65001
 bgp log-neighbor-changes
 neighbor 192.0.2.1 remote-as 65099
 address-family ipv4 unicast
  network 192.0.2.0/24
  neighbor 192.0.2.1 route-map mine out
ip prefix-list mine seq 5 permit 192.0.2.0/24
route-map mine permit 10
 match ip address prefix-list mine
bfd
 profile mine
  transmit-interval 200
ip route 192.0.2.0/24 blackhole
`);

describe.each([
  ["OSPF", ospf],
  ["BGP", bgp],
])("the difference with %s", (_, wishes) => {
  test("is nothing once it was applied", () => {
    const first = planConfig(wishes, [], []);
    const second = planConfig(wishes, after([], first), first.settings);
    expect(second).toMatchObject({ steps: [], withdraw: [], change: [], problems: [] });
  });

  test("beside any of an operator's lines leaves every one of them, and its removal leaves nothing else", () => {
    fc.assert(
      fc.property(fc.subarray(foreign), (chosen) => {
        // Whoever has a line has its sections.
        const headers = foreign.filter(({ text, context }) =>
          chosen.some((line) => [...context, text].every((part, at) => line.context[at] === part)),
        );
        const own = foreign.filter((line) => chosen.includes(line) || headers.includes(line));
        const there = planConfig(wishes, own, []);
        expect(there.problems).toEqual([]);
        const during = after(own, there);
        for (const line of own) expect(during.map(lineId)).toContain(lineId(line));
        expect(planConfig(wishes, during, there.settings).change).toEqual([]);
        const away = planConfig([], during, there.settings);
        expect(sorted(after(during, away))).toEqual(sorted(own));
        expect(away.settings).toEqual([]);
      }),
    );
  });

  test("puts back whatever was taken out or changed, and only that", () => {
    const first = planConfig(wishes, [], []);
    const right = after([], first);
    fc.assert(
      fc.property(fc.subarray(right.filter(({ text }) => !isHeader(text))), (lost) => {
        const drifted = right.filter((line) => !lost.includes(line));
        const plan = planConfig(wishes, drifted, first.settings);
        expect(sorted(plan.change.filter(({ text }) => !isHeader(text)))).toEqual(sorted(lost));
        expect(sorted(after(drifted, plan))).toEqual(sorted(right));
      }),
    );
  });

  test("shows no key in its steps", () => {
    const there = planConfig(wishes, [], []);
    const away = planConfig([], after([], there), there.settings);
    for (const key of Object.values(keys))
      expect(JSON.stringify([there.steps, away.steps, away.change, there.settings])).not.toContain(key);
    expect(JSON.stringify(there.change)).toContain(wishes === ospf ? keys.ospf : keys.bgp);
  });
});

describe("with the operator's lines", () => {
  const plan = (config: string): ConfigPlan => planConfig(ospf, parseFrrConfig(config), []);

  test.each([
    ["another area", "interface e0\n ip ospf area 0.0.0.9", "ip ospf area 0.0.0.9", "ip ospf area 0.0.0.0"],
    ["another router id", "router ospf\n ospf router-id 9.9.9.9", "ospf router-id 9.9.9.9", "ospf router-id 10.20.1.11"],
    ["another interval", "interface e0\n ip ospf hello-interval 7", "ip ospf hello-interval 7", "ip ospf hello-interval 1"],
    ["a type of network", "interface e0\n ip ospf network point-to-point", "ip ospf network point-to-point", "ip ospf network broadcast"],
    [
      "his own redistribution",
      "router ospf\n redistribute kernel route-map mine",
      "redistribute kernel route-map mine",
      "redistribute kernel route-map rw-anycast-4",
    ],
    ["areas by network", "router ospf\n network 10.0.0.0/8 area 0", "network 10.0.0.0/8 area 0", "ip ospf area 0.0.0.0"],
  ])("%s is told in words, and nothing is changed", (_, config, has, wanted) => {
    const { problems, withdraw, change, steps } = plan(config);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ code: "frr-conflict" });
    expect(problems[0]?.message).toContain(has);
    expect(problems[0]?.message).toContain(wanted);
    expect([withdraw, change, steps]).toEqual([[], [], []]);
  });

  test("a session of his is never taken over, not even one that looks the same", () => {
    const his = parseFrrConfig("router bgp 65001\n neighbor 10.20.1.1 remote-as external");
    expect(planConfig(bgp, his, []).problems).toHaveLength(1);
    expect(planConfig(bgp, parseFrrConfig("router bgp 65999"), []).problems[0]?.message).toContain("router bgp 65999");
  });

  test("the same value stays his, and stays when ours goes", () => {
    const his = parseFrrConfig("interface e0\n ip ospf area 0.0.0.0");
    const there = planConfig(ospf, his, []);
    expect(there.problems).toEqual([]);
    const during = after(his, there);
    const away = planConfig([], during, there.settings);
    expect(sorted(after(during, away))).toEqual(sorted(his));
  });

  test("his own filter between protocol and kernel stands", () => {
    const { problems, change } = plan("ip protocol ospf route-map mine");
    expect(problems).toEqual([]);
    expect(change.map(({ text }) => text)).not.toContain("ip protocol ospf route-map rw-deny");
  });
});

describe("what may be announced", () => {
  const first = planConfig(ospf, [], []);
  const running = after([], first);
  const announce = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      family: 4 as const,
      prefix: `10.77.0.${2 * index + 1}/32`,
      vip: `v${index}`,
      namespace: "web",
    }));

  test("is one line more for a VIP more, and no other line changes", () => {
    const more = renderFrr({ ...ospfState, announce: [...ospfState.announce, ...announce(3).slice(2)] }, keys, debian12);
    const { change, withdraw } = planConfig(more, running, first.settings);
    expect(withdraw).toEqual([]);
    expect(change.map(({ text }) => text.replace(/ seq \d+/, ""))).toEqual(["ip prefix-list rw-announce-4 permit 10.77.0.5/32"]);
  });

  test("an entry that somebody has added to the list goes", () => {
    const stranger = parseFrrConfig("ip prefix-list rw-announce-4 seq 5 permit 10.78.0.1/32");
    const { change } = planConfig(ospf, [...running, ...stranger], first.settings);
    expect(change.map(({ text }) => text)).toEqual(["no ip prefix-list rw-announce-4 seq 5 permit 10.78.0.1/32"]);
  });

  test("goes with the routing, after nothing is announced any more", () => {
    const away = planConfig([], running, first.settings);
    expect(away.withdraw.map(({ text }) => text)).toEqual(["no redistribute kernel", "no redistribute kernel"]);
    expect(after(running, away)).toEqual([]);
  });
});

test("a value that changes is overwritten where FRR takes that, and taken out first where it does not", () => {
  const first = planConfig(ospf, [], []);
  const running = after([], first);
  const changed = renderFrr({ ...ospfState, ospf: { ...ospfState.ospf!, cost: 20, area: "0.0.0.1", deadSeconds: 40 } }, keys, debian12);
  const { change } = planConfig(changed, running, first.settings);
  expect(change.map(({ text }) => text)).toEqual([
    "no ip ospf area 0.0.0.0",
    "no ipv6 ospf6 area 0.0.0.0",
    "no ip ospf dead-interval 4",
    "no ipv6 ospf6 dead-interval 4",
    "ip ospf cost 20",
    "ip ospf area 0.0.0.1",
    "ipv6 ospf6 cost 20",
    "ipv6 ospf6 area 0.0.0.1",
  ]);
});
