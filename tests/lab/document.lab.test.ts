import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Status } from "@rackway/schema";
import { stringify } from "yaml";
import { QuietWatch, runRackway, Stand } from "../harness/index.ts";

/** An operator's documents against a live cluster: applied twice, planned against a host that has drifted, and broken in every way. */
const broken = resolve(import.meta.dirname, "../unit/broken-documents");
const steadyMs = 30_000;
let stand: Stand;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "rackway-document-"));
  stand = await Stand.up({ name: "document", racks: ["rack-a"], onProgress: console.log });
  await stand.mend();
  writeFileSync(join(directory, "dc.yaml"), stringify(stand.document));
});
afterAll(async () => {
  await stand?.down();
  rmSync(directory, { recursive: true, force: true });
});

/** In the folder of the documents. */
const rackway = (argv: readonly string[], cwd = directory) => runRackway(stand, argv, cwd);

/** Hosts of the rack, as places for a watch. */
const hosts = () => [...stand.controllers(), "node-a1"].map((host) => stand.place(host));

/** The configuration with its counters: any write at all makes it another. */
async function configuration(): Promise<string> {
  const whole = await stand.lab.run("ctl-a1", ["cibadmin", "--query"]);
  return whole.slice(whole.indexOf("<configuration"), whole.indexOf("<status"));
}

async function history(): Promise<unknown> {
  return (await stand.controlPlane.client.revisions()).revisions;
}

describe("the same document again", () => {
  it("is nothing to do, and no host notices; nor does one in the half minute after", async () => {
    const [before, cib] = [await history(), await configuration()];
    const watch = await QuietWatch.start(hosts(), { maxMs: 180_000 });
    const plan = await rackway(["plan", "-f", "dc.yaml", "--detailed-exitcode"]);
    const apply = await rackway(["apply", "-f", "dc.yaml", "--yes"]);
    await sleep(steadyMs);
    const { changes } = await watch.stop();
    // On a busy machine an agent may not look again in time, and the plan says so behind these words.
    for (const { code, stdout } of [plan, apply]) {
      expect(stdout).toMatch(/^Nothing to do: revision 1 stands\./);
      expect(code).toBe(0);
    }
    expect(changes).toEqual([]);
    expect(await history()).toEqual(before);
    expect(await configuration()).toBe(cib);
  }, 240_000);

  it("and the watch that heard nothing hears a change of one address in a router's namespace", async () => {
    const watch = await QuietWatch.start([stand.place("ctl-a1")], { maxMs: 60_000 });
    await stand.inRouter("ctl-a1", "ip address add 192.0.2.99/32 dev lo && ip address delete 192.0.2.99/32 dev lo");
    const { changes } = await watch.stop();
    expect(changes.filter(({ place, line }) => place === "ctl-a1/rw-vr-a" && line.includes("192.0.2.99")).length).toBeGreaterThan(0);
  });
});

describe("a plan, while a host is paused", () => {
  it("lists exactly the one thing that somebody deleted there, and resuming puts it back", async () => {
    expect((await rackway(["pause", "node-a1"])).code).toBe(0);
    await stand.until("node-a1 to be paused", 30_000, async () =>
      (await stand.controlPlane.client.status()).hosts.find(({ name }) => name === "node-a1")?.paused === true ? true : undefined,
    );
    await stand.lab.run("node-a1", ["ip", "route", "delete", "default", "proto", "82"]);
    const { management } = await stand.vips("vr-a");
    const plan = await stand.until("a plan for which every agent has looked", 60_000, async () => {
      const answer = await stand.controlPlane.client.plan([{ name: "dc.yaml", text: stringify(stand.document) }]);
      return answer.unobserved.length === 0 ? answer : undefined;
    });
    expect(plan).toMatchObject({ changes: [], hosts: [], reservations: { added: [], released: [] }, nothingToDo: false });
    const step = { id: "default-route:IPv4", action: "create", kind: "default-route", target: "IPv4", from: null };
    expect(plan.drift.map(({ host, steps }) => ({ host, steps }))).toEqual([
      { host: "node-a1", steps: [{ ...step, to: `${management.ipv4} dev br-mgmt metric 20` }] },
    ]);
    const shown = await rackway(["plan", "-f", "dc.yaml", "--detailed-exitcode"]);
    expect(shown.code).toBe(2);
    expect(shown.stdout.match(/default-route/g)).toHaveLength(1);
    expect(await stand.lab.run("node-a1", ["ip", "route", "show", "default", "proto", "82"])).toBe("");
    expect((await rackway(["resume", "node-a1"])).code).toBe(0);
    await stand.until("the route to be back", 30_000, async () =>
      (await stand.lab.run("node-a1", ["ip", "route", "show", "default", "proto", "82"])).includes(management.ipv4) ? true : undefined,
    );
  }, 120_000);
});

