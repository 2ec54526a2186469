import { rackwayError } from "@rackway/errors";
import type { Kysely, Selectable } from "kysely";

import type { Tables } from "./database.ts";
import type { OperationRecord, OperationRepository } from "./store.ts";
import { refusing } from "./store-error.ts";

export function operationRepository(db: Kysely<Tables>): OperationRepository {
  return {
    async add(record) {
      await refusing(
        () => db.insertInto("operations").values(asRow(record)).execute(),
        () =>
          rackwayError("move-refused", {
            what: record.subject.replace("/", " "),
            to: record.to,
            reason: "another move of it has not ended yet",
          }),
      );
    },
    async find(id) {
      const row = await db.selectFrom("operations").selectAll().where("id", "=", id).executeTakeFirst();
      return row === undefined ? null : asRecord(row);
    },
    async list(limit) {
      const rows = await db.selectFrom("operations").selectAll().orderBy("created_at", "desc").orderBy("id", "desc").limit(limit).execute();
      return rows.map(asRecord);
    },
    async active() {
      const rows = await db
        .selectFrom("operations")
        .selectAll()
        .where("state", "in", ["pending", "running"])
        .orderBy("created_at")
        .orderBy("id")
        .execute();
      return rows.map(asRecord);
    },
    async update(record) {
      const { id, ...values } = asRow(record);
      await db.updateTable("operations").set(values).where("id", "=", id).execute();
    },
  };
}

function asRow(record: OperationRecord): Tables["operations"] {
  return {
    id: record.id,
    kind: record.kind,
    subject: record.subject,
    target: record.to,
    cluster: record.cluster,
    state: record.state,
    message: record.message,
    progress: JSON.stringify(record.progress),
    claimed_by: record.claimedBy,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
  };
}

function asRecord(row: Selectable<Tables["operations"]>): OperationRecord {
  return {
    id: row.id,
    kind: row.kind as OperationRecord["kind"],
    subject: row.subject,
    to: row.target,
    cluster: row.cluster,
    state: row.state as OperationRecord["state"],
    message: row.message,
    progress: JSON.parse(row.progress) as OperationRecord["progress"],
    claimedBy: row.claimed_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
