import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { Lab } from "@rackway/lab";
import { emptyHostState, planRevision } from "@rackway/planner";
import { parseDocument } from "@rackway/schema";
import type { HostState } from "@rackway/schema";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { labPlace } from "../harness/lab-place.ts";
import { QuietWatch } from "../harness/quiet-watch.ts";
import { diffSnapshots, renderDifferences, takeSnapshot } from "../harness/snapshot.ts";
import type { Snapshot } from "../harness/snapshot.ts";
import { MemberClients, outside } from "./member-clients.ts";
import { StateServer } from "./state-server.ts";
import { SystemdClients } from "./systemd-clients.ts";

/**
 * The production agent on real hosts: what it makes, what it puts back, what it leaves alone, and that a host that it leaves is as it was.
 * The server is a stand-in, so that what is tested is the agent; the host states are compiled from the default lab's document.
 */
const name = `t-agent-${process.pid}`;
const checkout = resolve(import.meta.dirname, "../..");
const payload = join(checkout, "dist/agent-test");
const controllers = ["ctl-a1", "ctl-a2", "ctl-a3"];
const hosts = [...controllers, "node-a1"];

let lab: Lab;
let server: StateServer;
const before = new Map<string, Snapshot>();

beforeAll(async () => {
  await promisify(execFile)(join(checkout, "rackway-node"), [join(checkout, "scripts/build.ts"), "--quiet", "--out", payload]);
  lab = await Lab.up({ name, racks: ["rack-a"], payload });
  server = new StateServer(join(lab.serverDirectory, "server.sock"));
  await server.start();
  for (const host of hosts) await addForeignThings(host);
  await Promise.all(hosts.map(async (host) => before.set(host, await snapshot(host))));
});

afterAll(async () => {
  await lab.down();
  await server.stop();
});

/** Things of other people, beside which Rackway works. */
async function addForeignThings(host: string): Promise<void> {
  await run(
    host,
    "ip link add br-theirs address 02:00:00:00:00:99 type bridge && ip link set br-theirs alias theirs up && ip address add 192.0.2.1/24 dev br-theirs",
  );
  await run(host, "ip route add 10.99.0.0/16 via 10.10.1.1 proto static metric 77");
  await run(
    host,
    'nft add table inet theirs && nft add chain inet theirs c "{ type filter hook input priority 7; }" && nft add rule inet theirs c counter',
  );
}

async function run(host: string, script: string): Promise<string> {
  return lab.run(host, ["sh", "-c", script], { timeoutMs: 60_000 });
}

function snapshot(host: string): Promise<Snapshot> {
  // What the lab itself keeps of a host, and logs, say nothing about Rackway. The services' links in runit's folder do.
  return takeSnapshot(labPlace(lab, host), {
    ignored: [
      "^/run/corosync\\.leaving$",
      "^/var/lib/rackway-lab(/|$)",
      "^/run/rackway-lab(/|$)",
      "^/run/rackway-server(/|$)",
      "^/run/runit(/|$)",
    ],
  });
}

function compileStates(revision: number, options: { paused?: readonly string[]; epoch?: number } = {}): HostState[] {
  const text = readFileSync(join(checkout, "examples/default-lab.yaml"), "utf8");
  const parsed = parseDocument([{ name: "default-lab.yaml", text }]);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const planned = planRevision({
    document: parsed.document,
    current: null,
    isCommitted: true,
    revision,
    epoch: options.epoch ?? revision,
    operations: { paused: new Set(options.paused), drained: new Map() },
    authKeys: new Map(["rack-a", "rack-b"].map((cluster) => [cluster, server.authKey(cluster)])),
  });
  if (!planned.ok) throw new Error(JSON.stringify(planned.issues));
  return [...planned.hostStates.values()];
}

function reportOf(host: string) {
  return server.reports.get(host)?.report;
}

/** By each host's word that came after `since`: what a host said before it lost its power says nothing of what came up again. */
async function converged(revision: number, since = Number.NEGATIVE_INFINITY): Promise<void> {
  const isThere = (host: string): boolean => {
    const report = (server.reports.get(host)?.at ?? since) > since ? reportOf(host) : undefined;
    return (
      report?.revision === revision &&
      report.converged &&
      (report.pacemaker === null || report.pacemaker.online.length === controllers.length)
    );
  };
  await server.until(() => hosts.every(isThere), 90_000, `revision ${revision} on ${hosts.join(", ")}`);
}

