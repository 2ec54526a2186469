import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { proxyCertificates, renderHaproxyConf } from "@rackway/services";
import { proxiedNamespace } from "../../packages/adapters/services/src/testing/proxied-namespace.ts";
import { FrrPair, until } from "../harness/frr-pair.ts";
import { HttpRequests } from "../harness/http-requests.ts";

/**
 * The resource agents of announced VIPs as Pacemaker calls them, on a host without Pacemaker and the router in front of it: what they leave
 * alone, starts that are cut short, faults, and what namespaces on one bridge can do to each other.
 */
const checkout = join(import.meta.dirname, "../..");
const folder = "/usr/lib/ocf/resource.d/rackway";
const codes = { running: 0, failed: 1, stopped: 7, degraded: 190 };
/** Behind the router, where only it can answer. */
const far = { 4: "192.0.2.9", 6: "2001:db8:9::9" };
const mine = { 4: "10.77.0.1", 6: "fd00:77::1" };
const theirs = { 4: "10.77.0.2", 6: "fd00:77::2" };

let pair: FrrPair;
let parameters: Record<string, { agent: string; values: Record<string, string> }>;

beforeAll(async () => {
  pair = await FrrPair.up("service-agents");
  const payload = await mkdtemp(join(tmpdir(), "rackway-service-agents-"));
  await promisify(execFile)(join(checkout, "rackway-node"), [join(checkout, "scripts/build.ts"), "--quiet", "--out", payload]);
  await cp(payload, pair.host.path("/usr/lib/rackway"), { recursive: true });
  await rm(payload, { recursive: true });
  const { host, router } = pair;
  const name = (await host.mustRun(["uname", "-n"])).trim();
  const existing = { netns: "cni-1", existing: "1", outside: "rwv-2", sources: "10.77.0.0/16;10.78.0.1/32;fd00:77::/64;fd00:78::1/128" };
  const gateways = "4 169.254.64.1;6 fd72:6b77:616e::1";
  const link = (index: number) => `169.254.64.${index + 1}/18 fd72:6b77:616e::${index + 1}/64`;
  parameters = {
    "rw-any": {
      agent: "anycast-bridge",
      values: {
        addresses: "169.254.64.1/18 fd72:6b77:616e::1/64",
        sources: existing.sources,
        gateways: `${name} 4 ${router.address[4]} e0;${name} 6 ${router.address[6]} e0`,
        interfaces: `${name} e0`,
      },
    },
    "rw-a-ns": { agent: "namespace", values: { netns: "rw-a", links: "rwv-1" } },
    "rw-a-vips-1": {
      agent: "anycast",
      values: { netns: "rw-a", outside: "rwv-1", link_addresses: link(1), gateways, vips: `api ${mine[4]},${mine[6]} -` },
    },
    "rw-c-vips-1": {
      agent: "anycast",
      values: { ...existing, link_addresses: link(2), gateways, vips: `web ${theirs[4]},${theirs[6]} -` },
    },
    "rw-t-ns": { agent: "namespace", values: { netns: "rw-t" } },
    "rw-t-tunnel": {
      agent: "tunnel",
      values: {
        netns: "rw-t",
        link_addresses: link(3),
        vni: "3",
        mtu: "1444",
        ends: "4 10.77.0.9 10.77.0.8;6 fd00:77::9 fd00:77::8",
        members_1: "10.10.1.21;10.10.2.21;fd00:10:1::21",
        members_2: "fd00:10:2::21",
      },
    },
    "rw-t-out": {
      agent: "wayout",
      values: {
        netns: "rw-t",
        outside: "rwh-s3",
        inside_addresses: "169.254.192.14/30 fd72:6b77:6179:8003::2/126",
        outside_addresses: "169.254.192.13/30 fd72:6b77:6179:8003::1/126 fe80::5257:1/64",
        gateways: "4 169.254.192.13 1000;6 fd72:6b77:6179:8003::1 1000",
        source_table: "8202",
        table: "rackway-out-s3",
        ruleset:
          "table inet rackway-out-s3; delete table inet rackway-out-s3; table inet rackway-out-s3 { chain translate { type nat hook postrouting priority srcnat; ip saddr 169.254.192.14 masquerade; }; }",
      },
    },
    "rw-t-run-say.1": { agent: "service", values: { netns: "rw-t", namespace: "t", program: "say" } },
    "rw-a-check": { agent: "health", values: { netns: "rw-a", namespace: "a", instances: "rw-a-vips-1" } },
  };
  // A container whose owner wants no IPv6.
  await host.mustRun([
    "sh",
    "-c",
    "ip netns add cni-1; ip -n cni-1 link set lo up; ip netns exec cni-1 sysctl -qw net.ipv6.conf.all.disable_ipv6=1",
  ]);
  // Where replies must not go.
  await host.mustRun(["sh", "-c", "ip route add unreachable default metric 10; ip -6 route add unreachable ::/0 metric 10"]);
  const ways = ["10.77.0.0/16", "fd00:77::/64"].map(
    (to) => `ip route add ${to} via ${host.address[to.includes(":") ? 6 : 4]} src ${far[to.includes(":") ? 6 : 4]}`,
  );
  await router.mustRun(["sh", "-c", `ip addr add ${far[4]}/32 dev lo; ip addr add ${far[6]}/128 dev lo nodad; ${ways.join("; ")}`]);
});
afterAll(async () => {
  await pair?.down();
});

