import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Lab } from "@rackway/lab";
import { renderCorosyncConf, routerResources, type Primitive } from "@rackway/pacemaker";
import { rackA, routerA } from "../../packages/adapters/pacemaker/src/fixtures/pacemaker-state.ts";

/**
 * The resource agents as Pacemaker calls them, on a host without Pacemaker: the OCF API by ocf-tester(8), start and stop from half-built states,
 * drift of every kind, and what a monitor costs.
 */
const host = "ctl-a1";
const folder = "/usr/lib/ocf/resource.d/rackway";
const primitives = new Map(routerResources(routerA, "quorum").map(({ primitive }) => [typeOf(primitive), primitive]));
const inOrder = ["namespace", "router", "wayout", "conntrackd", "uplink", "radvd", "vips"];
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
    expect(await validate("uplink", "fall", "0")).toMatch(/^6 .*not a positive number/);
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
