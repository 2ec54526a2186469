import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";

/**
 * Runs `work` while holding an exclusive lock on `path`. The lock is SQLite's own file lock (fcntl(2)), so it goes with the process that
 * holds it, however that process ends. `onWait` is called once when somebody else has it.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, onWait?: () => void): Promise<T> {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    for (let attempt = 0; !acquire(database); attempt += 1) {
      if (attempt === 0) onWait?.();
      await sleep(5);
    }
    try {
      return await work();
    } finally {
      database.exec("ROLLBACK");
    }
  } finally {
    database.close();
  }
}

const SQLITE_BUSY = 5;

function acquire(database: DatabaseSync): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false;
    throw error;
  }
}
