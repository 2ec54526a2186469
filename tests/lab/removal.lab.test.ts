import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ControlPlane, Lab } from "@rackway/lab";
import { parseDocument, type ClusterDocument } from "@rackway/schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { diffSnapshots, labPlace, renderDifferences, takeSnapshot, type Snapshot } from "../harness/index.ts";

/**
 * What Rackway leaves behind: nothing. A router and failover VIPs with all that answers on them are added to a cluster and taken out again, and then Rackway itself leaves, with its server
 * gone. Before and after, everything of every host is compared: addresses, routes, rules, links, nftables, sysctls, files, processes, CIB.
 */
const examples = resolve(import.meta.dirname, "../../examples");
const withRouter = readExample("failover");
const withoutRouter: ClusterDocument = { ...withRouter, spec: { ...withRouter.spec, virtualRouters: [], vips: [] } };
const hosts = ["ctl-a1", "ctl-a2", "ctl-a3", "node-a1"];
let lab: Lab;
let controlPlane: ControlPlane;
/** Before there was a Rackway on the hosts. */
let untouched: Map<string, Snapshot>;

beforeAll(async () => {
  lab = await Lab.up({
    name: "removal",
    topologyFile: join(examples, "topologies/default.yaml"),
    racks: ["rack-a"],
    onProgress: console.log,
  });
  controlPlane = await ControlPlane.start(lab);
  untouched = await lookAtAll();
  await apply(withoutRouter);
  await controlPlane.enrollHosts();
  await controlPlane.converged(console.log);
});
afterAll(async () => {
  await controlPlane?.stop();
  await lab?.down();
});

/** Rack-a of an example. */
function readExample(name: string): ClusterDocument {
  const file = join(examples, `${name}.yaml`);
  const parsed = parseDocument([{ name: file, text: readFileSync(file, "utf8") }]);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const { spec } = parsed.document;
  spec.racks = spec.racks.filter(({ name: rack }) => rack === "rack-a");
  spec.hosts = spec.hosts.filter(({ rack }) => rack === "rack-a");
  spec.virtualRouters = spec.virtualRouters.filter(({ rack }) => rack === "rack-a");
  spec.pacemaker = spec.pacemaker?.filter(({ racks }) => racks.every((rack) => rack === "rack-a"));
  return parsed.document;
}

function apply(document: ClusterDocument): Promise<void> {
  return controlPlane.apply("default-lab.yaml", stringify(document));
}

async function lookAtAll(): Promise<Map<string, Snapshot>> {
  // The lab's own book-keeping, and the numbers of runit's and the agent's processes' files, are no configuration.
  const ignored = [
    "^/var/lib/rackway-lab(/|$)",
    "^/run/rackway-lab(/|$)",
    "^/run/rackway-server(/|$)",
    "^/run/runit(/|$)",
    "^/run/corosync\\.leaving$",
  ];
  const entries = await Promise.all(hosts.map(async (host) => [host, await takeSnapshot(labPlace(lab, host), { ignored })] as const));
  return new Map(entries);
}

/**
 * What a host has learnt from the router's advertisements is its own kernel's, and lapses within their lifetime (180 s) of the last one (RFC 4861
 * 6.3.4): the router says no farewell, since each of its moves would.
 */
const learnt = /^route -6: .*"dst":"default".*"gateway":"fe80::5257:1".*"protocol":"ra"/;

function compare(before: ReadonlyMap<string, Snapshot>, after: ReadonlyMap<string, Snapshot>, mayDiffer: RegExp): Record<string, string> {
  const left = hosts.map((host) => {
    const differences = diffSnapshots(before.get(host) ?? {}, after.get(host) ?? {});
    return [host, renderDifferences(differences.filter(({ fact }) => !mayDiffer.test(fact) && !learnt.test(fact)))] as const;
  });
  return Object.fromEntries(left);
}

const nothing = Object.fromEntries(hosts.map((host) => [host, ""]));

/** Waits until no controller has a namespace or a resource of ours any more: hosts are converged a moment before Pacemaker has stopped its last clone. */
async function untilStopped(): Promise<void> {
  const end = Date.now() + 60_000;
  for (const host of hosts.slice(0, 3)) {
    while ((await lab.run(host, ["sh", "-c", "ip netns list; ls /run/rackway"])).includes("rw-")) {
      if (Date.now() > end) throw new Error(`${host} still has a namespace or a resource of ours`);
    }
  }
}

async function reaches(from: string, to: string): Promise<boolean> {
  return (await lab.exec(from, ["ping", "-n", "-c", "1", "-W", "2", to])).code === 0;
}

describe("a router and failover VIPs that are taken out of the document", () => {
  it("leave hosts and cluster as they were before it came", async () => {
    const before = await lookAtAll();
    await apply(withRouter);
    await controlPlane.converged(console.log);
    expect(await reaches("node-a1", "198.51.100.2")).toBe(true);
    expect(diffSnapshots(before.get("ctl-a1") ?? {}, (await lookAtAll()).get("ctl-a1") ?? {}).length).toBeGreaterThan(20);
    await apply(withoutRouter);
    await controlPlane.converged(console.log);
    await untilStopped();
    // Numbers that only grow: the revision in the agent's memory and in the CIB, and the CIB's fence against older writers. The guard's log.
    const numbers = /^file: \/var\/lib\/rackway\/|^file: \/run\/rackway\/guard|^cib: .*nvpair#rw-properties-rackway-(epoch|revision)$/;
    expect(compare(before, await lookAtAll(), numbers)).toEqual(nothing);
  }, 240_000);
});

describe("Rackway", () => {
  it("leaves hosts with a router and failover VIPs on them as they were before it came, with its server gone", async () => {
    await apply(withRouter);
    await controlPlane.converged(console.log);
    await controlPlane.stopServer("SIGKILL");
    for (const host of hosts) {
      const purge = await lab.exec(host, ["/usr/lib/rackway/rackway", "agent", "purge", "--yes"], { timeoutMs: 120_000 });
      expect({ host, code: purge.code, stderr: purge.stderr }).toEqual({ host, code: 0, stderr: "" });
    }
    // What the installed package and the enrolment have put there, and not the document: the token, the agent's service, its guard.
    const installed = /rackway-agent|rackway-guard|\/etc\/rackway\/token|\/run\/rackway|\/var\/lib\/rackway|^process: \/bin\/sh \.\/run$/;
    expect(compare(untouched, await lookAtAll(), installed)).toEqual(nothing);
  }, 300_000);
});
