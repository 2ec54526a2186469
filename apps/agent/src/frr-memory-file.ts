import { rackwayError } from "@rackway/errors";
import { readFileIfAny, removeFile, writeFileAtomic } from "@rackway/linux";
import { emptyFrrMemory, frrMemorySchema, isEmptyFrrMemory } from "@rackway/routing";
import type { FrrMemory } from "@rackway/routing";

/** Which of FRR's settings are ours, kept on disk. Written only when it differs. */
export interface FrrMemoryFile {
  load(): Promise<FrrMemory>;
  save(memory: FrrMemory): Promise<void>;
}

/** Throws `originals-unreadable` where the file is there and cannot be understood: ours could not be told from the operator's. */
export function createFrrMemoryFile(file: string): FrrMemoryFile {
  let known: string | null = null;
  return {
    async load() {
      const bytes = await readFileIfAny(file);
      if (bytes === null) return emptyFrrMemory;
      known = bytes.toString("utf8");
      try {
        return frrMemorySchema.parse(JSON.parse(known));
      } catch (cause) {
        throw rackwayError("originals-unreadable", { file, reason: "it does not have the fields that the agent writes" }, { cause });
      }
    },
    async save(memory) {
      const text = isEmptyFrrMemory(memory) ? null : JSON.stringify(memory);
      if (text === known) return;
      if (text === null) await removeFile(file);
      else await writeFileAtomic(file, text, 0o600);
      known = text;
    },
  };
}
