import type { HostReport } from "@rackway/schema";
import type { Kysely } from "kysely";

import type { Tables } from "./database.ts";
import type { DrainWord, FlagWord, HostRepository, KnownHostRecord, ReportRecord, ReportRepository, SecretRepository } from "./store.ts";

export function hostRepository(db: Kysely<Tables>): HostRepository {
  return {
    async flags() {
      const rows = await db.selectFrom("host_flags").selectAll().orderBy("host").execute();
      return rows.map((row) => ({
        host: row.host,
        drained: row.drained === 1,
        paused: row.paused === 1,
        ...(row.drain_word === null ? {} : { drain: JSON.parse(row.drain_word) as DrainWord }),
        ...(row.pause_word === null ? {} : { pause: JSON.parse(row.pause_word) as FlagWord }),
      }));
    },
    async setFlags({ host, drained, paused, drain, pause }) {
      const values = {
        drained: drained ? 1 : 0,
        paused: paused ? 1 : 0,
        drain_word: drain === undefined ? null : JSON.stringify(drain),
        pause_word: pause === undefined ? null : JSON.stringify(pause),
      };
      await db
        .insertInto("host_flags")
        .values({ host, ...values })
        .onConflict((conflict) => conflict.column("host").doUpdateSet(values))
        .execute();
    },
    async known() {
      const rows = await db.selectFrom("known_hosts").selectAll().orderBy("host").execute();
      return rows.map((row) => ({
        host: row.host,
        rack: row.rack,
        role: row.role as KnownHostRecord["role"],
        lastRevision: row.last_revision,
      }));
    },
    async setKnown(records) {
      for (const { host, rack, role, lastRevision } of records) {
        const values = { rack, role, last_revision: lastRevision };
        await db
          .insertInto("known_hosts")
          .values({ host, ...values })
          .onConflict((conflict) => conflict.column("host").doUpdateSet(values))
          .execute();
      }
    },
    tokens: () => db.selectFrom("host_tokens").select(["host", "hash"]).orderBy("host").execute(),
    async setToken(host, hash, createdAt) {
      const values = { hash, created_at: createdAt };
      await db
        .insertInto("host_tokens")
        .values({ host, ...values })
        .onConflict((conflict) => conflict.column("host").doUpdateSet(values))
        .execute();
    },
    async deleteToken(host) {
      const result = await db.deleteFrom("host_tokens").where("host", "=", host).executeTakeFirst();
      return result.numDeletedRows > 0n;
    },
  };
}

export function secretRepository(db: Kysely<Tables>): SecretRepository {
  return {
    async list() {
      const rows = await db.selectFrom("secrets").select(["id", "purpose", "sha256", "created_at"]).orderBy("purpose").execute();
      return rows.map((row) => ({ id: row.id, purpose: row.purpose, sha256: row.sha256, createdAt: row.created_at }));
    },
    async add({ id, purpose, sha256, createdAt }, value) {
      await db.insertInto("secrets").values({ id, purpose, sha256, value, created_at: createdAt }).execute();
    },
    async value(id) {
      const row = await db.selectFrom("secrets").select("value").where("id", "=", id).executeTakeFirst();
      return row?.value ?? null;
    },
  };
}

export function reportRepository(db: Kysely<Tables>): ReportRepository {
  const asRecord = (row: Tables["reports"]): ReportRecord => ({
    receivedAt: row.received_at,
    report: JSON.parse(row.report) as HostReport,
  });
  return {
    async all() {
      return (await db.selectFrom("reports").selectAll().orderBy("host").execute()).map(asRecord);
    },
    async of(hosts) {
      if (hosts.length === 0) return [];
      return (await db.selectFrom("reports").selectAll().where("host", "in", hosts).orderBy("host").execute()).map(asRecord);
    },
    async save(records) {
      for (const { receivedAt, report } of records) {
        const values = { received_at: receivedAt, report: JSON.stringify(report) };
        await db
          .insertInto("reports")
          .values({ host: report.host, ...values })
          // Times are text of one form, which sorts as they do.
          .onConflict((conflict) => conflict.column("host").doUpdateSet(values).where("reports.received_at", "<=", receivedAt))
          .execute();
      }
    },
  };
}
