import { rackwayError } from "@rackway/errors";
import { emptyOriginals, observeWorld, originalsFor, originalsSchema, readFileIfAny, removeFile, writeFileAtomic } from "@rackway/linux";
import type { Originals } from "@rackway/linux";

/** What was on the host before us, kept on disk. Written only when it differs. */
export interface OriginalsFile {
  load(): Promise<Originals>;
  save(originals: Originals): Promise<void>;
}

/** Throws `originals-unreadable` where the file is there and cannot be understood: removal would not know what to put back. */
export function createOriginalsFile(file: string): OriginalsFile {
  let known: string | null = null;
  return {
    async load() {
      const [bytes, world] = await Promise.all([readFileIfAny(file), observeWorld()]);
      if (bytes === null) return emptyOriginals(world);
      known = bytes.toString("utf8");
      return originalsFor(world, parseOriginals(file, known));
    },
    async save(originals) {
      const text = isEmpty(originals) ? null : JSON.stringify(originals);
      if (text === known) return;
      if (text === null) await removeFile(file);
      else await writeFileAtomic(file, text, 0o600);
      known = text;
    },
  };
}

function parseOriginals(file: string, text: string): Originals {
  try {
    return originalsSchema.parse(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? "it is not JSON" : "it does not have the fields that the agent writes";
    throw rackwayError("originals-unreadable", { file, reason }, { cause });
  }
}

function isEmpty({ ports, routes, sysctls, files, resolvConf, folders, untold }: Originals): boolean {
  const listed = routes.length + folders.length + untold.length;
  return listed === 0 && [ports, sysctls, files, resolvConf].every((record) => Object.keys(record).length === 0);
}
