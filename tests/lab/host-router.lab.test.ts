import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { Lab } from "@rackway/lab";
import { checkTable, runCommand } from "@rackway/linux";
import { emptyHostState, planRevision } from "@rackway/planner";
import { parseDocument } from "@rackway/schema";
import type { HostState } from "@rackway/schema";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { labPlace } from "../harness/lab-place.ts";
import { diffSnapshots, renderDifferences, takeSnapshot } from "../harness/snapshot.ts";
import { StateServer } from "./state-server.ts";

/** The least that works: one rack, one controller that routes in its root namespace, one member. Only the agent is at work: no Pacemaker. */
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 }); // Facts, not times: the machine may be busy.
const checkout = resolve(import.meta.dirname, "../..");
const payload = join(checkout, "dist/host-router-test");
const hosts = ["ctl-a1", "node-a1"];
let lab: Lab;
let server: StateServer;

beforeAll(async () => {
  await promisify(execFile)(join(checkout, "rackway-node"), [join(checkout, "scripts/build.ts"), "--quiet", "--out", payload]);
  lab = await Lab.up({ name: `t-hr-${process.pid}`, topologyFile: join(checkout, "examples/topologies/minimal.yaml"), payload });
  server = new StateServer(join(lab.serverDirectory, "server.sock"));
  await server.start();
});

afterAll(async () => {
  await lab.down();
  await server.stop();
});

function compileStates(revision: number): HostState[] {
  const text = readFileSync(join(checkout, "examples/minimal.yaml"), "utf8");
  const parsed = parseDocument([{ name: "minimal.yaml", text }]);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const operations = { paused: new Set<string>(), drained: new Map<string, null>() };
  const planned = planRevision({
    document: parsed.document,
    current: null,
    isCommitted: true,
    revision,
    epoch: revision,
    operations,
    authKeys: new Map(),
  });
  if (!planned.ok) throw new Error(JSON.stringify(planned.issues));
  return [...planned.hostStates.values()];
}

async function converged(revision: number): Promise<void> {
  const isThere = (host: string): boolean => {
    const report = server.reports.get(host)?.report;
    return report?.revision === revision && report.converged;
  };
  await server.until(() => hosts.every(isThere), 180_000, `revision ${revision}`);
}

async function answers(from: string, to: string): Promise<boolean> {
  return (await lab.exec(from, ["ping", "-n", "-c", "1", "-W", "1", to])).code === 0;
}

describe("the goldens of the agent's tables", () => {
  test.each(["host-router.nft", "host-guard.nft"])("%s is accepted by nft", async (name) => {
    const text = readFileSync(join(checkout, "packages/adapters/linux/src/goldens", name), "utf8");
    expect(await checkTable(runCommand, { name, text })).toMatchObject({ ok: true });
  });

  test("and nft, asked the same way, refuses a table that is wrong", async () => {
    expect(await checkTable(runCommand, { name: "x", text: "table inet x { chain c { iifname accept } }" })).toMatchObject({ ok: false });
  });
});

describe("a rack with one controller", () => {
  test("reaches the internet by it, in both families, translated to the controller's own addresses", async () => {
    const before = new Map<string, Awaited<ReturnType<typeof snapshot>>>();
    for (const host of hosts) before.set(host, await snapshot(host));
    server.set(compileStates(1));
    for (const host of hosts) await lab.writeFile(host, "/etc/rackway/token", `${host}\n`, "600");
    await converged(1);
    expect(await answers("node-a1", "198.51.100.80")).toBe(true);
    expect(await answers("node-a1", "2001:db8:100::80")).toBe(true);
    const { stdout } = await lab.exec("node-a1", [
      "curl",
      "-s",
      "-o",
      "/dev/null",
      "-w",
      "%{http_code}",
      "-m",
      "5",
      "http://198.51.100.80/",
    ]);
    expect(stdout).toMatch(/^(200|403|404)$/);
    expect((await lab.run("ctl-a1", ["nft", "list", "table", "inet", "rackway-router-vr-a"])).match(/snat/g)).toHaveLength(2);

    server.set(compileStates(2).map(({ cluster, host }) => emptyHostState(cluster, 2, host)));
    await converged(2);
    for (const host of hosts) {
      const left = diffSnapshots(before.get(host)!, await snapshot(host)).filter(
        ({ fact }) => !/rackway-agent|\/etc\/rackway\/token|\/run\/rackway|\/var\/lib\/rackway|ip monitor|\/bin\/sh \.\/run$/.test(fact),
      );
      expect(renderDifferences(left.filter(({ fact }) => !fact.includes("rackway-guard"))), host).toBe("");
    }
  });

  test("lets nobody in unasked, and routes for nobody else", async () => {
    server.set(compileStates(3));
    await converged(3);
    // Straight at the inside, by a route that an attacker on the public network could lay.
    await lab.run("tor-a", ["ip", "route", "replace", "10.10.1.21/32", "via", "203.0.113.11"]);
    const knock = async (): Promise<number> =>
      (await lab.exec("tor-a", ["ping", "-n", "-c", "1", "-W", "1", "-I", "203.0.113.1", "10.10.1.21"])).code;
    expect(await knock()).not.toBe(0);
    // The same knock is let in where the document says so: it was the filter that kept it out.
    const open = { family: 4 as const, to: "10.10.1.21", protocol: "icmp" as const, ports: [] };
    server.set(
      compileStates(4).map((state) => ({ ...state, hostRouters: state.hostRouters.map((router) => ({ ...router, inbound: [open] })) })),
    );
    await converged(4);
    expect(await knock()).toBe(0);
    await lab.run("tor-a", ["ip", "route", "delete", "10.10.1.21/32"]);
    expect(await answers("node-a1", "198.51.100.80")).toBe(true);
  });
});

function snapshot(host: string) {
  return takeSnapshot(labPlace(lab, host), {
    ignored: ["^/var/lib/rackway-lab(/|$)", "^/run/rackway-lab(/|$)", "^/run/rackway-server(/|$)", "^/run/runit(/|$)"],
  });
}
