import { ensureTools } from "@rackway/lab";
import { AnycastStand } from "../../tests/harness/anycast-stand.ts";
import { labNetworkPlace } from "../../tests/harness/lab-place.ts";
import type { Place } from "../../tests/harness/place.ts";
import { ProxiedVip } from "../../tests/harness/proxied-vip.ts";
import type { Run, Scenario } from "../../tests/harness/scenario.ts";
import { loadTools, loadWebServer } from "./load-tools.ts";

const host = "ctl-a1";
const others = ["ctl-a2", "ctl-a3"];
const backend = { name: "node-b1", address: "10.10.2.21" };
const byHand = "10.77.250.1";
/** Nearer than the other rack's controllers, so that all of it goes to one host. */
const client = "node-a1";

/**
 * HAProxy as an operator would lay it on the same host: on an address of the host's own, which the top-of-rack router sends there by the same
 * way as the VIP, and whose answers leave by the same way; Debian's time-outs, the same backend, looked at as often.
 */
const script = `ip address add ${byHand}/32 dev lo; ip rule add from ${byHand} lookup 8200 pref 100
cat >/run/hand-haproxy.cfg <<'CONF'
global
  daemon
  pidfile /run/hand-haproxy.pid
defaults
  mode http
  timeout connect 5s
  timeout client 50s
  timeout server 50s
  option forwardfor
frontend hand
  bind ${byHand}:80
  default_backend hand
backend hand
  option httpchk GET /
  server one ${backend.address}:8080 check inter 500ms
CONF
haproxy -f /run/hand-haproxy.cfg`;

const kinds = ["kept", "new"] as const;

/** Small answers of one web server through the proxied VIP, carried by one host, and through HAProxy laid by hand on that host. */
export const haproxy: Scenario = {
  name: "haproxy",
  summary: "HTTP requests a second and latency through a proxied VIP beside HAProxy laid by hand on the same host, by wrk",
  runs: 20,
  thresholds: [{ value: "failed", statistic: "max", atMost: 0 }],
  async setUp(progress) {
    await ensureTools({ wrk: loadTools.wrk }, progress);
    const any = await AnycastStand.up({ name: "bench-haproxy", onProgress: progress });
    try {
      const urls = await lay(any);
      const place = labNetworkPlace(any.stand.lab, client);
      const run = (index: number): Promise<Run> => {
        const [group, url] = urls[index % 2]!;
        return measure(place, group, url, kinds[Math.floor(index / 2) % 2]!);
      };
      return { run, tearDown: () => any.down() };
    } catch (error) {
      await any.down();
      throw error;
    }
  },
};

async function lay(any: AnycastStand): Promise<(readonly ["Rackway" | "by hand", string])[]> {
  const { lab } = any.stand;
  const shop = await ProxiedVip.prepare(any, { members: [backend.name], without: [] });
  for (const other of others) await shop.reach(other, false);
  await shop.announced("tor-a", [host], 60_000);
  await lab.run(host, ["sh", "-ec", script]);
  await lab.run("tor-a", ["sh", "-ec", `ip route add ${byHand}/32 $(ip route show ${shop.vip[4]} | grep -o 'via [^ ]* dev [^ ]*')`]);
  for (const [client, sysctls] of [
    [host, ""],
    ["node-a1", "net.ipv4.tcp_tw_reuse=1"],
  ] as const)
    await lab.run(client, ["sh", "-c", `sysctl -qw net.ipv4.ip_local_port_range='1024 65535' ${sysctls}`]);
  return [
    ["Rackway", `http://${shop.vip[4]}/`],
    ["by hand", `http://${byHand}/`],
  ];
}

async function measure(place: Place, group: string, url: string, connections: (typeof kinds)[number]): Promise<Run> {
  const values = await loadWebServer(place, url, connections);
  return { group: `${group}, connections ${connections === "new" ? "of their own" : "kept"}`, values: { ...values }, failures: [] };
}
