import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Lab } from "@rackway/lab";
import { renderCorosyncConf, routerResources, serviceResources, type Primitive } from "@rackway/pacemaker";
import { failoverRack } from "../../packages/adapters/pacemaker/src/fixtures/failover-state.ts";
import { rackA, routerA } from "../../packages/adapters/pacemaker/src/fixtures/pacemaker-state.ts";

/**
 * The resource agents as Pacemaker calls them, on a host without Pacemaker: the OCF API by ocf-tester(8), start and stop from half-built states,
 * drift of every kind, and what a monitor costs.
 */
const host = "ctl-a1";
const folder = "/usr/lib/ocf/resource.d/rackway";
const primitives = new Map(routerResources(routerA, "quorum").map(({ primitive }) => [typeOf(primitive), primitive]));
const inOrder = ["namespace", "router", "wayout", "conntrackd", "uplink", "radvd", "dns", "ntp", "vips"];
const codes = { running: 0, failed: 1, stopped: 7 };

function typeOf(primitive: Primitive): string {
  return primitive.agent.split(":")[2] ?? "";
}

function primitiveOf(type: string): Primitive {
  const primitive = primitives.get(type);
  if (!primitive) throw new Error(`no resource of type ${type}`);
  return primitive;
}

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.up({ name: "agents", racks: ["rack-a"] });
  // VIPs are started where Corosync says that there is quorum: a cluster of one. The guard would act upon what is no failure here.
  await lab.run(host, ["sv", "down", "rackway-guard"]);
  await lab.writeFile(host, "/etc/corosync/corosync.conf", renderCorosyncConf({ ...rackA, nodes: rackA.nodes.slice(0, 1) }));
  const script = `head -c 128 /dev/urandom >/etc/corosync/authkey; ln -sfn /etc/sv/corosync /etc/service/corosync
until corosync-quorumtool -s 2>/dev/null | grep -q '^Quorate: *Yes'; do sleep 0.2; done`;
  await lab.run(host, ["sh", "-c", script], { timeoutMs: 60_000 });
  // What the agent makes on a real host: the public bridge.
  await lab.run(host, ["sh", "-c", "ip link add br-ex type bridge && ip link set eth-pub master br-ex && ip link set br-ex up"]);
});
afterAll(async () => {
  await lab?.down();
});

/** Runs one action and returns its exit code. */
async function act(type: string, action: string): Promise<number> {
  const { id, parameters } = primitiveOf(type);
  const environment = Object.entries({ OCF_ROOT: "/usr/lib/ocf", OCF_RESOURCE_INSTANCE: id })
    .concat(Object.entries(parameters).map(([name, value]) => [`OCF_RESKEY_${name}`, value]))
    .map(([name, value]) => `${name}=${value}`);
  return (await lab.exec(host, ["env", ...environment, `${folder}/${type}`, action])).code;
}

async function startAll(): Promise<void> {
  for (const type of inOrder) expect([type, await act(type, "start")]).toEqual([type, 0]);
}

async function stopAll(): Promise<void> {
  for (const type of inOrder.toReversed()) expect([type, await act(type, "stop")]).toEqual([type, 0]);
}

const inNamespace = (script: string): string => `ip netns exec rw-vr-a ${script}`;

describe("ocf-tester", () => {
  it.each(inOrder)("passes on ocf:rackway:%s", async (type) => {
    for (const below of inOrder.slice(0, inOrder.indexOf(type))) if (below !== "vips") await act(below, "start");
    const { id, parameters } = primitiveOf(type);
    const options = Object.entries(parameters).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    const { code, stdout, stderr } = await lab.exec(host, ["ocf-tester", "-n", id, ...options, `${folder}/${type}`], { timeoutMs: 60_000 });
    expect(`${code}\n${stdout}${stderr}`).toMatch(/^0\n[^]*passed all tests/);
    await stopAll();
  });
});

