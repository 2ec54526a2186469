import { rackwayError } from "@rackway/errors";
import type { Kysely, Selectable } from "kysely";

import type { Tables } from "./database.ts";
import type { NetworkRecord, ReservationRecord, ReservationRepository } from "./store.ts";
import { refusing } from "./store-error.ts";

export function reservationRepository(db: Kysely<Tables>): ReservationRepository {
  const ordered = db.selectFrom("reservations").selectAll().orderBy("kind").orderBy("scope").orderBy("owner").orderBy("value");
  return {
    async live() {
      return (await ordered.where("until_revision", "is", null).execute()).map(asRecord);
    },
    async at(revision) {
      const rows = await ordered
        .where("since_revision", "<=", revision)
        .where((where) => where.or([where("until_revision", "is", null), where("until_revision", ">", revision)]))
        .execute();
      return rows.map(asRecord);
    },
    async add(records) {
      for (const record of records) {
        const row = {
          kind: record.kind,
          scope: record.scope,
          value: record.value,
          owner: record.owner,
          is_user_defined: record.isUserDefined ? 1 : 0,
          since_revision: record.sinceRevision,
          until_revision: null,
        };
        await refusing(
          () => db.insertInto("reservations").values(row).execute(),
          () => rackwayError("reservation-conflict", { value: record.value, scope: record.scope }),
        );
      }
    },
    async release(keys, revision) {
      for (const key of keys) {
        await db
          .updateTable("reservations")
          .set({ until_revision: revision })
          .where("kind", "=", key.kind)
          .where("scope", "=", key.scope)
          .where("value", "=", key.value)
          .where("until_revision", "is", null)
          .execute();
      }
    },
    networks: () => liveNetworks(db),
    replaceNetworks: (records, revision) => replaceNetworks(db, records, revision),
  };
}

async function liveNetworks(db: Kysely<Tables>): Promise<NetworkRecord[]> {
  const rows = await db.selectFrom("networks").selectAll().where("until_revision", "is", null).orderBy("scope").orderBy("family").execute();
  return rows.map((row) => ({
    scope: row.scope,
    family: row.family as 4 | 6,
    cidr: row.cidr,
    first: row.first_address,
    last: row.last_address,
  }));
}

/** Ends what is gone before it adds what is new, so that a network may take the place of another in one revision. */
async function replaceNetworks(db: Kysely<Tables>, records: readonly NetworkRecord[], revision: number): Promise<void> {
  const keyOf = (record: NetworkRecord): string => `${record.scope} ${record.cidr}`;
  const wanted = new Map(records.map((record) => [keyOf(record), record]));
  for (const live of await liveNetworks(db)) {
    if (wanted.delete(keyOf(live))) continue;
    await db
      .updateTable("networks")
      .set({ until_revision: revision })
      .where("scope", "=", live.scope)
      .where("cidr", "=", live.cidr)
      .where("until_revision", "is", null)
      .execute();
  }
  for (const record of wanted.values()) {
    const row = {
      scope: record.scope,
      family: record.family,
      cidr: record.cidr,
      first_address: record.first,
      last_address: record.last,
      since_revision: revision,
      until_revision: null,
    };
    await refusing(
      () => db.insertInto("networks").values(row).execute(),
      () => rackwayError("reservation-conflict", { value: record.cidr, scope: record.scope }),
    );
  }
}

function asRecord(row: Selectable<Tables["reservations"]>): ReservationRecord {
  return {
    kind: row.kind as ReservationRecord["kind"],
    scope: row.scope,
    value: row.value,
    owner: row.owner,
    isUserDefined: row.is_user_defined === 1,
    sinceRevision: row.since_revision,
  };
}
