import { ensureTools } from "@rackway/lab";
import { labNetworkPlace } from "../../tests/harness/lab-place.ts";
import type { Place } from "../../tests/harness/place.ts";
import type { Run, Scenario } from "../../tests/harness/scenario.ts";
import { Stand } from "../../tests/harness/stand.ts";
import { loadNameServer, loadTools } from "./load-tools.ts";

type Addresses = Readonly<Record<"IPv4" | "IPv6", string>>;

const byHand: Addresses = { IPv4: "10.10.1.240", IPv6: "fd00:10:1::f0" };
/** Names that both servers have in their caches after the first answer. */
const questions = ["www.example A", "www.example AAAA", "ntp.example A", "ntp.example AAAA"];

/** Unbound as an operator would lay it on the host that carries the router: on addresses of the host's own, with Debian's defaults, two threads, the same upstreams. */
const script = `ip address add ${byHand.IPv4}/24 dev br-mgmt; ip address add ${byHand.IPv6}/64 dev br-mgmt nodad
cat >/run/hand-unbound.conf <<'CONF'
server:
  username: ""
  chroot: ""
  directory: "/run"
  pidfile: "/run/hand-unbound.pid"
  num-threads: 2
  interface: ${byHand.IPv4}
  interface: ${byHand.IPv6}
  access-control: 10.10.1.0/24 allow
  access-control: fd00:10:1::/64 allow
  domain-insecure: "example"
  local-zone: "example" transparent
forward-zone:
  name: "."
  forward-addr: 198.51.100.53
  forward-addr: 2001:db8:100::53
CONF
unbound -c /run/hand-unbound.conf`;

/** Answers from the cache, as most of a member's are, of the router's Unbound through its VIP and of one laid by hand on the same host. */
export const dns: Scenario = {
  name: "dns",
  summary: "Queries a second and latency through a router's VIP beside Unbound laid by hand on the same host, by dnsperf",
  runs: 20,
  thresholds: [{ value: "lost", statistic: "max", atMost: 0 }],
  async setUp(progress) {
    await ensureTools({ dnsperf: loadTools.dnsperf }, progress);
    const stand = await Stand.up({ name: "bench-dns", racks: ["rack-a"], onProgress: progress });
    try {
      await stand.mend();
      await stand.lab.run(await stand.owner(), ["sh", "-ec", script]);
      const { management } = await stand.vips("vr-a");
      const contenders = [
        { group: "Rackway", servers: { IPv4: management.ipv4, IPv6: management.ipv6 } },
        { group: "by hand", servers: byHand },
      ];
      const client = labNetworkPlace(stand.lab, "node-a1");
      const run = (index: number): Promise<Run> => {
        const { group, servers } = contenders[index % 2]!;
        const family = index % 4 < 2 ? "IPv4" : "IPv6";
        return measure(client, `${group}, ${family}`, servers[family]);
      };
      return { run, tearDown: () => stand.down() };
    } catch (error) {
      await stand.down();
      throw error;
    }
  },
};

async function measure(client: Place, group: string, server: string): Promise<Run> {
  const { codes, ...values } = await loadNameServer(client, server, questions);
  const others = Object.entries(codes).filter(([code]) => code !== "NOERROR");
  return { group, values, failures: others.map(([code, count]) => `${count} answers were ${code}`), details: { server, codes } };
}
