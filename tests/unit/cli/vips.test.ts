/** Anycast VIPs on the command line, against a real server whose agents pretend that their hosts hold them. */
import { readFile } from "node:fs/promises";
import path from "node:path";

import type { VipDetail } from "@rackway/schema";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { run } from "../../../apps/cli/src/testing/terminal.ts";
import { type PretendCluster, startPretendCluster } from "./pretend-cluster.ts";

const example = path.resolve(import.meta.dirname, "../../../examples/anycast.yaml");
const widest = (text: string): number => Math.max(...text.split("\n").map((line) => line.length));
const inRackA = ["ctl-a1", "ctl-a2", "ctl-a3"];
let cluster: PretendCluster;

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

beforeAll(async () => {
  cluster = await startPretendCluster();
  await cluster.rackway(["apply", "-f", "-", "-y", "--no-wait"], { input: await readFile(example, "utf8") });
  await cluster.addAgents(inRackA);
});
afterAll(() => cluster.stop());

describe("anycast VIPs", () => {
  test("an apply waits until the hosts hold them, and says so of the namespace", async () => {
    // One agent at a time comes to know its state.
    await expect
      .poll(async () => (await cluster.rackway(["get", "vips", "web", "-o", "wide"])).out, { timeout: 20_000 })
      .toContain("ctl-a1, ctl-a2, ctl-a3");
    const text = (await readFile(example, "utf8")).replace("rise: 2", "rise: 3");
    const { code, err } = await cluster.rackway(["apply", "-f", "-", "-y", "--timeout", "20s"], { input: text });
    expect(err).toContain("ok VIPs in web: 1 VIP held where it should be");
    expect(code).toBe(0);
  });

  test("get vips: how many of the hosts that may hold one do, who announces it, and how it is", async () => {
    const { out } = await cluster.rackway(["get", "vips", "web"]);
    expect(out).toMatch(/^web +anycast +10\.77\.0\.1, /m);
    expect(out).toMatch(/3 of 6 +3 of 6 +up +-/);
    expect(widest(out)).toBeLessThanOrEqual(80);
  });

  test("status shows them in 80 columns; hosts, how many are theirs", async () => {
    const { out } = await cluster.rackway(["status"]);
    expect(out).toMatch(/^web +anycast +10\.77\.0\.1 +3 of 6 +3 of 6 +up/m);
    expect(widest(out)).toBeLessThanOrEqual(80);
    expect((await cluster.rackway(["get", "hosts", "ctl-a1", "-o", "wide"])).out).toContain("2 held, 2 announced");
  });

  test("move knows that there is nothing to move, by the VIP's name and by its address", async () => {
    for (const name of ["web", "10.77.0.1"]) {
      const { code, err } = await cluster.rackway(["move", name, "--to", "ctl-a1"]);
      expect([code, err]).toEqual([2, expect.stringContaining("web is an anycast VIP: it stands on every host that may hold it")]);
    }
  });

  test("describe vip: each host, its health and the reason, what becomes of its traffic, and what is wrong", async () => {
    cluster.world.down.add("ctl-a1");
    const describeVip = async (): Promise<string> => (await cluster.rackway(["describe", "vip", "web"])).out;
    await expect.poll(describeVip).toContain("vip-down-somewhere");
    const out = await describeVip();
    for (const words of [
      "http on port 8080, path /: every 500 ms",
      "connection refused",
      "host ctl-a2, outcome its traffic goes to ctl-a3",
      "host ctl-b1, state offline",
      "Last events:",
    ])
      expect(out.replace(/\s+/g, " ")).toContain(words);
    expect(widest(out)).toBeLessThanOrEqual(80);
    cluster.world.down.clear();
  });

  test("a drained host lets its VIPs go when their connections have ended, and is said to be drained", async () => {
    const { code, out: words } = await cluster.rackway(["drain", "ctl-a1", "--timeout", "20s"]);
    expect([code, words]).toEqual([0, "ctl-a1 is drained and carries nothing; back into service with: rackway resume ctl-a1\n"]);
    const { out } = await cluster.rackway(["describe", "vip", "web", "-o", "json"]);
    const drained = (JSON.parse(out) as VipDetail).hosts.find(({ host }) => host === "ctl-a1");
    expect(drained).toMatchObject({ state: "drained", held: false, announced: false, hold: "drained" });
    const { out: status } = await cluster.rackway(["status"]);
    expect(status).toContain("host ctl-a1: it is drained");
    expect(status).not.toContain("missing on");
    const { err } = await cluster.rackway(["resume", "ctl-a1", "--timeout", "20s"]);
    expect(err).toContain("ok anycast VIPs: 2 announced");
  });

  test("what is left at the deadline is cut, and told; the deadline may be moved while it is waited for", async () => {
    cluster.world.flows = 2;
    const late = await cluster.rackway(["drain", "ctl-a2", "--timeout", "1s"]);
    expect(late.code).toBe(1);
    expect(late.err).toMatch(/web: 4 connections left; let go in \d+m\d+s at the latest/);
    const { code, out } = await cluster.rackway(["drain", "ctl-a2", "--deadline", "0s", "--timeout", "20s", "-o", "json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ host: "ctl-a2", held: 0, left: [{ vip: "web", flows: 2 }, { flows: 2 }] });
    const again = await cluster.rackway(["drain", "ctl-a2", "--timeout", "20s"]);
    expect(again.out).toContain("ctl-a2 is drained and carries nothing; connections that were left at the deadline: web 4; back");
    cluster.world.flows = 0;
    await cluster.rackway(["resume", "ctl-a2", "--timeout", "20s"]);
  });

  test("what nobody else announces stays, with the words for it, until the operator insists", async () => {
    cluster.world.last = "ctl-a1";
    for (const host of ["ctl-a2", "ctl-a3"]) cluster.world.down.add(host);
    const { code, err } = await cluster.rackway(["drain", "ctl-a1", "--deadline", "0s", "--timeout", "1s"]);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/!! web: nobody else announces it, so ctl-a1 keeps it; .* drain ctl-a1 --force/),
    ]);
    const forced = await cluster.rackway(["drain", "ctl-a1", "--force", "--timeout", "20s"]);
    expect([forced.code, forced.out]).toEqual([0, expect.stringContaining("ctl-a1 is drained and carries nothing")]);
    cluster.world.last = null;
    cluster.world.down.clear();
    await cluster.rackway(["resume", "ctl-a1", "--timeout", "20s"]);
  });

  test("Tab knows their names, and a wrong one is told the nearest", async () => {
    const asAdmin = ["--server", cluster.server, "--token-file", cluster.tokenFile];
    expect((await run(["complete", "--", ...asAdmin, "describe", "vip", "w"])).out).toBe("web\t\n:4\n");
    const { code, err } = await cluster.rackway(["describe", "vip", "wep"]);
    expect(err).toContain("did you mean web?");
    expect(code).toBe(2);
  });
});
