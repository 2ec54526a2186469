import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { Kysely, sql } from "kysely";
import { Migrator } from "kysely/migration";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { migrationsOf } from "./migrations/index.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import { describeStore } from "./store.conformance.ts";
import { addressRecord, documentRecord, revisionRecord } from "./store-fixtures.ts";
import { killWriter } from "./testing/index.ts";

// A slow machine is no failure.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

describeStore("SQLite in memory", () => openSqliteStore({ path: ":memory:" }));

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rackway-store-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describeStore("SQLite in a file", () => openSqliteStore({ path: join(directory, "rackway.db") }));

describe("SQLite file", () => {
  it("waits for the disk at every commit, and holds to foreign keys", async () => {
    const db = new Kysely<unknown>({ dialect: sqliteDialect({ path: join(directory, "rackway.db"), busyTimeoutMs: 1 }) });
    const pragma = async (name: string) => (await sql`pragma ${sql.raw(name)}`.execute(db)).rows[0];
    // 2 is FULL: https://www.sqlite.org/pragma.html#pragma_synchronous
    expect(await pragma("synchronous")).toMatchObject({ synchronous: 2 });
    expect(await pragma("journal_mode")).toMatchObject({ journal_mode: "wal" });
    expect(await pragma("foreign_keys")).toMatchObject({ foreign_keys: 1 });
    await db.destroy();
  });

  it("is there again after it was closed", async () => {
    const path = join(directory, "rackway.db");
    const store = await openSqliteStore({ path });
    await store.revisions.add(revisionRecord(1), documentRecord("one"));
    await store.close();
    const again = await openSqliteStore({ path });
    expect((await again.revisions.current())?.revision).toBe(1);
    await again.close();
    const plain = new DatabaseSync(path);
    expect(plain.prepare("pragma journal_mode").get()).toMatchObject({ journal_mode: "wal" });
    plain.close();
  });

  it("is brought to this version with all that is in it, whatever version left it", async () => {
    const path = join(directory, "rackway.db");
    const db = new Kysely<unknown>({ dialect: sqliteDialect({ path, busyTimeoutMs: 1 }) });
    const { error } = await new Migrator({ db, provider: migrationsOf("sqlite") }).migrateTo("0001-initial");
    expect(error).toBeUndefined();
    const { files, document } = documentRecord("one");
    const before = { ...document, spec: { racks: [], hosts: [], virtualRouters: [], vipPools: [], vips: [] } };
    await sql`insert into documents (id, files, document) values ('d', ${JSON.stringify(files)}, ${JSON.stringify(before)})`.execute(db);
    await sql`insert into revisions values (1, '2026-11-22T12:00:00Z', 'anna', '', 'apply', null, 'x', 'd')`.execute(db);
    await sql`insert into reservations (kind, scope, value, owner, is_user_defined, since_revision)
      values ('router-index', 'routers', '1', 'router/vr-a', 0, 1)`.execute(db);
    await db.destroy();

    const store = await openSqliteStore({ path });
    expect((await store.revisions.document(1))?.document).toEqual(document);
    const held = await store.reservations.live();
    expect(held).toMatchObject([{ kind: "router-index", owner: "router/vr-a", value: "1" }]);
    await store.reservations.add([
      { kind: "namespace-index", scope: "namespaces", value: "1", owner: "namespace/web", isUserDefined: false, sinceRevision: 1 },
    ]);
    await expect(
      store.reservations.add([
        { kind: "namespace-index", scope: "namespaces", value: "1", owner: "namespace/api", isUserDefined: false, sinceRevision: 1 },
      ]),
    ).rejects.toMatchObject({ status: 409 });
    await store.close();
  });

  it("lets two stores on one file race for the last address: one winner, one clean conflict", async () => {
    const path = join(directory, "rackway.db");
    const [left, right] = [await openSqliteStore({ path }), await openSqliteStore({ path })];
    await left.revisions.add(revisionRecord(1), documentRecord("one"));
    const reserve = (store: typeof left, owner: string) =>
      store.transaction((repositories) => repositories.reservations.add([addressRecord("203.0.113.126", owner)]));
    const outcomes = await Promise.allSettled([reserve(left, "a"), reserve(right, "b")]);
    expect(outcomes.map((each) => each.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(outcomes.find((each) => each.status === "rejected")?.reason).toMatchObject({ status: 409 });
    await Promise.all([left.close(), right.close()]);
  });

  it("says that the database is busy when another process keeps the lock", async () => {
    const path = join(directory, "rackway.db");
    const store = await openSqliteStore({ path, busyTimeoutMs: 20 });
    const other = new DatabaseSync(path);
    other.exec("begin immediate");
    await expect(store.transaction(async () => 1)).rejects.toMatchObject({ code: "database-busy", status: 503 });
    other.exec("rollback");
    expect(await store.transaction(async () => 1)).toBe(1);
    other.close();
    await store.close();
  });

  it("is whole after kill -9 in the middle of changes: a revision has all of its reservations, or is not there", async () => {
    // At no particular moments of the writer's loop.
    for (const afterMs of [0, 7, 14]) {
      expect(await killWriter(join(directory, "rackway.db"), afterMs)).toMatchObject({ faults: [] });
    }
  });
});
