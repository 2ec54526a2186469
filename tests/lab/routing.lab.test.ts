import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { readFile } from "node:fs/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CommandRunner } from "@rackway/linux";
import {
  applyFrr,
  checkFrr,
  emptyFrrMemory,
  explainRouting,
  frrLogFiles,
  observeFrr,
  observeRouting,
  parseFrrConfig,
  planFrr,
  readFrrLog,
  renderFrrBatch,
  type FrrMemory,
  type FrrPaths,
  type FrrPlan,
} from "@rackway/routing";
import type { RoutingState } from "@rackway/schema";

import { FrrPair, until } from "../harness/frr-pair.ts";
import { bgpState, keys, ospfState } from "../../packages/adapters/routing/src/testing.ts";

/**
 * Rackway's part of FRR against Debian's own FRR, on a host and the router in front of it: what is entered, that it is entered once, that
 * an operator's lines stay, what a removal leaves, what goes out, and why a neighbour is not there.
 */
let pair: FrrPair;
let paths: FrrPaths;
let memory: FrrMemory = emptyFrrMemory;
/** Commands that ran since they were last looked at. */
let ran: string[] = [];

const service = { installed: true, enabled: true, running: true };
const daemons = ["ospfd", "ospf6d", "bfdd", "bgpd"];

/** An operator's own, in the same sections as ours. */
const operators = `hostname his
interface e0
 description uplink
 ip ospf priority 5
exit
router ospf
 redistribute static route-map his
exit
router bgp 65001
 bgp log-neighbor-changes
 no bgp ebgp-requires-policy
 neighbor 192.0.2.1 remote-as 65099
 address-family ipv4 unicast
  network 192.0.2.0/24
 exit-address-family
exit
ip prefix-list his seq 5 permit 192.0.2.0/24
route-map his permit 10
 match ip address prefix-list his
exit
bfd
 profile his
  transmit-interval 200
 exit
exit
ip route 192.0.2.0/24 blackhole
`;

beforeAll(async () => {
  pair = await FrrPair.up("routing");
  paths = { daemons: pair.host.path("/etc/frr/daemons"), config: pair.host.path("/etc/frr/frr.conf") };
  await Promise.all([pair.host.startFrr(daemons), pair.router.startFrr(daemons)]);
  // What Pacemaker puts there: the host's own routes to VIPs. And one that is nobody's business.
  for (const route of ["10.77.0.1/32", "fd00:77::1/128"])
    await pair.host.mustRun(["ip", "route", "add", route, "dev", "lo", "proto", "82", "metric", "82"]);
  await pair.host.mustRun(["ip", "route", "add", "10.99.0.1/32", "dev", "lo", "proto", "82"]);
});

const announceRoutes = async (verb: "add" | "del"): Promise<void> => {
  for (const route of ["10.77.0.1/32", "fd00:77::1/128"])
    await pair.host.mustRun(["ip", "route", verb, route, "dev", "lo", "proto", "82", "metric", "82"]);
};

afterAll(async () => {
  await pair?.down();
});

const run: CommandRunner = (argv, options) => {
  ran.push(argv.join(" "));
  return pair.host.run(argv, options);
};

/** One look, and what comes of it: as the agent does it. */
async function converge(routing: RoutingState | null): Promise<FrrPlan> {
  const plan = planFrr(routing, keys, await observeFrr(run, service, paths), memory);
  const driver = { start: none, stop: none, reload: none };
  expect(await applyFrr(plan.actions, { run, driver, keys, paths })).toBeNull();
  if (plan.problems.length === 0) memory = plan.memory;
  return plan;
}

async function none(): Promise<never> {
  throw new Error("no daemon is to be steered here");
}

const routerOspf = (routing: RoutingState, change: Partial<NonNullable<RoutingState["ospf"]>> = {}): RoutingState => ({
  ...routing,
  routerId: pair.router.address[4],
  ospf: { ...routing.ospf!, ...change },
});

/** The router speaks as the state says, by the same rendering: that the two understand each other is the point of the wire, not of the text. */
async function setRouter(routing: RoutingState | null, known: FrrMemory): Promise<FrrMemory> {
  const routerPaths = { daemons: pair.router.path("/etc/frr/daemons"), config: pair.router.path("/etc/frr/frr.conf") };
  const plan = planFrr(routing, keys, await observeFrr(pair.router.run, service, routerPaths), known);
  expect(plan.problems).toEqual([]);
  expect(
    await applyFrr(plan.actions, { run: pair.router.run, driver: { start: none, stop: none, reload: none }, keys, paths: routerPaths }),
  ).toBeNull();
  return plan.memory;
}

const writes = (): string[] => ran.filter((command) => /vtysh (-f|-C)/.test(command));

