import { Lab } from "@rackway/lab";
import { setTimeout as sleep } from "node:timers/promises";
import { labPlace } from "../../tests/harness/lab-place.ts";
import type { Run, Scenario, Session } from "../../tests/harness/scenario.ts";
import { Stand } from "../../tests/harness/stand.ts";
import { startUdpProbe } from "../../tests/harness/udp-probe.ts";
import { moveRouter } from "../../tests/soak/scenarios/steering.ts";
import { outside } from "./by-hand.ts";
import { holder, ipaddr2, keepalived, type Peer } from "./peers.ts";

type Event = "power" | "link" | "planned move";
const events: readonly Event[] = ["power", "link", "planned move"];
const runsOfEach = 5;

/** The one thing that differs between the contenders: how the event is caused, who takes over, and how all is put right again. */
interface Contender {
  readonly name: string;
  readonly lab: Lab;
  readonly owner: () => Promise<string>;
  readonly cause: (event: Event, owner: string) => Promise<void>;
  readonly takenOver: (from: string) => Promise<unknown>;
  readonly mend: (event: Event, owner: string) => Promise<void>;
  readonly down: () => Promise<void>;
}

/**
 * Blackout from a member to the internet host through a pair of VIPs, on the same fabric, with the same probe, in one session: Rackway
 * beside keepalived and IPaddr2. Peers translate by hand-laid rules. One contender is up at a time; every run of one comes in a row.
 */
export const failover: Scenario = {
  name: "failover",
  summary: "Blackout of power cut, link cut and planned move: Rackway beside keepalived (1 s, 0.1 s) and IPaddr2 on default Corosync",
  runs: 4 * events.length * runsOfEach,
  thresholds: [],
  setUp: async (progress) => {
    const makers = [
      () => rackway(progress),
      () => peer(keepalived(1), progress),
      () => peer(keepalived(0.1), progress),
      () => peer(ipaddr2, progress),
    ];
    let current: { index: number; contender: Contender } | undefined;
    const session: Session = {
      run: async (index) => {
        const wanted = Math.floor(index / (events.length * runsOfEach)) % makers.length;
        if (current?.index !== wanted) {
          await current?.contender.down();
          current = undefined;
          const make = makers[wanted];
          if (!make) throw new Error("no such contender");
          current = { index: wanted, contender: await make() };
        }
        return measure(current.contender, events[index % events.length] ?? "power");
      },
      tearDown: async () => current?.contender.down(),
    };
    return session;
  },
};

async function measure(contender: Contender, event: Event): Promise<Run> {
  const { lab } = contender;
  const probe = await startUdpProbe({
    client: labPlace(lab, "node-a1"),
    server: labPlace(lab, "internet"),
    address: outside,
    port: 7001,
    rateHz: 1000,
    count: 90_000,
  });
  await sleep(1000);
  const owner = await contender.owner();
  await contender.cause(event, owner);
  await contender.takenOver(owner);
  await sleep(2000);
  const result = await probe.stop();
  await contender.mend(event, owner);
  return {
    group: `${contender.name}: ${event}`,
    values: {
      blackoutMs: result.longestGapMs,
      lost: (result.toServer?.lost ?? 0) + result.toClient.lost,
      ownStallMs: result.instrument.longestStallMs,
    },
    failures: [],
  };
}

async function rackway(progress: (text: string) => void): Promise<Contender> {
  const stand = await Stand.up({ name: "bench-rackway", racks: ["rack-a"], onProgress: progress });
  await stand.mend();
  return {
    name: "Rackway",
    lab: stand.lab,
    owner: () => stand.owner(),
    cause: async (event, owner) => {
      const to = stand.controllers().find((host) => host !== owner) ?? "";
      if (event === "power") await stand.lab.powerOff(owner);
      else if (event === "link") for (const network of ["management", "public"]) await stand.lab.link(owner, network, "down");
      else await moveRouter(stand, to);
    },
    // A host whose links are dead still has its namespace: ask the others.
    takenOver: (from) =>
      stand.until("a new owner", 60_000, async () => ((await stand.owners()).some((host) => host !== from) ? true : undefined)),
    mend: async () => void (await stand.mend()),
    down: () => stand.down(),
  };
}

async function peer(one: Peer, progress: (text: string) => void): Promise<Contender> {
  const lab = await Lab.up({ name: "bench-peer", racks: ["rack-a"], onProgress: progress });
  try {
    await one.start(lab);
    await holder(lab);
  } catch (error) {
    await lab.down();
    throw error;
  }
  await sleep(3000);
  return {
    name: one.name,
    lab,
    owner: () => holder(lab),
    cause: async (event, owner) => {
      if (event === "power") await lab.powerOff(owner);
      else if (event === "link") for (const network of ["management", "public"]) await lab.link(owner, network, "down");
      else await one.moveFrom(lab, owner);
    },
    takenOver: async (from) => {
      const end = Date.now() + 60_000;
      const others = async (): Promise<boolean> => {
        const hosts = ["ctl-a1", "ctl-a2", "ctl-a3"].filter((host) => host !== from && lab.isOn(host));
        const answers = await Promise.all(hosts.map((host) => lab.sh(host, "ip -o address show dev br-mgmt | grep -q ' 10.10.1.100/'")));
        return answers.some(({ code }) => code === 0);
      };
      while (!(await others())) {
        if (Date.now() > end) throw new Error(`${one.name}: nobody has taken over from ${from}`);
        await sleep(100);
      }
    },
    mend: async (event, owner) => {
      if (event === "power") {
        await lab.powerOn(owner);
        await one.rejoin(lab, owner);
      } else if (event === "link") await lab.heal(owner);
      else await one.moveBack(lab, owner);
      await sleep(event === "planned move" ? 5_000 : 20_000);
    },
    down: () => lab.down(),
  };
}
