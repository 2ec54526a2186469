import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { Lab } from "@rackway/lab";
import { applyFrr, emptyFrrMemory, observeFrr, observeRouting, planFrr } from "@rackway/routing";
import type { CommandRunner } from "@rackway/linux";
import type { RoutingState } from "@rackway/schema";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { until } from "../harness/frr-pair.ts";
import { keys, ospfState } from "../../packages/adapters/routing/src/testing.ts";

/**
 * Racks behind routers of two makes, FRR and BIRD: hosts' FRR, as Rackway enters it, speaks with both; and flows to a VIP stay with their
 * hosts when another host stops announcing it, on a router that keeps flows.
 */
const checkout = resolve(import.meta.dirname, "../..");
const racks = [
  { tor: "tor-a", daemon: "frr", hosts: ["ctl-a1", "ctl-a2", "ctl-a3"], vips: { 4: "10.77.0.1", 6: "fd00:77::1" } },
  { tor: "tor-b", daemon: "bird", hosts: ["ctl-b1", "ctl-b2", "ctl-b3"], vips: { 4: "10.77.0.2", 6: "fd00:77::2" } },
] as const;
type TestRack = (typeof racks)[number];
const families = [4, 6] as const;
let lab: Lab;

/** Answers every datagram to the VIPs with the host's name. */
const server = `
import select, socket, sys
sockets = []
for address in sys.argv[1:]:
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    # IP_FREEBIND, IPV6_FREEBIND (ip(7)): the address is delivered here, and is no interface's.
    s.setsockopt(*((socket.IPPROTO_IPV6, 78) if ":" in address else (socket.SOL_IP, 15)), 1)
    s.bind((address, 4242))
    sockets.append(s)
print("listening", flush=True)
while True:
    for s in select.select(sockets, [], [])[0]:
        s.sendto(socket.gethostname().encode(), s.recvfrom(100)[1])
`;

/** Asks from 60 ports, always the same, and prints who answers each; a question that is lost is asked again. */
const client = `
import json, socket, sys
def ask(port):
    s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", port))
    s.settimeout(0.3)
    for _ in range(10):
        s.sendto(b"who", (sys.argv[1], 4242))
        try:
            return s.recv(100).decode()
        except TimeoutError:
            pass
print(json.dumps([ask(20000 + port) for port in range(60)]))
`;

beforeAll(async () => {
  lab = await Lab.up({ name: `t-tor-${process.pid}`, topologyFile: join(checkout, "examples/topologies/two-daemons.yaml") });
  await Promise.all(racks.flatMap((rack) => rack.hosts.map((host, index) => bringHost(rack, host, index))));
});

afterAll(async () => {
  await lab?.down();
});

const runner =
  (host: string): CommandRunner =>
  async (argv, options) => {
    const { code, stdout, stderr } = await lab.exec(host, argv, { ...(options?.input === undefined ? {} : { input: options.input }) });
    return { code, stdout, stderr };
  };

const stateOf = (rack: TestRack, index: number): RoutingState => ({
  ...ospfState,
  routerId: `10.9.${racks.indexOf(rack)}.${index + 1}`,
  ospf: {
    ...ospfState.ospf!,
    interfaces: ["fabric"],
    networkType: "point-to-point",
    helloSeconds: 10,
    deadSeconds: 40,
    authentication: null,
    // What is asked here is not how fast: a session that a busy machine lets fall would move flows by itself.
    bfd: { intervalMs: 300, multiplier: 5 },
  },
  announce: families.map((family) => ({
    family,
    prefix: `${rack.vips[family]}/${family === 4 ? 32 : 128}`,
    vip: "api",
    namespace: "haproxy",
  })),
});

/** A host with FRR, which announces what is in its main table, and something that answers on the VIPs. */
async function bringHost(rack: TestRack, host: string, index: number): Promise<void> {
  await lab.run(host, ["sed", "-i", "-E", "s/^(ospfd|ospf6d|bfdd)=no/\\1=yes/", "/etc/frr/daemons"]);
  await lab.run(host, ["ln", "-sfn", "/etc/sv/frr", "/etc/service/frr"]);
  const run = runner(host);
  await until(`FRR on ${host}`, async () => /zebra.*ospfd.*ospf6d.*bfdd/.test((await run(["vtysh", "-c", "show daemons"])).stdout));
  const inside = `/proc/${lab.initPid(host)}/root/etc/frr`;
  const paths = { daemons: `${inside}/daemons`, config: `${inside}/frr.conf` };
  const service = { installed: true, enabled: true, running: true };
  const plan = planFrr(stateOf(rack, index), keys, await observeFrr(run, service, paths), emptyFrrMemory);
  expect(plan.problems).toEqual([]);
  const none = (): Promise<never> => Promise.reject(new Error("no daemon is to be steered here"));
  expect(await applyFrr(plan.actions, { run, driver: { start: none, stop: none, reload: none }, keys, paths })).toBeNull();
  // Delivered here without being an address of the host, so that its route is nobody's but ours.
  for (const family of families)
    await lab.run(host, ["ip", `-${family}`, "route", "add", "local", rack.vips[family], "dev", "lo", "table", "local"]);
  const answering = lab.spawn(host, ["python3", "-c", server, rack.vips[4], rack.vips[6]]);
  await answering.waitFor(/listening/);
  await announce(rack, host, "add");
}

