import { createHash } from "node:crypto";

import { rackwayError } from "@rackway/errors";
import type { ClusterDocument, DocumentFile } from "@rackway/schema";
import type { Kysely, Selectable } from "kysely";

import type { Tables } from "./database.ts";
import type { RevisionRecord, RevisionRepository } from "./store.ts";
import { refusing } from "./store-error.ts";

export function revisionRepository(db: Kysely<Tables>): RevisionRepository {
  const newest = db.selectFrom("revisions").selectAll().orderBy("revision", "desc");
  return {
    async current() {
      const row = await newest.limit(1).executeTakeFirst();
      return row === undefined ? null : asRecord(row);
    },
    async find(revision) {
      const row = await db.selectFrom("revisions").selectAll().where("revision", "=", revision).executeTakeFirst();
      return row === undefined ? null : asRecord(row);
    },
    async list() {
      return (await newest.execute()).map(asRecord);
    },
    async document(revision) {
      const row = await db
        .selectFrom("revisions")
        .innerJoin("documents", "documents.id", "revisions.document_id")
        .select(["documents.files", "documents.document"])
        .where("revision", "=", revision)
        .executeTakeFirst();
      if (row === undefined) return null;
      return { files: JSON.parse(row.files) as DocumentFile[], document: JSON.parse(row.document) as ClusterDocument };
    },
    async add(record, { files, document }) {
      const filesText = JSON.stringify(files);
      const id = createHash("sha256").update(filesText).digest("hex");
      await db
        .insertInto("documents")
        .values({ id, files: filesText, document: JSON.stringify(document) })
        .onConflict((conflict) => conflict.column("id").doNothing())
        .execute();
      const row = {
        revision: record.revision,
        created_at: record.createdAt,
        author: record.author,
        comment: record.comment,
        kind: record.kind,
        rollback_to: record.rollbackTo,
        document_sha256: record.documentSha256,
        document_id: id,
        confirm_by: record.confirmation?.deadline ?? null,
        confirmed_at: record.confirmation?.confirmedAt ?? null,
        confirmed_by: record.confirmation?.confirmedBy ?? null,
      };
      await refusing(
        () => db.insertInto("revisions").values(row).execute(),
        () => rackwayError("revision-conflict", { basedOn: record.revision - 1, current: record.revision }),
      );
    },
    async confirm(revision, by, at) {
      await db.updateTable("revisions").set({ confirmed_at: at, confirmed_by: by }).where("revision", "=", revision).execute();
    },
  };
}

function asRecord(row: Selectable<Tables["revisions"]>): RevisionRecord {
  return {
    revision: row.revision,
    createdAt: row.created_at,
    author: row.author,
    comment: row.comment,
    kind: row.kind as RevisionRecord["kind"],
    rollbackTo: row.rollback_to,
    documentSha256: row.document_sha256,
    confirmation:
      row.confirm_by === null ? null : { deadline: row.confirm_by, confirmedAt: row.confirmed_at, confirmedBy: row.confirmed_by },
  };
}
