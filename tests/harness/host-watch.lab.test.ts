import { ensureRoot } from "@rackway/lab";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rootedPlace } from "./lab-place.ts";
import { mustRunIn, type Place } from "./place.ts";
import { QuietWatch } from "./quiet-watch.ts";
import { diffSnapshots, renderDifferences, takeSnapshot, type Snapshot } from "./snapshot.ts";
import { ThrowAwayNet } from "./throw-away-net.ts";

let net: ThrowAwayNet;
let rooted: Place;
const directory = mkdtempSync(path.join(tmpdir(), "rackway-snapshot-"));
beforeAll(async () => {
  net = await ThrowAwayNet.up("snap");
  rooted = rootedPlace(net.left, await ensureRoot());
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await net.down();
});

// Processes are the machine's, here; the lab's test of snapshots has hosts with processes of their own.
async function snapshot(): Promise<Snapshot> {
  const all = await takeSnapshot(net.left, { roots: [directory], namespaces: [] });
  return Object.fromEntries(Object.entries(all).filter(([fact]) => !fact.startsWith("process: ")));
}

async function differencesAfter(change: string[], undo: string[]): Promise<{ changed: string; undone: string }> {
  const before = await snapshot();
  await mustRunIn(net.left, change);
  const between = await snapshot();
  await mustRunIn(net.left, undo);
  return { changed: renderDifferences(diffSnapshots(before, between)), undone: renderDifferences(diffSnapshots(before, await snapshot())) };
}

describe("snapshots", () => {
  it("of a host that nobody touches are equal, with traffic and neighbours in between", async () => {
    const before = await snapshot();
    await mustRunIn(rooted, ["ping", "-c", "2", "-i", "0.2", net.addresses.right[4]]);
    await mustRunIn(rooted, ["ping", "-c", "2", "-i", "0.2", net.addresses.right[6]]);
    expect(renderDifferences(diffSnapshots(before, await snapshot()))).toBe("");
    expect(Object.keys(before).length).toBeGreaterThan(200);
  });

  it.each([
    [
      "an address",
      ["ip", "addr", "add", "10.9.0.50/32", "dev", "eth0"],
      ["ip", "addr", "del", "10.9.0.50/32", "dev", "eth0"],
      "+ address: eth0 10.9.0.50/32",
    ],
    [
      "a route in another table",
      ["ip", "route", "add", "10.1.0.0/16", "dev", "eth0", "table", "82"],
      ["ip", "route", "flush", "table", "82"],
      '"table":"82"',
    ],
    ["a rule", ["ip", "-6", "rule", "add", "from", "fd00:1::/64", "table", "82"], ["ip", "-6", "rule", "del", "table", "82"], "+ rule -6"],
    ["a link", ["ip", "link", "add", "br9", "type", "bridge"], ["ip", "link", "del", "br9"], "+ link: br9"],
    ["an MTU", ["ip", "link", "set", "eth0", "mtu", "1400"], ["ip", "link", "set", "eth0", "mtu", "1500"], "~ link: eth0"],
    ["an alias", ["ip", "link", "set", "eth0", "alias", "rackway:x"], ["ip", "link", "set", "eth0", "alias", ""], "~ link: eth0"],
    ["a ruleset", ["nft", "add", "table", "inet", "rackway"], ["nft", "delete", "table", "inet", "rackway"], "+ nft: inet  table rackway"],
    ["a sysctl", ["sysctl", "-qw", "net.ipv4.ip_forward=1"], ["sysctl", "-qw", "net.ipv4.ip_forward=0"], "~ sysctl: net.ipv4.ip_forward"],
  ])("see %s, and that it is gone again", async (_what, change, undo, expected) => {
    const { changed, undone } = await differencesAfter(change, undo);
    expect(changed).toContain(expected);
    expect(undone).toBe("");
  });

  it("see a file's contents, mode and absence", async () => {
    const file = path.join(directory, "file");
    writeFileSync(file, "one");
    const before = await snapshot();
    writeFileSync(file, "two");
    expect(renderDifferences(diffSnapshots(before, await snapshot()))).toContain(`~ file: ${file}`);
    rmSync(file);
    expect(renderDifferences(diffSnapshots(before, await snapshot()))).toContain(`- file: ${file}`);
  });
});

describe("the quiet watch", () => {
  it("hears nothing of traffic, and hears addresses, routes and rulesets", async () => {
    const quiet = await QuietWatch.start([net.left], { maxMs: 20_000, hostOnly: true });
    await mustRunIn(rooted, ["ping", "-c", "2", "-i", "0.2", net.addresses.right[4]]);
    const silence = await quiet.stop();
    expect(silence.changes).toEqual([]);

    const watch = await QuietWatch.start([net.left], { maxMs: 20_000, hostOnly: true });
    await mustRunIn(net.left, ["ip", "addr", "add", "10.9.0.51/32", "dev", "eth0"]);
    await mustRunIn(net.left, ["nft", "add", "table", "inet", "rackway"]);
    const { changes } = await watch.stop();
    const heard = changes.map(({ tool, line }) => `${tool}: ${line}`);
    expect(heard.join("\n")).toMatch(/ip monitor: \[ADDR\].*10\.9\.0\.51/);
    expect(heard.join("\n")).toMatch(/nft monitor: add table inet rackway/);
  });
});
