import { spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { Lab, LabError } from "@rackway/lab";
import { renderCorosyncConf } from "@rackway/pacemaker";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { rackA } from "../../packages/adapters/pacemaker/src/fixtures/pacemaker-state.ts";

/** The lab itself: that it is what it says, that its failures are real, and that nothing of it stays behind. */

const name = `t-lab-${process.pid}`;
const checkout = resolve(import.meta.dirname, "../..");
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.up({ name, racks: ["rack-a"] });
  // A public address by hand, where Rackway's agent would put it.
  for (const [host, last] of [
    ["ctl-a1", 11],
    ["ctl-a2", 12],
  ] as const) {
    await lab.run(host, ["ip", "address", "add", `203.0.113.${last}/25`, "dev", "eth-pub"]);
    await lab.run(host, ["ip", "address", "add", `2001:db8:a::${last}/64`, "dev", "eth-pub", "nodad"]);
    await lab.run(host, ["ip", "route", "add", "198.51.100.0/24", "via", "203.0.113.1"]);
    await lab.run(host, ["ip", "route", "add", "2001:db8:100::/64", "via", "2001:db8:a::1"]);
  }
});

afterEach(async () => {
  await lab.heal();
});

afterAll(async () => {
  await lab.down();
});

/** How many of `count` pings, 5 ms apart, are answered. */
async function ping(from: string, to: string, count = 3): Promise<number> {
  const { stdout } = await lab.exec(from, ["ping", "-q", "-n", "-c", String(count), "-i", "0.005", "-W", "0.5", to]);
  return Number(/(\d+) received/.exec(stdout)?.[1] ?? Number.NaN);
}

/** How many ARP requests on the rack's management network are answered. */
async function arping(address: string): Promise<number> {
  const { stdout } = await lab.exec("tor-a", ["arping", "-I", "br-management", "-c", "2", "-w", "2", address]);
  return Number(/Received (\d+) response/.exec(stdout)?.[1] ?? Number.NaN);
}

async function get(from: string, url: string): Promise<{ code: number; stdout: string }> {
  return lab.exec(from, ["curl", "-s", "-m", "2", url]);
}