function owners(address: string): string[] {
  return hosts.filter((host) => reportOf(host)?.routers.some(({ holds }) => holds.some((held) => held.address === address)));
}

/** Waits until the command succeeds on the host: for what the agent does by itself. */
async function eventually(host: string, script: string, timeoutMs = 90_000): Promise<void> {
  const wait = `n=0; until { ${script}; } >/dev/null 2>&1; do n=$((n + 1)); [ $n -lt ${timeoutMs / 100} ] || exit 1; sleep 0.1; done`;
  const { code } = await lab.sh(host, wait, { timeoutMs: timeoutMs + 5000 });
  expect(code, `${host}: ${script}`).toBe(0);
}

describe("the agent", () => {
  test("makes three hosts a Pacemaker cluster with a router on exactly one of them, and a member that uses it", async () => {
    server.set(compileStates(1));
    for (const host of hosts) await lab.writeFile(host, "/etc/rackway/token", `${host}\n`, "600");
    await converged(1);
    for (const vip of ["203.0.113.100", "10.10.1.100", "2001:db8:a::100", "fd00:10:1::100"]) expect(owners(vip)).toHaveLength(1);
    for (const host of controllers)
      expect(reportOf(host)?.pacemaker).toMatchObject({ quorate: true, fencing: "on", revision: 1, online: controllers });
    const kept = reportOf("node-a1")?.defaultRoutes.filter(({ family }) => family === 4);
    expect(kept).toEqual([
      { family: 4, via: "10.10.1.100", device: "br-mgmt", metric: 20, ours: true },
      { family: 4, via: "10.10.1.1", device: "br-mgmt", metric: 1024, ours: false },
    ]);
    expect(await run("ctl-a1", "stat -c %a%U /etc/corosync/authkey")).toBe("400root\n");
    expect(await run("ctl-a1", "stat -c %a /run/rackway/agent.sock")).toBe("600\n");
  });

  test("is silent when there is nothing to do: no netlink message, no nft transaction, nothing new in the CIB", async () => {
    const epoch = await run("ctl-a1", "cibadmin -Q | head -1 | grep -o ' epoch=[^ ]*'");
    const watch = await QuietWatch.start(
      hosts.map((host) => labPlace(lab, host)),
      { maxMs: 300_000, hostOnly: true },
    );
    await server.observeNow(hosts);
    await server.observeNow(hosts);
    const { changes } = await watch.stop();
    expect(changes).toEqual([]);
    expect(await run("ctl-a1", "cibadmin -Q | head -1 | grep -o ' epoch=[^ ]*'")).toBe(epoch);
  });

  test("puts back what somebody took away, says so, and touches nothing else", async () => {
    // Time service lets members in some seconds after its start, and who waits for that ends then.
    await eventually("ctl-a1", "! pgrep -f '[d]oorman'");
    const state = await snapshot("ctl-a1");
    const heard = server.events.length;
    await run(
      "ctl-a1",
      "ip address delete 203.0.113.11/25 dev br-ex; ip -6 route delete default proto 82; nft delete table inet rackway-host",
    );
    await eventually(
      "ctl-a1",
      "ip -br address show br-ex | grep 203.0.113.11/25 && ip route | grep 'default via 203.0.113.1 ' && nft list table inet rackway-host",
    );
    await eventually("ctl-a1", "ip -6 route | grep 'default.*proto 82'");
    await run("ctl-a1", "sysctl -qw net.ipv4.ip_forward=0");
    await eventually("ctl-a1", "test $(cat /proc/sys/net/ipv4/ip_forward) = 1");
    await run("ctl-a1", "ip link set br-ex down; ip link set eth-pub nomaster; nft flush table inet rackway-host");
    await eventually(
      "ctl-a1",
      "ip -br link show br-ex | grep UP && ip -d link show eth-pub | grep 'master br-ex' && nft list table inet rackway-host | grep rwh",
    );
    await server.observeNow(["ctl-a1"]);
    await server.until(() => reportOf("ctl-a1")?.converged === true, 120_000, "ctl-a1 to be right again");
    // Duplicate address detection on the bridge that was down takes a second.
    await eventually("ctl-a1", 'test -z "$(ip -6 address show tentative)"');
    const told = server.events.slice(heard).filter(({ host }) => host === "ctl-a1");
    expect(told.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["address-created", "default-route-created", "sysctl-changed", "nft-table-created"]),
    );
    expect(told.find(({ kind }) => kind === "address-created")?.reason).toContain("put back");
    // What daemons write of themselves goes on meanwhile; the kernel makes some routes of an address only once it is sure of that.
    const differences = async () =>
      diffSnapshots(state, await snapshot("ctl-a1")).filter(({ fact }) => !fact.startsWith("file: /run/rackway/"));
    await expect.poll(async () => renderDifferences(await differences()), { timeout: 20_000 }).toBe("");
  });

  test("makes a bridge anew that was deleted under it", async () => {
    await run("ctl-a3", "ip link delete br-ex");
    await eventually("ctl-a3", "ip -br address show br-ex | grep 203.0.113.13/25 && ip route | grep 'default via 203.0.113.1 dev br-ex'");
    await server.until(() => reportOf("ctl-a3")?.converged === true, 120_000, "ctl-a3 to be right again");
  });

  test("changes nothing while paused, and names exactly the step that is pending", async () => {
    server.set(compileStates(1, { paused: ["node-a1"] }));
    await server.until(() => reportOf("node-a1")?.paused === true, 60_000, "node-a1 to be paused");
    await run("node-a1", "ip route delete default proto 82");
    await server.observeNow(["node-a1"]);
    expect(reportOf("node-a1")?.pendingSteps).toEqual([
      {
        id: "default-route:IPv4",
        action: "create",
        kind: "default-route",
        target: "IPv4",
        from: null,
        to: "10.10.1.100 dev br-mgmt metric 20",
      },
    ]);
    expect(await run("node-a1", "ip route show default proto 82")).toBe("");
    server.set(compileStates(1));
    await eventually("node-a1", "ip route show default proto 82 | grep 10.10.1.100");
  });

  test("tells of a failover as soon as the address is there", async () => {
    const [owner] = owners("10.10.1.100");
    expect(owner).toBeDefined();
    const others = controllers.filter((host) => host !== owner);
    // The kernel's own time of the address in each router's namespace, beside which the report's arrival is held.
    const watches = others.map((host) => lab.spawn(host, ["ip", "-tshort", "-oneline", "monitor", "address"], { netns: "rw-vr-a" }));
    const heard = server.events.length;
    await lab.powerOff(owner!);
    const cutAt = performance.now();
    const holder = (): string | undefined => others.find((host) => reportOf(host)?.routers.some(({ holds }) => holds.length === 4));
    await server.until(() => holder() !== undefined, 120_000, "another host to hold the VIPs");
    const toldAt = performance.timeOrigin + server.reports.get(holder()!)!.at;
    await server.until(() => server.events.slice(heard).some(({ kind }) => kind === "vips-taken"), 60_000, "the event");
    await Promise.all(watches.map((watch) => watch.stop()));
    const line = watches
      .map(({ stdout }) => stdout)
      .join("")
      .split("\n")
      .findLast((text) => !text.includes("Deleted") && text.includes("10.10.1.100"));
    // Fencing brings it back. A hand at the switch meanwhile would only have it boot twice.
    await converged(1, cutAt);
    await addForeignThings(owner!); // What somebody made by hand went with the power.
    const takenAt = Date.parse(`${/\[([^\]]+)\]/.exec(line ?? "")?.[1] ?? ""}Z`);
    expect(toldAt - takenAt).toBeGreaterThan(0);
    // How long it takes is the soak's to judge: here it is only said.
    console.log(`the server knew ${Math.round(toldAt - takenAt)} ms after the address was there`);
  });

  test("carries out a planned move: one DC's agent claims it, all see it", async () => {
    const [owner] = owners("10.10.1.100");
    const to = controllers.find((host) => host !== owner)!;
    const now = new Date().toISOString();
    server.offer({
      id: "move-1",
      kind: "move",
      subject: "router/vr-a",
      to,
      state: "pending",
      message: "",
      progress: [],
      claimedBy: null,
      createdAt: now,
      updatedAt: now,
    });
    await server.until(() => ["done", "failed"].includes(server.operation("move-1")?.state ?? ""), 120_000, "the move");
    expect(server.operation("move-1")).toMatchObject({ state: "done", claimedBy: reportOf("ctl-a1")?.pacemaker?.dc });
    await server.until(() => owners("10.10.1.100").join() === to, 60_000, `${to} to own the VIPs`);
  });

  test("works from its disk when the server is gone", async () => {
    await server.stop();
    try {
      await lab.kill("node-a1", "node");
      await run("node-a1", "ip route delete default proto 82");
      await eventually("node-a1", "ip route show default proto 82 | grep 10.10.1.100");
      const status = await run("ctl-a2", "curl -s --unix-socket /run/rackway/agent.sock http://agent/local-status");
      expect(JSON.parse(status)).toMatchObject({ cluster: "default-lab", quorate: true, revision: 1, routers: [{ name: "vr-a" }] });
    } finally {
      server = await restarted(server);
    }
    await converged(1);
  });
});

