import { rackwayError } from "@rackway/errors";

/** What the database refused, by SQLite's extended result codes (https://www.sqlite.org/rescode.html). */
export type Refusal = "duplicate" | "trigger" | "busy" | null;

const refusals: ReadonlyMap<number, Refusal> = new Map([
  [1555, "duplicate"], // SQLITE_CONSTRAINT_PRIMARYKEY
  [2067, "duplicate"], // SQLITE_CONSTRAINT_UNIQUE
  [1811, "trigger"], // SQLITE_CONSTRAINT_TRIGGER
  [5, "busy"], // SQLITE_BUSY
  [261, "busy"], // SQLITE_BUSY_RECOVERY
  [517, "busy"], // SQLITE_BUSY_SNAPSHOT
]);

export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return null;
  return refusals.get(error.errcode) ?? null;
}

/** Runs a statement; a duplicate becomes the error that `asError` makes. */
export async function refusing<Result>(run: () => Promise<Result>, asError: () => Error): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    const refusal = refusalOf(error);
    throw refusal === "duplicate" || refusal === "trigger" ? asError() : error;
  }
}

/** A lock that did not come is said in words; everything else goes on as it is. */
export function asStoreError(error: unknown): Error {
  if (refusalOf(error) === "busy") return rackwayError("database-busy", {}, { cause: error });
  return error instanceof Error ? error : new Error("something that is no error was thrown", { cause: error });
}