describe("a lab that is up", () => {
  test("has members and controllers that reach their router in both families", async () => {
    for (const host of lab.rackHosts) {
      for (const gateway of ["10.10.1.1", "fd00:10:1::1"]) expect(await ping(host, gateway), `${host} → ${gateway}`).toBe(3);
    }
  });

  test("has hosts with an operating system of their own", async () => {
    expect((await lab.run("ctl-a1", ["hostname"])).trim()).toBe("ctl-a1");
    expect((await lab.run("ctl-a1", ["cat", "/proc/1/comm"])).trim()).toBe("tini");
    expect(await lab.run("ctl-a1", ["ip", "-j", "address", "show", "br-mgmt"])).toContain("10.10.1.11");
    const { code } = await lab.sh("ctl-a1", "ip netns add inner && ip netns exec inner ip link set lo up && ip netns del inner");
    expect(code).toBe(0);
  });

  test("keeps the machine's clock, modules and global sysctls out of a host's reach", async () => {
    expect((await lab.sh("ctl-a1", "date -s 2020-01-01")).code).not.toBe(0);
    expect((await lab.sh("ctl-a1", "echo 1 > /proc/sys/kernel/panic")).code).not.toBe(0);
    expect((await lab.sh("ctl-a1", "echo 1 > /proc/sys/net/ipv4/ip_forward && echo 0 > /proc/sys/net/ipv4/ip_forward")).code).toBe(0);
  });

  test("lets what leaves untranslated reach the internet host, but no answer come back", async () => {
    const capture = await lab.capture("internet", "eth0", "icmp or icmp6");
    expect(await ping("node-a1", "198.51.100.80")).toBe(0);
    expect(await ping("node-a1", "2001:db8:100::80")).toBe(0);
    const lines = await capture.stop();
    expect(lines.filter((line) => line.includes("10.10.1.21 > 198.51.100.80: ICMP echo request"))).toHaveLength(3);
    expect(lines.filter((line) => line.includes("fd00:10:1::21 > 2001:db8:100::80: ICMP6, echo request"))).toHaveLength(3);
  });

  test("has an internet host that answers public addresses: HTTP, DNS and NTP, over IPv4 and IPv6", async () => {
    expect((await get("ctl-a1", "http://198.51.100.80/ip")).stdout).toBe("203.0.113.11\n");
    expect((await get("ctl-a1", "http://[2001:db8:100::80]/ip")).stdout).toBe("2001:db8:a::11\n");
    for (const server of ["198.51.100.53", "2001:db8:100::53"]) {
      const query = ["dig", "+short", "+time=2", "+tries=1", `@${server}`, "www.example", "A", "intranet.corp.example", "AAAA"];
      expect(await lab.run("ctl-a1", query)).toBe("198.51.100.80\n2001:db8:100::80\n");
    }
    for (const server of ["198.51.100.123", "2001:db8:100::123"]) {
      const { stdout, stderr } = await lab.exec("ctl-a1", ["chronyd", "-x", "-Q", "-t", "5", `server ${server} iburst maxsamples 1`]);
      expect(stdout + stderr).toMatch(/System clock wrong by (2\.9|3\.0)\d* seconds/);
    }
  });

  test("serves a download whose hash it knows, at the speed that is asked for", async () => {
    const fetch = "curl -s http://198.51.100.80/files/random-1m.bin?rate=4m | sha256sum | cut -d' ' -f1";
    const known = await lab.run("ctl-a1", ["sh", "-c", "curl -s http://198.51.100.80/files/random-1m.bin.sha256 | cut -d' ' -f1"]);
    expect(await lab.run("ctl-a1", ["sh", "-c", fetch])).toBe(known);
    expect(known).toMatch(/^[0-9a-f]{64}\n$/);
  });

  test("refuses its name to another lab", async () => {
    await expect(Lab.up({ name })).rejects.toMatchObject({ code: "lab-exists", exitCode: 1 });
  });

  test("suggests the host that was meant", async () => {
    expect(() => lab.initPid("ctl-a4")).toThrow(
      expect.objectContaining({ code: "host-unknown", hint: expect.stringContaining("ctl-a3") as string }),
    );
  });
});

