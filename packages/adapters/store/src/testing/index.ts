/** For tests, soak and bench: a PostgreSQL that is started and ended by them, and writers that are killed. */
export * from "./address-race.ts";
export * from "./killed-writer.ts";
export * from "./postgres-instance.ts";
