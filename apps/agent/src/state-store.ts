import { readFileIfAny, removeFile, writeFileAtomic } from "@rackway/linux";
import { hostStateSchema } from "@rackway/schema";
import type { HostState } from "@rackway/schema";
import { z } from "zod";

import { trialSchema } from "./trial.ts";
import type { Trial } from "./trial.ts";

const storedStateSchema = z.strictObject({ etag: z.string(), state: hostStateSchema, trial: trialSchema.optional() });

/** The last good host state, with the ETag that it came under. */
export interface StoredState {
  readonly etag: string;
  readonly state: HostState;
  /** It must be confirmed, or had to be; absent: it is simply in force. */
  readonly trial?: Trial | undefined;
}

/** Keeps it on disk, whole or not at all, so that a host comes up as it was with no server in sight. */
export interface StateStore {
  /** Null: none, or one that this agent does not understand (then the server is asked again). */
  load(): Promise<StoredState | null>;
  save(stored: StoredState): Promise<void>;
  clear(): Promise<void>;
}

export function createStateStore(file: string): StateStore {
  // What is said later is on the disk later: two at once would share one file beside it.
  let last: Promise<unknown> = Promise.resolve();
  return {
    async load() {
      const bytes = await readFileIfAny(file);
      if (bytes === null) return null;
      try {
        return storedStateSchema.parse(JSON.parse(bytes.toString("utf8")));
      } catch {
        return null;
      }
    },
    save: (stored) => {
      const saved = last.then(() => writeFileAtomic(file, JSON.stringify(stored), 0o600));
      last = saved.catch(() => undefined);
      return saved;
    },
    clear: () => removeFile(file),
  };
}