const all = ["rw-any", "rw-a-ns", "rw-a-vips-1", "rw-c-vips-1", "rw-a-check"];

async function act(id: string, action: string, change: Record<string, string> = {}): Promise<number> {
  const { agent, values } = parameters[id]!;
  const environment = Object.entries({ ...values, ...change }).map(([key, value]) => `OCF_RESKEY_${key}=${value}`);
  const argv = ["setsid", "--wait", "env", `OCF_RESOURCE_INSTANCE=${id}`, ...environment, `${folder}/${agent}`, action];
  return (await pair.host.run(argv, { timeoutMs: 40_000 })).code;
}

async function actAll(ids: readonly string[], action: string, code = 0): Promise<void> {
  for (const id of ids) expect([id, action, await act(id, action)]).toEqual([id, action, code]);
}

const sh = (script: string): Promise<string> => pair.host.mustRun(["sh", "-c", script]);
const inContainer = (script: string): Promise<string> => sh(`ip netns exec cni-1 sh -c '${script}'`);
const stopAll = (): Promise<void> =>
  actAll([...(parameters["rw-a-proxy"] === undefined ? [] : ["rw-a-proxy"]), ...all.toReversed()], "stop");

/** All of a host that an agent could leave something on. */
const look = (): Promise<string> =>
  sh(`for f in -4 -6; do ip $f -N rule; ip -n cni-1 $f -N rule; ip $f route show table all; done; ip -o link; ip -o addr; ip -n cni-1 -o link
nft list ruleset; ls -A /run/netns /run/rackway; grep . /proc/sys/net/ipv4/conf/e0/* /proc/sys/net/ipv6/conf/*/forwarding /proc/sys/net/ipv6/conf/*/accept_ra`).then(
    (text) => text.replaceAll(/(valid|preferred)_lft \w+|@if\d+|^\d+: |link-netns(id)? \S+| qlen \d+/gm, ""),
  );

async function answers(address: string): Promise<boolean> {
  const source = address.includes(":") ? far[6] : far[4];
  return (await pair.router.run(["ping", "-n", "-c", "3", "-i", "0.1", "-W", "1", "-I", source, address])).stdout.includes(
    " 0% packet loss",
  );
}