/** The same server, back at the same place. */
async function restarted(old: StateServer): Promise<StateServer> {
  const next = old.successor();
  await next.start();
  return next;
}

describe("a member's resolver and time source", () => {
  let member: MemberClients;
  let untouched: string;
  const none = { resolver: null, time: null };
  const theirs = "# written by hand\\nsearch corp.example\\nnameserver 192.0.2.53\\noptions ndots:2\\n";
  beforeAll(async () => {
    const compiledState = (revision: number): HostState => compileStates(revision).find(({ host }) => host.name === "node-a1")!;
    member = new MemberClients(lab, () => server, "node-a1", compiledState, 10);
    await member.become(none);
    await member.run(`printf '${theirs}' >/etc/resolv.conf; chmod 640 /etc/resolv.conf; chgrp adm /etc/resolv.conf`);
    await member.run("echo 'server 192.0.2.123' >/etc/chrony/sources.d/theirs.sources; chronyc reload sources");
    untouched = await member.conf();
  });
  afterAll(async () => {
    await member.run("rm /etc/chrony/sources.d/theirs.sources; chronyc reload sources");
    await member.run(": >/etc/resolv.conf; chmod 755 /etc/resolv.conf; chgrp root /etc/resolv.conf");
  });

  test("stay as they are while the document says nothing of them", async () => {
    await member.look();
    expect(await member.conf()).toBe(untouched);
    expect(member.report()?.clients).toBeNull();
  });

  test("stay as they are while the name servers do not answer, which is said", async () => {
    await member.become({ resolver: { ...outside.resolver, nameservers: ["10.10.1.99"] }, time: null }, "resolver-silent");
    expect(await member.conf()).toBe(untouched);
    expect(member.pending().map(({ id }) => id)).toEqual(["resolver:/etc/resolv.conf"]);
  });

  test("are pointed where the host state says: names resolve, short ones too, and chronyd follows", async () => {
    await member.become(outside);
    expect(await member.run("getent ahostsv4 www.example; getent ahostsv4 ntp")).toMatch(/^198\.51\.100\.\d+ [^]*198\.51\.100\.123 /);
    await eventually("node-a1", "chronyc -c -n sources | grep '^^,[*],198.51.100.123,'");
    await member.look();
    expect(member.report()?.clients).toMatchObject({
      resolver: { by: "resolv.conf", nameservers: outside.resolver.nameservers, ours: true },
      time: { by: "chrony", selected: "198.51.100.123", ours: true },
    });
    expect(await member.run("cat /etc/resolv.conf")).toContain("\nsearch example corp.example\n");
    expect(await member.run("stat -c %a%G /etc/resolv.conf; chronyc -c -n sources")).toMatch(/^640adm\n[^]*,192\.0\.2\.123,/);
  });

  test("are put back when somebody changes them, and nothing else is touched", async () => {
    const [before, heard] = [await snapshot("node-a1"), server.events.length];
    await member.run("echo 'nameserver 192.0.2.99' >/etc/resolv.conf; rm /etc/chrony/sources.d/rackway.sources; chronyc reload sources");
    await member.look();
    // What chronyd learns anew of a source that it had forgotten.
    const differences = diffSnapshots(before, await snapshot("node-a1")).filter(
      ({ fact }) => !/\/(run\/rackway|var\/lib\/rackway)\//.test(fact),
    );
    expect(renderDifferences(differences)).toBe("");
    expect(await member.run("chronyc -c -n sources")).toContain(",198.51.100.123,");
    const told = server.events.slice(heard).filter(({ kind }) => /^(resolver|time-source)-/.test(kind));
    expect(told.map(({ kind, reason }) => `${kind} ${reason}`)).toEqual([
      "resolver-changed /etc/resolv.conf: it had been changed, and was put back",
      "time-source-created chrony: it had been changed, and was put back",
    ]);
  });

  test("are given back byte for byte", async () => {
    await member.become(none);
    expect(await member.conf()).toBe(untouched);
    expect(await member.run("ls /etc/chrony/sources.d; chronyc -c -n sources")).toMatch(
      /^README\ntheirs\.sources\n[^\n]*,192\.0\.2\.123,[^\n]*\n$/,
    );
    expect(await member.run("cat /var/lib/rackway/originals.json 2>/dev/null || true")).not.toContain("resolv.conf");
  });

  test("a link is a link again, and what it leads to was never written", async () => {
    const made = "echo 'nameserver 192.0.2.53' >/run/theirs.conf; ln -sfn ../run/theirs.conf /etc/resolv.conf; sha256sum /run/theirs.conf";
    const target = await member.run(made);
    const link = await member.conf();
    await member.become({ ...outside, time: null });
    expect(await member.run("test ! -L /etc/resolv.conf; getent ahostsv4 www.example; sha256sum /run/theirs.conf")).toContain(target);
    await member.become(none);
    expect(await member.conf()).toBe(link);
    await member.run(`rm /etc/resolv.conf /run/theirs.conf; printf '${theirs}' >/etc/resolv.conf`);
  });

  test("a file that is mounted there is written in place, and one that cannot be changed is said to be so", async () => {
    await member.run(
      "echo 'nameserver 192.0.2.53' >/run/mounted.conf; chmod 600 /run/mounted.conf; mount --bind /run/mounted.conf /etc/resolv.conf",
    );
    const mounted = await member.conf();
    const inode = await member.run("stat -c %i /etc/resolv.conf");
    await member.become({ ...outside, time: null });
    expect(await member.run("stat -c %i /etc/resolv.conf; getent ahostsv4 www.example")).toMatch(new RegExp(`^${inode}198.51.100`));
    await member.become(none);
    expect(await member.conf()).toBe(mounted);
    await member.run("mount -o remount,bind,ro /etc/resolv.conf");
    await member.become({ ...outside, time: null }, "resolver-refused");
    expect(await member.conf()).toBe(mounted);
    await member.run("umount /etc/resolv.conf; rm /run/mounted.conf");
    await member.become(none);
  });

  test("stand still where nobody keeps the clock, which is said, and follow when somebody does", async () => {
    await member.run("sv down chrony");
    await member.become({ ...outside, resolver: null }, "time-daemon-stopped");
    await member.run("sv up chrony");
    await eventually("node-a1", "chronyc -c -n sources | grep '^^,[*],198.51.100.123,'");
    await member.become(none);
  });
});

