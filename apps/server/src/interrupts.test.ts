import type { Reservation } from "@rackway/ipam";
import { planRevision } from "@rackway/planner";
import type { RevisionPlan } from "@rackway/planner";
import type { HostLink } from "@rackway/schema";
import { parseDocument } from "@rackway/schema";
import { beforeAll, describe, expect, test } from "vitest";

import { foreseeInterrupts } from "./interrupts.ts";
import { exampleText } from "./testing/test-server.ts";

let lab: string;
beforeAll(async () => {
  lab = await exampleText("default-lab");
});

type Edit = readonly [from: string | RegExp, to: string];

/** vr-a is on ctl-a1, vr-b on ctl-b1. */
const carriers = new Map([
  ["vr-a", "ctl-a1"],
  ["vr-b", "ctl-b1"],
]);

function edited(edits: readonly Edit[]): string {
  return edits.reduce((text, [from, to]) => {
    const next = text.replace(from, () => to);
    if (next === text) throw new Error(`${from.toString()} is not in the document`);
    return next;
  }, lab);
}

function planOf(text: string, current: { text: string; reservations: readonly Reservation[] } | null): Extract<RevisionPlan, { ok: true }> {
  const parse = (source: string) => {
    const parsed = parseDocument([{ name: "a.yaml", text: source }]);
    if (!parsed.ok) throw new Error(parsed.issues.map(({ message }) => message).join("; "));
    return parsed.document;
  };
  const planned = planRevision({
    revision: current === null ? 1 : 2,
    epoch: 1,
    operations: { paused: new Set(), drained: new Map() },
    authKeys: new Map(),
    document: parse(text),
    current: current === null ? null : { revision: 1, document: parse(current.text), reservations: current.reservations },
    isCommitted: true,
  });
  if (!planned.ok) throw new Error(planned.issues.map(({ message }) => message).join("; "));
  return planned;
}

/** From the lab's document, or from that with other edits, to the lab's with these. */
function interrupts(
  edits: readonly Edit[],
  more: { from?: readonly Edit[]; links?: Record<string, readonly HostLink[]>; carriers?: typeof carriers } = {},
) {
  const text = edited(more.from ?? []);
  const { reservations } = planOf(text, null).allocation;
  const { hostStates: after, hostStatesBefore: before } = planOf(edited(edits), { text, reservations });
  return foreseeInterrupts({ before, after, links: new Map(Object.entries(more.links ?? {})), carriers: more.carriers ?? carriers });
}

const messages = (...asked: Parameters<typeof interrupts>) => interrupts(...asked).map(({ lasts, message }) => `${lasts}: ${message}`);