describe("a resource agent", () => {
  it("leaves a host as it found it", async () => {
    const look = async (): Promise<string> =>
      (
        await lab.sh(
          host,
          "ip -o link; ip -o addr; ip rule; ip -6 rule; ip route show table all; nft list ruleset; ls -A /run/netns /run/rackway; ps -eo args | grep -c [r]ackway-watch",
        )
      ).stdout
        .replaceAll(/(valid|preferred)_lft \w+|@if\d+|\d+: /g, "")
        .replaceAll(/link-netns(id)? \S+/g, "")
        // What routers say by themselves comes when it comes (RFC 4861 6.2.4).
        .replaceAll(/^.* proto ra .*\n/gm, "");
    await stopAll();
    const before = await look();
    await startAll();
    for (const type of inOrder) expect([type, await act(type, "monitor")]).toEqual([type, codes.running]);
    await stopAll();
    expect(await look()).toBe(before);
  });

  it("runs conntrackd below the kernel's threads that carry packets", async () => {
    await startAll();
    const { stdout } = await lab.sh(host, "ps -o cls=,ni= -p $(cat /run/rackway/rw-vr-a-sync/pid)");
    expect(stdout.trim().split(/\s+/)).toEqual(["TS", "-10"]);
    await stopAll();
  });

  it.each([
    ["a plain file where the namespace should be", "mkdir -p /run/netns && touch /run/netns/rw-vr-a", "namespace"],
    ["a namespace without anything", "ip netns add rw-vr-a", "namespace"],
    ["half of a veth pair", "ip netns add rw-vr-a; ip link add rwm-1 type veth peer name other; ip netns del rw-vr-a", "namespace"],
    [
      "some of the addresses, nobody having started them",
      "ip netns add rw-vr-a; ip -n rw-vr-a link add mgmt type bridge; ip -n rw-vr-a addr add 10.10.1.100/24 dev mgmt",
      "namespace",
    ],
  ])("starts and stops rightly from %s", async (_, script) => {
    await lab.run(host, ["sh", "-c", script]);
    expect(await act("vips", "monitor")).not.toBe(codes.running);
    expect(await act("router", "monitor")).toBe(codes.stopped);
    await startAll();
    for (const type of inOrder) expect([type, await act(type, "monitor")]).toEqual([type, codes.running]);
    await stopAll();
    for (const type of inOrder) expect([type, await act(type, "monitor")]).toEqual([type, codes.stopped]);
    await lab.sh(host, "ip link del other 2>/dev/null");
  });

  it("stops from every half-built state, and stops again", async () => {
    for (let started = 0; started <= inOrder.length; started += 1) {
      for (const type of inOrder.slice(0, started)) await act(type, "start");
      await stopAll();
      await stopAll();
      expect((await lab.sh(host, "ls -A /run/netns; ip -o link | grep -c rw[mpsh]-")).stdout.trim()).toBe("0");
    }
  });

  it.each([
    ["stop", () => act("vips", "stop")],
    ["what the guard runs", async () => (await lab.sh(host, "sh /run/rackway/rw-vr-a-vips/drop.sh; exit 0")).code],
  ])("leaves nobody answering from a namespace whose name was taken away: %s", async (_, giveUp) => {
    const answers = async (): Promise<number> =>
      Number(
        /Received (\d+)/.exec((await lab.exec("node-a1", ["arping", "-c", "2", "-w", "1", "-I", "br-mgmt", "10.10.1.100"])).stdout)?.[1],
      );
    await startAll();
    await lab.run(host, ["ip", "netns", "del", "rw-vr-a"]);
    expect(await answers(), "daemons keep the namespace alive").toBeGreaterThan(0);
    expect(await giveUp()).toBe(0);
    expect(await answers()).toBe(0);
    await stopAll();
  });

  it("refuses parameters that it cannot work with, naming them", async () => {
    const validate = async (type: string, name: string, value: string): Promise<string> => {
      const { parameters } = primitiveOf(type);
      const environment = Object.entries({ ...parameters, [name]: value }).map(([key, text]) => `OCF_RESKEY_${key}=${text}`);
      const { code, stderr } = await lab.exec(host, ["env", ...environment, `${folder}/${type}`, "validate-all"]);
      return `${code} ${stderr.split("\n").find((line) => line.startsWith("ocf-exit-reason:"))}`;
    };
    expect(await validate("namespace", "netns", "../etc")).toMatch(/^6 .*'..\/etc' is not a name/);
    expect(await validate("vips", "addresses", "mgmt 10.0.0.1")).toMatch(/^6 .*'10.0.0.1' is not ADDRESS\/LENGTH/);
    expect(await validate("router", "links", "mgmt br-mgmt a-name-that-is-too-long 1500")).toMatch(/^6 .*longer than the 15/);
    expect(await validate("wayout", "table", "filter")).toMatch(/^6 .*is not ours/);
    expect(await validate("dns", "names", 'x 10.0.0.1"')).toMatch(/^6 .*neither of a name nor of an address/);
    expect(await validate("uplink", "fall", "0")).toMatch(/^6 .*not a positive number/);
  });
});