describe("the agents of announced VIPs", () => {
  beforeEach(stopAll);

  it("leave a host as they found it, and everything answers meanwhile, from where the fabric is", async () => {
    const before = await look();
    await actAll(all, "start");
    await actAll(all, "monitor");
    await actAll(all, "start");
    await actAll(all, "monitor");
    for (const address of [mine, theirs].flatMap((both) => Object.values(both)))
      expect([address, await answers(address)]).toEqual([address, true]);
    // What a VIP has no room or nobody for is said from the VIP, and goes the same way (RFC 1122 3.2.2.1, RFC 4443 3.1).
    for (const [address, refused] of [
      [mine[4], "Connection refused"],
      [mine[6], "Connection refused"],
    ] as const) {
      const { stderr } = await pair.router.run(["bash", "-c", `exec 3<>/dev/udp/${address}/9; echo >&3; sleep 0.3; echo >&3`]);
      expect(stderr).toContain(refused);
    }
    await stopAll();
    expect(await look()).toBe(before);
  });

  it("leave rules of others at the same preferences alone", async () => {
    const others = ["pref 8200 from 1.2.3.4 lookup 100", "pref 8190 iif e0 lookup 77", "pref 8200 from 9.9.9.9 lookup 8200"];
    await sh(others.map((rule) => `ip rule add ${rule}`).join(" && "));
    const before = await look();
    await actAll(["rw-any"], "start");
    await actAll(["rw-any"], "stop");
    expect(await look()).toBe(before);
    await sh(others.map((rule) => `ip rule del ${rule}`).join(" && "));
  });

  it("are not taken in by an interface of somebody else's", async () => {
    await sh("ip link add rw-any type bridge");
    expect(await act("rw-any", "start")).toBe(codes.failed);
    expect(await act("rw-any", "stop")).toBe(0);
    await sh("ip link del rw-any");
  });

  it("complete a start that was cut short at any command, and leave nothing of it", { timeout: 300_000 }, async () => {
    const before = await look();
    const tools = ["ip", "nft"];
    const cut = (count: number): Promise<string> => sh(`echo ${count} >/run/cut`);
    // The tool that is called when the count is out takes its caller along.
    const script = `read -r n </run/cut 2>/dev/null && if [ "$n" -gt 0 ]; then echo $((n - 1)) >/run/cut; else rm /run/cut; kill -KILL 0; fi`;
    for (const tool of tools) {
      const real = (await sh(`readlink -f /usr/sbin/${tool}`)).trim();
      await sh(
        `cp ${real} /usr/local/bin/${tool}.real; rm /usr/sbin/${tool}; printf '#!/bin/sh\\n%s\\nexec /usr/local/bin/${tool}.real "$@"\\n' '${script}' >/usr/sbin/${tool}; chmod +x /usr/sbin/${tool}`,
      );
    }
    try {
      for (const id of ["rw-any", "rw-a-vips-1", "rw-c-vips-1"]) {
        const below = all.slice(0, all.indexOf(id)).filter((other) => other !== "rw-a-vips-1");
        for (let count = 0, isCut = true; isCut; count += 1) {
          await actAll(below, "start");
          await cut(count);
          isCut = (await act(id, "start")) !== 0;
          await sh("rm -f /run/cut");
          if (isCut && count % 2 === 0) {
            expect([id, count, await act(id, "start"), await act(id, "monitor")]).toEqual([id, count, 0, 0]);
          }
          await stopAll();
          expect(`${id} ${count}\n${await look()}`).toBe(`${id} ${count}\n${before}`);
        }
      }
    } finally {
      for (const tool of tools) await sh(`mv /usr/local/bin/${tool}.real /usr/sbin/${tool}`);
    }
  });

  it("stand with an uplink that is not there, say so, and go on when it is back", async () => {
    await actAll(all, "start");
    await sh("ip link set e0 down");
    expect(await act("rw-any", "monitor")).toBe(codes.degraded);
    await actAll(["rw-any"], "stop");
    await actAll(["rw-any"], "start");
    expect(await act("rw-any", "monitor")).toBe(codes.degraded);
    await sh("ip link set e0 name gone");
    await actAll(["rw-any"], "start");
    expect(await act("rw-any", "monitor")).toBe(codes.degraded);
    await sh(`ip link set gone name e0; ip link set e0 up; ip addr add ${pair.host.address[6]}/64 dev e0 nodad`);
    expect(await act("rw-any", "monitor")).toBe(codes.failed);
    await actAll(["rw-any"], "stop");
    await actAll(["rw-any"], "start");
    await actAll(["rw-any"], "monitor");
    await until("the VIP answers again", () => answers(mine[4]));
  });

  it("interrupt nobody where the bridge is recovered or stopped too early; it goes with the last who hangs on it", async () => {
    const before = await look();
    await actAll(all, "start");
    await sh("nft flush ruleset");
    expect(await act("rw-any", "monitor")).toBe(codes.failed);
    await actAll(["rw-any"], "stop");
    expect(await act("rw-any", "monitor")).toBe(codes.stopped);
    expect(await answers(mine[4])).toBe(true);
    await actAll(["rw-any"], "start");
    await actAll(all, "monitor");
    expect([await answers(mine[6]), await answers(theirs[4])]).toEqual([true, true]);
    await actAll(["rw-any", ...all.slice(1).toReversed()], "stop");
    expect(await look()).toBe(before);
  });

  it("hold a thousand addresses within seconds, and look at them in less", async () => {
    const vips = Array.from(
      { length: 500 },
      (_, index) => `v${index} 10.77.1${index >> 8}.${index & 255},fd00:77::${(index + 16).toString(16)} -`,
    ).join(";");
    await actAll(["rw-any", "rw-a-ns"], "start");
    const took = async (action: string): Promise<number> => {
      const began = performance.now();
      expect(await act("rw-a-vips-1", action, { vips })).toBe(0);
      return performance.now() - began;
    };
    expect(await took("start")).toBeLessThan(5_000);
    expect(await took("monitor")).toBeLessThan(2_000);
    expect(await took("stop")).toBeLessThan(10_000);
  });

  it("give everything up where /run has no room: a stop that fails has the host fenced, one that lies has two owners", async () => {
    await actAll(["rw-any", "rw-a-ns", "rw-a-vips-1"], "start");
    await sh("mount -o remount,size=8m /run; dd if=/dev/zero of=/run/fill bs=4k 2>/dev/null || true");
    try {
      expect(await act("rw-a-vips-1", "stop")).toBe(0);
      expect(await sh("ip -n rw-a address show dev rw-vip; ip route show table 8201; ip -6 route show table 8201")).not.toMatch(
        new RegExp(`${mine[4].replaceAll(".", "\\.")}|${mine[6]}`),
      );
    } finally {
      await sh("rm -f /run/fill; mount -o remount,size=50% /run");
    }
  });

  it("tell the checker of a VIP when it stands, also where others leave at the same time", async () => {
    await actAll(["rw-any", "rw-a-ns", "rw-a-vips-1"], "start");
    await sh(
      `printf '%s\\n' '#!/bin/sh' 'case "$*" in *address\\ *|*-batch*) cat /run/rackway/rw-a-vips-1/held >>/run/told ;; esac' 'exec /usr/local/bin/ip.real "$@"' >/run/ip; chmod +x /run/ip; cp -L /usr/sbin/ip /usr/local/bin/ip.real; cp --remove-destination /run/ip /usr/sbin/ip; rm -f /run/told`,
    );
    try {
      expect(await act("rw-a-vips-1", "reload-agent", { vips: `api ${mine[4]} -;new 10.77.0.9 -` })).toBe(0);
    } finally {
      await sh("cp --remove-destination /usr/local/bin/ip.real /usr/sbin/ip");
    }
    const [told, held] = [await sh("cat /run/told"), await sh("cat /run/rackway/rw-a-vips-1/held")];
    expect(told).toContain(`vip api ${mine[4]} -`);
    expect([told.includes("vip new"), held.includes("vip new 10.77.0.9 -")]).toEqual([false, true]);
  });
});

