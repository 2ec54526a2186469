import { setTimeout as sleep } from "node:timers/promises";
import { AnycastStand } from "../../harness/anycast-stand.ts";
import type { HttpRequestsResult } from "../../harness/http-requests.ts";
import { ProxiedVip } from "../../harness/proxied-vip.ts";
import type { Run, Scenario } from "../../harness/scenario.ts";
import type { Family } from "../../harness/vip-stand.ts";

const steadyMs = 1500;

/** Who asks, how often, and who answers. */
export interface Requests {
  /** Of all clients together; each has its part, over one family. */
  perSecond: number;
  clients: readonly (readonly [host: string, family: Family])[];
  /** Hosts with web servers, the second of which is added and taken out. */
  members: readonly [first: string, added: string];
}

export interface Reloads extends Requests {
  /** The first adds the second member as a backend, the next takes it out again, and so on. */
  reloads: number;
}

/** Reloads HAProxy on every controller, by documents with other backends, under requests. Begins and ends as `reloads` has it. */
export async function reloadUnderRequests(any: AnycastStand, shop: ProxiedVip, { reloads, ...asked }: Reloads): Promise<Run> {
  const [first, added] = asked.members;
  const workers = (): Promise<string[]> => Promise.all(any.hosts.map((host) => shop.worker(host)));
  return underRequests(shop, asked, async () => {
    const before = await workers();
    for (let reload = 0; reload < reloads; reload++) {
      const wanted = reload % 2 === 0 ? [first, added] : [first];
      await shop.apply(wanted);
      await shop.loaded(wanted);
      await sleep(steadyMs);
    }
    const after = await workers();
    const kept = any.hosts.filter((_, index) => before[index] === after[index]);
    return { group: "reload", failures: kept.map((host) => `the worker of ${host} is still the one of before`) };
  });
}

/** The negative control: HAProxy is killed instead, on every controller that the clients may be sent to, and requests must fail. */
async function killInstead(any: AnycastStand, shop: ProxiedVip, asked: Requests): Promise<Run> {
  try {
    const run = await underRequests(shop, asked, async () => {
      await Promise.all(any.hosts.map((host) => shop.kill(host, "KILL", "all")));
      await sleep(steadyMs);
      return { group: "hard kill", failures: [] };
    });
    return { ...run, failures: run.values["failed"] === 0 ? ["no request failed when HAProxy was killed"] : [] };
  } finally {
    await shop.announced("tor-a", any.hosts, 120_000);
  }
}

/** Does something while requests are made, and counts what became of them: every one that failed is a failure. */
async function underRequests(
  shop: ProxiedVip,
  { clients, perSecond }: Requests,
  body: () => Promise<Pick<Run, "group" | "failures">>,
): Promise<Run> {
  const requests = await Promise.all(
    clients.map(([client, family]) => shop.requests(client, { perSecond: perSecond / clients.length, family })),
  );
  const startedAtMs = Date.now();
  try {
    await sleep(steadyMs);
    const { group, failures } = await body();
    const ranMs = Date.now() - startedAtMs;
    const results = await Promise.all(requests.map((each) => each.stop()));
    const failed = results.flatMap((result, index) =>
      Object.entries(result.failures).map(([kind, count]) => `${count} requests of ${clients[index]?.join(" by IPv")} failed: ${kind}`),
    );
    return { group, values: figuresOf(results, ranMs), failures: [...failures, ...failed], details: results };
  } catch (error) {
    for (const each of requests) each.abandon();
    throw error;
  }
}

function figuresOf(results: readonly HttpRequestsResult[], ranMs: number): Record<string, number> {
  const sum = (of: (result: HttpRequestsResult) => number): number => results.reduce((total, result) => total + of(result), 0);
  return {
    requests: sum(({ started }) => started),
    requestsPerSecond: Math.round(sum(({ started }) => started) / (ranMs / 1000)),
    failed: sum(({ started, done }) => started - done),
    heldBack: sum(({ heldBack }) => heldBack),
  };
}

/** Ten runs of four reloads, then the negative control. */
const counts: Reloads = {
  perSecond: 2000,
  reloads: 4,
  clients: [
    ["node-a1", 4],
    ["node-a1", 6],
  ],
  // One rack alone, so that two cores are left for the requests: the second web server is a controller's.
  members: ["node-a1", "ctl-a3"],
};
const runs = 11;

export const proxyReload: Scenario = {
  name: "proxy-reload",
  summary: `HAProxy is reloaded on every controller ${counts.reloads} times a run under ${counts.perSecond} requests a second, each on a connection of its own: none fails; the hard kill fails some`,
  runs,
  thresholds: [
    { value: "failed", group: "reload", statistic: "max", atMost: 0 },
    { value: "requestsPerSecond", group: "reload", statistic: "min", atLeast: counts.perSecond * 0.95 },
    // A rate that the machine cannot keep proves nothing.
    { value: "heldBack", group: "reload", statistic: "max", atMost: 0 },
    { value: "failed", group: "hard kill", statistic: "min", atLeast: 1 },
  ],
  async setUp(progress) {
    const any = await AnycastStand.up({ name: "soak-proxy", racks: ["rack-a"], onProgress: progress });
    try {
      const [first, added] = counts.members;
      const shop = await ProxiedVip.prepare(any, { members: [first, added], without: [added] });
      await shop.announced("tor-a", any.hosts, 60_000);
      // A thousand connections a second from one address: more ports, and each again a second after it was closed.
      await any.stand.lab.run(first, ["sysctl", "-qw", "net.ipv4.ip_local_port_range=1024 65535", "net.ipv4.tcp_tw_reuse=1"]);
      const run = (index: number): Promise<Run> =>
        any.stand.round(() => (index === runs - 1 ? killInstead(any, shop, counts) : reloadUnderRequests(any, shop, counts)));
      return { run, tearDown: () => any.down() };
    } catch (error) {
      await any.down();
      throw error;
    }
  },
};