describe("a plan, before anything happens", () => {
  it("names the interface that no host has, and what those hosts have instead", async () => {
    const document = structuredClone(stand.document);
    const bridge = document.spec.racks[0]?.networks.find(({ name }) => name === "public");
    if (bridge === undefined) throw new Error("the example has no public network");
    bridge.interface = "eth-pbu";
    writeFileSync(join(directory, "mistyped.yaml"), stringify(document));
    const { code, stdout, stderr } = await rackway(["plan", "-f", "mistyped.yaml"]);
    expect(code).toBe(0);
    expect(stdout + stderr).toMatch(
      /mistyped\.yaml:\d+:\d+: warning\[interface-missing\]: there is no interface "eth-pbu" on ctl-a1, ctl-a2, ctl-a3, which .*; there: .*\beth-pub\b/,
    );
  });

  it("says that a router with another address stops answering, and that one that lets something in does not", async () => {
    const router = stand.document.spec.virtualRouters[0];
    if (router === undefined) throw new Error("the example has no router");
    const planned = async (change: object) => {
      const document = { ...stand.document, spec: { ...stand.document.spec, virtualRouters: [{ ...router, ...change }] } };
      return stand.controlPlane.client.plan([{ name: "dc.yaml", text: stringify(document) }]);
    };
    const [interrupt, ...others] = (await planned({ managementVip: { ...router.managementVip, ipv4: "10.10.1.150" } })).interrupts;
    expect(others).toEqual([]);
    expect(interrupt).toMatchObject({ routers: ["vr-a"], hosts: [await stand.owner()], lasts: "until-hosts-follow" });
    expect(interrupt?.message).toMatch(/vr-a stops answering.*management IPv4 \S+ becomes 10\.10\.1\.150.*node-a1/);
    const lighter = await planned({ inbound: [{ protocol: "tcp", ports: [443], to: "10.10.1.21" }] });
    expect(lighter).toMatchObject({ nothingToDo: false, interrupts: [] });
  });
});

describe("a broken document", () => {
  /** One of each kind of fault is enough against the live cluster: every one against a server is in tests/unit/cli. */
  const names = readdirSync(broken).filter((name) =>
    /^(document-(syntax-truncated|alias-bomb|tag)|field-(type|missing|unknown)|address-duplicate|network-overlap)\.yaml$/.test(name),
  );

  it("gets its place and its code, and changes nothing: no revision, no configuration, no host", async () => {
    await stand.mend();
    const [before, cib] = [await history(), await configuration()];
    const watch = await QuietWatch.start(hosts(), { maxMs: 180_000 });
    for (const name of names) {
      const expected = /^# expect ([a-z-]+) (\d+:\d+)/.exec(readFileSync(join(broken, name), "utf8"));
      const { code, stdout, stderr } = await rackway(["apply", "-f", name, "--yes"], broken);
      expect({ name, code, stdout }).toEqual({ name, code: 1, stdout: "" });
      expect(stderr).toContain(`${name}:${expected?.[2]}: error[${expected?.[1]}]: `);
      expect(stderr).not.toMatch(/^\s+at .*:\d+/m);
    }
    const nested = join(directory, "nested.yaml");
    writeFileSync(nested, "[".repeat(10 * 1024 * 1024));
    const { code, stderr } = await rackway(["apply", "-f", "nested.yaml", "--yes"]);
    expect(code).toBe(1);
    expect(stderr).toContain("nested.yaml:1:1: error[document-too-large]");
    const missing = await rackway(["apply", "-f", "not-there.yaml", "--yes"]);
    expect([1, 2]).toContain(missing.code);
    expect((await rackway(["apply"])).code).toBe(2);
    const { changes } = await watch.stop();
    expect(names).toHaveLength(8);
    expect(changes).toEqual([]);
    expect(await history()).toEqual(before);
    expect(await configuration()).toBe(cib);
  }, 180_000);
});

