import type { HostEvent } from "@rackway/schema";

import { event } from "./events.ts";
import { LogTail } from "./log-tail.ts";

/**
 * What the guard writes into its log (`TIME TEXT`, one line each), told as events: why VIPs went when nobody stopped them. It begins where
 * the log ends: what was written before was told by the agent that ran then, or is in the log.
 */
export class GuardLog {
  readonly #tail: LogTail;
  readonly #host: string;

  constructor(path: string, host: string) {
    this.#tail = new LogTail(path, "end");
    this.#host = host;
  }

  /** The events since the last call; none from the first. */
  async take(): Promise<HostEvent[]> {
    return parseGuardLines((await this.#tail.take()) ?? "", this.#host);
  }

  /** Lets go of the file. */
  async close(): Promise<void> {
    await this.#tail.close();
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