const changedAtMs = new Map<string, number>();

/** OSPF takes the next change of a prefix after a second (MinLSArrival), as the agent knows: sooner, it would wait for a retransmission. */
async function announce(rack: TestRack, host: string, verb: "add" | "del"): Promise<void> {
  await wait(Math.max(0, (changedAtMs.get(host) ?? 0) + 1100 - performance.now()));
  for (const family of families)
    await lab.run(host, ["ip", `-${family}`, "route", verb, rack.vips[family], "dev", "lo", "proto", "82", "metric", "82"]);
  changedAtMs.set(host, performance.now());
}

/** The interfaces that a router sends a VIP's flows to, in the kernel's order. */
async function paths(rack: TestRack, family: 4 | 6, table: string): Promise<string[]> {
  const { code, stdout } = await lab.exec(rack.tor, ["ip", `-${family}`, "-j", "route", "show", rack.vips[family], "table", table]);
  // A table that is not there, or goes during the look.
  if (code !== 0) return [];
  const routes = JSON.parse(stdout || "[]") as { dev?: string; nexthops?: { dev: string }[] }[];
  return routes.flatMap((route) => route.nexthops?.map(({ dev }) => dev) ?? (route.dev === undefined ? [] : [route.dev]));
}

/** Waits until the router has as many paths to the VIP; a table that is not used has none. */
async function settled(rack: TestRack, count: number, isKept: boolean): Promise<void> {
  for (const family of families) {
    for (const [table, wanted] of [
      ["main", count],
      ["8300", isKept ? count : 0],
    ] as const)
      await until(`${rack.tor}: ${wanted} paths to ${rack.vips[family]} in ${table}`, async () => {
        const seen = await paths(rack, family, table);
        // FRR names one twice for a moment: flows that meet that are shared out otherwise.
        return seen.length === wanted && new Set(seen).size === wanted;
      });
  }
}

async function whoAnswers(address: string): Promise<(string | null)[]> {
  return JSON.parse(await lab.run("internet", ["python3", "-c", client, address], { timeoutMs: 30_000 })) as (string | null)[];
}

/** How many flows of the hosts that stay are answered by another when the first path goes, in each family. */
async function movedWhenOneLeaves(rack: TestRack, isKept: boolean): Promise<Record<4 | 6, number>> {
  await settled(rack, 3, isKept);
  // Without the first of three equal shares, the two others' border moves; without the second, it would not.
  const leaver = (await paths(rack, 4, "main"))[0]?.replace("f-", "") ?? "";
  const before = { 4: await whoAnswers(rack.vips[4]), 6: await whoAnswers(rack.vips[6]) };
  for (const family of families) expect(new Set(before[family])).toEqual(new Set(rack.hosts));
  await announce(rack, leaver, "del");
  await settled(rack, 2, isKept);
  const after = { 4: await whoAnswers(rack.vips[4]), 6: await whoAnswers(rack.vips[6]) };
  for (const family of families) expect(after[family]).not.toContain(leaver);
  await announce(rack, leaver, "add");
  const moved = (family: 4 | 6): number => before[family].filter((host, flow) => host !== leaver && after[family][flow] !== host).length;
  return { 4: moved(4), 6: moved(6) };
}

describe("the goldens of routers", () => {
  const goldens = join(checkout, "apps/lab/src/goldens");
  const check = (name: string, text: string): ReturnType<Lab["exec"]> =>
    lab.exec("tor-a", ["sh", "-c", name.startsWith("bird") ? "cat | bird -p -c /dev/stdin" : "cat | vtysh -C --inputfile /dev/stdin"], {
      input: text,
    });

  test.each(readdirSync(goldens))("%s passes its daemon's own check, and not with an error in it", async (name) => {
    const text = readFileSync(join(goldens, name), "utf8");
    expect(await check(name, text)).toMatchObject({ code: 0 });
    expect((await check(name, text.replace(/point-to-point|type ptp/, "type tin-can"))).code).not.toBe(0);
  });
});

describe.each(racks)("behind $tor ($daemon)", (rack) => {
  test("hosts are full neighbours over OSPFv2 and OSPFv3, with BFD", async () => {
    await Promise.all(
      rack.hosts.map((host, index) =>
        until(`${host} is a full neighbour in both families`, async () => {
          const { neighbors } = await observeRouting(runner(host), stateOf(rack, index));
          return neighbors.length === 2 && neighbors.every(({ state, bfd }) => state.startsWith("Full") && bfd === "up");
        }),
      ),
    );
  });

  test("flows stay with their hosts when another leaves; without the keeper of flows, some move", async () => {
    // It may have met the three hosts one after the other; one that comes later gets only what has been idle for a minute.
    await settled(rack, rack.hosts.length, true);
    await lab.run(rack.tor, ["sv", "-w", "10", "restart", "/etc/service/flow-keeper"]);
    expect(await movedWhenOneLeaves(rack, true)).toEqual({ 4: 0, 6: 0 });
    await lab.run(rack.tor, ["sv", "-w", "10", "down", "/etc/service/flow-keeper"]);
    expect((await movedWhenOneLeaves(rack, false))[4]).toBeGreaterThan(0);
  });
});
