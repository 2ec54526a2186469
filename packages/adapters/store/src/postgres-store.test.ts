import { Kysely, sql } from "kysely";
import { Client } from "pg";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { postgresDialect } from "./postgres-dialect.ts";
import { openPostgresStore } from "./postgres-store.ts";
import type { Notice, Store } from "./store.ts";
import { describeStore } from "./store.conformance.ts";
import { addressRecord, documentRecord, networkRecord, revisionRecord } from "./store-fixtures.ts";
import { killWriter, sharedPostgres } from "./testing/index.ts";
import type { PostgresInstance } from "./testing/index.ts";

// A slow machine is no failure.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let postgres: PostgresInstance;
beforeAll(async () => {
  postgres = await sharedPostgres();
});

describeStore("PostgreSQL", async () => openPostgresStore({ url: await postgres.place() }));

describe("two servers on one PostgreSQL", () => {
  let url: string;
  let left: Store;
  let right: Store;
  beforeEach(async () => {
    url = `${await postgres.place()}&application_name=cut-off`;
    // Both at once, on a database that has no tables yet.
    [left, right] = await Promise.all([openPostgresStore({ url }), openPostgresStore({ url })]);
  });
  afterEach(() => Promise.all([left.close(), right.close()]));

  it("race for the last address: one winner, one clean conflict", async () => {
    await left.revisions.add(revisionRecord(1), documentRecord("one"));
    const reserve = (store: Store, owner: string) =>
      store.transaction(({ reservations }) => reservations.add([addressRecord("203.0.113.126", owner)]));
    const outcomes = await Promise.allSettled([reserve(left, "a"), reserve(right, "b")]);
    expect(outcomes.map((each) => each.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(outcomes.find((each) => each.status === "rejected")?.reason).toMatchObject({ code: "reservation-conflict", status: 409 });
  });

  it("are kept from duplicates and overlaps by the database, also where no lock of ours is taken", async () => {
    await left.revisions.add(revisionRecord(1), documentRecord("one"));
    const outcomes = await Promise.allSettled([
      left.reservations.add([addressRecord("203.0.113.126", "a")]),
      right.reservations.add([addressRecord("203.0.113.126", "b")]),
      left.reservations.replaceNetworks(
        [networkRecord("a", "fd00::/64", "fd".padEnd(32, "0"), "fd".padEnd(16, "0").padEnd(32, "f"), 6)],
        1,
      ),
      right.reservations.replaceNetworks(
        [networkRecord("b", "fd00::/48", "fd".padEnd(32, "0"), "fd".padEnd(12, "0").padEnd(32, "f"), 6)],
        1,
      ),
    ]);
    expect(
      outcomes
        .slice(0, 2)
        .map(({ status }) => status)
        .sort(),
    ).toEqual(["fulfilled", "rejected"]);
    // Who comes second may have seen the other's already, and takes its place.
    expect(await left.reservations.networks()).toHaveLength(1);
    for (const each of outcomes) if (each.status === "rejected") expect(each.reason).toMatchObject({ code: "reservation-conflict" });
  });

  it("hear what the other committed, in its order, however long; not what was undone, nor themselves", async () => {
    const heard: Notice[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const listener = {
      notice: (notice: Notice) => void (heard.push(notice), notice.topic === "last" && resolve()),
      resumed: () => undefined,
    };
    await left.follow({ ...listener, notice: () => expect.unreachable("heard itself") });
    await right.follow(listener);
    const undone = left.transaction(async ({ notices }) => {
      await notices.send({ topic: "undone", items: ["x"] });
      throw new Error("no");
    });
    await expect(undone).rejects.toThrow("no");
    const items = Array.from({ length: 1000 }, (_, index) => `host-${index}-${"ü".repeat(10)}`);
    await left.transaction(({ notices }) => notices.send({ topic: "many", items }));
    await left.notices.send({ topic: "last", items: ["x"] });
    await promise;
    expect(heard.filter(({ topic }) => topic === "many").flatMap((notice) => notice.items)).toEqual(items);
    expect([...new Set(heard.map(({ topic }) => topic))]).toEqual(["many", "last"]);
  });

  it("have one leader; another one follows it when it goes, and when PostgreSQL ended all of its connections", async () => {
    const resumed = vi.fn();
    await left.follow({ notice: () => undefined, resumed });
    await right.follow({ notice: () => undefined, resumed: () => undefined });
    expect([left.isLeader, right.isLeader]).toEqual([true, false]);
    await asked(
      url,
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cut-off' and pid <> pg_backend_pid()",
    );
    await vi.waitFor(() => expect(left.isLeader).toBe(false), 10_000);
    await vi.waitFor(() => expect(resumed).toHaveBeenCalled(), 10_000);
    await vi.waitFor(() => expect([left.isLeader, right.isLeader].filter(Boolean)).toHaveLength(1), 10_000);
    const [leader, other] = left.isLeader ? [left, right] : [right, left];
    await leader.close();
    await vi.waitFor(() => expect(other.isLeader).toBe(true), 10_000);
    expect(await other.epoch.get()).toBe(0);
  });

  it("say that the database is busy when a change waits too long", async () => {
    const impatient = await openPostgresStore({ url, busyTimeoutMs: 50 });
    await left.transaction(async () => {
      await expect(impatient.transaction(async () => 1)).rejects.toMatchObject({ code: "database-busy", status: 503 });
    });
    expect(await impatient.transaction(async () => 1)).toBe(1);
    await impatient.close();
  });
});

describe("PostgreSQL", () => {
  it("that is not there is said in words, with nothing secret in them", async () => {
    const open = openPostgresStore({ url: "postgresql://rackway@/rackway?host=/nowhere", password: "hunter2" });
    const error = await open.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "database-unavailable", status: 503 });
    expect(String(error)).toContain("/nowhere");
    expect(JSON.stringify(error) + String(error)).not.toContain("hunter2");
  });

  it("is whole after kill -9 of a server in the middle of changes, with all that was acknowledged", async () => {
    const url = await postgres.place();
    for (const afterMs of [0, 40]) expect(await killWriter(url, afterMs)).toMatchObject({ faults: [] });
  });

  it("waits for the disk at every commit, also where its default does not, and ends a session that froze in a change", async () => {
    const relaxed = (await postgres.place()).replace("search_path", "synchronous_commit%3Doff%20-c%20search_path");
    const settings =
      "select name, setting from pg_settings where name in ('synchronous_commit', 'idle_in_transaction_session_timeout') order by name";
    expect((await asked(relaxed, settings)).at(-1)).toMatchObject({ setting: "off" });
    const db = new Kysely<unknown>({ dialect: postgresDialect({ url: relaxed }) });
    expect((await sql.raw<{ setting: string }>(settings).execute(db)).rows.map(({ setting }) => setting)).toEqual(["10000", "on"]);
    await db.destroy();
  });
});

async function asked(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url, application_name: "asker" });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}