describe("name service", () => {
  const run = (script: string) => lab.run(host, ["sh", "-c", script]);
  const acts = (action: string, change: Record<string, string>) => {
    const { id, parameters } = primitiveOf("dns");
    const environment = Object.entries({ ...parameters, ...change }).map(([name, value]) => `OCF_RESKEY_${name}=${value}`);
    return lab.exec(host, ["env", `OCF_RESOURCE_INSTANCE=${id}`, ...environment, `${folder}/dns`, action]);
  };
  const config = primitiveOf("dns").parameters["config"] ?? "";

  it.each(["unbound.conf", "unbound-tls-dnssec.conf"])("has a checker that accepts the golden %s", async (name) => {
    const golden = readFileSync(new URL(`../../packages/adapters/services/src/goldens/${name}`, import.meta.url), "utf8");
    // The anchor of the public tree is in a package of its own, which this root has not.
    await lab.writeFile(
      host,
      "/run/golden/unbound.conf",
      golden.replaceAll("@STATE@", "/run/golden").replace("/usr/share/dns/root.key", "/run/golden/root.key"),
    );
    const anchor = ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D";
    await run(`cd /run/golden && : >names.conf && echo '${anchor}' >root.key`);
    expect((await lab.exec(host, ["unbound-checkconf", "/run/golden/unbound.conf"])).code).toBe(0);
  });

  it("takes a new configuration as it runs, and refuses a bad one without ending", async () => {
    for (const type of ["namespace", "router"]) await act(type, "start");
    expect(await act("dns", "start")).toBe(0);
    const pid = await run("cat /run/rackway/rw-vr-a-dns/pid");
    const forwards = () => run("unbound-control -c /run/rackway/rw-vr-a-dns/unbound.conf list_forwards");
    const other = config.replace(/forward-addr: 198.51.100.53$/, "forward-addr: 198.51.100.54");
    expect((await acts("reload-agent", { config: other })).code).toBe(0);
    expect(await forwards()).toMatch(/^\. IN forward 198.51.100.54$/m);
    const bad = await acts("reload-agent", { config: `${other};forward-zone:;nonsense` });
    expect([bad.code, await forwards()]).toEqual([0, expect.stringMatching(/^\. IN forward 198.51.100.54$/m)]);
    const degraded = await acts("monitor", { config: bad.stdout });
    expect([degraded.code, degraded.stderr]).toEqual([190, expect.stringMatching(/goes on with its former configuration: .*error/)]);
    expect((await acts("reload-agent", { config })).code).toBe(0);
    expect([await act("dns", "monitor"), await run("cat /run/rackway/rw-vr-a-dns/pid")]).toEqual([codes.running, pid]);
    // Other addresses to listen on are the one thing that takes another daemon.
    expect((await acts("reload-agent", { config: config.replace("interface: 10.10.1.100", "interface: 10.10.1.101") })).code).toBe(0);
    expect(await run("cat /run/rackway/rw-vr-a-dns/pid")).not.toBe(pid);
    await stopAll();
  });

  it("begins anew with other authorities, which it reads at no other time, and goes on as it is where it could read none", async () => {
    for (const type of ["namespace", "router"]) await act(type, "start");
    expect(await act("dns", "start")).toBe(0);
    const pidNow = () => run("cat /run/rackway/rw-vr-a-dns/pid");
    const pid = await pidNow();
    const served = (more: string) => config.replace("server:", `server:;${more}`);
    for (const [line, why] of [
      ['tls-cert-bundle: "/run/golden/none.pem"', "no certificate in /run/golden/none.pem"],
      ['trust-anchor-file: "/run/golden/secret.key"', "no DS or DNSKEY record in /run/golden/secret.key"],
    ] as const) {
      await run("mkdir -p /run/golden; echo '. IN DS 20326 8 2 E06D' >/run/golden/secret.key; chmod 600 /run/golden/secret.key");
      expect((await acts("reload-agent", { config: served(line) })).code).toBe(0);
      const { code, stderr } = await acts("monitor", {});
      expect([code, stderr, await pidNow()]).toEqual([190, expect.stringContaining(`user unbound finds ${why}`), pid]);
    }
    const trusting = { config: served('tls-cert-bundle: "/etc/ssl/certs/ca-certificates.crt"') };
    expect((await acts("reload-agent", trusting)).code).toBe(0);
    expect([(await acts("monitor", trusting)).code, await pidNow()]).toEqual([0, expect.not.stringMatching(pid)]);
    await stopAll();
  });

  it("does not start with a configuration that its checker refuses, and says why", async () => {
    for (const type of ["namespace", "router"]) await act(type, "start");
    const { code, stderr } = await acts("start", { config: `${config};nonsense` });
    expect([code, stderr]).toEqual([codes.failed, expect.stringMatching(/ocf-exit-reason:unbound refuses its configuration: .*error/)]);
    await stopAll();
  });
});

