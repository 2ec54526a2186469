import { setTimeout as sleep } from "node:timers/promises";
import type { AnycastFlow, AnycastFlowsResult } from "../../harness/anycast-flows.ts";
import type { AnycastStand } from "../../harness/anycast-stand.ts";
import type { Run, Scenario } from "../../harness/scenario.ts";
import { byBgp, keepFlows } from "../../harness/fabrics.ts";
import type { StandOptions } from "../../harness/stand.ts";
import { allAnnounce, announcers, everybody, nextPort, stage, type Announcer } from "./anycast-stage.ts";

const clients = ["node-a1", "node-b1", "internet"];
const flowsEach = 10;
const rateHz = 100;

/** Of the example's check: 500 ms, answers within 200 ms, twice. */
const noticedWithinMs = 2 * (500 + 200) + 100;

const startFlows = (any: AnycastStand, seconds: number, hosts: string[] = [...announcers]): ReturnType<AnycastStand["flows"]> =>
  any.flows({ from: clients, hosts, port: nextPort(), flows: flowsEach, rateHz, maxSeconds: seconds });

const victimOf = (index: number): Announcer => announcers[index % announcers.length] ?? "ctl-a1";

/** Without `victim`, its rack sends to the others of the rack, or to the other rack. */
async function withoutIt(any: AnycastStand, victim: Announcer): Promise<void> {
  if (victim === "ctl-b1") await any.announced("tor-b", ["spine"]);
  else
    await any.announced(
      "tor-a",
      announcers.filter((host) => host !== victim && host !== "ctl-b1"),
    );
}

/** Flows that `victim` answered at a time, and those that others did. */
function divide(flows: readonly AnycastFlow[], victim: string, atMs: number): { its: AnycastFlow[]; others: AnycastFlow[] } {
  const answerer = ({ servers }: AnycastFlow): string | undefined => servers.findLast(({ fromMs }) => fromMs <= atMs)?.name;
  return { its: flows.filter((flow) => answerer(flow) === victim), others: flows.filter((flow) => answerer(flow) !== victim) };
}

/** Flows that went to another server between two times, although theirs was well. */
function movedBetween(flows: readonly AnycastFlow[], fromMs: number, toMs: number): number {
  return flows.filter(({ servers }) => servers.slice(1).some((server) => server.fromMs > fromMs && server.fromMs < toMs)).length;
}

function longestGap(flows: readonly AnycastFlow[], fromMs: number, toMs: number): number {
  const gaps = flows.flatMap((flow) => flow.gaps.filter(({ startedAtMs }) => startedAtMs > fromMs - 50 && startedAtMs < toMs));
  return Math.max(0, ...gaps.map(({ lengthMs }) => lengthMs));
}

function weakness({ instrument, sendErrors }: AnycastFlowsResult): object {
  return { instrument, sendErrors };
}

const racks = Object.keys(everybody);

/** Its packets vanish, its cable stays up: only BFD can tell. */
function silentHost(name: string, how: string, fabric: Pick<StandOptions, "edit" | "editTopology">): Scenario {
  return {
    name,
    summary: `30 flows from both racks and the internet; one of six announcers falls silent, its cable still up (BFD 50 ms × 3, ${how})`,
    runs: 20,
    thresholds: [
      { value: "blackoutMs", statistic: "median", atMost: 200 },
      { value: "blackoutMs", statistic: "max", atMost: 300 },
      { value: "healthyFlowsMoved", statistic: "max", atMost: 0 },
    ],
    setUp: (progress) => stage("soak-any-silent", progress, silenceOnce, { ...fabric, announcers: everybody }),
  };
}

async function silenceOnce(any: AnycastStand, index: number): Promise<Run> {
  const hosts = Object.values(everybody).flat();
  const victim = hosts[index % hosts.length] ?? "ctl-a1";
  const [rack, ofItsRack] = Object.entries(everybody).find(([, names]) => names.includes(victim)) ?? ["rack-a", []];
  const flows = await startFlows(any, 120, hosts);
  await sleep(3_000);
  const silentAtMs = Date.now();
  await any.stand.lab.loss(victim, "fabric", 100);
  // Nobody looks meanwhile: what looks takes processors from what is measured.
  await sleep(2_000);
  await any.announced(
    rack.replace("rack", "tor"),
    ofItsRack.filter((host) => host !== victim),
  );
  const healedAtMs = Date.now();
  await any.stand.lab.loss(victim, "fabric", 0);
  await allAnnounce(any, everybody);
  await sleep(2_000);
  const result = await flows.stop();
  const endMs = Date.now();
  const { its, others } = divide(result.flows, victim, silentAtMs);
  return {
    group: victim,
    values: {
      itsFlows: its.length,
      blackoutMs: longestGap(its, silentAtMs, healedAtMs),
      healthyFlowsMoved: movedBetween(others, silentAtMs, healedAtMs),
      gapOnReturnMs: longestGap(result.flows, healedAtMs, endMs),
    },
    failures: its.length === 0 ? ["no flow was there: nothing was measured"] : [],
    details: weakness(result),
  };
}

