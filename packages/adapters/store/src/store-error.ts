import { rackwayError } from "@rackway/errors";

/**
 * What the database refused. `duplicate`: a unique index; `overlap`: the trigger or exclusion constraint that keeps networks apart; `busy`: a
 * lock did not come in time; `unavailable`: the database is not there, or was lost on the way.
 */
export type Refusal = "duplicate" | "overlap" | "busy" | "unavailable" | null;

/** SQLite's extended result codes (https://www.sqlite.org/rescode.html). */
const sqliteRefusals: ReadonlyMap<number, Refusal> = new Map([
  [1555, "duplicate"], // SQLITE_CONSTRAINT_PRIMARYKEY
  [2067, "duplicate"], // SQLITE_CONSTRAINT_UNIQUE
  [1811, "overlap"], // SQLITE_CONSTRAINT_TRIGGER
  [5, "busy"], // SQLITE_BUSY
  [261, "busy"], // SQLITE_BUSY_RECOVERY
  [517, "busy"], // SQLITE_BUSY_SNAPSHOT
]);

/** PostgreSQL's SQLSTATE, or the first two digits: its class (https://www.postgresql.org/docs/15/errcodes-appendix.html). */
const postgresRefusals: ReadonlyMap<string, Refusal> = new Map([
  ["23505", "duplicate"], // unique_violation
  ["23P01", "overlap"], // exclusion_violation
  ["55P03", "busy"], // lock_not_available
  ["40", "busy"], // serialization_failure, deadlock_detected
  ["08", "unavailable"], // connection_exception
  ["25P03", "unavailable"], // idle_in_transaction_session_timeout: it ended the connection
  ["25006", "unavailable"], // read_only_sql_transaction: a standby
  ["28", "unavailable"], // invalid_authorization_specification
  ["3D000", "unavailable"], // invalid_catalog_name: no such database
  ["53", "unavailable"], // insufficient_resources: disk_full, too_many_connections
  ["57P", "unavailable"], // admin_shutdown, crash_shutdown, cannot_connect_now
]);

/** What a connection says that broke off (https://man7.org/linux/man-pages/man3/errno.3.html), and node-postgres, which gives no code. */
const lostConnection = /^(ECONN|EPIPE$|ENOENT$|EACCES$|ENOTFOUND$|EAI_|EHOST|ENET|ETIMEDOUT$)/;
const lostWords =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout)/;

export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof Error)) return null;
  if ("errcode" in error && typeof error.errcode === "number") return sqliteRefusals.get(error.errcode) ?? null;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const bySqlState = [5, 3, 2].map((length) => (code.length === 5 ? postgresRefusals.get(code.slice(0, length)) : undefined));
  const isLost = lostConnection.test(code) || lostWords.test(error.message);
  return bySqlState.find((refusal) => refusal !== undefined) ?? (isLost ? "unavailable" : null);
}

/** Runs a statement; a duplicate or an overlap becomes the error that `asError` makes. */
export async function refusing<Result>(run: () => Promise<Result>, asError: () => Error): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    const refusal = refusalOf(error);
    throw refusal === "duplicate" || refusal === "overlap" ? asError() : error;
  }
}

/** A lock that did not come and a database that is away are said in words; everything else goes on as it is. */
export function asStoreError(error: unknown): Error {
  const refusal = refusalOf(error);
  if (refusal === "busy") return rackwayError("database-busy", {}, { cause: error });
  if (refusal === "unavailable") return rackwayError("database-unavailable", { reason: reasonOf(error as Error) }, { cause: error });
  return error instanceof Error ? error : new Error("something that is no error was thrown", { cause: error });
}

/** An address that was tried in several ways leaves an error without a word of its own. */
function reasonOf(error: Error): string {
  return error.message !== "" || !("code" in error) ? error.message : String(error.code);
}
