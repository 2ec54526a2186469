import type { Lab } from "@rackway/lab";
import type { Run, Scenario } from "../../tests/harness/scenario.ts";
import { Stand } from "../../tests/harness/stand.ts";
import { outside } from "./by-hand.ts";

const address = "10.10.1.240";
const publicAddress = "203.0.113.60";

/** The same path laid by hand on the host that carries the router: a namespace, two veth pairs, forwarding, one SNAT rule. */
const byHand = `ip netns add hand
ip link add hand-m type veth peer name mgmt netns hand; ip link set hand-m master br-mgmt up
ip link add hand-p type veth peer name public netns hand; ip link set hand-p master br-ex up
ip -n hand link set mgmt up; ip -n hand link set public up; ip -n hand link set lo up
ip -n hand address add ${address}/24 dev mgmt; ip -n hand address add ${publicAddress}/25 dev public
ip -n hand route add default via 203.0.113.1
ip netns exec hand sysctl -qw net.ipv4.ip_forward=1
ip netns exec hand nft 'table ip hand { chain out { type nat hook postrouting priority srcnat; oifname "public" snat to ${publicAddress}; }; }'`;

/** One TCP stream, then small datagrams as fast as they go, from a member through the router and through the same path laid by hand. */
export const throughput: Scenario = {
  name: "throughput",
  summary: "NAT throughput and packets a second through a virtual router beside the same path laid by hand",
  runs: 10,
  thresholds: [],
  setUp: async (progress) => {
    const stand = await Stand.up({ name: "bench-nat", racks: ["rack-a"], onProgress: progress });
    await stand.mend();
    const owner = await stand.owner();
    await stand.lab.run(owner, ["sh", "-ec", byHand]);
    await stand.lab.run("internet", ["sh", "-c", "iperf3 -s -D --pidfile /run/iperf3.pid"]);
    return { run: (index) => measure(stand.lab, index % 2 === 0 ? "Rackway" : "by hand"), tearDown: () => stand.down() };
  },
};

async function measure(lab: Lab, group: "Rackway" | "by hand"): Promise<Run> {
  if (group === "by hand") await lab.run("node-a1", ["ip", "route", "replace", `${outside}/32`, "via", address]);
  try {
    const tcp = await iperf(lab, ["-t", "4", "-O", "1"]);
    const udp = await iperf(lab, ["-u", "-b", "0", "-l", "64", "-t", "4"]);
    const received = (udp.end.sum.packets - udp.end.sum.lost_packets) / udp.end.sum.seconds;
    return {
      group,
      values: { gigabitsPerSecond: (tcp.end.sum_received?.bits_per_second ?? 0) / 1e9, packetsPerSecond: received },
      failures: [],
    };
  } finally {
    await lab.sh("node-a1", `ip route del ${outside}/32 2>/dev/null`);
  }
}

type IperfReport = { end: { sum_received?: { bits_per_second: number }; sum: { packets: number; lost_packets: number; seconds: number } } };

async function iperf(lab: Lab, flags: readonly string[]): Promise<IperfReport> {
  return JSON.parse(await lab.run("node-a1", ["iperf3", "-c", outside, "-J", ...flags], { timeoutMs: 30_000 })) as IperfReport;
}
