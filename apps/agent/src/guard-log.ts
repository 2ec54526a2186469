import { open } from "node:fs/promises";

import type { HostEvent } from "@rackway/schema";

import { event } from "./events.ts";

/**
 * What the guard writes into its log (`TIME TEXT`, one line each), told as events: why VIPs went when nobody stopped them. It begins where
 * the log ends: what was written before was told by the agent that ran then, or is in the log.
 */
export class GuardLog {
  readonly #path: string;
  readonly #host: string;
  #offset: number | null = null;

  constructor(path: string, host: string) {
    this.#path = path;
    this.#host = host;
  }

  /** The events since the last call; none from the first. A log that was begun anew (it is bounded) is read from its beginning. */
  async take(): Promise<HostEvent[]> {
    const file = await open(this.#path).catch(() => null);
    if (file === null) {
      this.#offset = 0;
      return [];
    }
    try {
      const { size } = await file.stat();
      const from = this.#offset === null ? size : this.#offset > size ? 0 : this.#offset;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
      // A line that is still being written is for the next time.
      const end = buffer.subarray(0, bytesRead).lastIndexOf("\n") + 1;
      this.#offset = from + end;
      return parseGuardLines(buffer.toString("utf8", 0, end), this.#host);
    } finally {
      await file.close();
    }
  }
}

/** Pure. Lines that give nothing up are the host's own affair: quorum is told from Corosync. */
export function parseGuardLines(text: string, host: string): HostEvent[] {
  return text.split("\n").flatMap((line) => {
    const [, at, resources, reason] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) gave up ([^:]+): (.+)$/.exec(line) ?? [];
    if (at === undefined || resources === undefined || reason === undefined) return [];
    return resources.split(" ").map((resource) => {
      const router = /^rw-(.+)-vips$/.exec(resource)?.[1];
      const subject = router === undefined ? `resource/${resource}` : `router/${router}`;
      return { at, ...event("guard-dropped", subject, `the guard on ${host} gave up the VIPs: ${reason}`, { host, resource }) };
    });
  });
}