describe("time service", () => {
  const run = (script: string) => lab.run(host, ["sh", "-c", script]);
  const acts = (action: string, change: Record<string, string>) => {
    const { id, parameters } = primitiveOf("ntp");
    const environment = Object.entries({ ...parameters, ...change }).map(([name, value]) => `OCF_RESKEY_${name}=${value}`);
    return lab.exec(host, ["env", `OCF_RESOURCE_INSTANCE=${id}`, ...environment, `${folder}/ntp`, action]);
  };
  const sources = primitiveOf("ntp").parameters["sources"] ?? "";
  const followed = () => run("chronyc -n -h /run/rackway/rw-vr-a-ntp/chrony/control sources");

  it.each(["chrony.conf", "chrony.sources"])("has a checker that accepts the golden %s", async (name) => {
    const golden = readFileSync(new URL(`../../packages/adapters/services/src/goldens/${name}`, import.meta.url), "utf8");
    await lab.writeFile(host, `/run/golden/${name}`, golden.replaceAll("@STATE@", "/run/golden"));
    expect((await lab.exec(host, ["chronyd", "-p", "-f", `/run/golden/${name}`])).code).toBe(0);
  });

  it("tells nobody the time, neither members nor the other controllers, before it follows somebody", async () => {
    for (const type of ["namespace", "router"]) await act(type, "start");
    expect(await act("ntp", "start")).toBe(0);
    const letsIn = async () => {
      const asked = ["10.10.1.21", "fd00:10:1::21", "fd72:6b77:7379:1::2"].map(
        (address) => `chronyc -h /run/rackway/rw-vr-a-ntp/chrony/control accheck ${address}`,
      );
      return (await run(asked.join("; "))).match(/(?<=Access )\w+/g);
    };
    // By then it leads itself, and its own monitor is answered.
    await sleep(11_000);
    expect([await act("ntp", "monitor"), await letsIn()]).toEqual([codes.running, ["denied", "denied", "denied"]]);
    await run(`printf 'port 11123\nlocal stratum 3\nallow 127.0.0.1\ncmdport 0\nbindcmdaddress /\npidfile /run/upstream.pid\n' >/run/upstream.conf
${inNamespace("chronyd -x -f /run/upstream.conf")}`);
    expect((await acts("reload-agent", { sources: `${sources};server 127.0.0.1 port 11123 iburst minpoll 0` })).code).toBe(0);
    const open = "n=0; until [ -e /run/rackway/rw-vr-a-ntp/open ] || [ $n -ge 200 ]; do n=$((n + 1)); sleep 0.1; done";
    await run(open);
    expect(await letsIn()).toEqual(["allowed", "allowed", "allowed"]);
    await run("kill $(cat /run/upstream.pid)");
    await stopAll();
  });

  it("takes other sources as it runs, refuses bad ones without ending, and never follows itself", async () => {
    for (const type of ["namespace", "router"]) await act(type, "start");
    expect(await act("ntp", "start")).toBe(0);
    const pid = await run("cat /run/rackway/rw-vr-a-ntp/pid");
    expect(await followed()).not.toContain("fd72:6b77:7379:1::1 ");
    expect(await followed()).toContain("fd72:6b77:7379:1::2 ");
    expect((await acts("reload-agent", { sources: sources.replace("198.51.100.123", "198.51.100.124") })).code).toBe(0);
    expect(await followed()).toContain("198.51.100.124 ");
    expect((await acts("reload-agent", { sources: `${sources};server 198.51.100.125 nonsense` })).code).toBe(0);
    expect(await followed()).toContain("198.51.100.124 ");
    const degraded = await acts("monitor", {});
    expect([degraded.code, degraded.stderr]).toEqual([
      190,
      expect.stringMatching(/goes on with its former configuration: Could not parse/),
    ]);
    const { config = "" } = primitiveOf("ntp").parameters;
    expect((await acts("reload-agent", { config: `${config};ntstrustedcerts /run/none.pem` })).code).toBe(0);
    expect((await acts("monitor", {})).stderr).toContain("user _chrony finds no certificate in /run/none.pem");
    expect((await acts("reload-agent", {})).code).toBe(0);
    expect([await act("ntp", "monitor"), await run("cat /run/rackway/rw-vr-a-ntp/pid")]).toEqual([codes.running, pid]);
    await stopAll();
  });
});

