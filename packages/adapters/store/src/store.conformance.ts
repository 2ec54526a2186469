import { setTimeout as delay } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { OperationRecord, RevisionRecord, Store } from "./store.ts";
import { addressRecord, at, documentRecord, hostReport, networkRecord, operationRecord, revisionRecord } from "./store-fixtures.ts";

/** What every database must do. `open` gives an empty store each time; it is closed here. */
export function describeStore(name: string, open: () => Promise<Store>): void {
  describe(`store on ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());
    const get = (): Store => store;
    describeRevisions(get);
    describeReservations(get);
    describeNetworks(get);
    describeTransactions(get);
    describeSnapshots(get);
    describeOperations(get);
    describeHosts(get);
    describeEvents(get);
    describeEpoch(get);
  });
}

function describeRevisions(get: () => Store): void {
  describe("revisions", () => {
    it("has none at first", async () => {
      expect(await get().revisions.current()).toBeNull();
      expect(await get().revisions.list()).toEqual([]);
      expect(await get().revisions.document(1)).toBeNull();
    });

    it("gives back what was added, newest first, and a document that two revisions share", async () => {
      const { revisions } = get();
      await revisions.add(revisionRecord(1), documentRecord("one"));
      await revisions.add(revisionRecord(2, { comment: "second" }), documentRecord("two"));
      const back = revisionRecord(3, { kind: "rollback", rollbackTo: 1 });
      await revisions.add(back, documentRecord("one"));
      expect(await revisions.current()).toEqual(back);
      expect((await revisions.list()).map((each) => each.revision)).toEqual([3, 2, 1]);
      expect(await revisions.document(3)).toEqual(documentRecord("one"));
      expect(await revisions.document(2)).toEqual(documentRecord("two"));
      expect(await revisions.find(2)).toEqual(revisionRecord(2, { comment: "second" }));
      expect(await revisions.find(9)).toBeNull();
    });

    it("keeps until when a revision must be confirmed, and who has", async () => {
      const { revisions } = get();
      await revisions.add(revisionRecord(1), documentRecord("one"));
      const confirmation = { deadline: at, confirmedAt: null, confirmedBy: null };
      await revisions.add(revisionRecord(2, { confirmation }), documentRecord("two"));
      expect(await revisions.current()).toEqual(revisionRecord(2, { confirmation }));
      await revisions.confirm(2, "admin", at);
      expect((await revisions.list()).map((each) => each.confirmation)).toEqual([
        { deadline: at, confirmedAt: at, confirmedBy: "admin" },
        null,
      ]);
    });

    it("refuses a number that is taken, and a rollback to nothing", async () => {
      const { revisions } = get();
      await revisions.add(revisionRecord(1), documentRecord("one"));
      await expect(revisions.add(revisionRecord(1), documentRecord("two"))).rejects.toMatchObject({
        code: "revision-conflict",
        status: 409,
      });
      await expect(revisions.add(revisionRecord(2, { rollbackTo: 7 }), documentRecord("two"))).rejects.toThrow();
    });
  });
}

function describeReservations(get: () => Store): void {
  describe("reservations", () => {
    beforeEach(async () => {
      for (const revision of [1, 2, 3]) await get().revisions.add(revisionRecord(revision), documentRecord("one"));
    });

    it("refuses a live duplicate in one scope, whoever owns it, and takes it in another scope or kind", async () => {
      const { reservations } = get();
      const first = addressRecord("203.0.113.20", "router/vr-a/public/4");
      await reservations.add([first]);
      await expect(reservations.add([{ ...first, owner: "router/vr-b/public/4" }])).rejects.toMatchObject({
        code: "reservation-conflict",
        status: 409,
      });
      await reservations.add([
        { ...first, scope: "pool/services" },
        { ...first, kind: "node-id" },
      ]);
      expect(await reservations.live()).toHaveLength(3);
    });

    it("keeps what was released in the history, and frees the value", async () => {
      const { reservations } = get();
      const first = addressRecord("203.0.113.20", "router/vr-a/public/4");
      await reservations.add([first]);
      await reservations.release([first], 2);
      expect(await reservations.live()).toEqual([]);
      const second = addressRecord("203.0.113.20", "router/vr-c/public/4", 2);
      await reservations.add([second]);
      await reservations.release([second], 3);
      expect(await reservations.at(1)).toEqual([first]);
      expect(await reservations.at(2)).toEqual([second]);
      expect(await reservations.at(3)).toEqual([]);
    });

    it("refuses a reservation of a revision that does not exist", async () => {
      await expect(get().reservations.add([addressRecord("203.0.113.20", "x", 99)])).rejects.toThrow();
    });
  });
}

function describeNetworks(get: () => Store): void {
  const whole = networkRecord("network/rack-a/public", "203.0.113.0/24", "cb007100", "cb0071ff");
  const half = networkRecord("network/rack-b/public", "203.0.113.128/25", "cb007180", "cb0071ff");

  describe("networks", () => {
    beforeEach(async () => {
      for (const revision of [1, 2]) await get().revisions.add(revisionRecord(revision), documentRecord("one"));
    });

    it("refuses an overlap, within one call and against what is there", async () => {
      const refused = { code: "reservation-conflict", status: 409 };
      await expect(get().transaction((store) => store.reservations.replaceNetworks([whole, half], 1))).rejects.toMatchObject(refused);
      expect(await get().reservations.networks()).toEqual([]);
      const inner = networkRecord("pool/services", "203.0.113.64/26", "cb007140", "cb00717f");
      await expect(get().transaction((store) => store.reservations.replaceNetworks([inner, whole], 1))).rejects.toMatchObject(refused);
    });

    it("takes neighbours, and the same bounds in the other family", async () => {
      const left = networkRecord("network/rack-a/public", "203.0.113.0/25", "cb007100", "cb00717f");
      const other = networkRecord("network/rack-a/public", "::cb00:7100/121", "cb007100", "cb00717f", 6);
      await get().reservations.replaceNetworks([left, half, other], 1);
      expect(await get().reservations.networks()).toEqual([left, other, half]);
    });

    it("lets a network take the place of another in one revision, and leaves what stays alone", async () => {
      await get().reservations.replaceNetworks([whole], 1);
      await get().reservations.replaceNetworks([half], 2);
      expect(await get().reservations.networks()).toEqual([half]);
      await get().reservations.replaceNetworks([half], 2);
      expect(await get().reservations.networks()).toEqual([half]);
    });
  });
}

function describeTransactions(get: () => Store): void {
  describe("transactions", () => {
    it("leaves nothing behind when the work throws", async () => {
      const work = get().transaction(async (store) => {
        await store.revisions.add(revisionRecord(1), documentRecord("one"));
        await store.reservations.add([addressRecord("203.0.113.20", "a")]);
        throw new Error("no");
      });
      await expect(work).rejects.toThrow("no");
      expect(await get().revisions.current()).toBeNull();
      expect(await get().reservations.live()).toEqual([]);
    });

    it("lets two that race follow one another: the second sees what the first did", async () => {
      const seen: (number | null)[] = [];
      const applyNext = () =>
        get().transaction(async (store) => {
          const current = await store.revisions.current();
          seen.push(current?.revision ?? null);
          await delay(5);
          await store.revisions.add(revisionRecord((current?.revision ?? 0) + 1), documentRecord("one"));
        });
      await Promise.all([applyNext(), applyNext(), applyNext()]);
      expect(seen).toEqual([null, 1, 2]);
    });

    it("keeps a read outside from seeing what is not committed", async () => {
      const reads: Promise<RevisionRecord | null>[] = [];
      await get().transaction(async (store) => {
        await store.revisions.add(revisionRecord(1), documentRecord("one"));
        reads.push(get().revisions.current());
        await delay(5);
      });
      // One connection: the read waited for the commit. Several: it saw the state before. Either way no half of a change.
      const [read] = await Promise.all(reads);
      expect([null, 1]).toContain(read?.revision ?? null);
    });

    it("gives the last free address to one of two that race for it", async () => {
      await get().revisions.add(revisionRecord(1), documentRecord("one"));
      const reserve = (owner: string) => get().transaction((store) => store.reservations.add([addressRecord("203.0.113.126", owner)]));
      const outcomes = await Promise.allSettled([reserve("router/vr-a/public/4"), reserve("router/vr-b/public/4")]);
      expect(outcomes.map((each) => each.status).sort()).toEqual(["fulfilled", "rejected"]);
      const lost = outcomes.find((each) => each.status === "rejected");
      expect(lost?.reason).toMatchObject({ code: "reservation-conflict", status: 409, retry: "now" });
      expect(await get().reservations.live()).toHaveLength(1);
    });
  });
}

function describeSnapshots(get: () => Store): void {
  it("reads one state, whatever is committed meanwhile", async () => {
    await get().revisions.add(revisionRecord(1), documentRecord("one"));
    const seen: (number | undefined)[] = [];
    let write: Promise<void> = Promise.resolve();
    await get().snapshot(async ({ revisions }) => {
      seen.push((await revisions.current())?.revision);
      write = get().transaction((store) => store.revisions.add(revisionRecord(2), documentRecord("two")));
      await delay(5);
      seen.push((await revisions.current())?.revision);
    });
    await write;
    expect(seen).toEqual([1, 1]);
    expect((await get().revisions.current())?.revision).toBe(2);
  });

  it("leads and takes notices, alone as it is", async () => {
    await get().follow({ notice: () => undefined, resumed: () => undefined });
    expect(get().isLeader).toBe(true);
    await get().transaction(({ notices }) => notices.send({ topic: "a", items: ["x"] }));
  });
}

function describeOperations(get: () => Store): void {
  describe("operations", () => {
    it("allows one of a router at a time that has not ended", async () => {
      const { operations } = get();
      await operations.add(operationRecord("op-1"));
      await operations.add(operationRecord("op-2", "vr-b"));
      await expect(operations.add(operationRecord("op-3"))).rejects.toMatchObject({ code: "move-refused", status: 409 });
      const done: OperationRecord = {
        ...operationRecord("op-1"),
        state: "done",
        claimedBy: "ctl-a1",
        progress: [{ at, message: "moved" }],
      };
      await operations.update(done);
      expect(await operations.find("op-1")).toEqual(done);
      await operations.add(operationRecord("op-3"));
      expect((await operations.active()).map((each) => each.id)).toEqual(["op-2", "op-3"]);
      expect((await operations.list(2)).map((each) => each.id)).toEqual(["op-3", "op-2"]);
      expect(await operations.find("op-9")).toBeNull();
    });
  });
}

function describeHosts(get: () => Store): void {
  describe("hosts", () => {
    it("replaces flags and tokens, and forgets a token", async () => {
      const { hosts } = get();
      await hosts.setFlags({ host: "ctl-a1", drained: true, paused: false });
      await hosts.setFlags({ host: "ctl-a1", drained: false, paused: true });
      expect(await hosts.flags()).toEqual([{ host: "ctl-a1", drained: false, paused: true }]);
      const pause = { since: at, reason: "new disk", by: "admin" };
      await hosts.setFlags({ host: "ctl-a1", drained: false, paused: true, pause });
      expect(await hosts.flags()).toEqual([{ host: "ctl-a1", drained: false, paused: true, pause }]);
      await hosts.setFlags({ host: "ctl-a1", drained: false, paused: false });
      expect(await hosts.flags()).toEqual([{ host: "ctl-a1", drained: false, paused: false }]);
      await hosts.setToken("ctl-a1", "h1", at);
      await hosts.setToken("ctl-a1", "h2", at);
      expect((await hosts.tokens()).map((row) => ({ ...row }))).toEqual([{ host: "ctl-a1", hash: "h2" }]);
      expect(await hosts.deleteToken("ctl-a1")).toBe(true);
      expect(await hosts.deleteToken("ctl-a1")).toBe(false);
    });

    it("knows the hosts of a revision", async () => {
      for (const revision of [1, 2]) await get().revisions.add(revisionRecord(revision), documentRecord("one"));
      const record = { host: "ctl-a1", rack: "rack-a", role: "controller", lastRevision: 1 } as const;
      await get().hosts.setKnown([record]);
      await get().hosts.setKnown([{ ...record, lastRevision: 2 }]);
      expect(await get().hosts.known()).toEqual([{ ...record, lastRevision: 2 }]);
    });

    it("keeps one secret a purpose, byte for byte", async () => {
      const value = Uint8Array.from({ length: 256 }, (_, index) => index);
      const record = { id: "s1", purpose: "corosync/rack-a", sha256: "00", createdAt: at };
      await get().secrets.add(record, value);
      expect(await get().secrets.list()).toEqual([record]);
      expect(Uint8Array.from((await get().secrets.value("s1")) ?? [])).toEqual(value);
      expect(await get().secrets.value("s2")).toBeNull();
      await expect(get().secrets.add({ ...record, id: "s2" }, value)).rejects.toThrow();
    });

    it("keeps the last report of each host", async () => {
      await get().reports.save([{ receivedAt: at, report: hostReport("ctl-a1", null) }]);
      await get().reports.save([
        { receivedAt: at, report: hostReport("ctl-a1", 4) },
        { receivedAt: at, report: hostReport("ctl-a2", 3) },
      ]);
      expect((await get().reports.all()).map(({ report }) => [report.host, report.revision])).toEqual([
        ["ctl-a1", 4],
        ["ctl-a2", 3],
      ]);
      const of = async (host: string) => (await get().reports.of([host, "ctl-a9"])).map(({ report }) => report.revision);
      expect(await of("ctl-a1")).toEqual([4]);
      expect(await get().reports.of([])).toEqual([]);
      await get().reports.save([{ receivedAt: "2026-01-02T03:04:04.999Z", report: hostReport("ctl-a1", 2) }]);
      expect(await of("ctl-a1")).toEqual([4]);
    });
  });
}

function describeEpoch(get: () => Store): void {
  it("keeps an epoch that only grows", async () => {
    const { epoch } = get();
    expect(await epoch.get()).toBe(0);
    await epoch.set(7);
    await expect(epoch.set(7)).rejects.toThrow();
    await epoch.set(8);
    expect(await epoch.get()).toBe(8);
  });
}

function describeEvents(get: () => Store): void {
  const event = (kind: string, subject: string) => ({ at, source: "server", kind, subject, reason: "because", data: { n: 1 } });

  describe("events", () => {
    it("numbers them upwards, filters them, and gives the newest when nothing is said", async () => {
      const { events } = get();
      expect(await events.last()).toBe(0);
      const stored = await events.append([event("a", "host/x"), event("b", "host/y"), event("a", "host/y")]);
      expect(stored.map((each) => each.id)).toEqual([1, 2, 3]);
      expect(await events.list({ limit: 2 })).toEqual(stored.slice(1));
      expect(await events.list({ limit: 9, since: 1 })).toEqual(stored.slice(1));
      expect(await events.list({ limit: 1, since: 0 })).toEqual(stored.slice(0, 1));
      expect(await events.list({ limit: 9, kind: "a" })).toEqual([stored[0], stored[2]]);
      expect(await events.list({ limit: 9, kind: "a", subject: "host/y" })).toEqual([stored[2]]);
      expect(await events.list({ limit: 2, kinds: ["a", "c"] })).toEqual([stored[0], stored[2]]);
      expect(await events.list({ limit: 9, kinds: ["a"], kind: "b" })).toEqual([]);
      const [later] = await events.append([{ ...event("a", "host/x"), at: "2027-01-01T00:00:00.500Z" }]);
      expect(await events.list({ limit: 9, after: "2027-01-01T00:00:00Z" })).toEqual([later]);
      expect(await events.list({ limit: 9, after: "2027-01-01T00:00:00.501Z" })).toEqual([]);
    });

    it("takes any text", async () => {
      const { events } = get();
      await events.append([{ ...event("a", "x"), reason: "a\0b\uD800'\"\\ ü \u{1F600}" }]);
      expect((await events.list({ limit: 1 }))[0]?.reason).toMatch(/'"\\ ü \u{1F600}$/u);
    });

    it("forgets all but the newest, and never gives a number twice", async () => {
      const { events } = get();
      await events.append([event("a", "x"), event("b", "x"), event("c", "x")]);
      await events.prune(1);
      expect((await events.list({ limit: 9 })).map((each) => each.kind)).toEqual(["c"]);
      await events.prune(0);
      expect((await events.append([event("d", "x")]))[0]?.id).toBe(4);
    });
  });
}