describe("an apply interrupts", () => {
  test("nothing where nothing differs, or only what Pacemaker and the agents put right in place", () => {
    expect(messages([])).toEqual([]);
    expect(messages([["nat: { ipv4: snat, ipv6: nat66 }", "nat: { ipv4: snat, ipv6: routed }"]])).toEqual([]);
    expect(messages([["timers: local", "timers: careful"]])).toEqual([]);
    expect(messages([["      nat:", "      uplinkCheck: { intervalMs: 500 }\n      nat:"]])).toEqual([]);
  });

  test("members whose default route goes to another router, although their former one stays as it is", () => {
    const another =
      "    - name: vr-0\n      rack: rack-a\n      publicVip: { ipv4: auto, ipv6: auto }\n      managementVip: { ipv4: auto, ipv6: auto }\n";
    const told = interrupts([["    - name: vr-a\n", `${another}    - name: vr-a\n`]]);
    expect(told).toEqual(
      ["IPv4 becomes 10.10.1.101 instead of 10.10.1.100", "IPv6 becomes fd00:10:1::101 instead of fd00:10:1::100"].map((change) => ({
        rack: "rack-a",
        routers: ["vr-a"],
        hosts: ["node-a1"],
        lasts: "until-hosts-follow",
        message: `node-a1: the default route of ${change}; connections that are open by the way before may break`,
      })),
    );
  });

  test("members that leave through a roaming router whose management VIP is renumbered", async () => {
    const text = await exampleText("roaming");
    const { reservations } = planOf(text, null).allocation;
    const renumbered = text.replace("managementVip: { ipv4: auto, ipv6: auto }", "managementVip: { ipv4: 10.77.0.9, ipv6: auto }");
    const { hostStates: after, hostStatesBefore: before } = planOf(renumbered, { text, reservations });
    const told = foreseeInterrupts({ before, after, links: new Map(), carriers: new Map() });
    const change = "the default route of IPv4 becomes a tunnel to 10.77.0.9 instead of a tunnel to 10.77.0.2";
    expect(told.map(({ rack, message }) => `${rack}: ${message}`)).toEqual([
      `rack-a: node-a1: ${change}; connections that are open by the way before may break`,
      `rack-b: ctl-b3 and node-b1: ${change}; connections that are open by the way before may break`,
    ]);
  });

  test("a router whose public VIP is renumbered, and says what breaks", () => {
    expect(interrupts([["publicVip: { ipv4: auto, ipv6: auto }", "publicVip: { ipv4: 203.0.113.110, ipv6: auto }"]])).toEqual([
      {
        rack: "rack-a",
        routers: ["vr-a"],
        hosts: ["ctl-a1"],
        lasts: "short",
        message:
          "vr-a stops answering for a short time: public IPv4 203.0.113.100 becomes 203.0.113.110; connections from the old public address break",
      },
    ]);
  });

  test("a router that gets or loses the address of its advertisements", () => {
    expect(messages([["routerAdvertisements: { enabled: true }", "routerAdvertisements: { enabled: false }"]])).toEqual([
      "short: vr-a stops answering for a short time: its addresses or routes are set anew",
    ]);
  });

  test("members until they follow, where the management VIP is renumbered", () => {
    expect(messages([["managementVip: { ipv4: auto, ipv6: auto }", "managementVip: { ipv4: 10.10.1.150, ipv6: auto }"]])).toEqual([
      "until-hosts-follow: vr-a stops answering for a short time: management IPv4 10.10.1.100 becomes 10.10.1.150; node-a1: the default route follows when the agent there has the new revision",
    ]);
  });

  test("all connections where the synchronisation link goes: the namespace is made anew everywhere", () => {
    // Time service needs the link, too: chronyd of each controller hears of the others over it.
    const withoutTime: Edit = [/ {6}ntp: .*\n/, ""];
    const withoutSync: Edit = ["      nat:", "      connectionSync: { enabled: false }\n      nat:"];
    expect(messages([withoutSync])).toEqual([]);
    expect(messages([withoutTime, withoutSync], { from: [withoutTime] })).toEqual([
      "short: vr-a stops answering for a short time: its namespace is made anew on every controller, for it gets or loses a link; connections through it break",
    ]);
  });

  test("a router for good where it is removed, and says who had the default route by it", () => {
    const found = interrupts([[/ {4}- name: vr-b\n(?: {6}.*\n)+/, ""]]);
    expect(found.map(({ message }) => message)).toContain("vr-b stops for good: it is removed; node-b1 had the default route by it");
    expect(found.find(({ lasts }) => lasts === "for-good")).toMatchObject({ rack: "rack-b", routers: ["vr-b"], hosts: ["ctl-b1"] });
  });

  test("nothing of a router that leaves a standby; of one that leaves the host that carries it, what spares the loss", () => {
    const without = (host: string): Edit => [new RegExp(` {4}- name: ${host}\\n(?: {6}.*\\n)+`), ""];
    const moved = (found: string[]) => found.filter((message) => message.includes("vr-a"));
    // Two controllers need fencing first.
    const fenced: Edit = ["takeover: quorum", "takeover: fenced"];
    expect(moved(messages([without("ctl-a3"), fenced]))).toEqual([]);
    expect(moved(messages([without("ctl-a1"), fenced]))).toEqual([
      "short: vr-a moves off ctl-a1, which may not carry it any more; drain that host first, and nothing is lost",
    ]);
    expect(moved(messages([without("ctl-a1"), fenced], { carriers: new Map() }))[0]).toContain("if it is on ctl-a1, which");
  });

  test("the side of a router whose network goes to another bridge", () => {
    const found = messages([["bridge: br-ex", "bridge: br-new"]]);
    expect(found).toContain(
      "until-hosts-follow: vr-a is cut off on its public side until its controllers have br-new, to which its link moves from br-ex",
    );
    expect(found.some((message) => message.startsWith("short: ctl-a1, ctl-a2 and ctl-a3: br-new is made of eth-pub"))).toBe(true);
  });
});

