import { readFileIfAny, removeFile, writeFileAtomic } from "@rackway/linux";
import { hostStateSchema } from "@rackway/schema";
import type { HostState } from "@rackway/schema";
import { z } from "zod";

const storedStateSchema = z.strictObject({ etag: z.string(), state: hostStateSchema });

/** The last good host state, with the ETag that it came under. */
export interface StoredState {
  readonly etag: string;
  readonly state: HostState;
}

/** Keeps it on disk, whole or not at all, so that a host comes up as it was with no server in sight. */
export interface StateStore {
  /** Null: none, or one that this agent does not understand (then the server is asked again). */
  load(): Promise<StoredState | null>;
  save(stored: StoredState): Promise<void>;
  clear(): Promise<void>;
}

export function createStateStore(file: string): StateStore {
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
    save: (stored) => writeFileAtomic(file, JSON.stringify(stored), 0o600),
    clear: () => removeFile(file),
  };
}