describe("the rendered configuration", () => {
  it.each(["ospf", "bgp"])("of the golden %s passes FRR's own checker, and one with an error does not", async (name) => {
    const golden = readFileSync(new URL(`../../packages/adapters/routing/src/goldens/${name}.conf`, import.meta.url), "utf8");
    expect(await checkFrr(pair.host.run, golden, keys)).toBeNull();
    const broken = await checkFrr(pair.host.run, golden.replace("redistribute kernel", "redistribute colonel"), keys);
    expect(broken).toMatchObject({ code: "frr-refused" });
    expect(broken?.message).toMatch(/line \d+/);
  });
});

describe("on the wire", () => {
  let router: FrrMemory = emptyFrrMemory;
  // No election of a designated router to wait for.
  const wire: RoutingState = { ...ospfState, ospf: { ...ospfState.ospf!, networkType: "point-to-point" } };
  let untouched: string;
  const logs = (): string[] => frrLogFiles.map((file) => pair.host.path(file));
  const look = () => observeRouting(pair.host.run, wire);
  const isFull = async (): Promise<boolean> => {
    const { neighbors } = await look();
    return neighbors.length === 2 && neighbors.every(({ state, bfd }) => state.startsWith("Full") && bfd === "up");
  };
  /** What is said of the link now, by FRR's tables and what it has logged since. */
  const causes = async (sinceMs: number): Promise<string[]> =>
    explainRouting(wire, await look(), null, await readFrrLog(pair.host.run, sinceMs, logs())).map(({ code }) => code);

  /** What the router's database has of external prefixes. One that was withdrawn is kept for a while at the age of an hour (MaxAge): it is none. */
  const known = async (): Promise<string> => {
    const text = await pair.router.mustRun([
      "vtysh",
      "-c",
      "show ip ospf database external",
      "-c",
      "show ipv6 ospf6 database as-external detail",
    ]);
    const entries = text.split(/^(?=\s*(?:LS age|Age):)/m).slice(1);
    return entries.filter((entry) => !/^\s*(?:LS age|Age): +3600\b/.test(entry)).join("");
  };

  beforeAll(async () => {
    untouched = await pair.host.config();
    await converge(wire);
    router = await setRouter(routerOspf(wire), router);
    await until("both neighbours Full, with BFD", isFull, 30_000);
  });

  it("goes out exactly what may be announced and has its route, by OSPFv2 and OSPFv3", async () => {
    await until("the router knows both prefixes", async () => /10\.77\.0\.1[^]*fd00:77::1/.test(await known()));
    // OSPF takes the next change of a prefix after a second (MinLSArrival).
    await announceRoutes("del");
    await until("the router has forgotten both", async () => !/10\.77\.0\.1|fd00:77::1/.test(await known()));
    expect((await look()).announced).toEqual([]);
    await announceRoutes("add");
    await until("the router knows both prefixes", async () => /10\.77\.0\.1[^]*fd00:77::1/.test(await known()));
    expect(await known()).not.toMatch(/10\.99\.0\.1|10\.20\.1\.0/);
    expect((await look()).announced).toEqual([
      { family: 4, prefix: "10.77.0.1/32" },
      { family: 6, prefix: "fd00:77::1/128" },
    ]);
  });

  it("comes nothing into the kernel that the router says", async () => {
    await pair.router.mustRun(["ip", "route", "add", "10.66.0.1/32", "dev", "lo", "proto", "82"]);
    await pair.router.enter("ip prefix-list rw-announce-4 seq 7 permit 10.66.0.1/32\n");
    await until("the host has heard it", async () =>
      (await pair.host.mustRun(["vtysh", "-c", "show ip route ospf"])).includes("10.66.0.1"),
    );
    expect(await pair.host.mustRun(["ip", "route", "show", "10.66.0.1"])).toBe("");
  });

  it.each([
    ["routing-area-mismatch", { area: "0.0.0.1" }],
    ["routing-timer-mismatch", { helloSeconds: 2 }],
  ] as const)("names %s %o", async (code, change) => {
    const sinceMs = Date.now() - 1000;
    router = await setRouter(routerOspf(wire, change), router);
    await until(`${code} in both families`, async () => JSON.stringify(await causes(sinceMs)) === JSON.stringify([code, code]));
    router = await setRouter(routerOspf(wire), router);
    await until("both neighbours Full again", isFull, 30_000);
    expect(await causes(Date.now())).toEqual([]);
  });

  it.each([
    ["ospfd", /10\.77\.0\.1/],
    ["ospf6d", /fd00:77::1/],
  ])("comes back after %s has died and was started anew, without what the others still show", async (daemon, prefix) => {
    await pair.host.mustRun(["sh", "-c", `kill -KILL $(cat /run/frr/${daemon}.pid)`]);
    // As FRR's own watchdog (watchfrr(8)) does, which waits for a parent to take leave of the dead: here is none.
    await pair.host.mustRun([
      "sh",
      "-c",
      `/usr/lib/frr/${daemon} -d -F traditional >/dev/null 2>&1 && vtysh -b -d ${daemon} >/dev/null 2>&1`,
    ]);
    expect(await pair.host.config()).toContain("route-map rw-anycast");
    expect(await pair.host.mustRun(["vtysh", "-c", `show running-config ${daemon}`])).not.toContain("rw-anycast");
    await until(
      "both neighbours Full again, and the router knows the prefix",
      async () => {
        await converge(wire);
        return (await isFull()) && prefix.test(await known());
      },
      60_000,
    );
  });

  it("withdraws before the neighbour is left: nothing stays behind there; and leaves FRR as it was", async () => {
    expect(await known()).toMatch(/10\.77\.0\.1[^]*fd00:77::1/);
    // OSPF takes the next change of a prefix after a second (MinLSArrival), and one was announced anew a moment ago.
    await wait(1100);
    await converge(null);
    // A neighbour that was only left would have kept them for an hour.
    await until("the router has forgotten both prefixes", async () => !/10\.77\.0\.1|fd00:77::1/.test(await known()), 5000);
    expect(await pair.host.config()).toBe(untouched);
  });

  it("names a router that says nothing", async () => {
    router = await setRouter(null, router);
    await converge(wire);
    const missing = "routing-neighbor-missing";
    await until("nobody there", async () => JSON.stringify(await causes(Date.now())) === JSON.stringify([missing, missing]));
    await converge(null);
    expect(await pair.host.config()).toBe(untouched);
  });
});

