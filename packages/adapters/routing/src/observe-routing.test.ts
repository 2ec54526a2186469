import { routingObservationSchema } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import { explainRouting, needsLog } from "./explain-routing.ts";
import { parseFrrLog } from "./frr-log.ts";
import { parseJsonSequence } from "./json-sequence.ts";
import { observeRouting, renderRoutingReport, unacknowledged } from "./observe-routing.ts";
import { ospfState, recordedFrr, recordedLog } from "./testing.ts";

const view = (situation: string) => observeRouting(recordedFrr(situation), ospfState);

/** What is said of one situation, with all of its log or without any. */
async function causes(situation: string, hasLog = true): Promise<string[]> {
  const log = hasLog ? parseFrrLog(recordedLog(situation), 0) : [];
  const seen = await view(situation);
  const before = { ...seen, interfaces: seen.interfaces.map((link) => ({ ...link, authenticationDrops: 0 })) };
  return explainRouting(ospfState, seen, before, log).map(({ code, message }) => `${code}: ${message}`);
}

describe("a look at a healthy fabric", () => {
  test("tells neighbours, BFD, and what is announced: neither others' nor what is being withdrawn", async () => {
    const report = renderRoutingReport(await view("healthy"));
    expect(routingObservationSchema.parse(report)).toEqual(report);
    expect(report).toMatchObject({
      version: "8.4.4",
      neighbors: [
        {
          protocol: "ospf",
          routerId: "10.20.1.1",
          address: "10.20.1.1",
          interface: "e0",
          state: "Full/Backup",
          isUp: true,
          unacknowledged: 0,
          bfd: "up",
        },
        {
          protocol: "ospf6",
          routerId: "10.20.1.1",
          address: null,
          interface: "e0",
          state: "Full/BDR",
          isUp: true,
          unacknowledged: null,
          bfd: "up",
        },
      ],
      announced: [
        { family: 4, prefix: "10.77.0.1/32" },
        { family: 6, prefix: "fd00:77::1/128" },
      ],
    });
    expect(report.bfd).toHaveLength(2);
    expect(report.bfd[0]).toMatchObject({ peer: "10.20.1.1", interface: "e0", status: "up", intervalMs: 50, multiplier: 3 });
  });

  test("finds nothing to explain, and reads no log", async () => {
    expect(await causes("healthy")).toEqual([]);
    expect(needsLog(ospfState, await view("healthy"))).toBe(false);
  });

  test("without FRR sees nothing, and says nothing of neighbours that nobody could have seen", async () => {
    const seen = await observeRouting(async () => ({ code: 127, stdout: "", stderr: "vtysh: ENOENT" }), ospfState);
    expect(seen).toEqual({ version: null, interfaces: [], neighbors: [], bfd: [], announced: [] });
  });
});

