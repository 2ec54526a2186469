import { setTimeout as sleep } from "node:timers/promises";
import type { AnycastStand } from "../../harness/anycast-stand.ts";
import type { Run, Scenario } from "../../harness/scenario.ts";
import { allAnnounce, announcers, nextPort, stage } from "./anycast-stage.ts";

/** How long what was restarted may take to show what it does; routers that lost a neighbour have noticed by then. */
const settleMs = 6_000;

const clients = [
  ["node-a1", 4],
  ["node-b1", 6],
  ["internet", 4],
] as const;

type Restart = { what: string; cause: (any: AnycastStand, victim: string) => Promise<unknown> };

const supervised = (service: string): Restart["cause"] => {
  return (any, victim) => any.stand.lab.run(victim, ["sv", "-w", "30", "restart", `/etc/sv/${service}`], { timeoutMs: 40_000 });
};
const killed = (name: string): Restart["cause"] => {
  return (any, victim) => any.stand.lab.kill(victim, name);
};

/** What an upgrade does, and what a crash does. */
const restarts: readonly Restart[] = [
  { what: "FRR restarted", cause: supervised("frr") },
  { what: "ospfd killed", cause: killed("ospfd") },
  { what: "ospf6d killed", cause: killed("ospf6d") },
  { what: "zebra killed", cause: killed("zebra") },
  { what: "bfdd killed", cause: killed("bfdd") },
  { what: "agent restarted", cause: supervised("rackway-agent") },
  {
    what: "checker killed",
    cause: (any, victim) => any.stand.lab.run(victim, ["sh", "-c", `kill -KILL $(cat /run/rackway/${any.netns}-check/pid)`]),
  },
  {
    what: "server killed",
    cause: async ({ stand: { controlPlane } }) => {
      await controlPlane.stopServer("SIGKILL");
      await sleep(1_000);
      await controlPlane.startServer();
    },
  },
];

/** What may die or be upgraded on an announcer, one thing at a time, while members of both racks and the internet host ask at 1 kHz. */
export const anycastRestarts: Scenario = {
  name: "anycast-restarts",
  summary: `On one of three announcers: ${restarts.map(({ what }) => what).join(", ")}: nothing is lost at 1 kHz in either family`,
  runs: 3 * restarts.length,
  thresholds: [{ value: "lost", statistic: "max", atMost: 0 }],
  setUp: (progress) => stage("soak-any-restart", progress, restartOnce),
};

async function restartOnce(any: AnycastStand, index: number): Promise<Run> {
  const restart = restarts[index % restarts.length];
  if (restart === undefined) throw new Error("no such restart");
  // Of the two in one rack, so that a router has another next hop, and the one in the other rack, so that it has not.
  const victim = announcers[Math.floor(index / restarts.length) % announcers.length] ?? "ctl-a1";
  const options = { hosts: [...announcers], flows: 1, rateHz: 1000, maxSeconds: 90 };
  const flows = await Promise.all(clients.map(([client, family]) => any.flows({ ...options, from: [client], family, port: nextPort() })));
  await sleep(1_000);
  await restart.cause(any, victim);
  await sleep(settleMs);
  await allAnnounce(any);
  await sleep(1_000);
  const results = await Promise.all(flows.map((each) => each.stop()));
  const sent = results.reduce((sum, each) => sum + each.sent, 0);
  return {
    group: restart.what,
    values: {
      lost: results.reduce((sum, { lost }) => sum + lost, 0),
      longestGapMs: Math.max(...results.map(({ longestGapMs }) => longestGapMs)),
    },
    failures: sent < 3 * settleMs * 0.8 ? [`only ${sent} datagrams were sent`] : [],
    details: {
      victim,
      results: results.map(({ lost, longestGapMs, instrument, sendErrors }) => ({ lost, longestGapMs, instrument, sendErrors })),
    },
  };
}
