import type { ApiEvent, ClusterDocument } from "@rackway/schema";
import { kindsFrom, severityOfEvent } from "@rackway/schema";

import type { Samples } from "./samples.ts";

/** A move that an operator asked for is over, or has failed, within this. */
const moveMs = 120_000;

const graveKinds = kindsFrom("warning") ?? [];

/**
 * Counts events as they are written. It begins with 0 at each start, as Prometheus' `increase` expects of a counter; what happened while
 * no server ran is told by agents afterwards, and counted then.
 */
export class EventCounters {
  readonly #isDrained: (host: string) => boolean;
  readonly #kinds = new Map<string, number>();
  readonly #moves = new Map<string, { planned: number; unplanned: number }>();
  /** Router to the move that an operator asked for last. */
  readonly #asked = new Map<string, { readonly to: unknown; readonly atMs: number }>();

  constructor(isDrained: (host: string) => boolean) {
    this.#isDrained = isDrained;
  }

  note({ kind, source, subject, data, at }: ApiEvent): void {
    const counted = graveKinds.includes(kind) ? kind : "other";
    this.#kinds.set(counted, (this.#kinds.get(counted) ?? 0) + 1);
    const [type, router] = subject.split("/");
    // Who carries a router and what was asked for is the server's to tell: a host could say anything of it.
    if (type !== "router" || router === undefined || source.startsWith("host/")) return;
    if (kind === "operation-created") this.#asked.set(router, { to: data.to, atMs: Date.parse(at) });
    // From nowhere: it is seen for the first time, or came back after nobody had it.
    if (kind !== "router-active" || typeof data.from !== "string") return;
    const asked = this.#asked.get(router);
    const isAsked = asked !== undefined && asked.to === data.to && Date.parse(at) - asked.atMs < moveMs;
    const moves = this.#moves.get(router) ?? { planned: 0, unplanned: 0 };
    moves[isAsked || this.#isDrained(data.from) ? "planned" : "unplanned"] += 1;
    this.#moves.set(router, moves);
  }

  /** With a 0 for every kind and router that nothing was heard of: a first failover must be an increase. */
  write(samples: Samples, document: ClusterDocument | null): void {
    for (const kind of [...graveKinds, "other"])
      samples.add("rackway_events_total", { kind, severity: severityOfEvent(kind) }, this.#kinds.get(kind) ?? 0);
    for (const { name } of [...(document?.spec.virtualRouters ?? []), ...(document?.spec.roamingRouters ?? [])])
      for (const cause of ["planned", "unplanned"] as const)
        samples.add("rackway_router_moves_total", { router: name, cause }, this.#moves.get(name)?.[cause] ?? 0);
  }
}