describe("the tunnel's end", () => {
  const ours = ["rw-t-ns", "rw-t-tunnel"];
  const inRouter = (script: string): Promise<string> => sh(`ip netns exec rw-t sh -c '${script}'`);
  const members = async (): Promise<string[]> => {
    const routes = await inRouter("ip route show table 8210; ip -6 route show table 8210");
    return [...routes.matchAll(/^\S+ +encap .* dst (\S+) /gm)].map(([, member]) => member ?? "");
  };

  it("finds each thing that drifts, puts it back, takes members in and lets them go, and leaves with its namespace", async () => {
    await stopAll();
    const before = await look();
    expect(await act("rw-t-tunnel", "start")).toBe(codes.failed);
    expect(await act("rw-t-tunnel", "stop")).toBe(0);
    await actAll(ours, "start");
    await actAll(ours, "monitor");
    const whole = await inRouter("nft -s list ruleset; ip rule; ip -6 rule");
    for (const drift of [
      "ip link del tunnel",
      "ip link set tunnel down",
      "ip link set tunnel mtu 1300",
      "ip link del tunnel; ip link add tunnel type bridge",
      "ip route del 10.10.1.21 table 8210",
      "ip -6 route replace fd00:10:1::21/128 encap ip6 id 3 src fd00:77::9 dst fd00:10:1::99 dev tunnel table 8210 proto 82",
      "ip route add 10.10.9.9/32 encap ip id 3 src 10.77.0.9 dst 10.10.9.9 dev tunnel table 8210 proto 82",
      "ip rule del pref 8210",
      "ip -6 rule del pref 8210",
      "nft flush chain inet rackway-router forward",
      "nft delete table inet rackway-router",
      "nft add element inet rackway-router member4 { 10.10.9.9 . 9 }",
      "echo 0 >/proc/sys/net/ipv4/ip_forward",
    ]) {
      await inRouter(drift);
      expect([drift, await act("rw-t-tunnel", "monitor")]).toEqual([drift, codes.failed]);
      expect([drift, await act("rw-t-tunnel", "start"), await act("rw-t-tunnel", "monitor")]).toEqual([drift, 0, 0]);
    }
    expect(await inRouter("nft -s list ruleset; ip rule; ip -6 rule")).toBe(whole);
    expect(await members()).toEqual(["10.10.1.21", "10.10.2.21", "fd00:10:1::21", "fd00:10:2::21"]);
    const others = { members_1: "10.10.2.21;10.10.2.22", members_2: "" };
    expect([await act("rw-t-tunnel", "reload-agent", others), await act("rw-t-tunnel", "monitor", others)]).toEqual([0, 0]);
    expect(await members()).toEqual(["10.10.2.21", "10.10.2.22"]);
    await actAll(["rw-t-tunnel"], "stop");
    await actAll(["rw-t-tunnel"], "monitor", codes.stopped);
    await actAll(["rw-t-ns"], "stop");
    expect(await look()).toBe(before);
  });
});