export const anycastSilentHost = silentHost("anycast-silent-host", "OSPF, FRR routers", { editTopology: keepFlows });

export const anycastSilentHostBird = silentHost("anycast-silent-host-bird", "OSPF, BIRD routers", {
  editTopology: (topology) => {
    keepFlows(topology);
    topology.daemon = "bird";
  },
});

export const anycastSilentHostBgp = silentHost("anycast-silent-host-bgp", "BGP, FRR routers", byBgp(racks, keepFlows));

export const anycastSilentHostBgpBird = silentHost("anycast-silent-host-bgp-bird", "BGP, BIRD routers", {
  ...byBgp(racks, (topology) => {
    keepFlows(topology);
    topology.daemon = "bird";
  }),
});

export const anycastServiceKilled: Scenario = {
  name: "anycast-service-killed",
  summary: "The service behind the VIP is killed on one of three announcers: its traffic goes elsewhere, and no other flow suffers",
  runs: 20,
  thresholds: [
    { value: "elsewhereAfterMs", statistic: "max", atMost: noticedWithinMs },
    { value: "lostOfOthers", statistic: "max", atMost: 0 },
  ],
  setUp: (progress) =>
    stage("soak-any-killed", progress, async (any, index) => {
      const victim = victimOf(index);
      const flows = await startFlows(any, 60);
      await sleep(1_000);
      const killedAtMs = Date.now();
      await any.stand.lab.kill(victim, "nginx");
      await withoutIt(any, victim);
      await sleep(1_000);
      await any.service(victim, "start");
      await allAnnounce(any);
      const result = await flows.stop();
      const { its, others } = divide(result.flows, victim, killedAtMs);
      // The flows' own servers live on: how long the routers still sent there is what is asked.
      const lastMs = Math.max(
        ...its.flatMap(({ servers }) =>
          servers.filter(({ name, fromMs }) => name === victim && fromMs <= killedAtMs).map((server) => server.lastMs),
        ),
      );
      return {
        group: victim,
        values: {
          itsFlows: its.length,
          elsewhereAfterMs: its.length === 0 ? 0 : Math.max(0, lastMs - killedAtMs),
          lostOfOthers: others.reduce((sum, { lost }) => sum + lost, 0),
          lostOfIts: its.reduce((sum, { lost }) => sum + lost, 0),
        },
        failures: its.length === 0 ? ["no flow was there: nothing was measured"] : [],
        details: weakness(result),
      };
    }),
};

/** One flow from the internet at 1 kHz, and many slow ones: drained and resumed at once, over and over. */
export const anycastDrainResume: Scenario = {
  name: "anycast-drain-resume",
  summary:
    "An announcer is drained, and resumed within a second: nothing is lost at 1 kHz, and no route is ever missing for long (MinLSArrival)",
  runs: 20,
  thresholds: [
    { value: "lost", statistic: "max", atMost: 0 },
    { value: "longestGapMs", statistic: "max", atMost: 100 },
    { value: "backAfterMs", statistic: "max", atMost: 10_000 },
  ],
  setUp: (progress) =>
    stage("soak-any-drain", progress, async (any, index) => {
      const victim = index % 2 === 0 ? "ctl-a1" : "ctl-a2";
      const fast = await any.flows({
        from: ["internet"],
        hosts: [...announcers],
        port: nextPort(),
        flows: 1,
        rateHz: 1000,
        maxSeconds: 60,
      });
      const flows = await startFlows(any, 60);
      await sleep(500);
      const { client } = any.stand.controlPlane;
      await client.drain(victim, "soak");
      await withoutIt(any, victim);
      await sleep(index * 50);
      await client.undrain(victim);
      const resumedAtMs = Date.now();
      await allAnnounce(any);
      const backAfterMs = Date.now() - resumedAtMs;
      await sleep(500);
      const results = await Promise.all([fast.stop(), flows.stop()]);
      return {
        group: victim,
        values: {
          lost: results.reduce((sum, { lost }) => sum + lost, 0),
          longestGapMs: Math.max(...results.map(({ longestGapMs }) => longestGapMs)),
          backAfterMs,
          flowsThatMoved: results[1].flows.filter(({ servers }) => servers.length > 1).length,
        },
        failures: [],
        details: results.map(weakness),
      };
    }),
};

