import { dirname } from "node:path";

import { problem } from "../problem.ts";
import { step } from "../stage.ts";
import type { ServiceObservation } from "../service-driver.ts";
import type { ClientDaemon, ClientOperation, ClientStage } from "./client-stage.ts";
import { rootOwner } from "./file-operation.ts";
import type { DropInSight } from "./observe-clients.ts";
import { isOurs } from "./observe-clients.ts";

/** A file of ours beside a daemon's own configuration. */
export interface DropIn {
  readonly path: string;
  readonly sight: DropInSight;
  /** What must be in it; null: it must not be there. */
  readonly text: string | null;
  /** The same in an operator's words. */
  readonly words: string;
  readonly kind: "resolver" | "time-source";
  readonly daemon: ClientDaemon;
  readonly service: ServiceObservation;
  /** The daemon works by it; null: it does not say. */
  readonly isTakenOver: boolean | null;
}

/**
 * Puts it there, changes or removes it, and has the daemon take that over. That it must is remembered until it has. A daemon that was told and
 * does not follow a file that is right is told once more (`told` has those that were).
 */
export function planDropIn(stage: ClientStage, dropIn: DropIn, told: ReadonlySet<ClientDaemon>): void {
  const { path, sight, text, words, kind, daemon, service } = dropIn;
  if (text === null) return planRemoval(stage, dropIn);
  const bytes = Buffer.from(text);
  const { file } = sight;
  if (file.kind !== "absent" && !isOurs(file)) {
    stage.block(step("create", kind, daemon, null, words), problem("client-file-foreign", { file: path }));
    return;
  }
  if (file.kind === "file" && file.bytes.equals(bytes) && file.mode === 0o644) {
    if (isUntold(stage, dropIn)) {
      if (isListening(stage, dropIn)) stage.steps.push(step("change", kind, daemon, "it was not told of its files", words));
      return carryOut(stage, dropIn, []);
    }
    if (dropIn.isTakenOver !== false || !service.running) return;
    const change = step("change", kind, daemon, "it does not follow its files", words);
    if (told.has(daemon)) return stage.block(change, problem("client-not-taken-over", { daemon, file: path, words }));
    stage.steps.push(change);
    return carryOut(stage, dropIn, []);
  }
  const folder = dirname(path);
  const makeFolder = sight.folderIsThere ? [] : [{ do: "make-folder", path: folder } as const];
  if (!sight.folderIsThere) stage.keep((originals) => ({ ...originals, folders: [...new Set([...originals.folders, folder])] }));
  stage.steps.push(step(file.kind === "absent" ? "create" : "change", kind, daemon, null, words));
  carryOut(stage, dropIn, [...makeFolder, { do: "write", path, bytes, mode: 0o644, owner: rootOwner, inPlace: false }]);
}

function planRemoval(stage: ClientStage, dropIn: DropIn): void {
  const { path, sight, kind, daemon } = dropIn;
  const folder = dirname(path);
  const isOurFolder = stage.originals.folders.includes(folder);
  if (isOurFolder) stage.forget((originals) => ({ ...originals, folders: originals.folders.filter((other) => other !== folder) }));
  const removeFolder = isOurFolder && sight.folderIsThere ? [{ do: "remove-folder", path: folder } as const] : [];
  if (isOurs(sight.file)) {
    stage.steps.push(step("delete", kind, daemon, path, null));
    return carryOut(stage, dropIn, [{ do: "remove", path }], removeFolder);
  }
  const mustTell = isUntold(stage, dropIn) && isListening(stage, dropIn);
  if (mustTell || removeFolder.length > 0) stage.steps.push(step("delete", kind, daemon, mustTell ? path : folder, null));
  if (isUntold(stage, dropIn)) carryOut(stage, dropIn, [], removeFolder);
  else if (removeFolder.length > 0) stage.run(...removeFolder);
}

/** Files, then the daemon where there is one to be told, then what only tidies up. */
function carryOut(stage: ClientStage, dropIn: DropIn, files: readonly ClientOperation[], after: readonly ClientOperation[] = []): void {
  const { daemon, service } = dropIn;
  const mustTell = isListening(stage, dropIn);
  const without = stage.originals.untold.filter((other) => other !== daemon);
  if (mustTell) stage.keep((originals) => ({ ...originals, untold: [...without, daemon] }));
  // One that stands reads its files when it starts. Of one that is not to be seen nothing is known.
  if (mustTell || service.installed) stage.forget((originals) => ({ ...originals, untold: without }));
  const operations = [...files, ...(mustTell ? [{ do: "take-over", daemon } as const] : []), ...after];
  if (operations.length > 0) stage.run(...operations);
}

function isUntold({ originals }: ClientStage, { daemon }: DropIn): boolean {
  return originals.untold.includes(daemon);
}

/** One that did not come up again when it was restarted is restarted again; chronyd is not stopped by being told. */
function isListening(stage: ClientStage, dropIn: DropIn): boolean {
  const { daemon, service } = dropIn;
  return service.running || (isUntold(stage, dropIn) && daemon !== "chrony" && service.enabled);
}