describe("a namespace", () => {
  beforeEach(async () => {
    await stopAll();
    await actAll(all.slice(0, 4), "start");
    await sh("ip neigh flush all");
  });

  it("speaks for no other on the bridge: neither ARP, neighbour discovery, its MAC nor its source", async () => {
    await pair.router.mustRun([
      "sh",
      "-c",
      `nft -f - <<'E'
table inet seen
delete table inet seen
table inet seen { chain in { type filter hook input priority 0; ip saddr ${mine[4]} ip daddr ${far[4]} icmp type echo-request counter; ip6 saddr ${mine[6]} ip6 daddr ${far[6]} icmpv6 type echo-request counter; }; }
E`,
    ]);
    const macs = async (): Promise<string> => (await sh("ip neigh show dev rw-any; bridge fdb show br rw-any")).toLowerCase();
    const victim = (await sh("ip netns exec rw-a cat /sys/class/net/rw-vip/address")).trim();
    await inContainer(
      `for a in ${mine[4]}/32 169.254.64.2/18; do ip addr add $a dev rw-vip; done; for a in ${mine[6]}/128 fd72:6b77:616e::2/64 fe80::2/64; do ip addr add $a dev rw-vip nodad; done`,
    );
    const attack = `for s in 169.254.64.2 ${mine[4]}; do arping -q -c 1 -U -I rw-vip $s; ping -n -q -c 2 -i 0.1 -W 0.2 -I $s ${far[4]}; done; for s in fd72:6b77:616e::2 ${mine[6]}; do ping -n -q -c 2 -i 0.1 -W 0.2 -I $s ${far[6]}; done; true`;
    await inContainer(`${attack} >/dev/null 2>&1`);
    expect([await answers(mine[4]), await answers(mine[6])]).toEqual([true, true]);
    for (const address of ["169.254.64.2", "fd72:6b77:616e::2"]) expect(await macs()).toContain(`${address} lladdr ${victim} `);
    await inContainer(`ip link set rw-vip address ${victim}; ${attack} >/dev/null 2>&1`);
    expect([await answers(mine[4]), await answers(mine[6])]).toEqual([true, true]);
    const own = (await macs()).split("\n").filter((line) => line.startsWith(victim));
    expect(own.length > 0 && own.every((line) => line.includes("dev rwv-1"))).toBe(true);
    expect(await pair.router.mustRun(["nft", "list", "table", "inet", "seen"])).not.toMatch(/packets [1-9]/);
    expect(await act("rw-c-vips-1", "monitor"), "its own MAC is gone").toBe(codes.failed);
    await actAll(["rw-c-vips-1"], "stop");
  });

  it("cannot be reached by its link's address, nor from one that is made up", async () => {
    await pair.router.mustRun(["ip", "route", "replace", "169.254.64.0/18", "via", pair.host.address[4]]);
    expect(await answers("169.254.64.2")).toBe(false);
    expect(await answers(mine[4])).toBe(true);
  });
});

