import type { Kysely } from "kysely";

import type { Tables } from "./database.ts";
import type { EpochRepository } from "./store.ts";

export function epochRepository(db: Kysely<Tables>): EpochRepository {
  const get = async (): Promise<number> => {
    const row = await db.selectFrom("counters").select("value").where("name", "=", "epoch").executeTakeFirst();
    return row?.value ?? 0;
  };
  return {
    get,
    async set(epoch) {
      const before = await get();
      if (epoch <= before) throw new Error(`epoch ${epoch} does not follow ${before}`);
      await db
        .insertInto("counters")
        .values({ name: "epoch", value: epoch })
        .onConflict((conflict) => conflict.column("name").doUpdateSet({ value: epoch }))
        .execute();
    },
  };
}