describe("an interface that is touched", () => {
  const link = (name: string, more: Partial<HostLink> = {}): HostLink => ({ name, kind: null, carrier: true, ours: false, ...more });

  test("stops its hosts' own traffic on a first apply, unless the bridge is there already or the interface is not", () => {
    const first = planOf(lab, null);
    const found = (links: Record<string, readonly HostLink[]>) =>
      foreseeInterrupts({
        before: first.hostStatesBefore,
        after: first.hostStates,
        links: new Map(Object.entries(links)),
        carriers: new Map(),
      });
    expect(found({}).map(({ rack, routers, message }) => [rack, routers, message])).toEqual([
      [
        "rack-a",
        [],
        "ctl-a1, ctl-a2 and ctl-a3: br-ex is made of eth-pub, whose addresses move to it; their own traffic by it stops for a short time",
      ],
      [
        "rack-b",
        [],
        "ctl-b1, ctl-b2 and ctl-b3: br-ex is made of eth-pub, whose addresses move to it; their own traffic by it stops for a short time",
      ],
    ]);
    const there = { "ctl-a1": [link("br-ex", { kind: "bridge" }), link("eth-pub")], "ctl-a2": [link("eth9")] };
    expect(found(there)[0]?.message).toMatch(/^ctl-a3: br-ex .*; its own traffic by it stops/);
  });

  test("stops the router on it too, where another interface takes its place", () => {
    expect(interrupts([["interface: eth-pub", "interface: eth-new"]])).toEqual([
      {
        rack: "rack-a",
        routers: ["vr-a"],
        hosts: ["ctl-a1", "ctl-a2", "ctl-a3"],
        lasts: "short",
        message:
          "ctl-a1, ctl-a2 and ctl-a3: br-ex changes its interface from eth-pub to eth-new; their own traffic by it stops, and with it vr-a, for a short time",
      },
    ]);
  });

  test("stops a router that nobody has seen only if it is there", () => {
    const [found] = messages([["interface: eth-pub", "interface: eth-new"]], { carriers: new Map() });
    expect(found).toMatch(/their own traffic by it stops, and with it vr-a if it is there, for a short time$/);
  });

  test("of a standby alone stops no router", () => {
    const own: Edit = [
      'public: [203.0.113.13, "2001:db8:a::13"]',
      'public: [203.0.113.13, "2001:db8:a::13"]\n      interfaces: { public: eth9 }',
    ];
    expect(interrupts([own])).toMatchObject([{ routers: [], hosts: ["ctl-a3"] }]);
  });

  test("may drop its link for a greater MTU, and does not for a smaller one", () => {
    const mtu = (value: number): Edit => ["interface: eth-pub", `mtu: ${value}\n          interface: eth-pub`];
    expect(messages([mtu(9000)])).toEqual([
      "short: ctl-a1, ctl-a2 and ctl-a3: br-ex and eth-pub get MTU 9000, for which some network cards drop their link; their own traffic by it stops, and with it vr-a, for a short time",
    ]);
    expect(messages([mtu(1400)])).toEqual([]);
  });
});