describe("the checker", () => {
  beforeEach(async () => {
    await stopAll();
    await actAll(all, "start");
    await until("both are announced", async () => (await announced()) === 2);
  });
  const announced = async (): Promise<number> =>
    (await sh("for f in -4 -6; do ip $f route show proto 82 metric 82; done")).trim().split("\n").filter(Boolean).length;

  it.each([
    ["died", "kill -KILL $(cat pid)", codes.stopped],
    ["stands still", "kill -STOP $(cat pid); touch -d '20 seconds ago' alive", codes.failed],
    [
      "left its number to another",
      "kill -KILL $(cat pid); tail -f /run/rackway/rw-a-check/output >/dev/null 2>&1 & echo $! >pid",
      codes.stopped,
    ],
  ])("that %s is seen, and its last word stands while it is recovered", async (_, script, seen) => {
    await sh(`cd /run/rackway/rw-a-check; ${script}`);
    expect(await act("rw-a-check", "monitor")).toBe(seen);
    await actAll(["rw-a-check"], "stop");
    expect(await announced()).toBe(2);
    await actAll(["rw-a-check"], "start");
    await actAll(["rw-a-check"], "monitor");
    expect((await sh("pgrep -c -f [r]ackway-health.mjs")).trim()).toBe("1");
    await actAll(["rw-a-check"], "stop");
    expect(await announced()).toBe(0);
  });

  it("that cannot begin is a start that fails, with what it said", async () => {
    await actAll(["rw-a-check"], "stop");
    await sh("echo 'throw new Error(\"broken\")' >/run/broken.mjs; mount --bind /run/broken.mjs /usr/lib/rackway/rackway-health.mjs");
    expect(await act("rw-a-check", "start")).toBe(codes.failed);
    await sh("umount /usr/lib/rackway/rackway-health.mjs");
  });
});

describe("the way of a namespace's daemons to their upstreams, and a program of the host's own", () => {
  const ours = ["rw-t-out", "rw-t-run-say.1"];
  beforeAll(() =>
    sh(
      "mkdir -p /etc/rackway/services; printf '#!/bin/sh\\necho well; exec sleep 1000\\n' >/etc/rackway/services/say; chmod 755 /etc/rackway/services/say",
    ),
  );

  it.each(["rw-t-out", "rw-t-run-say.1"])("of %s keeps to the OCF API, by ocf-tester", { timeout: 90_000 }, async (id) => {
    await actAll(["rw-t-ns"], "start");
    const { agent, values } = parameters[id]!;
    const options = Object.entries(values).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    const argv = ["sh", "-c", 'cd / && exec "$@"', "sh", "ocf-tester", "-n", id, ...options, `${folder}/${agent}`];
    const { code, stdout, stderr } = await pair.host.run(argv, { timeoutMs: 80_000 });
    expect(`${code}\n${stdout}${stderr}`).toMatch(/^0\n[^]*passed all tests/);
    await actAll([id, "rw-t-ns"], "stop");
  });

  it("are put right, and leave nothing in a namespace that stays", async () => {
    const traces = (): Promise<string> =>
      sh("ip -n rw-t rule; ip -n rw-t -6 rule; ip -n rw-t -br link; ip -br link; nft list tables; pgrep -a sleep; true").then((text) =>
        text.replaceAll(/@if\d+/g, ""),
      );
    await actAll(["rw-t-ns"], "start");
    const before = await traces();
    await actAll(ours, "start");
    await actAll(ours, "monitor");
    for (const [id, drift] of [
      ["rw-t-out", "ip -n rw-t rule del pref 8202"],
      ["rw-t-out", "ip -n rw-t -6 route flush table 8202"],
      ["rw-t-out", "nft delete table inet rackway-out-s3"],
      ["rw-t-run-say.1", "kill -STOP $(cut -d' ' -f1 /run/rackway/rw-t-run-say.1/process)"],
    ] as const) {
      await sh(drift);
      expect([drift, await act(id, "monitor")]).toEqual([drift, codes.failed]);
      expect([drift, await act(id, "start"), await act(id, "monitor")]).toEqual([drift, 0, 0]);
    }
    await sh("kill -KILL $(cut -d' ' -f1 /run/rackway/rw-t-run-say.1/process)");
    await until("it is seen to have ended", async () => (await act("rw-t-run-say.1", "monitor")) === codes.stopped, 5_000);
    await actAll(ours, "stop");
    await actAll(ours, "monitor", codes.stopped);
    expect(await traces()).toBe(before);
    await actAll(["rw-t-ns"], "stop");
  });
});