/** The negative control: the address goes before the announcement does. */
export const anycastAddressFirst: Scenario = {
  name: "anycast-address-first",
  summary: "The negative control of the drain: an address that goes while it is announced loses datagrams, and they are seen to be lost",
  runs: 3,
  thresholds: [{ value: "lost", statistic: "min", atLeast: 10 }],
  setUp: (progress) =>
    stage("soak-any-control", progress, async (any, index) => {
      const victim = victimOf(index);
      const flows = await startFlows(any, 30);
      await sleep(500);
      await any.stand.lab.sh(
        victim,
        `ip -n rw-web address del ${any.vip[4]}/32 dev rw-vip; sleep 0.2; ip -n rw-web address add ${any.vip[4]}/32 dev rw-vip`,
      );
      await sleep(1_000);
      const result = await flows.stop();
      return {
        group: victim,
        values: { lost: result.lost },
        failures: [],
        details: weakness(result),
      };
    }),
};

const flapMs = 1_000;
const flapForMs = 5 * 60_000;

/** Of the example's check, as of every check that does not say otherwise. */
const changesPerMinute = 6;

export const anycastFlapping: Scenario = {
  name: "anycast-flapping",
  summary:
    "A service that is up for a second and down for a second, five minutes long: what the routers hear of it stays within the document's bound",
  runs: 1,
  thresholds: [
    { value: "changesHeard", statistic: "max", atMost: (changesPerMinute * flapForMs) / 60_000 },
    { value: "mostInAMinute", statistic: "max", atMost: changesPerMinute },
    { value: "lostOfOthers", statistic: "max", atMost: 0 },
  ],
  setUp: (progress) =>
    stage("soak-any-flap", progress, async (any) => {
      const flows = await startFlows(any, flapForMs / 1000 + 60);
      const ends = Date.now() + flapForMs;
      const heard: number[] = [];
      let before = await lsaSequence(any, "ctl-a1");
      let isUp = true;
      while (Date.now() < ends) {
        const nextMs = Date.now() + flapMs;
        await any.service("ctl-a1", isUp ? "stop" : "start");
        isUp = !isUp;
        while (Date.now() < nextMs) {
          const now = await lsaSequence(any, "ctl-a1");
          if (now !== before) heard.push(Date.now());
          before = now;
          await sleep(100);
        }
      }
      if (!isUp) await any.service("ctl-a1", "start");
      const result = await flows.stop();
      const mostInAMinute = Math.max(0, ...heard.map((at) => heard.filter((each) => each >= at && each < at + 60_000).length));
      const others = result.flows.filter(({ servers }) => servers.every(({ name }) => name !== "ctl-a1"));
      return {
        group: "flapping",
        values: {
          changesHeard: heard.length,
          mostInAMinute,
          lostOfOthers: others.reduce((sum, { lost }) => sum + lost, 0),
          lost: result.lost,
        },
        failures: heard.length === 0 ? ["the router heard of no change: nothing was measured"] : [],
        details: weakness(result),
      };
    }),
};

/** Sequence number and age of the host's LSA for the VIP, in the top-of-rack router's database: another each time that it hears of it. */
async function lsaSequence(any: AnycastStand, host: string): Promise<string> {
  const id = any.stand.document.spec.hosts.find(({ name }) => name === host)?.addresses["management"]?.[0] ?? "";
  const { stdout } = await any.stand.lab.exec("tor-a", ["birdc", "-r", "show", "ospf", "lsadb", "type", "5", "router", id]);
  // Type, link-state id, router, sequence number, age: `0005  10.77.0.1  10.10.1.11  80000003  12  a1b2`.
  const [, sequence, age] = new RegExp(`^\\s*0005\\s+${any.vip[4]}\\s+\\S+\\s+(\\S+)\\s+(\\d+)`, "m").exec(stdout) ?? [];
  if (sequence !== undefined) return `${sequence}${Number(age) >= 3600 ? " flushed" : ""}`;
  const text = await any.stand.lab.run("tor-a", ["vtysh", "-c", `show ip ospf database external ${any.vip[4]} adv-router ${id}`]);
  const isGone = /LS age: 36\d\d/.test(text);
  return `${/LS Seq Number: (\w+)/.exec(text)?.[1] ?? "none"}${isGone ? " flushed" : ""}`;
}

export const anycastScenarios: readonly Scenario[] = [
  anycastSilentHost,
  anycastSilentHostBird,
  anycastSilentHostBgp,
  anycastSilentHostBgpBird,
  anycastServiceKilled,
  anycastDrainResume,
  anycastAddressFirst,
  anycastFlapping,
];
