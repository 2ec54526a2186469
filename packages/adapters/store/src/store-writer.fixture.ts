import { openStore, parseDatabasePlace } from "./open-store.ts";
import { addressRecord, documentRecord, revisionRecord } from "./store-fixtures.ts";

/** Writes revisions of 20 reservations each until it is killed; says each one's number on stdout once it is committed. */
const store = await openStore(parseDatabasePlace(process.argv[2] ?? ":memory:"));
for (;;) {
  const written = await store.transaction(async (repositories) => {
    const revision = ((await repositories.revisions.current())?.revision ?? 0) + 1;
    await repositories.revisions.add(revisionRecord(revision), documentRecord(`n${revision}`));
    for (let index = 0; index < 20; index += 1) {
      await repositories.reservations.add([addressRecord(`${revision}-${index}`, `owner/${revision}/${index}`, revision)]);
    }
    return revision;
  });
  process.stdout.write(`${written}\n`);
}
