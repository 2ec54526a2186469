import { watch } from "node:fs";
import type { FSWatcher } from "node:fs";
import { basename, dirname } from "node:path";

/**
 * The kernel's word (inotify(7)) that something happened to one of these paths. Its folder is watched: the path itself may be a link, or be
 * renamed over. Only makes a look come sooner; a file that is mounted there, or a folder that does not exist yet, is seen by the next look.
 */
export class FileTriggers {
  readonly #paths: readonly string[];
  readonly #onChange: () => void;
  #watchers: FSWatcher[] = [];

  constructor(paths: readonly string[], onChange: () => void) {
    this.#paths = paths;
    this.#onChange = onChange;
  }

  start(): void {
    this.#watchers = this.#paths.flatMap((path) => {
      try {
        const watcher = watch(dirname(path), { persistent: false }, (_, name) => {
          if (name === basename(path)) this.#onChange();
        });
        watcher.on("error", () => watcher.close());
        return [watcher];
      } catch {
        return [];
      }
    });
  }

  stop(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }
}