describe("a member with systemd's own resolver and clock", () => {
  let member: MemberClients;
  let daemons: SystemdClients;
  let before: Snapshot;
  beforeAll(async () => {
    member = new MemberClients(
      lab,
      () => server,
      "node-a1",
      (revision) => compileStates(revision).find(({ host }) => host.name === "node-a1")!,
      60,
    );
    await member.become({ resolver: null, time: null });
    daemons = await SystemdClients.start(lab, "node-a1");
    before = await snapshot("node-a1");
  });
  afterAll(() => daemons.stop());

  test("has both pointed where the host state says: names resolve by its stub, short ones too, and its clock is told", async () => {
    await member.become(outside);
    expect(await member.run("getent ahostsv4 www.example; getent ahostsv4 ntp")).toMatch(/^198\.51\.100\.80 [^]*198\.51\.100\.123 /);
    expect(await member.run("readlink /etc/resolv.conf; grep ^nameserver /etc/resolv.conf")).toBe(
      "../run/systemd/resolve/stub-resolv.conf\nnameserver 127.0.0.53\n",
    );
    expect(await daemons.asked()).toEqual(outside.resolver.nameservers);
    await eventually("node-a1", "timedatectl show-timesync | grep -q NTPMessage");
    expect(await daemons.followed()).toEqual({ told: "198.51.100.123", heard: "198.51.100.123" });
    await member.look();
    expect(member.report()?.clients).toEqual({
      resolver: { by: "systemd-resolved", nameservers: outside.resolver.nameservers, ours: true },
      time: { by: "systemd-timesyncd", selected: "198.51.100.123", offsetMs: null, ours: true },
    });
    expect(member.report()?.problems).toEqual([]);
  });

  test("has them put back when somebody changes the files, and the daemons are told", async () => {
    await member.run(`rm /etc/systemd/timesyncd.conf.d/90-rackway.conf
sed -i 's/^DNS=1.*/DNS=192.0.2.99/' /etc/systemd/resolved.conf.d/90-rackway.conf
sv restart systemd-resolved systemd-timesyncd`);
    expect(await daemons.asked()).toEqual(["192.0.2.99"]);
    await member.look();
    expect([await daemons.asked(), (await daemons.followed()).told]).toEqual([outside.resolver.nameservers, "198.51.100.123"]);
    expect(await member.run("getent ahostsv4 www.example")).toMatch(/^198\.51\.100\.80 /);
  });

  test("is told again when a daemon was started with other files, and says so when it does not follow", async () => {
    // What comes later in the alphabet counts more.
    await member.run(
      "printf '[Time]\\nNTP=\\nNTP=192.0.2.123\\n' >/etc/systemd/timesyncd.conf.d/95-theirs.conf; sv restart systemd-timesyncd",
    );
    await member.become(outside, "client-not-taken-over");
    await member.run("rm /etc/systemd/timesyncd.conf.d/95-theirs.conf; sv restart systemd-timesyncd");
    await member.become(outside);
  });

  test("has them given back: what its own files say counts again, and nothing else is left", async () => {
    await member.become({ resolver: null, time: null });
    expect([await daemons.asked(), (await daemons.followed()).told]).toEqual([["192.0.2.53"], ""]);
    const left = diffSnapshots(before, await snapshot("node-a1")).filter(
      // What the router advertises comes and goes by itself.
      ({ fact }) => !/\/(run\/(rackway|systemd)|var\/lib\/(rackway|systemd))\/|"protocol":"ra"/.test(fact),
    );
    expect(renderDifferences(left)).toBe("");
  });
});

