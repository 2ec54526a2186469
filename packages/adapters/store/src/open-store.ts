import { openPostgresStore } from "./postgres-store.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import type { Store } from "./store.ts";

/** Where a database is: an embedded one's file, or the address of a PostgreSQL (see `PostgresOptions`). */
export type DatabasePlace = { readonly file: string } | { readonly url: string; readonly password?: string };

/** Opens it, whichever it is, and brings its tables up to date. */
export function openStore(place: DatabasePlace): Promise<Store> {
  return "file" in place ? openSqliteStore({ path: place.file }) : openPostgresStore(place);
}

/** An address, or else a file's name. */
export function parseDatabasePlace(text: string): DatabasePlace {
  return /^postgres(ql)?:\/\//.test(text) ? { url: text } : { file: text };
}