describe("power", () => {
  test("cut: nothing answers any more, neither the host nor a namespace inside it, not even ARP", async () => {
    const inner = "ip netns add in && ip link add v0 type veth peer name v1 netns in && ip link set v0 master br-mgmt up";
    const address = "ip -n in link set v1 up && ip -n in address add 10.10.1.200/24 dev v1";
    expect((await lab.sh("ctl-a3", `${inner} && ${address}`)).code).toBe(0);
    const alive = [arping("10.10.1.13"), arping("10.10.1.200"), ping("node-a1", "fd00:10:1::13")];
    expect((await Promise.all(alive)).every((answers) => answers >= 2)).toBe(true);
    const init = lab.initPid("ctl-a3");
    const cards = (await lab.sh("ctl-a3", "cat /sys/class/net/*/address; ip netns exec in cat /sys/class/net/v1/address")).stdout;
    const senders = cards.split("\n").filter((mac) => mac !== "" && mac !== "00:00:00:00:00:00");
    expect(senders.length).toBeGreaterThan(4);

    await lab.powerOff("ctl-a3");
    expect(await lab.exec("ctl-a3", ["true"]).catch((error: unknown) => error)).toMatchObject({ code: "host-off" });
    const capture = await lab.capture("tor-a", "br-management", senders.map((mac) => `ether src ${mac}`).join(" or "));
    expect(lab.isOn("ctl-a3")).toBe(false);
    const dead = [arping("10.10.1.13"), arping("10.10.1.200"), ping("node-a1", "10.10.1.13"), ping("node-a1", "fd00:10:1::13")];
    expect(await Promise.all(dead)).toEqual([0, 0, 0, 0]);
    expect(await capture.stop()).toEqual([]);
    expect(readdirSync("/proc")).not.toContain(String(init));
    await expect(lab.run("ctl-a3", ["true"])).rejects.toMatchObject({ code: "host-off" });
    await lab.powerOff("ctl-a3");
  });

  test("on again: the same disk and cards, a new life of the network", async () => {
    await lab.writeFile("ctl-a3", "/var/lib/kept", "written before the cut\n");
    await lab.run("ctl-a3", ["ip", "address", "add", "10.10.1.201/24", "dev", "br-mgmt"]);
    await lab.run("ctl-a3", ["nft", "add table inet leftover"]);
    const mac = await lab.run("ctl-a3", ["cat", "/sys/class/net/eth-mgmt/address"]);
    await lab.powerOff("ctl-a3");
    await lab.powerOn("ctl-a3");
    expect(await lab.run("ctl-a3", ["cat", "/var/lib/kept"])).toBe("written before the cut\n");
    expect(await lab.run("ctl-a3", ["cat", "/sys/class/net/eth-mgmt/address"])).toBe(mac);
    expect(await lab.run("ctl-a3", ["nft", "list", "ruleset"])).toBe("");
    expect(await lab.run("ctl-a3", ["ls", "/run/netns"])).toBe("");
    expect(await arping("10.10.1.13")).toBe(2);
    expect(await arping("10.10.1.201")).toBe(0);
    expect(await ping("node-a1", "fd00:10:1::13")).toBe(3);
  });

  test("a router's, too: its hosts see their carrier go and come, and the routers find each other again", async () => {
    await lab.powerOff("tor-a");
    expect((await lab.run("ctl-a1", ["cat", "/sys/class/net/eth-mgmt/carrier"])).trim()).toBe("0");
    await lab.powerOn("tor-a");
    await lab.settle();
    expect((await lab.run("ctl-a1", ["cat", "/sys/class/net/eth-mgmt/carrier"])).trim()).toBe("1");
    expect((await get("ctl-a1", "http://198.51.100.80/ip")).stdout).toBe("203.0.113.11\n");
  });

  test("a host that restarts itself goes off and comes back", async () => {
    const before = lab.initPid("ctl-a3");
    const rebootSystemCall = "use POSIX; syscall(169, 0xfee1dead, 672274793, 0x1234567)";
    await lab.exec("ctl-a3", ["perl", "-e", rebootSystemCall]);
    await expect.poll(() => lab.isOn("ctl-a3") && lab.initPid("ctl-a3") !== before, { timeout: 15_000 }).toBe(true);
    await expect.poll(() => arping("10.10.1.13"), { timeout: 5_000 }).toBe(2);
  });

  test("is what the fence agent switches: off, off again, status, on; it fails when the switch does not answer", async () => {
    const fence = (options: string): ReturnType<Lab["exec"]> => lab.exec("ctl-a1", ["fence_rackway_lab"], { input: options });
    expect(await fence("action=status\nplug=ctl-a3\n")).toMatchObject({ code: 0, stdout: "Status: on\n" });
    expect(await fence("action=off\nport=ctl-a3\nnodename=ctl-a3\n")).toMatchObject({ code: 0 });
    expect(lab.isOn("ctl-a3")).toBe(false);
    expect(await fence("action=off\nplug=ctl-a3\n")).toMatchObject({ code: 0 });
    expect(await fence("action=status\nplug=ctl-a3\n")).toMatchObject({ code: 2, stdout: "Status: off\n" });
    expect(await fence("action=reboot\nplug=ctl-a3\n")).toMatchObject({ code: 0 });
    expect(lab.isOn("ctl-a3")).toBe(true);
    expect((await fence("action=list\n")).stdout).toContain("ctl-a3,\n");
    expect((await fence("action=off\nplug=ctl-z9\n")).code).toBe(1);
    expect((await fence("action=off\n")).code).toBe(1);
    const metadata = await fence("action=metadata\n");
    expect(await lab.exec("ctl-a1", ["xmllint", "--noout", "-"], { input: metadata.stdout })).toMatchObject({ code: 0 });

    process.kill(Number(readFileSync(lab.files.path("labd"), "utf8").split(" ")[0]), "SIGKILL");
    const unanswered = await fence("action=off\nplug=ctl-a3\n");
    expect(unanswered).toMatchObject({ code: 1, stderr: expect.stringMatching(/does not answer|no answer/) as string });
    expect(lab.isOn("ctl-a3")).toBe(true);
  });
});