describe("a host that Rackway leaves", () => {
  test("is as it was before, when the document no longer names it", async () => {
    server.set(
      compileStates(102).map((state) => (hosts.includes(state.host.name) ? emptyHostState(state.cluster, 102, state.host) : state)),
    );
    await converged(102);
    for (const host of ["ctl-a1", "node-a1"]) {
      await run(host, "sv down rackway-agent");
      const after = await snapshot(host);
      const left = diffSnapshots(before.get(host)!, after).filter(({ fact }) => !isAgentItself(fact));
      expect(renderDifferences(left), host).toBe("");
      await run(host, "sv up rackway-agent");
    }
  });

  test("is as it was before after a purge, with the server gone and the agent dead", async () => {
    server.set(compileStates(103).map((state) => (state.host.name === "node-a1" ? { ...state, ...outside } : state)));
    await converged(103);
    await server.stop();
    // One whose agent was killed, two whose agents live; then the last one, whose Pacemaker and Corosync died without a word.
    await run("ctl-a2", "sv -w 1 force-stop rackway-agent || true");
    for (const host of ["ctl-a2", "node-a1", "ctl-a1"]) await purge(host);
    await run(
      "ctl-a3",
      "rm /etc/service/pacemaker /etc/service/corosync; sv exit pacemaker corosync; killall -9 pacemakerd corosync; sleep 6",
    );
    expect(await run("ctl-a3", "ip netns list")).toContain("rw-vr-a");
    await purge("ctl-a3");
  });

  test("does not purge without being told so", async () => {
    const { code, stderr } = await lab.exec("ctl-a1", ["/usr/lib/rackway/rackway", "agent", "purge"]);
    expect(code).toBe(2);
    expect(stderr).toContain("--yes");
  });
});

async function purge(host: string): Promise<void> {
  const command = ["/usr/lib/rackway/rackway", "agent", "purge", "--yes"];
  const { code, stdout, stderr } = await lab.exec(host, command, { timeoutMs: 120_000 });
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(stdout).toContain("This host is as it was before Rackway.");
  const left = diffSnapshots(before.get(host)!, await snapshot(host)).filter(({ fact }) => !isAgentItself(fact));
  expect(renderDifferences(left), host).toBe("");
  const again = await lab.exec(host, command, { timeoutMs: 60_000 });
  expect(again.stdout).toBe("There is nothing of Rackway on this host.\n");
}

/**
 * What is there because the agent is installed, enrolled or was running, and not because of what it made of the host; and what a router that
 * lives on elsewhere goes on advertising.
 */
function isAgentItself(fact: string): boolean {
  return /^process: \/bin\/sh \.\/run$|rackway-agent|rackway-guard|\/etc\/rackway\/token|\/run\/rackway|\/var\/lib\/rackway|ip monitor|"protocol":"ra"/.test(
    fact,
  );
}