describe.each([
  ["OSPF", ospfState],
  ["BGP", bgpState],
])("%s in an operator's FRR", (_, routing) => {
  let before: string;
  let entered: string;
  beforeAll(async () => {
    await pair.host.enter(operators);
    before = await pair.host.config();
  });

  it("is entered, beside every line that was there", async () => {
    const plan = await converge(routing);
    expect(plan.problems).toEqual([]);
    expect(plan.actions.map((action) => action.do)).toEqual(["configure"]);
    entered = await pair.host.config();
    const lines = entered.split("\n");
    for (const line of before.split("\n")) expect(lines).toContain(line);
  });

  it("is not entered again: a second look writes nothing", async () => {
    ran = [];
    expect(await converge(routing)).toMatchObject({ steps: [], problems: [], actions: [] });
    expect(writes()).toEqual([]);
  });

  it("permits one VIP more by one line more", async () => {
    ran = [];
    const before = await pair.host.config();
    const more = {
      ...routing,
      announce: [...routing.announce, { family: 4 as const, prefix: "10.77.0.9/32", vip: "more", namespace: "web" }],
    };
    await converge(more);
    const added = (await pair.host.config()).split("\n").filter((line) => !before.split("\n").includes(line));
    expect(added).toEqual([expect.stringMatching(/^ip prefix-list rw-announce-4 seq \d+ permit 10\.77\.0\.9\/32$/)]);
    await converge(routing);
    expect(await pair.host.config()).toBe(before);
  });

  it("is put back where somebody took a part of it out", async () => {
    await pair.host.enter(
      "no route-map rw-anycast-4 permit 10\nno ip protocol ospf route-map rw-deny\nno ip protocol bgp route-map rw-deny\n",
    );
    const plan = await converge(routing);
    expect(plan.steps.length).toBeGreaterThan(0);
    const [now, wanted] = [await pair.host.config(), entered].map((text) => text.split("\n").filter(Boolean).toSorted());
    expect(now).toEqual(wanted);
  });

  it("goes without a trace, and FRR is as it was, also where an operator saved all of it", async () => {
    await pair.host.mustRun(["vtysh", "-c", "write memory"]);
    expect(await readFile(paths.config, "utf8")).toContain("rw-announce-4");
    await converge(null);
    expect(await pair.host.config()).toBe(before);
    expect(await readFile(paths.config, "utf8")).not.toMatch(/rw-|ip ospf area|router-id/);
    // What FRR would start with is what an operator would have saved without us, but for empty comments.
    const meant = (text: string): string[] => parseFrrConfig(text).map((line) => renderFrrBatch([line]));
    expect(meant(await readFile(paths.config, "utf8"))).toEqual(meant(before));
    expect(memory).toEqual(emptyFrrMemory);
    ran = [];
    await converge(null);
    expect(writes()).toEqual([]);
  });

  it("changes nothing where it would contradict the operator", async () => {
    const contradiction =
      routing.ospf === null ? "router bgp 65001\n neighbor 10.20.1.1 remote-as 65098\n" : "interface e0\n ip ospf area 0.0.0.9\n";
    await pair.host.enter(contradiction);
    const contradicted = await pair.host.config();
    ran = [];
    const { problems } = await converge(routing);
    expect(problems.map(({ code }) => code)).toEqual(["frr-conflict"]);
    expect(writes()).toEqual([]);
    expect(await pair.host.config()).toBe(contradicted);
    await pair.host.enter(
      routing.ospf === null ? "router bgp 65001\n no neighbor 10.20.1.1\n" : "interface e0\n no ip ospf area 0.0.0.9\n",
    );
    expect(await pair.host.config()).toBe(before);
  });
});