describe("a change that must be confirmed", () => {
  /** The first is enough on a machine that has nothing else to do; what is undone before all hosts had it shows nothing, and is tried again. */
  const windowsMs = [12_000, 40_000, 120_000];
  const changed = { public: "203.0.113.110", management: "10.10.1.150" };
  let formerly: typeof changed;
  let document: string;
  /** Pacemaker's configuration as far as it makes something; who wrote it, and what was decided, is in its properties. */
  let resources: string;

  beforeAll(async () => {
    await stand.mend();
    const vips = await stand.vips("vr-a");
    formerly = { public: vips.public.ipv4, management: vips.management.ipv4 };
    const [router] = stand.document.spec.virtualRouters;
    if (router === undefined) throw new Error("the example has no router");
    const publicVip = { ...router.publicVip, ipv4: changed.public };
    const managementVip = { ...router.managementVip, ipv4: changed.management };
    document = stringify({
      ...stand.document,
      spec: { ...stand.document.spec, virtualRouters: [{ ...router, publicVip, managementVip }] },
    });
    writeFileSync(join(directory, "moved.yaml"), document);
    resources = await madeByPacemaker();
  });

  async function madeByPacemaker(): Promise<string> {
    const whole = await configuration();
    return whole.slice(whole.indexOf("<resources"));
  }

  const verdict = async (): Promise<string> => /name="rackway-verdict" value="([^"]*)"/.exec(await configuration())?.[1] ?? "none";

  /** Which of the two public addresses answers a ping from outside, and where the member's way out leads to. */
  async function onTheWire(): Promise<{ public: string; management: string }> {
    const ping = `for a in ${changed.public} ${formerly.public}; do ping -c 1 -W 1 -n $a > /dev/null && echo $a; done; true`;
    const [answering, route] = await Promise.all([
      stand.lab.run("internet", ["sh", "-c", ping]),
      stand.lab.run("node-a1", ["ip", "-4", "route", "show", "default", "proto", "82"]),
    ]);
    return { public: answering.trim().replace("\n", " and "), management: /via (\S+)/.exec(route)?.[1] ?? "none" };
  }

  function untilOnTheWire(wanted: typeof changed): Promise<true> {
    return stand.until(`${wanted.public} and ${wanted.management} on the wire`, 120_000, async () =>
      JSON.stringify(await onTheWire()) === JSON.stringify(wanted) ? true : undefined,
    );
  }

  /** Applies it, and resolves with its number when it is on the wire. */
  async function applied(): Promise<number> {
    for (const confirmWithinMs of windowsMs) {
      const { revision, unconfirmed } = await stand.controlPlane.client.apply({
        files: [{ name: "moved.yaml", text: document }],
        confirmWithinMs,
      });
      expect(unconfirmed).toMatchObject({ revision, base: revision - 1 });
      const isThere = await stand.until(`revision ${revision} on the wire, or undone`, confirmWithinMs + 60_000, async () => {
        if (JSON.stringify(await onTheWire()) === JSON.stringify(changed)) return true;
        return (await stand.controlPlane.client.status()).unconfirmed ? undefined : false;
      });
      if (isThere && (await stand.controlPlane.client.status()).unconfirmed) return revision;
      await untilOnTheWire(formerly);
    }
    throw new Error("the hosts never had it before it was undone");
  }

  async function newest(): Promise<object | undefined> {
    return (await stand.controlPlane.client.revisions()).revisions[0];
  }

  it("and is not, is undone: on the wire, in Pacemaker's configuration, and in the history, which says why", async () => {
    const revision = await applied();
    await untilOnTheWire(formerly);
    await stand.converged();
    expect(await madeByPacemaker()).toBe(resources);
    const comment = `revision ${revision} was not confirmed in time`;
    expect(await newest()).toMatchObject({ revision: revision + 1, rollbackTo: revision - 1, comment });
    const { code, stderr } = await rackway(["confirm", String(revision)]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(`revision ${revision} was not confirmed in time`) as string,
    });
  }, 400_000);

  it("is undone by the hosts themselves with the server dead, which agrees when it is back", async () => {
    const revision = await applied();
    await stand.controlPlane.stopServer("SIGKILL");
    await untilOnTheWire(formerly);
    await stand.until("the configuration to be as before", 30_000, async () =>
      (await madeByPacemaker()) === resources ? true : undefined,
    );
    expect(await verdict()).toMatch(new RegExp(`^undone:${revision}@`));
    const told = await stand.lab.run("ctl-a1", ["rackway", "status", "--local", "-o", "json"]);
    expect((JSON.parse(told) as Status).problems.map(({ code }) => code)).toContain("revision-undone");
    await stand.controlPlane.startServer();
    const comment = `revision ${revision} was not confirmed in time`;
    expect(await newest()).toMatchObject({ revision: revision + 1, rollbackTo: revision - 1, comment });
    await stand.converged();
    expect(await onTheWire()).toEqual(formerly);
    expect(await madeByPacemaker()).toBe(resources);
    const events = await stand.controlPlane.client.events({ kind: "revision-undone", limit: 100 });
    const undone = events.events.filter(({ data }) => data["revision"] === revision).map(({ source }) => source);
    expect(undone.toSorted()).toEqual(["host/ctl-a1", "host/ctl-a2", "host/ctl-a3", "host/node-a1"]);
  }, 400_000);

  it("and is, stays: every host has heard, and so says Pacemaker's configuration", async () => {
    // Confirmed at once: how long the hosts take until it is on the wire is the machine's matter, and the command waits for them.
    const request = { files: [{ name: "moved.yaml", text: document }], confirmWithinMs: 15_000 };
    const { revision, unconfirmed } = await stand.controlPlane.client.apply(request);
    const { code, stdout, stderr } = await rackway(["confirm", "--timeout", "30s"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("ok node-a1: keeps it") as string });
    expect(stdout).toContain(`Revision ${revision} is confirmed.`);
    expect(await verdict()).toMatch(new RegExp(`^confirmed:${revision}@`));
    await untilOnTheWire(changed);
    await sleep(Math.max(0, Date.parse(unconfirmed?.deadline ?? "") - Date.now() + 4_000));
    expect(await onTheWire()).toEqual(changed);
    expect(await newest()).toMatchObject({ revision });
  }, 400_000);
});
