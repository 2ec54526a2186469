import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Verdict, VerdictOutcome } from "@rackway/pacemaker";
import type { HostState } from "@rackway/schema";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { StateKeeper } from "./state-keeper.ts";
import { createStateStore } from "./state-store.ts";
import { hostState, pacemakerState } from "./testing.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rackway-agent-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A host with its clock, and what its Pacemaker cluster says; null: there is no quorum. */
class World {
  time = { boot: "first", uptimeMs: 1000, wallMs: 1_000_000 };
  quorate = true;
  answers = true;
  word: Verdict | null = null;
  keeper = this.agent();

  /** The agent begins anew, on the same disk. */
  agent(): StateKeeper {
    const decide = (verdict: Verdict): VerdictOutcome => {
      if (!this.answers) return { kind: "later", reason: "Pacemaker does not answer yet" };
      if (!this.quorate) return { kind: "later", reason: "Corosync says that there is no quorum", isQuorumLost: true };
      if (this.word?.trial !== verdict.trial || this.word.word !== "confirmed") this.word = verdict;
      return { kind: "decided", word: this.word.word };
    };
    const eyes = {
      now: () => this.time,
      word: async (trial: string) => (this.word?.trial === trial ? this.word.word : null),
      decide: async (verdict: Verdict) => decide(verdict),
    };
    return new StateKeeper(createStateStore(join(folder, "state.json")), eyes, (error) => {
      throw error;
    });
  }

  async restart(): Promise<void> {
    this.keeper = this.agent();
    await this.keeper.load();
  }

  pass(ms: number): void {
    this.time = { ...this.time, uptimeMs: this.time.uptimeMs + ms, wallMs: this.time.wallMs + ms };
  }

  /** What is on the wire of the test: the new state on trial, or the server's other words. */
  tell(state: HostState, trial: { leftMs: number; fallback: HostState } | null = null) {
    return this.keeper.take({
      etag: `"${state.revision}"`,
      state,
      trial: trial === null ? null : { id: `${state.revision}@9`, revision: state.revision, ...trial },
    });
  }

  async revision(): Promise<number | undefined> {
    await this.keeper.settle();
    return this.keeper.state?.revision;
  }
}

const member = (revision: number) => hostState("node-a1", { revision, pacemaker: null });
const controller = (revision: number, change: Partial<HostState> = {}) =>
  hostState("ctl-a1", { revision, pacemaker: pacemakerState(), ...change });

describe("a member", () => {
  test("goes back at the deadline by what it has heard, says so, and does not take the same revision again", async () => {
    const world = new World();
    await world.tell(member(7));
    await world.tell(member(8), { leftMs: 5000, fallback: member(7) });
    expect(await world.keeper.settle()).toEqual({ happenings: [], nextMs: 5000 });
    expect(world.keeper.trial).toEqual({ revision: 8, phase: "pending" });
    expect(world.keeper.unconfirmed).toMatchObject({ revision: 8, base: 7, leftMs: 5000 });
    world.pass(5001);
    const { happenings } = await world.keeper.settle();
    expect(happenings).toMatchObject([{ kind: "revision-undone", subject: "host/node-a1", data: { revision: 8, base: 7 } }]);
    expect(world.keeper.state?.revision).toBe(7);
    expect(world.keeper.problems.map(({ code }) => code)).toEqual(["revision-undone"]);
    await world.tell(member(8), { leftMs: 3000, fallback: member(7) });
    expect(await world.revision()).toBe(7);
    await world.tell(member(9));
    expect(await world.revision()).toBe(9);
    expect([world.keeper.trial, world.keeper.problems]).toEqual([null, []]);
  });

  test("that has heard the confirmation keeps it; one that hears it late takes it again", async () => {
    const world = new World();
    await world.tell(member(8), { leftMs: 5000, fallback: member(7) });
    await world.tell(member(8));
    world.pass(60_000);
    expect(await world.revision()).toBe(8);
    expect(world.keeper.trial).toBeNull();
    await world.tell(member(10), { leftMs: 5000, fallback: member(8) });
    world.pass(6000);
    expect(await world.revision()).toBe(8);
    expect(await world.tell(member(10))).toMatchObject([{ kind: "revision-retaken" }]);
    expect(await world.revision()).toBe(10);
  });

  test("remembers all of it: its agent may be restarted, and the host rebooted with another time of day", async () => {
    const world = new World();
    await world.tell(member(8), { leftMs: 60_000, fallback: member(7) });
    expect(readFileSync(join(folder, "state.json"), "utf8")).toContain('"fallback"');
    world.pass(10_000);
    await world.restart();
    expect((await world.keeper.settle()).nextMs).toBe(50_000);
    // A clock that was set does not matter in the same boot.
    world.time = { ...world.time, wallMs: 0 };
    expect((await world.keeper.settle()).nextMs).toBe(50_000);
    world.time = { boot: "second", uptimeMs: 20_000, wallMs: 1_000_000 + 61_000 };
    await world.restart();
    expect(await world.revision()).toBe(7);
    await world.restart();
    expect(world.keeper.state?.revision).toBe(7);
  });

  test("counts by the new boot's own time from a reboot on: a clock that is far behind does not put it off", async () => {
    const world = new World();
    await world.tell(member(8), { leftMs: 5000, fallback: member(7) });
    world.time = { boot: "second", uptimeMs: 20_000, wallMs: 0 };
    await world.restart();
    expect(await world.revision()).toBe(8);
    world.pass(5001);
    expect(await world.revision()).toBe(7);
  });

  test("is not given more time by an answer that comes late, nor by a clock that was set back", async () => {
    const world = new World();
    await world.tell(member(8), { leftMs: 5000, fallback: member(7) });
    world.pass(3000);
    await world.tell(member(8), { leftMs: 5000, fallback: member(7) });
    expect((await world.keeper.settle()).nextMs).toBe(2000);
    world.time = { boot: "second", uptimeMs: 0, wallMs: 0 };
    expect((await world.keeper.settle()).nextMs).toBe(5000);
  });
});

