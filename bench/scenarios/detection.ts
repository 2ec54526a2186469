import { Lab } from "@rackway/lab";
import { setTimeout as sleep } from "node:timers/promises";
import { AnycastFlows } from "../../tests/harness/anycast-flows.ts";
import { asns, keepFlows, speakBgp } from "../../tests/harness/fabrics.ts";
import { AnycastStand } from "../../tests/harness/anycast-stand.ts";
import { labPlace } from "../../tests/harness/lab-place.ts";
import { insideNamespace, type Place } from "../../tests/harness/place.ts";
import type { Run, Scenario, Session } from "../../tests/harness/scenario.ts";
import { editedTopology, type StandOptions, type TopologyText } from "../../tests/harness/stand.ts";

const rack = "rack-a";
const tor = "tor-a";
const announcers = ["ctl-a1", "ctl-a2"] as const;
const timers = { helloSeconds: 1, deadSeconds: 4 } as const;

/** By what the router learns that a host is gone. */
type Method = { name: string; protocol: "ospf" | "bgp"; bfd: boolean; cause: "silence" | "cable" };
const methods: readonly Method[] = [
  { name: "OSPF, cable pulled", protocol: "ospf", bfd: true, cause: "cable" },
  { name: "OSPF, BFD 50 ms × 3", protocol: "ospf", bfd: true, cause: "silence" },
  { name: `OSPF, dead after ${timers.deadSeconds} s`, protocol: "ospf", bfd: false, cause: "silence" },
  { name: "BGP, cable pulled", protocol: "bgp", bfd: true, cause: "cable" },
  { name: "BGP, BFD 50 ms × 3", protocol: "bgp", bfd: true, cause: "silence" },
];
const runsOfEach = 5;

interface Contender {
  readonly lab: Lab;
  readonly address: string;
  readonly server: (host: string) => Place;
  readonly down: () => Promise<void>;
}

/** How long flows of a dead announcer are lost, by what tells the router: Rackway beside the same FRR whose configuration somebody wrote by hand. */
export const detection: Scenario = {
  name: "detection",
  summary: `Blackout of an anycast VIP's flows by ${methods.map(({ name }) => name).join("; ")}: Rackway beside the same FRR laid by hand`,
  runs: 2 * methods.length * runsOfEach,
  thresholds: [],
  setUp: (progress) => {
    const makers = methods.flatMap((method) => [
      { name: `Rackway: ${method.name}`, method, make: () => rackway(method, progress) },
      { name: `by hand: ${method.name}`, method, make: () => byHand(method, progress) },
    ]);
    let current: { index: number; contender: Contender } | undefined;
    const session: Session = {
      run: async (index) => {
        const wanted = Math.floor(index / runsOfEach) % makers.length;
        const maker = makers[wanted];
        if (maker === undefined) throw new Error("no such contender");
        if (current?.index !== wanted) {
          await current?.contender.down();
          current = undefined;
          current = { index: wanted, contender: await maker.make() };
        }
        return measure(maker.name, maker.method, current.contender, index);
      },
      tearDown: async () => current?.contender.down(),
    };
    return Promise.resolve(session);
  },
};

async function measure(group: string, method: Method, { lab, address, server }: Contender, index: number): Promise<Run> {
  const victim = announcers[index % announcers.length] ?? "ctl-a1";
  const flows = await AnycastFlows.start({
    clients: ["node-a1", "internet"].map((host) => labPlace(lab, host)),
    servers: announcers.map(server),
    address,
    port: 7400 + index,
    flows: 10,
    rateHz: 200,
    maxSeconds: 60,
  });
  await sleep(3_000);
  const atMs = Date.now();
  if (method.cause === "cable") await lab.link(victim, "fabric", "down");
  else await lab.loss(victim, "fabric", 100);
  await sleep(timers.deadSeconds * 1000 + 3_000);
  const healedMs = Date.now();
  await lab.heal(victim);
  await announced(lab, address, announcers);
  const result = await flows.stop();
  const its = result.flows.filter(({ servers }) => servers.findLast(({ fromMs }) => fromMs <= atMs)?.name === server(victim).name);
  const gaps = its.flatMap((flow) => flow.gaps.filter(({ startedAtMs }) => startedAtMs > atMs - 50 && startedAtMs < healedMs));
  const { longestStallMs } = result.instrument;
  return {
    group,
    values: { blackoutMs: Math.max(0, ...gaps.map(({ lengthMs }) => lengthMs)), itsFlows: its.length, ownStallMs: longestStallMs },
    failures: its.length === 0 ? ["no flow was there: nothing was measured"] : [],
    details: { victim },
  };
}

