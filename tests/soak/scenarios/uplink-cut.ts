import { setTimeout as sleep } from "node:timers/promises";
import type { Run, Scenario } from "../../harness/scenario.ts";
import { Stand } from "../../harness/stand.ts";
import { startUdpProbe } from "../../harness/udp-probe.ts";
import { memberOf } from "./traffic.ts";

/** How long a router must stay where it is to count as staying: more than the watch takes to see a dead link, and Pacemaker to act on it. */
const stayMs = 12_000;

/** The owner's public cable is pulled: the router goes to a host that has one, and does not come back when the cable is in again. */
export async function cutUplink(stand: Stand): Promise<Run> {
  await stand.mend();
  const owner = await stand.owner();
  const [client, server] = [stand.place(memberOf(stand)), stand.place("internet")];
  const probe = await startUdpProbe({ client, server, address: "198.51.100.2", port: 7001, rateHz: 1000, count: 150_000, tailMs: 1000 });
  try {
    const cutAtMs = Date.now();
    await stand.lab.link(owner, "public", "down");
    const heir = await stand.ownerOtherThan(owner, "vr-a", 60_000);
    const movedMs = Date.now() - cutAtMs;
    await sleep(1000);
    const seen = await probe.stop();
    await untilTold(stand, [`${owner} warning`]);
    await stand.lab.heal();
    await untilTold(stand, []);
    const afterwards = await ownersDuring(stand, stayMs);
    await stand.mend();
    const lost = (seen.toServer?.lost ?? 0) + seen.toClient.lost;
    const failures = [
      ...(lost > 0 ? [] : ["the probe did not see the cut"]),
      ...(afterwards.every((host) => host === heir) ? [] : [`after the cable was in again, the router went ${afterwards.join(" → ")}`]),
    ];
    return {
      group: "uplink cut",
      values: { movedMs, lostProbes: lost, longestGapMs: seen.longestGapMs },
      failures,
      details: { owner, heir },
    };
  } catch (error) {
    probe.abandon();
    throw error;
  }
}

/**
 * All controllers lose their public cable: no host is better, so the router stays. When all come back, whoever is seen first may get it, but
 * it does not go to and fro.
 */
export async function cutAllUplinks(stand: Stand): Promise<Run> {
  await stand.mend();
  const owner = await stand.owner();
  const standbys = stand.controllers().filter((host) => host !== owner);
  for (const host of [...standbys, owner]) await stand.lab.link(host, "public", "down");
  const meanwhile = await ownersDuring(stand, stayMs);
  await untilTold(stand, [`${owner} critical`, ...standbys.map((host) => `${host} warning`)]);
  await stand.lab.heal();
  const afterwards = await ownersDuring(stand, stayMs);
  await stand.mend();
  const failures = [
    ...(meanwhile.join() === owner
      ? []
      : [`with no uplink anywhere, the router went ${meanwhile.join(" → ")} instead of staying on ${owner}`]),
    ...(afterwards.length <= 2 ? [] : [`after all cables were in again, the router went ${afterwards.join(" → ")}`]),
  ];
  return {
    group: "all uplinks cut",
    values: { movesAfterwards: afterwards.length - 1 },
    failures,
    details: { owner, meanwhile, afterwards },
  };
}

/** Waits until `status` names exactly these hosts for their uplink, each with how grave that is. */
async function untilTold(stand: Stand, wanted: readonly string[]): Promise<void> {
  let told: string[] = [];
  const asWanted = stand.until("status tells whose uplink is lost", 30_000, async () => {
    const { problems } = await stand.controlPlane.client.status();
    const lost = problems.filter(({ code }) => code === "uplink-lost");
    told = [...new Set(lost.map(({ subject, severity }) => `${subject.replace("host/", "")} ${severity}`))].sort();
    return told.join() === [...wanted].sort().join() ? true : undefined;
  });
  await asWanted.catch((error: unknown) => {
    throw new Error(`${String(error)}: it says ${told.join(", ") || "of none"}, not ${wanted.join(", ") || "of none"}`, { cause: error });
  });
}

/** Who carried the router, one after the other. A moment with two or none is the middle of a move. */
async function ownersDuring(stand: Stand, durationMs: number): Promise<string[]> {
  const seen: string[] = [];
  const end = Date.now() + durationMs;
  while (Date.now() < end) {
    const [owner, ...more] = await stand.owners();
    if (owner !== undefined && more.length === 0 && seen.at(-1) !== owner) seen.push(owner);
    await sleep(200);
  }
  return seen;
}

/** In turn: one cable pulled, and all of them. */
export const uplinkCut: Scenario = {
  name: "uplink-cut",
  summary: "The owner's public cable is pulled (5 times): the router goes to a better host and stays; all are pulled (5 times): it stays",
  runs: 10,
  thresholds: [{ value: "movesAfterwards", group: "all uplinks cut", statistic: "max", atMost: 1 }],
  async setUp(progress) {
    const stand = await Stand.up({ name: "soak-uplink", racks: ["rack-a"], onProgress: progress });
    return { run: (index) => (index % 2 === 0 ? cutUplink(stand) : cutAllUplinks(stand)), tearDown: () => stand.down() };
  },
};