describe("the network's failures", () => {
  test("a pulled cable takes the carrier, on that network alone", async () => {
    await lab.link("ctl-a3", "management", "down");
    expect((await lab.run("ctl-a3", ["cat", "/sys/class/net/eth-mgmt/carrier"])).trim()).toBe("0");
    expect((await lab.run("ctl-a3", ["cat", "/sys/class/net/eth-pub/carrier"])).trim()).toBe("1");
    expect(await ping("node-a1", "10.10.1.13")).toBe(0);
    await lab.link("ctl-a3", "management", "up");
    expect(await ping("node-a1", "10.10.1.13")).toBe(3);
  });

  test("stay in force over a power cycle of the host", async () => {
    await lab.link("ctl-a3", "management", "down");
    await lab.powerOff("ctl-a3");
    await lab.powerOn("ctl-a3");
    expect((await lab.run("ctl-a3", ["cat", "/sys/class/net/eth-mgmt/carrier"])).trim()).toBe("0");
    await lab.heal("ctl-a3");
    expect(await ping("node-a1", "10.10.1.13")).toBe(3);
  });

  test("one-way loss: the host hears and answers, nobody hears it", async () => {
    await lab.loss("ctl-a3", "management", 100, "out");
    const hears = await lab.capture("ctl-a3", "eth-mgmt", "icmp or arp");
    const heard = await lab.capture("node-a1", "eth-mgmt", "src host 10.10.1.13 or arp src host 10.10.1.13");
    expect(await ping("node-a1", "10.10.1.13")).toBe(0);
    expect((await hears.stop()).length).toBeGreaterThan(0);
    expect(await heard.stop()).toEqual([]);
    await lab.loss("ctl-a3", "management", 0, "out");
    expect(await ping("node-a1", "10.10.1.13")).toBe(3);
  });

  test("a share of the packets, in one direction", async () => {
    expect(await ping("node-a1", "10.10.1.13", 400)).toBe(400);
    await lab.loss("ctl-a3", "management", 30, "in");
    const received = await ping("node-a1", "10.10.1.13", 400);
    // 280 expected; five standard deviations are 46
    expect(received).toBeGreaterThan(234);
    expect(received).toBeLessThan(326);
  });

  test("partition in the shape of a bridge: the ends lose each other on every network and address, the middle keeps both", async () => {
    await lab.run("ctl-a1", ["ip", "address", "add", "10.10.1.202/32", "dev", "br-mgmt"]);
    expect(await ping("ctl-a3", "10.10.1.202")).toBe(3);
    await lab.partition(["ctl-a1"], ["ctl-a3", "node-a1"]);
    for (const [from, to, reached] of [
      ["ctl-a1", "10.10.1.13", 0],
      ["ctl-a3", "fd00:10:1::11", 0],
      ["ctl-a3", "10.10.1.202", 0],
      ["node-a1", "203.0.113.11", 0],
      ["node-a1", "203.0.113.12", 3],
      ["ctl-a2", "10.10.1.11", 3],
      ["ctl-a2", "10.10.1.13", 3],
      ["ctl-a3", "fd00:10:1::12", 3],
      ["ctl-a3", "10.10.1.21", 3],
    ] as const) {
      expect(await ping(from, to), `${from} → ${to}`).toBe(reached);
    }
    expect((await get("ctl-a1", "http://198.51.100.80/ip")).code).toBe(0);
    await lab.heal();
    expect(await ping("ctl-a1", "10.10.1.13")).toBe(3);
    await lab.run("ctl-a1", ["ip", "address", "del", "10.10.1.202/32", "dev", "br-mgmt"]);
  });

  test("partition across routers holds for whatever address a host sends from", async () => {
    await lab.run("ctl-a1", ["ip", "address", "add", "203.0.113.77/32", "dev", "eth-pub"]);
    const from = (address: string): ReturnType<Lab["exec"]> =>
      lab.exec("ctl-a1", ["curl", "-s", "-m", "1", "--interface", address, "http://198.51.100.80/ip"]);
    expect((await from("203.0.113.77")).stdout).toBe("203.0.113.77\n");
    await lab.partition(["ctl-a1"], ["internet"]);
    expect((await from("203.0.113.77")).code).not.toBe(0);
    expect((await get("ctl-a1", "http://[2001:db8:100::80]/ip")).code).not.toBe(0);
    expect((await get("ctl-a2", "http://198.51.100.80/ip")).stdout).toBe("203.0.113.12\n");
    expect(await ping("internet", "203.0.113.11")).toBe(0);
    expect(await ping("internet", "203.0.113.12")).toBe(3);
    await lab.heal();
    expect((await from("203.0.113.77")).stdout).toBe("203.0.113.77\n");
  });
});

