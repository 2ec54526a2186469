import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { backedUpTables, backUp, restore } from "./backup.ts";
import { openStore } from "./open-store.ts";
import type { DatabasePlace } from "./open-store.ts";
import type { Store } from "./store.ts";
import { addressRecord, at, documentRecord, hostReport, networkRecord, operationRecord, revisionRecord } from "./store-fixtures.ts";
import { sharedPostgres } from "./testing/index.ts";
import type { PostgresInstance } from "./testing/index.ts";

// A slow machine is no failure.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let postgres: PostgresInstance;
let directory: string;
beforeAll(async () => {
  postgres = await sharedPostgres();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rackway-backup-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

let files = 0;
const make = {
  sqlite: async (): Promise<DatabasePlace> => ({ file: join(directory, `${(files += 1)}.db`) }),
  postgresql: async (): Promise<DatabasePlace> => ({ url: await postgres.place() }),
};

async function using<Result>(place: DatabasePlace, work: (store: Store) => Promise<Result>): Promise<Result> {
  const store = await openStore(place);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

const event = { at, source: "server", kind: "a", subject: "host/x", reason: "ü ' \\ \u{1F600}", data: { n: [1] } };

/** Something in every table. */
const fill = (store: Store): Promise<unknown> =>
  store.transaction(async (to) => {
    await to.revisions.add(revisionRecord(1), documentRecord("one"));
    await to.revisions.add(revisionRecord(2, { kind: "rollback", rollbackTo: 1 }), documentRecord("one"));
    await to.reservations.add([addressRecord("203.0.113.1", "a"), addressRecord("203.0.113.2", "b")]);
    await to.reservations.release([addressRecord("203.0.113.1", "a")], 2);
    await to.reservations.replaceNetworks([networkRecord("pool/p", "203.0.113.0/24", "cb007100", "cb0071ff")], 1);
    await to.operations.add(operationRecord("op-1"));
    await to.hosts.setFlags({ host: "ctl-a1", drained: true, paused: false, drain: { since: at, reason: "disk", by: "admin" } });
    await to.hosts.setKnown([{ host: "ctl-a1", rack: "rack-a", role: "controller", lastRevision: 2 }]);
    await to.hosts.setToken("ctl-a1", "h1", at);
    await to.secrets.add(
      { id: "s1", purpose: "corosync/rack-a", sha256: "00", createdAt: at },
      Uint8Array.from({ length: 256 }, (_, n) => n),
    );
    await to.epoch.set(7);
    await to.reports.save([{ receivedAt: at, report: hostReport("ctl-a1", 2) }]);
    await to.events.append(Array.from({ length: 450 }, () => event));
    await to.events.prune(420);
  });

/** All that a store tells. */
const contents = (place: DatabasePlace): Promise<unknown> =>
  using(place, async (store) => ({
    revisions: await store.revisions.list(),
    documents: await Promise.all([1, 2].map((revision) => store.revisions.document(revision))),
    reservations: [await store.reservations.live(), await store.reservations.at(1)],
    networks: await store.reservations.networks(),
    operations: await store.operations.list(9),
    hosts: [await store.hosts.flags(), await store.hosts.known(), (await store.hosts.tokens()).map((row) => ({ ...row }))],
    secrets: [await store.secrets.list(), Buffer.from((await store.secrets.value("s1")) ?? []).toString("hex")],
    reports: await store.reports.all(),
    events: await store.events.list({ limit: 1000 }),
  }));

const kinds = ["sqlite", "postgresql"] as const;
const pairs = kinds.flatMap((from) => kinds.map((to) => [from, to] as const));

async function linesOf(place: DatabasePlace): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of backUp(place, at)) lines.push(line);
  return lines;
}

async function* asLines(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield line;
}

describe("a backup", () => {
  it.each(pairs)("of %s is taken by an empty %s, row for row, and no number is given twice after it", async (from, to) => {
    const [source, target] = [await make[from](), await make[to]()];
    await using(source, fill);
    const rows = await restore(target, backUp(source, at), { epochAtLeast: 100 });
    expect(rows).toBeGreaterThan(430);
    expect(await contents(target)).toEqual(await contents(source));
    await using(target, async (store) => {
      // Greater than what any host has seen.
      expect(await store.epoch.get()).toBe(100);
      expect((await store.events.append([event]))[0]?.id).toBe(451);
      await store.reservations.add([addressRecord("203.0.113.3", "c", 2)]);
      await expect(store.reservations.add([addressRecord("203.0.113.2", "d", 2)])).rejects.toMatchObject({ status: 409 });
    });
  });

  it("is of one moment, and keeps nobody from writing", async () => {
    for (const kind of kinds) {
      const place = await make[kind]();
      await using(place, async (store) => {
        await fill(store);
        const lines: string[] = [];
        for await (const line of backUp(place, at)) {
          if (lines.length === 1) await store.events.append([{ ...event, kind: "later" }]);
          lines.push(line);
        }
        expect(lines.some((line) => line.includes("later"))).toBe(false);
        expect(lines.length).toBeGreaterThan(430);
      });
    }
  });

  it("is refused where something is, when it was cut off, when it is none, and leaves nothing behind", async () => {
    const source = await make.sqlite();
    await using(source, fill);
    const lines = await linesOf(source);
    for (const kind of kinds) {
      const into = async (some: readonly string[], place?: DatabasePlace) =>
        restore(place ?? (await make[kind]()), asLines(some), { epochAtLeast: 0 });
      const full = await make[kind]();
      await using(full, fill);
      await expect(into(lines, full)).rejects.toThrow("already");
      const cut = await make[kind]();
      await expect(into(lines.slice(0, -1), cut)).rejects.toThrow("cut off");
      await using(cut, async (store) => expect(await store.revisions.list()).toEqual([]));
      await expect(into(lines.toSpliced(5, 1))).rejects.toThrow("rows");
      await expect(into([])).rejects.toThrow("no backup");
      await expect(into(["hello"])).rejects.toThrow("no backup");
      await expect(into(['{"format":"rackway-backup","version":1,"migration":"9999-z","sequences":{}}'])).rejects.toThrow("newer");
      await expect(into([lines[0] ?? "", '["sqlite_master",{}]'])).rejects.toThrow("does not know");
    }
  });

  it("of a database that is not there is refused, and none is made", async () => {
    const place = await make.sqlite();
    await expect(linesOf(place)).rejects.toThrow("there is no database");
    await expect(linesOf(place)).rejects.toThrow("there is no database");
  });

  it("has every table in it, each with its key", async () => {
    const place = { file: join(directory, "all.db") };
    await using(place, fill);
    const database = new DatabaseSync(place.file);
    const tables = database
      .prepare("select name from sqlite_master where type = 'table'")
      .all()
      .map(({ name }) => String(name));
    const own = tables.filter((name) => !/^(sqlite|kysely)_/.test(name)).sort();
    expect(own).toEqual(Object.keys(backedUpTables).sort());
    const keys = own.map((name) => [name, database.prepare(`select name from pragma_table_info('${name}') where pk = 1`).get()?.["name"]]);
    expect(Object.fromEntries(keys)).toEqual(backedUpTables);
    const empty = own.filter((name) => database.prepare(`select 1 from "${name}"`).get() === undefined);
    expect(empty).toEqual([]);
    database.close();
  });
});