describe("the cause is named, with its evidence", () => {
  test.each([
    ["wrong-area", "routing-area-mismatch", /this host is in area 0\.0\.0\.0, the neighbour in 0\.0\.0\.1 \(OSPF6?: .*Area/],
    ["wrong-hello", "routing-timer-mismatch", /hello interval here 1 s, at the neighbour 3 s \(OSPF6?: .*HelloInterval mismatch/],
    ["wrong-dead", "routing-timer-mismatch", /dead interval here 4 s, at the neighbour 14 s \(OSPF6?: .*DeadInterval mismatch/],
    ["mtu-own", "routing-mtu-mismatch", /MTU here 1400, at the neighbour 1500 \(OSPF6?: .*MTU/],
  ])("%s, in both families", async (situation, code, text) => {
    const said = await causes(situation);
    expect(said).toHaveLength(2);
    for (const line of said) {
      expect(line.startsWith(`${code}: `)).toBe(true);
      expect(line).toMatch(text);
    }
    expect(said[0]).toContain("OSPFv2 on e0");
    expect(said[1]).toContain("OSPFv3 on e0");
    expect(needsLog(ospfState, await view(situation))).toBe(true);
  });

  test("wrong key: OSPFv2 logs it, OSPFv3 counts it", async () => {
    const said = await causes("wrong-key");
    expect(said[0]).toMatch(/^routing-key-mismatch: OSPFv2 .*ospf_check_md5 checksum mismatch/);
    expect(said[1]).toMatch(/^routing-key-mismatch: OSPFv3 .*\(9 packets dropped for their authentication since the last look\)/);
  });

  test("a neighbour without any key: OSPFv3 counts it, OSPFv2 says nothing, so no more is said than is known", async () => {
    const said = await causes("no-auth");
    expect(said[0]).toBe("routing-neighbor-missing: OSPFv2 on e0: no neighbour answers in area 0.0.0.0");
    expect(said[1]).toMatch(/^routing-key-mismatch: OSPFv3 /);
  });

  test("packets that were dropped before the last look are an old story", async () => {
    const seen = await view("no-auth");
    expect(explainRouting(ospfState, seen, seen, []).map(({ code }) => code)).toEqual([
      "routing-neighbor-missing",
      "routing-neighbor-missing",
    ]);
  });

  test("a larger MTU here is not in OSPFv2's log: the state in which the neighbour stays tells", async () => {
    const said = await causes("mtu");
    expect(said[0]).toBe("routing-neighbor-stuck: OSPFv2 on e0: neighbour 10.20.1.1 stays in ExStart/Backup; the MTU here is 1500");
    expect(said[1]).toMatch(/^routing-mtu-mismatch: OSPFv3 on e0: MTU here 1500, at the neighbour 1400/);
  });

  test("a link whose cable was pulled at the other end is down", async () => {
    const said = await causes("neighbour-gone");
    expect(said.map((line) => line.split(":")[0])).toEqual(["routing-interface-down", "routing-interface-down"]);
  });

  test("an old word in the log explains nothing", async () => {
    const later = Date.parse("2026-11-23T00:00:00Z");
    expect(parseFrrLog(recordedLog("wrong-area"), later)).toEqual([]);
    expect((await causes("wrong-area", false))[0]).toMatch(/^routing-neighbor-missing: /);
  });

  test("a link that is not there", async () => {
    const elsewhere = { ...ospfState, ospf: { ...ospfState.ospf!, interfaces: ["e9"] } };
    const said = explainRouting(elsewhere, await view("healthy"), null, []);
    expect(said.map(({ code }) => code)).toEqual(["routing-interface-down", "routing-interface-down"]);
  });

  test("a line about another interface is not about this one", async () => {
    const log = parseFrrLog(recordedLog("wrong-area").replaceAll("e0", "e01"), 0);
    expect(explainRouting(ospfState, await view("wrong-area"), null, log).map(({ code }) => code)).toEqual([
      "routing-neighbor-missing",
      "routing-neighbor-missing",
    ]);
  });
});

describe("log lines", () => {
  const since = Date.parse("2026-11-22T16:00:00Z");
  test.each([
    "2026-11-22T16:40:00.123456+00:00 ctl-a1 ospfd[60]: [X] interface e0:10.0.0.1: ospf_read invalid Area ID 0.0.0.1",
    "2026-11-22_16:40:00.12345 daemon.warn: Nov 22 16:40:00 ospfd[60]: [X] something",
    "2026-11-22T16:40:00+0000 ctl-a1 ospf6d[61]: [X] something",
  ])("have their time read: %s", (line) => {
    expect(parseFrrLog(line, since).map(({ text }) => text)).toEqual([line]);
    expect(parseFrrLog(line, since + 3_600_000)).toEqual([]);
  });

  test("of other daemons, or without a time, are left out", () => {
    expect(parseFrrLog("2026-11-22T16:40:00Z ctl-a1 bgpd[60]: [X] something\nospfd: no time\n", since)).toEqual([]);
  });
});

describe("several answers in one", () => {
  test("are told apart, whatever stands between them", () => {
    expect(parseJsonSequence('{"a":"}]\\"{"}\n[1,{"b":2}]ospf6d is not running\n{}')).toEqual([{ a: '}]"{' }, [1, { b: 2 }], {}]);
  });

  test("that are cut short, or no JSON, are none", () => {
    expect(parseJsonSequence('{"a":1} {"b":')).toEqual([{ a: 1 }]);
    expect(parseJsonSequence("% [not] an answer")).toEqual([]);
  });
});

test("what OSPF waits for and what BGP has yet to send is counted together; a daemon that does not run waits for nothing", async () => {
  const answers: Readonly<Record<string, object>> = {
    bgpd: { ipv4Unicast: { as: 65010, peers: { "10.20.1.1": { outq: 2 } } }, ipv6Unicast: { peers: { "fd00:20:1::1": { outq: 1 } } } },
    ospf6d: { e0: { pendingLsaLsUpdateCount: 4 } },
  };
  const run = (argv: readonly string[]) => Promise.resolve({ code: 0, stdout: JSON.stringify(answers[argv[2] ?? ""] ?? {}), stderr: "" });
  expect(await unacknowledged(run)).toBe(7);
  expect(await unacknowledged(() => Promise.resolve({ code: 1, stdout: "", stderr: "" }))).toBe(0);
});