describe("processes", () => {
  test("a frozen one is silent until it heals", async () => {
    expect(await lab.freeze("internet", "nginx")).toBeGreaterThan(0);
    expect((await get("ctl-a1", "http://198.51.100.80/ip")).code).not.toBe(0);
    await lab.heal("internet");
    expect((await get("ctl-a1", "http://198.51.100.80/ip")).stdout).toBe("203.0.113.11\n");
  });

  test("a frozen host's kernel goes on answering; its power can be cut all the same", async () => {
    await lab.freeze("ctl-a3", "all");
    expect(lab.processes("ctl-a3").every(({ isStopped }) => isStopped)).toBe(true);
    expect(await ping("node-a1", "10.10.1.13")).toBe(3);
    await lab.powerOff("ctl-a3");
    expect(await ping("node-a1", "10.10.1.13")).toBe(0);
    await lab.heal("ctl-a3");
    expect(lab.processes("ctl-a3").some(({ isStopped }) => isStopped)).toBe(false);
  });

  test("a killed one is gone, and a name that nobody has is an error with suggestions", async () => {
    const sleeper = lab.spawn("ctl-a3", ["tail", "-f", "/dev/null"]);
    // A script of that name, as the resource agent of a daemon is: only where no program has the name.
    await lab.run("ctl-a3", ["sh", "-c", "printf '#!/bin/sh\\nread -r word\\n' >/run/tail && chmod +x /run/tail"]);
    const script = lab.spawn("ctl-a3", ["/run/tail"]);
    await expect.poll(() => lab.processes("ctl-a3").filter(({ comm }) => comm === "tail").length).toBe(2);
    expect(await lab.kill("ctl-a3", "tail")).toBe(1);
    expect(await sleeper.ended).toBe(137);
    expect(await lab.kill("ctl-a3", "tail")).toBe(1);
    expect(await script.ended).toBe(137);
    await expect(lab.kill("ctl-a3", "tial")).rejects.toMatchObject({ code: "process-unknown" });
    await expect(lab.kill("ctl-a3", "tai")).rejects.toBeInstanceOf(LabError);
  });

  test("a command that does not end in time is killed inside the host, too", async () => {
    expect(await lab.exec("ctl-a3", ["sh", "-c", "tail -f /dev/null; true"], { timeoutMs: 300 })).toMatchObject({ code: 124 });
    await expect.poll(() => lab.processes("ctl-a3").some(({ comm }) => comm === "tail")).toBe(false);
  });
});

