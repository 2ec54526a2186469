/** Commands that go on until Ctrl-C, against a real server. */
import path from "node:path";

import type { ApiEvent, Status } from "@rackway/schema";
import { main } from "@rackway/cli";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { makeTerminal, type Terminal } from "../../../apps/cli/src/testing/terminal.ts";
import { type PretendCluster, startPretendCluster } from "./pretend-cluster.ts";

const example = path.resolve(import.meta.dirname, "../../../examples/default-lab.yaml");
let cluster: PretendCluster;

// A machine that builds labs beside the tests is slow; what is waited for is a state, never a time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

beforeAll(async () => {
  cluster = await startPretendCluster();
  await cluster.addAgents(["ctl-a1", "ctl-a2", "ctl-a3"]);
  const { code, err } = await cluster.rackway(["apply", "-f", example]);
  if (code !== 0) throw new Error(err);
});
afterAll(() => cluster.stop());

function begin(argv: readonly string[], isTty = false): { terminal: Terminal; end: Promise<number> } {
  const terminal = makeTerminal({ isTty });
  return { terminal, end: main(["--server", cluster.server, "--token-file", cluster.tokenFile, ...argv], terminal) };
}

describe("status --watch", () => {
  test("prints a status when something has changed, not when only ages have, and ends with Ctrl-C", async () => {
    const { terminal, end } = begin(["status", "--watch", "-o", "json"]);
    const seen = (): Status[] =>
      terminal
        .out()
        .trimEnd()
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Status);
    await expect.poll(() => seen().length, { timeout: 20_000 }).toBeGreaterThan(0);
    const before = seen().length;
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(seen().length).toBe(before);
    cluster.world.owners.set("vr-a", "ctl-a2");
    await expect.poll(() => seen().at(-1)?.routers[0]?.active, { timeout: 20_000 }).toBe("ctl-a2");
    terminal.interrupt();
    expect(await end).toBe(0);
  });

  test("draws over itself on a terminal", async () => {
    const { terminal, end } = begin(["status", "-w"], true);
    await expect.poll(() => terminal.out().split("\u001b[H\u001b[2J").length, { timeout: 20_000 }).toBeGreaterThan(2);
    terminal.interrupt();
    expect(await end).toBe(0);
  });
});

describe("get events --follow", () => {
  test("shows what happens from then on, of the subject that was asked for, until Ctrl-C", async () => {
    const { terminal, end } = begin(["get", "events", "--subject", "host/ctl-a3", "--follow", "-o", "json"]);
    await cluster.rackway(["pause", "ctl-a2", "--no-wait"]);
    await cluster.rackway(["pause", "ctl-a3", "--no-wait", "--reason", "look"]);
    await expect.poll(() => terminal.out(), { timeout: 20_000 }).toContain("host-paused");
    terminal.interrupt();
    expect(await end).toBe(0);
    const events = terminal
      .out()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as ApiEvent);
    expect(new Set(events.map((event) => event.subject))).toEqual(new Set(["host/ctl-a3"]));
    expect(events.at(-1)?.reason).toBe("look");
  });
});