describe("a planned move", () => {
  it("hands over when conntrackd has told what it knows, and not before", async () => {
    await startAll();
    const signal = (name: string) => lab.run(host, ["sh", "-c", `kill -${name} $(cat /run/rackway/rw-vr-a-sync/pid)`]);
    const isMuted = async (): Promise<boolean> =>
      (await lab.run(host, ["sh", "-c", inNamespace("nft list tables")])).includes("rackway-mute");
    await signal("STOP");
    const handOver = act("vips", "migrate_to");
    await sleep(500);
    expect(await isMuted()).toBe(false);
    await signal("CONT");
    expect(await handOver).toBe(0);
    expect(await isMuted()).toBe(true);
    await stopAll();
  });

  it("does not wait for ever for a conntrackd that stands still", async () => {
    await startAll();
    await lab.run(host, ["sh", "-c", "kill -STOP $(cat /run/rackway/rw-vr-a-sync/pid)"]);
    for (const action of ["migrate_to", "stop"]) expect([action, await act("vips", action)]).toEqual([action, 0]);
    await stopAll();
  });
});

describe("a monitor", () => {
  it.each([
    ["router", "a sysctl", inNamespace("sysctl -qw net.ipv4.ip_forward=0")],
    ["router", "the rules", inNamespace("nft flush ruleset")],
    ["router", "one rule", inNamespace("nft flush chain inet rackway-router translate")],
    ["router", "an interface inside", "ip -n rw-vr-a link del public"],
    ["router", "an interface taken out of its bridge", "ip link set rwm-1 nomaster"],
    ["router", "an interface that is down", "ip -n rw-vr-a link set mgmt down"],
    ["wayout", "the low-priority default route", "ip -n rw-vr-a route del default metric 1000"],
    ["wayout", "the host's translation", "nft delete table inet rackway-out-1"],
    ["conntrackd", "a daemon that answers nobody", "kill -STOP $(cat /run/rackway/rw-vr-a-sync/pid)"],
    ["radvd", "a daemon that is dead", "kill -KILL $(cat /run/rackway/rw-vr-a-ra/daemon.pid)"],
    ["dns", "a daemon that is dead", "kill -KILL $(cat /run/rackway/rw-vr-a-dns/pid)"],
    ["dns", "a daemon that answers nobody", "kill -STOP $(cat /run/rackway/rw-vr-a-dns/pid)"],
    [
      "dns",
      "a daemon that answers wrongly",
      "unbound-control -c /run/rackway/rw-vr-a-dns/unbound.conf local_zone default-lab.internal always_nxdomain",
    ],
    ["ntp", "a daemon that is dead", "kill -KILL $(cat /run/rackway/rw-vr-a-ntp/pid)"],
    ["ntp", "a daemon that answers nobody", "kill -STOP $(cat /run/rackway/rw-vr-a-ntp/pid)"],
    ["ntp", "its address among the others", "ip -n rw-vr-a addr del fd72:6b77:7379:1::1/64 dev sync"],
    ["uplink", "a watch that is dead", "kill -KILL $(cat /run/rackway/rw-vr-a-watch/pid)"],
  ])("of %s sees drift of %s, changes nothing, and a recovery mends it", async (type, _, script) => {
    await startAll();
    await lab.run(host, ["sh", "-c", script]);
    const seen = await act(type, "monitor");
    expect([codes.failed, codes.stopped]).toContain(seen);
    expect(await act(type, "monitor")).toBe(seen);
    expect(await act(type, "stop")).toBe(0);
    expect(await act(type, "start")).toBe(0);
    expect(await act(type, "monitor")).toBe(codes.running);
    await stopAll();
  });

  it.each([
    ["one address", "ip -n rw-vr-a addr del 10.10.1.100/24 dev mgmt", codes.failed],
    ["the default route", "ip -n rw-vr-a route del default metric 100", codes.failed],
    ["all addresses", "sh /run/rackway/rw-vr-a-vips/drop.sh", codes.stopped],
  ])("of vips sees that %s is gone", async (_, script, expected) => {
    await startAll();
    await lab.run(host, ["sh", "-c", script]);
    expect(await act("vips", "monitor")).toBe(expected);
    expect([await act("vips", "stop"), await act("vips", "start"), await act("vips", "monitor")]).toEqual([0, 0, codes.running]);
    await stopAll();
  });

  it("of vips tells a move that was not finished", async () => {
    await startAll();
    expect(await act("vips", "migrate_to")).toBe(0);
    expect(await act("vips", "monitor")).toBe(codes.failed);
    await stopAll();
  });

  it("costs at most a third of what IPaddr2's costs", async () => {
    await startAll();
    const environment = (type: string): string =>
      Object.entries({ ...primitiveOf(type).parameters, x: "" })
        .map(([name, value]) => `OCF_RESKEY_${name}='${value}'`)
        .join(" ");
    const cpuOf = async (command: string): Promise<number> => {
      const script = `exec 2>/dev/null; i=0; while [ $i -lt 20 ]; do ${command} >/dev/null; i=$((i+1)); done; times`;
      const { stdout } = await lab.run(host, ["sh", "-c", script]).then((text) => ({ stdout: text }));
      const [, user = "", system = ""] = /\n(\S+) (\S+)\s*$/.exec(stdout) ?? [];
      const seconds = (text: string): number => Number(/^(\d+)m/.exec(text)?.[1] ?? 0) * 60 + Number(/m([\d.]+)s/.exec(text)?.[1] ?? 0);
      return (seconds(user) + seconds(system)) / 20;
    };
    await lab.run(host, ["ip", "addr", "add", "10.10.1.250/24", "dev", "br-mgmt"]);
    const peer = await cpuOf(
      "OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=x OCF_RESKEY_ip=10.10.1.250 OCF_RESKEY_nic=br-mgmt OCF_RESKEY_cidr_netmask=24 /usr/lib/ocf/resource.d/heartbeat/IPaddr2 monitor",
    );
    await lab.run(host, ["ip", "addr", "del", "10.10.1.250/24", "dev", "br-mgmt"]);
    const ours = await cpuOf(`OCF_RESOURCE_INSTANCE=${primitiveOf("vips").id} ${environment("vips")} ${folder}/vips monitor`);
    await stopAll();
    console.log(
      `CPU of one monitor: vips ${(ours * 1000).toFixed(1)} ms, IPaddr2 ${(peer * 1000).toFixed(1)} ms, ratio ${(ours / peer).toFixed(2)}`,
    );
    expect(ours / peer).toBeLessThanOrEqual(1 / 3);
  });
});