describe("Corosync and Pacemaker", () => {
  const controllers = ["ctl-a1", "ctl-a2", "ctl-a3"];
  const supervised = "ln -sfn /etc/sv/$0 /etc/service/$0; until sv status $0 >/dev/null 2>&1; do sleep 0.1; done";

  test("run under runit: Pacemaker restarts with Corosync, and survives its death", async () => {
    const conf = renderCorosyncConf(rackA);
    await Promise.all(
      controllers.map(async (host) => {
        await lab.writeFile(host, "/etc/corosync/corosync.conf", conf);
        await lab.writeFile(host, "/etc/corosync/authkey", "k".repeat(128), "400");
        for (const service of ["corosync", "pacemaker"]) await lab.run(host, ["sh", "-c", supervised, service]);
      }),
    );
    const onlineAt = async (host: string): Promise<string> => (await lab.sh(host, "crm_mon -1 2>/dev/null | grep Online")).stdout;
    await expect.poll(() => onlineAt("ctl-a1"), { timeout: 60_000, interval: 500 }).toMatch(/ctl-a1 ctl-a2 ctl-a3/);
    const pidOf = async (service: string): Promise<string> =>
      (await lab.run("ctl-a2", ["cat", `/etc/service/${service}/supervise/pid`])).trim();

    const before = [await pidOf("corosync"), await pidOf("pacemaker")];
    await lab.run("ctl-a2", ["sv", "-w", "60", "restart", "corosync"]);
    await expect.poll(() => onlineAt("ctl-a1"), { timeout: 60_000, interval: 500 }).toMatch(/ctl-a1 ctl-a2 ctl-a3/);
    const after = [await pidOf("corosync"), await pidOf("pacemaker")];
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);

    // runit brings Corosync back into its ring; pacemakerd stays and attaches itself to the new one.
    await lab.kill("ctl-a2", "corosync");
    await expect.poll(() => pidOf("corosync"), { timeout: 30_000, interval: 500 }).not.toBe(after[0]);
    const votes = async (): Promise<string> => (await lab.exec("ctl-a2", ["corosync-quorumtool", "-s"])).stdout;
    await expect.poll(votes, { timeout: 60_000, interval: 500 }).toMatch(/Total votes: +3/);
    expect(await pidOf("pacemaker")).toBe(after[1]);
  });
});