describe("HAProxy", () => {
  const folderOf = "/run/rackway/rw-a-proxy";
  // The one whose rendering is a golden.
  const config = renderHaproxyConf({ ...proxiedNamespace, netns: "rw-a" })
    .trimEnd()
    .split("\n")
    .join(";");
  const certificates = proxyCertificates(proxiedNamespace).map(({ name, certificate, key }) => `${name} ${certificate} ${key}`);
  const proxy = (action: string, change: Record<string, string> = {}): Promise<number> => act("rw-a-proxy", action, change);
  const worker = async (): Promise<string> => (await sh(`echo "show info" | socat - ${folderOf}/stats.sock | sed -n "s/^Pid: //p"`)).trim();
  const reason = async (): Promise<string> => {
    const environment = Object.entries(parameters["rw-a-proxy"]!.values).map(([key, value]) => `OCF_RESKEY_${key}=${value}`);
    const argv = ["env", "OCF_RESOURCE_INSTANCE=rw-a-proxy", ...environment, `${folder}/haproxy`, "monitor"];
    return (await pair.host.run(argv)).stderr;
  };

  beforeAll(async () => {
    parameters["rw-a-proxy"] = { agent: "haproxy", values: { netns: "rw-a", config, certificates: certificates.join(";") } };
    const [certificate, key] = ["/etc/rackway/tls/api.crt", "/etc/rackway/tls/api.key"];
    await sh(
      `mkdir -p /etc/rackway/tls; openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=api -keyout ${key} -out ${certificate} 2>/dev/null`,
    );
  });
  beforeEach(async () => {
    await stopAll();
    await actAll(["rw-a-ns", "rw-a-proxy"], "start");
    await actAll(["rw-a-proxy"], "monitor");
  });

  it("keeps to the OCF API, by ocf-tester", { timeout: 60_000 }, async () => {
    const options = Object.entries(parameters["rw-a-proxy"]!.values).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    const argv = ["sh", "-c", 'cd / && exec "$@"', "sh", "ocf-tester", "-n", "rw-a-proxy", ...options, `${folder}/haproxy`];
    const { code, stdout, stderr } = await pair.host.run(argv, { timeoutMs: 50_000 });
    expect(`${code}\n${stdout}${stderr}`).toMatch(/^0\n[^]*passed all tests/);
  });

  it("leaves nothing, and knows that it is not there", async () => {
    await actAll(["rw-a-proxy", "rw-a-ns"], "stop");
    expect(await sh("pgrep -r R,S,T haproxy; ls /run/rackway | grep a-; ls /run/netns | grep a; true")).toBe("");
    expect(await proxy("monitor")).toBe(codes.stopped);
    // What its listeners would be in is gone.
    expect(await proxy("start")).toBe(codes.failed);
    expect(await proxy("stop")).toBe(0);
  });

  it("is reloaded by a change, with the listeners that it has, and left alone by none", async () => {
    const [before, sockets] = [await worker(), await sh("ip netns exec rw-a ss -Hlnte | grep -o ino:[0-9]* | sort")];
    await actAll(["rw-a-proxy"], "start");
    expect(await worker()).toBe(before);
    expect(await proxy("reload-agent", { config: config.replace("balance leastconn", "balance source") })).toBe(0);
    expect(await worker()).not.toBe(before);
    expect(await sh("ip netns exec rw-a ss -Hlnte | grep -o ino:[0-9]* | sort")).toBe(sockets);
  });

  it.each([
    [
      "a certificate that is not there",
      { certificates: "api-443 /etc/rackway/tls/none.crt /etc/rackway/tls/api.key" },
      /none\.crt|api-443\.crt/,
    ],
    ["a word that HAProxy does not know", { config: config.replace("balance leastconn", "balance fairly") }, /balance only supports/],
    ["a port where another listens", { config: config.replace("bind 10.77.0.1:80 ", "bind 10.77.0.1:81 ") }, /another program may listen/],
  ])("does not take %s: what runs goes on, and the monitor says why until it is right", async (_, change, words) => {
    const before = await worker();
    await sh(
      "ip netns exec rw-a ip address add 10.77.0.1/32 dev lo; ip netns exec rw-a setsid socat TCP-LISTEN:81,bind=10.77.0.1 - </dev/zero >/dev/null 2>&1 & echo $! >/run/other",
    );
    expect(await proxy("reload-agent", change)).toBe(0);
    expect(await worker()).toBe(before);
    expect(await proxy("monitor")).toBe(codes.degraded);
    expect(await reason()).toMatch(words);
    await sh("kill $(cat /run/other)");
    await actAll(["rw-a-proxy"], "start");
    await actAll(["rw-a-proxy"], "monitor");
  });

  it("shows that certificates were renewed, and serves them after a start, without having ended", async () => {
    const master = await sh(`cat ${folderOf}/pid`);
    await sh("touch -d '1 hour ago' /etc/rackway/tls/api.crt");
    expect(await proxy("monitor")).toBe(codes.degraded);
    await actAll(["rw-a-proxy"], "start");
    await actAll(["rw-a-proxy"], "monitor");
    expect(await sh(`cat ${folderOf}/pid`)).toBe(master);
  });

  it.each([
    ["worker was killed", "kill -KILL WORKER", codes.stopped],
    ["worker stands still", "kill -STOP WORKER", codes.failed],
    ["master was killed", "kill -KILL $(cat pid)", codes.stopped],
    ["master stands still", "kill -STOP $(cat pid)", codes.failed],
    ["master was killed, its worker standing still", "kill -STOP WORKER; kill -KILL $(cat pid)", codes.stopped],
    ["number has another", "kill -KILL $(cat pid); tail -f haproxy.cfg >/dev/null 2>&1 & echo $! >pid", codes.stopped],
  ])("whose %s is seen, and one is there after a stop and a start", async (_, script, seen) => {
    const pid = await worker();
    await sh(`cd ${folderOf}; ${script.replace("WORKER", pid)}; sleep 0.5`);
    expect(await proxy("monitor")).toBe(seen);
    await actAll(["rw-a-proxy"], "stop");
    expect(await sh("pgrep -x -r R,S,T haproxy || true")).toBe("");
    await actAll(["rw-a-proxy"], "start");
    await actAll(["rw-a-proxy"], "monitor");
    // A master and a worker.
    expect((await sh("pgrep -xc -r R,S,T haproxy")).trim()).toBe("2");
  });

  it("loses no request to reloads, and some to a restart, over IPv4 and IPv6", { timeout: 150_000 }, async () => {
    await actAll(["rw-a-proxy"], "stop");
    await actAll(all, "start");
    const web = "listen 127.0.0.1:9001; location / { return 200 one; }";
    const nginx = `pid /run/nginx.pid; error_log /dev/null; events { worker_connections 1000; } http { access_log off; server { ${web} } }`;
    await sh(`echo '${nginx}' >/run/nginx.conf; nginx -c /run/nginx.conf`);
    const local = config.replaceAll("10.10.1.21:5432", "127.0.0.1:9001").replaceAll(/ accept-proxy|;[^;]*\[fd00:10:1::21\]:5432/g, "");
    const versions = ["source", "roundrobin", "leastconn"].map((balance) => local.replace("balance leastconn", `balance ${balance}`));
    expect(await proxy("start", { config: local })).toBe(0);
    const start = (): Promise<HttpRequests[]> =>
      Promise.all(Object.values(mine).map((address) => HttpRequests.start(pair.router.wire, { address, perSecond: 100, maxMs: 120_000 })));
    const sure = async (running: readonly HttpRequests[], count: number): Promise<void> => {
      const before = await Promise.all(running.map(async (requests) => (await requests.soFar()).done));
      await until("requests are answered", async () => {
        const now = await Promise.all(running.map(async (requests) => (await requests.soFar()).done));
        return now.every((done, index) => done >= (before[index] ?? 0) + count);
      });
    };
    const stop = (running: readonly HttpRequests[]) => Promise.all(running.map((requests) => requests.stop()));
    try {
      const requests = await start();
      for (const version of versions) {
        await sure(requests, 60);
        expect(await proxy("reload-agent", { config: version })).toBe(0);
      }
      await sure(requests, 60);
      for (const { failures, done } of await stop(requests))
        expect({ failures, isEnough: done > 240 }).toEqual({ failures: {}, isEnough: true });
      const control = await start();
      await sure(control, 60);
      await actAll(["rw-a-proxy"], "stop");
      expect(await proxy("start", { config: local })).toBe(0);
      for (const { failures } of await stop(control)) expect(Object.keys(failures)).not.toEqual([]);
    } finally {
      await sh("nginx -c /run/nginx.conf -s stop");
    }
  });

  it("is told by its namespace that it listens in another", async () => {
    await sh("ip netns del rw-a; ip netns add rw-a; ip -n rw-a link set lo up");
    expect(await proxy("monitor")).toBe(codes.failed);
    await actAll(["rw-a-proxy"], "start");
    await actAll(["rw-a-proxy"], "monitor");
    expect(await sh("ip netns exec rw-a ss -Hltn")).toContain("10.77.0.1:80");
  });
});