describe("the agents of failover VIPs", () => {
  const parts = new Map(serviceResources(failoverRack).map(({ primitive }) => [primitive.id, primitive]));
  const [space, link, storage, vips, other] = [
    ...["rw-shop-ns", "rw-shop-net-rack-a.management.1", "rw-shop-net-rack-a.storage.1", "rw-shop-lan-in.1", "rw-shop-lan-other.1"],
  ] as [string, string, string, string, string];
  const all = [space, link, storage, vips, other];
  const acts = async (id: string, action: string): Promise<number> => {
    const { agent, parameters } = parts.get(id) as Primitive;
    const environment = Object.entries(parameters).map(([name, value]) => `OCF_RESKEY_${name}=${value}`);
    const argv = [
      "env",
      "OCF_ROOT=/usr/lib/ocf",
      `OCF_RESOURCE_INSTANCE=${id}`,
      ...environment,
      `${folder}/${agent.split(":")[2]}`,
      action,
    ];
    return (await lab.exec(host, argv)).code;
  };
  const actAll = async (ids: readonly string[], action: string, code = 0): Promise<void> => {
    for (const id of ids) expect([id, action, await acts(id, action)]).toEqual([id, action, code]);
  };
  const stopThem = (): Promise<void> => actAll(all.toReversed(), "stop");
  const look = async (): Promise<string> =>
    (await lab.sh(host, "ip -o link; ip -o addr; nft list ruleset; ls -A /run/netns /run/rackway")).stdout
      .replaceAll(/(valid|preferred)_lft \w+|@if\d+|\d+: /g, "")
      .replaceAll(/link-netns(id)? \S+/g, "")
      .replaceAll(/^.* proto ra .*\n/gm, "");
  const answered = async (address: string): Promise<number> =>
    Number(/Received (\d+)/.exec((await lab.exec("node-a1", ["arping", "-c", "2", "-w", "1", "-I", "br-mgmt", address])).stdout)?.[1]);

  it.each([link, vips])("pass ocf-tester: %s", async (id) => {
    await actAll(all.slice(0, all.indexOf(id)), "start");
    const { agent, parameters } = parts.get(id) as Primitive;
    const options = Object.entries(parameters).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    const { code, stdout, stderr } = await lab.exec(host, ["ocf-tester", "-n", id, ...options, `${folder}/${agent.split(":")[2]}`], {
      timeoutMs: 60_000,
    });
    expect(`${code}\n${stdout}${stderr}`).toMatch(/^0\n[^]*passed all tests/);
    await stopThem();
  });

  it("leave a host as they found it, in whatever order they are stopped", async () => {
    await stopThem();
    const before = await look();
    // As Pacemaker does where all of it has gone from its configuration: it knows no order any more.
    for (const order of [all, [link, vips, storage, other, space]]) {
      await actAll(all, "start");
      await actAll(all, "monitor", codes.running);
      await actAll(order, "stop");
      expect(await look()).toBe(before);
      await actAll(all, "monitor", codes.stopped);
    }
  });

  it("have a standby answer nobody, and keep the routes of a link whose last VIP goes", async () => {
    await actAll([space, link, storage], "start");
    expect(await answered("10.10.1.150")).toBe(0);
    await actAll([vips, other], "start");
    expect([(await answered("10.10.1.150")) > 0, (await answered("10.10.1.151")) > 0]).toEqual([true, true]);
    await actAll([vips], "stop");
    expect([await answered("10.10.1.150"), (await answered("10.10.1.151")) > 0]).toEqual([0, true]);
    await actAll([other], "stop");
    await actAll([space, link, storage], "monitor", codes.running);
    await stopThem();
  });

  it("mute one group and not the other in a planned move; one that was not finished is told", async () => {
    await actAll(all, "start");
    await actAll([vips], "migrate_to");
    expect([await answered("10.10.1.150"), (await answered("10.10.1.151")) > 0]).toEqual([0, true]);
    // What neighbours still send to it is answered.
    const ping = `mac=$(ip netns exec rw-shop cat /sys/class/net/n-management/address); echo $mac`;
    const mac = (await lab.run(host, ["sh", "-c", ping])).trim();
    const script = `ip neigh replace 10.10.1.150 lladdr ${mac} dev br-mgmt nud permanent; ping -c 1 -W 1 10.10.1.150; code=$?; ip neigh del 10.10.1.150 dev br-mgmt; exit $code`;
    expect((await lab.sh("node-a1", script)).code).toBe(0);
    await actAll([vips], "monitor", codes.failed);
    await actAll([vips], "stop");
    await actAll([vips], "migrate_from");
    expect((await answered("10.10.1.150")) > 0).toBe(true);
    await stopThem();
  });

  it.each([
    ["stop", () => acts(vips, "stop")],
    ["what the guard runs", async () => (await lab.sh(host, `sh /run/rackway/${vips}/drop.sh; exit 0`)).code],
  ])("leave nobody answering from a namespace whose name was taken away: %s", async (_, giveUp) => {
    await actAll(all, "start");
    await lab.run(host, ["sh", "-c", "ip netns exec rw-shop sleep 60 >/dev/null 2>&1 & ip netns del rw-shop"]);
    expect(await answered("10.10.1.150"), "a process keeps the namespace alive").toBeGreaterThan(0);
    expect(await giveUp()).toBe(0);
    expect(await answered("10.10.1.150")).toBe(0);
    await stopThem();
  });

  it.each([
    [link, "what may come in", "ip netns exec rw-shop nft flush ruleset"],
    [link, "a route for replies", "ip -n rw-shop -6 route flush table 70001"],
    [link, "itself", "ip link del rwl-1-1"],
    [vips, "one address", "ip -n rw-shop addr del 10.10.1.150/32 dev n-management"],
    [vips, "a rule for replies", "ip -n rw-shop -6 rule del pref 8300"],
    [vips, "all addresses, by the guard", `sh /run/rackway/${vips}/drop.sh`],
    [space, "an address of its own", "ip -n rw-shop addr del 169.254.64.2/32 dev lo"],
  ])("see that %s has lost %s, change nothing, and a recovery mends it", async (id, _, script) => {
    await actAll(all, "start");
    await lab.run(host, ["sh", "-c", script]);
    const seen = await acts(id, "monitor");
    expect([codes.failed, codes.stopped]).toContain(seen);
    expect(await acts(id, "monitor")).toBe(seen);
    if (id !== space) await actAll([id], "stop");
    await actAll([id], "start");
    await actAll([id], "monitor", codes.running);
    await stopThem();
  });
});