describe("beside other labs and after crashes", () => {
  test("a second lab with the same addresses lives and dies without being noticed", async () => {
    const other = await Lab.up({ name: `${name}-b`, topologyFile: join(checkout, "examples/topologies/minimal.yaml") });
    const seen = await lab.capture("tor-a", "br-management", "host 10.10.1.77");
    await other.run("ctl-a1", ["ip", "address", "add", "10.10.1.77/24", "dev", "br-mgmt"]);
    expect((await other.exec("node-a1", ["ping", "-c", "1", "-W", "1", "10.10.1.77"])).code).toBe(0);
    const remains = await remainsOf(other);
    await other.down();
    expect(await seen.stop()).toEqual([]);
    expect(await remains()).toEqual([]);
    expect(await ping("node-a1", "10.10.1.11")).toBe(3);
  });

  test("a lab whose builder was killed half-way is taken down by name", async () => {
    const half = `${name}-c`;
    const topology = join(checkout, "examples/topologies/minimal.yaml");
    const builder = spawn(join(checkout, "rackway"), ["lab", "up", "--name", half, "-f", topology], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    await new Promise<void>((resolveBooting) => {
      builder.stderr.on("data", (chunk: Buffer) => {
        if (chunk.toString().includes("booting")) resolveBooting();
      });
    });
    builder.kill("SIGKILL");
    const remains = await remainsOf(Lab.open(half));
    await Lab.open(half).down();
    expect(await remains()).toEqual([]);
  });

  test("what a crash of everything left of a lab stands in nobody's way: its name comes up again", async () => {
    const dead = `${name}-e`;
    const topology = join(checkout, "examples/topologies/minimal.yaml");
    const builder = spawn(join(checkout, "rackway"), ["lab", "up", "--name", dead, "-f", topology], { stdio: "ignore" });
    await new Promise((resolveBuilt) => builder.once("exit", resolveBuilt));
    const { files, plan } = Lab.open(dead);
    const hosts = plan.hosts.flatMap(({ name: host }) => [files.hostPath(host, "runner"), files.hostPath(host, "init")]);
    await expect(Lab.up({ name: dead })).rejects.toMatchObject({ code: "lab-exists" });
    const recorded = [files.path("labd"), ...hosts];
    for (const file of recorded) killRecorded(file);
    await expect.poll(() => recorded.filter(isRecordedAlive), { timeout: 10_000 }).toEqual([]);
    const again = await Lab.up({ name: dead, topologyFile: topology });
    const { code } = await again.exec("node-a1", ["ping", "-c", "1", "-W", "1", "10.10.1.1"]);
    const remains = await remainsOf(again);
    await again.down();
    expect(code).toBe(0);
    expect(await remains()).toEqual([]);
  });

  test("with its power switch killed, a lab is still taken down without a trace; the machine's own links never changed", async () => {
    const links = machineLinks();
    const doomed = await Lab.up({ name: `${name}-d`, topologyFile: join(checkout, "examples/topologies/minimal.yaml") });
    doomed.spawn("ctl-a1", ["sh", "-c", "ip netns add deep; ip netns exec deep sleep 602"]);
    await doomed.freeze("node-a1", "all");
    await doomed.powerOff("tor-a");
    expect(machineLinks()).toEqual(links);
    const remains = await remainsOf(doomed);
    expect((await remains()).length).toBeGreaterThan(10);
    killRecorded(doomed.files.path("labd"));
    await doomed.down();
    expect(await remains()).toEqual([]);
    expect(machineLinks()).toEqual(links);
  });
});

/** Kills the process whose number the file holds, which may be gone. */
function killRecorded(file: string): void {
  try {
    process.kill(Number(readFileSync(file, "utf8").split(" ")[0]), "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function isRecordedAlive(file: string): boolean {
  const stat = `/proc/${readFileSync(file, "utf8").split(" ")[0]}/stat`;
  try {
    return !/\) [ZX] /.test(readFileSync(stat, "utf8"));
  } catch {
    return false;
  }
}

function machineLinks(): string[] {
  return readdirSync("/sys/class/net").sort();
}

/** What of a lab is to be seen on the machine, now and whenever the result is called: namespaces, mounts, files, processes. */
async function remainsOf(of: Lab): Promise<() => Promise<string[]>> {
  const hosts = of.plan.hosts.map((host) => of.files.netns(host.name));
  const inodes = new Set(hosts.map((netns) => inodeOf(`/run/netns/${netns}`)).filter((inode) => inode !== undefined));
  const namespaces = new Set([...inodes].map((inode) => `net:[${inode}]`));
  for (const host of of.plan.hosts) if (of.isOn(host.name)) namespaces.add(readlinkSync(`/proc/${of.initPid(host.name)}/ns/pid`));
  return async () => [
    ...readdirSync("/run/netns").filter((netns) => netns.startsWith(`${of.name}-`)),
    ...readFileSync("/proc/self/mounts", "utf8")
      .split("\n")
      .filter((line) => line.includes(`/${of.name}/`) || line.includes(`/${of.name}-`)),
    ...readdirSync("/run/rackway-lab").filter((entry) => entry === of.name),
    ...readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && belongsTo(pid, namespaces, of.files.directory)),
  ];
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function belongsTo(pid: string, namespaces: ReadonlySet<string>, directory: string): boolean {
  try {
    if (["net", "pid"].some((kind) => namespaces.has(readlinkSync(`/proc/${pid}/ns/${kind}`)))) return true;
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`${directory}/`);
  } catch {
    return false;
  }
}
