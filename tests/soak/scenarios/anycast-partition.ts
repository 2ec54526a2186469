import { setTimeout as sleep } from "node:timers/promises";
import { AnycastStand } from "../../harness/anycast-stand.ts";
import type { Run, Scenario, Session } from "../../harness/scenario.ts";
import { allAnnounce, everybody } from "./anycast-stage.ts";
import { OwnerWatch, setTakeover, takeovers, twoOwnersBoundMs, type Takeover } from "./owner-watch.ts";

/**
 * Who is cut off from whom:
 * - `one-alone`: a controller of rack-a from all others
 * - `halves`: all controllers of rack-a from all of rack-b
 * - `bridge`: the first of rack-a from the last, while the second sees both
 * - `deaf`, `dumb`: the management cable of one of rack-a passes nothing one way
 * - `rack-alone`: rack-a from the rest of the world, its members too
 */
const shapes = ["one-alone", "halves", "bridge", "deaf", "dumb", "rack-alone"] as const;
type Shape = (typeof shapes)[number];

const racks = [
  { name: "rack-a", tor: "tor-a", member: "node-a1" },
  { name: "rack-b", tor: "tor-b", member: "node-b1" },
] as const;

/** How long a partition stays: what Pacemaker does about it, it has done by then. */
const partitionMs = 12_000;
const asksEach = 3;

async function split({ stand, hosts }: AnycastStand, shape: Shape): Promise<void> {
  const { lab } = stand;
  const [first = "", second = "", third = ""] = stand.controllers("rack-a");
  const ofB = stand.controllers("rack-b");
  switch (shape) {
    case "one-alone":
      return lab.partition(
        [first],
        hosts.filter((host) => host !== first),
      );
    case "halves":
      return lab.partition([first, second, third], ofB);
    case "bridge":
      return lab.partition([first], [third]);
    case "deaf":
      return lab.loss(first, "management", 100, "in");
    case "dumb":
      return lab.loss(first, "management", 100, "out");
    case "rack-alone":
      return lab.partition([first, second, third, "node-a1"], [...ofB, "node-b1", "internet"]);
  }
}

/** What does not hold while the cluster is in parts. A host that was fenced is in no part. */
async function wrongInParts(any: AnycastStand, shape: Shape): Promise<string[]> {
  const { lab } = any.stand;
  const wrong: string[] = [];
  const alive = any.hosts.filter((host) => lab.isOn(host));
  for (const host of alive) {
    const held = await lab.sh(host, `ip -n ${any.netns} -o address show dev rw-vip`);
    for (const address of Object.values(any.vip))
      if (!held.stdout.includes(` ${address}/`)) wrong.push(`${address} is not held by ${host}`);
  }
  for (const { name, tor, member } of racks) {
    const here = any.stand.controllers(name).filter((host) => alive.includes(host));
    for (const address of Object.values(any.vip)) {
      const hops = (await any.nextHops(tor, address)).join(" ");
      if (hops !== here.toSorted().join(" ")) wrong.push(`${tor} sends ${address} to ${hops || "nobody"}, not to ${here.join(" ")}`);
    }
    for (let ask = 0; ask < asksEach; ask++) {
      for (const family of [4, 6] as const) {
        const answer = await any.ask(member, family);
        if (!here.includes(answer)) wrong.push(`${member}, IPv${family}: ${answer || "nobody"} answers`);
      }
    }
  }
  if (shape !== "rack-alone" && (await any.ask("internet", 4)) === "") wrong.push("nobody answers the internet host");
  return wrong;
}

async function once(any: AnycastStand, shape: Shape): Promise<Run> {
  const { stand } = any;
  const watch = await OwnerWatch.start(stand);
  let fenced: string[] = [];
  const failures: string[] = [];
  try {
    await split(any, shape);
    await sleep(partitionMs);
    failures.push(...(await wrongInParts(any, shape)));
    fenced = any.hosts.filter((host) => !stand.lab.isOn(host));
  } catch (error) {
    watch.abandon();
    throw error;
  }
  const healedAtMs = performance.now();
  await stand.mend();
  for (const host of fenced) await any.serve(host);
  await allAnnounce(any, everybody);
  const agreedAfterMs = Math.round(performance.now() - healedAtMs);
  const report = await watch.stop();
  if (report.twoOwnersMs > twoOwnersBoundMs) failures.push(...report.inWords);
  return {
    group: `${shape}${fenced.length > 0 ? ", fenced" : ""}`,
    values: { agreedAfterMs, twoOwnersMs: report.twoOwnersMs, nobodyMs: report.nobodyMs, fenced: fenced.length },
    failures: [...failures, ...report.failures],
    details: { fenced },
  };
}

async function openSession(name: string, takeover: Takeover, progress: (text: string) => void): Promise<Session> {
  const any = await AnycastStand.up({ name, onProgress: progress });
  try {
    await setTakeover(any.stand, takeover);
    for (const host of any.hosts) await any.serve(host);
    await allAnnounce(any, everybody);
  } catch (error) {
    await any.down();
    throw error;
  }
  return {
    run: (index) => any.stand.round(() => once(any, shapes[index % shapes.length] ?? "one-alone")),
    tearDown: () => any.down(),
  };
}

const what =
  "one controller alone, racks apart, a bridge, one cable deaf or dumb, a rack alone: the VIP is held, announced and answers in every part, and the virtual router has one owner";

export const anycastPartitionScenarios: readonly Scenario[] = [
  {
    name: "anycast-partition",
    summary: `Fencing off; ${what}; healed, all agree within 10 s`,
    runs: 3 * shapes.length,
    thresholds: [{ value: "agreedAfterMs", statistic: "max", atMost: 10_000 }],
    setUp: (progress) => openSession("soak-any-part", takeovers["quorum, fencing off"], progress),
  },
  {
    name: "anycast-partition-fenced",
    summary: `Fencing on; ${what}`,
    runs: shapes.length,
    thresholds: [],
    setUp: (progress) => openSession("soak-any-partf", takeovers["quorum, fencing on"], progress),
  },
];
