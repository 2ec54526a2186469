import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { Lab } from "@rackway/lab";
import { planRevision } from "@rackway/planner";
import { parseDocument } from "@rackway/schema";
import type { HostState } from "@rackway/schema";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { labPlace } from "../harness/lab-place.ts";
import { QuietWatch } from "../harness/quiet-watch.ts";
import { diffSnapshots, renderDifferences, takeSnapshot } from "../harness/snapshot.ts";
import type { Snapshot } from "../harness/snapshot.ts";
import { StateServer } from "./state-server.ts";

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

/** What a host gets that is in no document any more. */
function emptyState(state: HostState, revision: number): HostState {
  return { ...state, revision, bridges: [], sysctls: [], defaultRoutes: [], routes: [], hostRouters: [], pacemaker: null };
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
    // What daemons write of themselves goes on meanwhile.
    const differences = diffSnapshots(state, await snapshot("ctl-a1")).filter(({ fact }) => !fact.startsWith("file: /run/rackway/"));
    expect(renderDifferences(differences)).toBe("");
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
      router: "vr-a",
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

describe("a host that Rackway leaves", () => {
  test("is as it was before, when the document no longer names it", async () => {
    server.set(compileStates(2).map((state) => (hosts.includes(state.host.name) ? emptyState(state, 2) : state)));
    await converged(2);
    for (const host of ["ctl-a1", "node-a1"]) {
      await run(host, "sv down rackway-agent");
      const after = await snapshot(host);
      const left = diffSnapshots(before.get(host)!, after).filter(({ fact }) => !isAgentItself(fact));
      expect(renderDifferences(left), host).toBe("");
      await run(host, "sv up rackway-agent");
    }
  });

  test("is as it was before after a purge, with the server gone and the agent dead", async () => {
    server.set(compileStates(3));
    await converged(3);
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