describe("a controller", () => {
  test("undoes it with quorum, and writes that down for the others", async () => {
    const world = new World();
    await world.tell(controller(8), { leftMs: 5000, fallback: controller(7) });
    expect(world.keeper.side).toEqual({ id: "8@9", revision: 8, side: "new" });
    world.pass(5001);
    expect(await world.revision()).toBe(7);
    expect(world.word).toEqual({ trial: "8@9", word: "undone" });
    expect(world.keeper.side).toEqual({ id: "8@9", revision: 8, side: "base" });
  });

  test("keeps it where another one has written that it is confirmed, though it has not heard from the server itself", async () => {
    const world = new World();
    await world.tell(controller(8), { leftMs: 5000, fallback: controller(7) });
    world.word = { trial: "8@9", word: "confirmed" };
    world.pass(5001);
    world.quorate = false;
    expect(await world.revision()).toBe(8);
    expect([world.keeper.trial, world.keeper.side]).toEqual([null, undefined]);
  });

  test("goes back as soon as another one has decided, though its own time is not over", async () => {
    const world = new World();
    await world.tell(controller(8), { leftMs: 5000, fallback: controller(7) });
    world.word = { trial: "8@9", word: "undone" };
    expect(await world.revision()).toBe(7);
  });

  test("without quorum does neither, says why, and does what was decided once there is quorum", async () => {
    const world = new World();
    await world.tell(controller(8), { leftMs: 5000, fallback: controller(7) });
    world.pass(600_000);
    world.quorate = false;
    expect(await world.keeper.settle()).toEqual({ happenings: [], nextMs: 1000 });
    expect(world.keeper.state?.revision).toBe(8);
    expect(world.keeper.problems.map(({ code }) => code)).toEqual(["confirmation-undecided"]);
    world.quorate = true;
    world.word = { trial: "8@9", word: "confirmed" };
    expect(await world.revision()).toBe(8);
    expect(world.keeper.problems).toEqual([]);
  });

  test("whose membership the change may have cost takes it back on itself after half a minute, and decides nothing by that", async () => {
    const world = new World();
    const moved = { ...pacemakerState(), nodes: pacemakerState().nodes.map((node) => ({ ...node, addresses: ["10.99.1.1"] })) };
    await world.tell(controller(8, { pacemaker: moved }), { leftMs: 5000, fallback: controller(7) });
    world.quorate = false;
    // A host that has just booted, long after the deadline, has not yet seen for long that there is no quorum.
    world.pass(600_000);
    expect(await world.revision()).toBe(8);
    world.pass(29_000);
    world.answers = false;
    expect(await world.revision()).toBe(8);
    world.answers = true;
    world.pass(2000);
    expect(await world.revision()).toBe(8);
    world.pass(30_000);
    expect(await world.revision()).toBe(7);
    expect(world.keeper.trial).toEqual({ revision: 8, phase: "aside" });
    await world.restart();
    expect(world.keeper.state?.revision).toBe(7);
    world.quorate = true;
    world.word = { trial: "8@9", word: "confirmed" };
    expect((await world.keeper.settle()).happenings).toMatchObject([{ kind: "revision-retaken" }]);
    expect(world.keeper.state?.revision).toBe(8);
  });

  test("tells the others what it has heard, when it can: over their own decision, which was made without the server", async () => {
    const world = new World();
    await world.tell(controller(8), { leftMs: 5000, fallback: controller(7) });
    world.quorate = false;
    await world.tell(controller(8));
    expect(await world.keeper.settle()).toEqual({ happenings: [], nextMs: 1000 });
    expect(world.keeper.trial).toEqual({ revision: 8, phase: "confirmed" });
    world.word = { trial: "8@9", word: "undone" };
    world.quorate = true;
    expect(await world.revision()).toBe(8);
    expect(world.word).toEqual({ trial: "8@9", word: "confirmed" });
    expect(world.keeper.trial).toBeNull();
  });
});