/** Waits until the router sends what is for the address to exactly these hosts. */
async function announced(lab: Lab, address: string, hosts: readonly string[]): Promise<void> {
  const wanted = hosts.map((host) => `f-${host}`).join();
  for (const end = Date.now() + 60_000; ; await sleep(200)) {
    const text = await lab.run(tor, ["ip", "-j", "route", "show", address]);
    const routes = JSON.parse(text.trim() || "[]") as { nexthops?: { dev: string }[] }[];
    const seen = routes.flatMap(({ nexthops }) => nexthops?.map(({ dev }) => dev) ?? []).toSorted();
    if (seen.join() === wanted) return;
    if (Date.now() > end) throw new Error(`${tor} sends what is for ${address} to ${seen.join() || "no two hosts"}, not to ${wanted}`);
  }
}

function routersFor({ protocol }: Method): (topology: TopologyText) => void {
  return (topology) => {
    keepFlows(topology);
    for (const router of topology.routers) {
      if (router.name === tor) router.towardsHosts = protocol === "bgp" ? { protocol, asn: asns.router } : { protocol, ...timers };
    }
  };
}

async function rackway(method: Method, progress: (text: string) => void): Promise<Contender> {
  const edit: StandOptions["edit"] = (document) => {
    for (const host of document.spec.hosts) {
      const ospf = host.routing?.ospf;
      if (host.routing === undefined || ospf === undefined) continue;
      host.routing.ospf = { ...ospf, ...timers, bfd: method.bfd ? ospf.bfd : undefined };
      if (method.protocol === "bgp") speakBgp(host);
    }
  };
  const any = await AnycastStand.up({ name: "bench-det-rw", racks: [rack], edit, editTopology: routersFor(method), onProgress: progress });
  const contender: Contender = {
    lab: any.stand.lab,
    address: any.vip[4],
    server: (host) => insideNamespace(any.stand.place(host), any.netns),
    down: () => any.down(),
  };
  return readied(contender, () => Promise.all(announcers.map((host) => any.service(host, "start"))));
}

/** The address on the loopback of each announcer, and FRR told of it by an operator. */
async function byHand(method: Method, progress: (text: string) => void): Promise<Contender> {
  const lab = await Lab.up({
    name: "bench-det-hand",
    topologyFile: editedTopology("default-lab", routersFor(method)),
    racks: [rack],
    onProgress: progress,
  });
  const contender: Contender = { lab, address: "10.77.0.1", server: (host) => labPlace(lab, host), down: () => lab.down() };
  return readied(contender, () => Promise.all(announcers.map((host) => layFrr(lab, host, contender.address, method))));
}

async function readied(contender: Contender, ready: () => Promise<unknown>): Promise<Contender> {
  try {
    await ready();
    await announced(contender.lab, contender.address, announcers);
    return contender;
  } catch (error) {
    await contender.down();
    throw error;
  }
}

async function layFrr(lab: Lab, host: string, address: string, method: Method): Promise<void> {
  const links = JSON.parse(await lab.run(host, ["ip", "-4", "-j", "address", "show", "dev", "fabric"])) as {
    addr_info: { local: string }[];
  }[];
  const own = links[0]?.addr_info[0]?.local ?? "";
  // The other end of a /31 (RFC 3021).
  const gateway = own.replace(/\d+$/, (last) => String(Number(last) ^ 1));
  const bfd = "bfd\n profile fast\n  detect-multiplier 3\n  transmit-interval 50\n  receive-interval 50\n exit\nexit";
  const only = `ip prefix-list vips permit ${address}/32\nroute-map vips permit 10\n match ip address prefix-list vips\nexit`;
  const config =
    method.protocol === "ospf"
      ? `router ospf
 ospf router-id ${own}
 redistribute connected route-map vips
exit
interface fabric
 ip ospf network point-to-point
 ip ospf hello-interval ${timers.helloSeconds}
 ip ospf dead-interval ${timers.deadSeconds}
 ip ospf area 0.0.0.0
${method.bfd ? " ip ospf bfd\n ip ospf bfd profile fast\n" : ""}exit`
      : `router bgp ${asns.hosts}
 bgp router-id ${own}
 neighbor ${gateway} remote-as ${asns.router}
 neighbor ${gateway} bfd profile fast
 address-family ipv4 unicast
  redistribute connected route-map vips
  neighbor ${gateway} route-map vips out
 exit-address-family
exit`;
  await lab.writeFile(host, "/etc/frr/frr.conf", `${bfd}\n${only}\n${config}\n`);
  const daemons = ["bfdd", method.protocol === "ospf" ? "ospfd" : "bgpd"].map((daemon) => `s/^${daemon}=no/${daemon}=yes/`).join(";");
  const script = `chown frr:frr /etc/frr/frr.conf; sed -i '${daemons}' /etc/frr/daemons; ip address add ${address}/32 dev lo; ln -sfn /etc/sv/frr /etc/service/frr`;
  await lab.run(host, ["sh", "-c", script]);
}
