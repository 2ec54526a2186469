import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { QuietWatch, Stand } from "../harness/index.ts";

/** An operator's documents against a live cluster: applied twice, planned against a host that has drifted, and broken in every way. */
const checkout = resolve(import.meta.dirname, "../..");
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

type Answer = { code: number; stdout: string; stderr: string };

/** `./rackway` as the administrator runs it, in the folder of the documents. */
function rackway(argv: readonly string[], cwd = directory): Promise<Answer> {
  const { socket, adminTokenFile } = stand.controlPlane;
  const env = { ...process.env, RACKWAY_SERVER: `unix://${socket}`, RACKWAY_TOKEN: readFileSync(adminTokenFile, "utf8").trim() };
  return new Promise((done) => {
    execFile(join(checkout, "rackway"), argv, { cwd, env, timeout: 90_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      done({ code, stdout, stderr });
    });
  });
}

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
